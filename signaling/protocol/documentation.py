"""Writes docs/protocol.md from the models, so that the page cannot lack or misname a message.

``python -m signaling.protocol.documentation > docs/protocol.md``
"""

import ast
import inspect
import json
import sys
import typing
from collections.abc import Iterator
from enum import StrEnum
from types import ModuleType, UnionType

from signaling.protocol import (
    court_words,
    from_client,
    grants,
    line_figures,
    snapshot,
    to_client,
    worker,
    worker_figures,
)
from signaling.protocol.base import MAX_MESSAGE_BYTES, PROTOCOL_VERSION, Message

PREFACE = f"""# The protocol

Protocol version {PROTOCOL_VERSION}. This page is written by `python -m signaling.protocol.documentation` from the models in
`signaling/protocol/`; a test fails when it is out of date. The HTTP API documents itself at `/api/openapi.json`.

## A session

A browser opens one WebSocket at `/ws` (text messages of JSON, at most {MAX_MESSAGE_BYTES // 1024} KiB each) and says `hello`
with its session token. The server answers `welcome` with the permissions and a snapshot of all that this participant may see, or
`error` and closes. From then on:

- *Events* carry `sequence`, numbered per session. After a lost socket the client says `hello` again with `resume` and
  `last_sequence`: what it missed follows, or a new snapshot when that is too long ago. Media connections are not touched by this.
- *Acts* carry `request`; each is answered by exactly one `accepted` or `error` with the same `request`.
- `ping` is answered by `pong` after the effects of everything said before it on this socket.
- Two peer connections per participant. The browser offers the sending one (`publish_offer` → `publish_answer`); the server offers
  the receiving one (`subscribe` → `subscribe_offer` → `subscribe_answer`), again whenever somebody comes or goes. A changed
  network path means a new connection with a new id under the same session.
- The last message is `goodbye`; its `retry` says whether coming back by itself is right.

Times are UTC in milliseconds on the hearing clock.
"""


def page() -> str:
    parts = [
        PREFACE,
        "## Error codes\n\n" + _enumeration(court_words.ErrorCode),
        "## From the browser\n\n" + "\n".join(map(_message, _members(from_client.ClientMessage))),
        "## To the browser\n\n" + "\n".join(map(_message, _members(to_client.ServerMessage))),
        "## What messages are made of\n\n" + "\n".join(map(_message, _parts())),
        "## Closed sets\n\n" + "\n".join(f"### {enum.__name__}\n\n{_enumeration(enum)}" for enum in _enumerations()),
        "## Between front and worker: commands\n\n" + "\n".join(map(_message, _members(worker.WorkerCommand))),
        "## Between front and worker: notices and facts\n\nFacts have a `fact` id and are stored once.\n\n"
        + "\n".join(map(_message, _members(worker.WorkerMessage))),
    ]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _members(union: object) -> Iterator[type[Message]]:
    arguments = typing.get_args(union)
    if isinstance(union, type):
        yield union
    elif typing.get_origin(union) is typing.Annotated:
        yield from _members(arguments[0])
    elif isinstance(union, UnionType) or arguments:
        for member in arguments:
            yield from _members(member)


def _parts() -> list[type[Message]]:
    def own(module: ModuleType) -> list[type[Message]]:
        return [
            value
            for value in vars(module).values()
            if inspect.isclass(value) and issubclass(value, Message) and value.__module__ == module.__name__
        ]

    measured = [model for model in (*own(line_figures), *own(worker_figures)) if "type" not in model.model_fields]
    return [*own(grants), *own(snapshot), from_client.PublishedSource, *measured]


def _enumerations() -> list[type[StrEnum]]:
    found = [value for module in (court_words, grants) for value in vars(module).values()]
    return [
        value
        for value in found
        if inspect.isclass(value) and issubclass(value, StrEnum) and value not in (StrEnum, court_words.ErrorCode)
    ]


def _message(model: type[Message]) -> str:
    field = model.model_fields.get("type")
    title = str(typing.get_args(field.annotation)[0]) if field is not None else model.__name__
    lines = [f"### `{title}`" if field is not None else f"### {title}", ""]
    if model.__doc__ and model.__doc__ != Message.__doc__:
        lines += [_sentence(model.__doc__), ""]
    fields = [(name, field) for name, field in model.model_fields.items() if name != "type"]
    if fields:
        lines += ["| field | type | |", "| --- | --- | --- |"]
        for name, info in fields:
            default = (
                "" if info.is_required() else f"default `{json.dumps(info.get_default(call_default_factory=True))}`. "
            )
            lines.append(f"| `{name}` | {_type(info.annotation)} | {default}{_sentence(info.description or '')} |")
        lines.append("")
    return "\n".join(lines)


def _type(annotation: object) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin in (list, tuple):
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return "object"
    if arguments:
        return " or ".join(map(_type, arguments))
    return "null" if annotation is type(None) else getattr(annotation, "__name__", str(annotation))


def _enumeration(enum: type[StrEnum]) -> str:
    tree = ast.parse(inspect.getsource(sys.modules[enum.__module__]))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == enum.__name__)
    meanings: dict[str, str] = {}
    last = ""
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            last = node.targets[0].id
        elif last and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            meanings[last] = str(node.value.value)
    rows = [f"| `{member.value}` | {_sentence(meanings.get(name, ''))} |" for name, member in enum.__members__.items()]
    return "\n".join(["| value | meaning |", "| --- | --- |", *rows, ""])


def _sentence(text: str) -> str:
    return " ".join(text.split()).replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())
