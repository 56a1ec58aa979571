"""The browser's types are those of the server: the generated files in the tree are what the generators print now."""

import re
from pathlib import Path

from hearing_server.web.typescript import api_module
from recorder.verification.typescript import wording_module
from signaling.protocol.from_client import ClientMessage
from signaling.protocol.to_client import ServerMessage
from signaling.protocol.typescript import declaration, definitions, members, messages_module

GENERATED = Path(__file__).parents[2] / "web_client" / "src" / "protocol"


def test_message_types_in_the_tree_are_generated_from_the_models() -> None:
    assert (GENERATED / "messages.gen.ts").read_text(encoding="utf-8") == messages_module()


def test_http_types_in_the_tree_are_generated_from_the_models() -> None:
    assert (GENERATED / "api.gen.ts").read_text(encoding="utf-8") == api_module()


def test_wording_of_the_verifier_page_is_that_of_the_command_line() -> None:
    generated = GENERATED.parent / "verifier" / "wording.gen.ts"
    assert generated.read_text(encoding="utf-8") == wording_module()


def test_what_the_server_sends_has_no_optional_field() -> None:
    for name, schema in definitions(members(ServerMessage)).items():
        assert not re.search(r"^  \w+\?:", declaration(name, schema), re.MULTILINE), name


def test_what_the_client_sends_may_leave_defaults_out_but_never_the_type() -> None:
    declared = {name: declaration(name, schema) for name, schema in definitions(members(ClientMessage)).items()}
    assert '  type: "hello";' in declared["Hello"]
    assert "  resume?: string | null;" in declared["Hello"]
    assert "  token: string;" in declared["Hello"]


def test_every_message_is_in_its_union() -> None:
    text = messages_module()
    for union_name, models in (("ClientMessage", members(ClientMessage)), ("ServerMessage", members(ServerMessage))):
        declared = text.split(f"export type {union_name} =")[1].split(";")[0]
        assert declared.split() == [part for model in models for part in ("|", model.__name__)]
