"""The lines that a seal covers, and telling which of them was changed, removed, added or moved.

A leaf of the seal's tree is the name of a file, a line feed and one line of it. ``leaves.txt`` keeps, in the order of the tree,
``FILE HASH HINTS``: the hash is the leaf's, the hints are four hexadecimal digits of each field's hash. Hints prove nothing; they tell
which field of a changed line is another one, and keep the lines apart when somebody has computed a whole chain anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from recorder.merkle import leaf_hash
from recorder.verification.findings import Report

HINT_DIGITS = 4
CHAINED = ("hash", "n", "number", "prev", "previous_hash")
"""Fields that change by themselves when an earlier line does."""


@dataclass(frozen=True)
class SealedLine:
    """A line of ``leaves.txt``."""

    file: str
    leaf: bytes
    hints: str
    number: int = 0
    """Of the line in ``leaves.txt``, from 1; 0 for one that does not stand there."""


def canonical(value: Any) -> str:
    """JSON with sorted keys, no spaces and no escapes beyond what JSON demands."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def split_lines(data: bytes) -> list[bytes]:
    """Without their line feeds; a rest without one counts as a line."""
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def sealed_line(file: str, line: bytes) -> SealedLine:
    return SealedLine(file, leaf_hash(file.encode() + b"\n" + line), "".join(hint for _, hint in field_hints(line)))


def leaves_text(lines: list[SealedLine]) -> bytes:
    """What ``leaves.txt`` holds."""
    return "".join(f"{line.file} {line.leaf.hex()} {line.hints}\n" for line in lines).encode()


def read_leaves(data: bytes) -> list[SealedLine]:
    """Raises `ValueError`."""
    read = []
    for number, row in enumerate(split_lines(data), 1):
        file, leaf, hints = row.decode("ascii").split(" ")
        digest = bytes.fromhex(leaf)
        if digest.hex() != leaf or len(digest) != 32:
            raise ValueError("a leaf hash has 64 digits, in small letters")
        read.append(SealedLine(file, digest, hints, number))
    return read


def field_hints(line: bytes) -> list[tuple[str, str]]:
    """Path and hint of each field, chained fields first; none when the line is no JSON object."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return []
    if not isinstance(value, dict):
        return []
    fields = sorted(_fields(value, ""), key=lambda each: (each[0] not in CHAINED, each[0]))
    return [
        (path, hashlib.sha256(f"{path}={text}".encode("utf-8", "replace")).hexdigest()[:HINT_DIGITS])
        for path, text in fields
    ]


def _fields(value: dict[str, Any], before: str) -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        path = before + name
        if isinstance(inner, dict) and inner:
            yield from _fields(inner, path + ".")
        else:
            yield path, canonical(inner)


def compare_lines(report: Report, file: str, sealed: list[SealedLine], present: list[bytes]) -> None:
    """Findings for what differs between the lines that were sealed and those that are there."""
    found = [sealed_line(file, line) for line in present]
    report.lines += len(found)
    sealed = _with_true_hints(report, sealed, found)
    if [line.leaf for line in sealed] == [line.leaf for line in found]:
        return
    chained = sum(path in CHAINED for path, _ in field_hints(present[0])) if present else 0
    before, after = _tokens(sealed, chained), _tokens(found, chained)
    at_after = {token: at for at, token in enumerate(after)}
    at_before = {token: at for at, token in enumerate(before)}
    kept_before = [at for at, token in enumerate(before) if token in at_after]
    kept_after = [at for at, token in enumerate(after) if token in at_before]
    _changed(report, file, sealed, present, _gaps(before, at_after), _gaps(after, at_before))
    rechained = []
    for order, at in enumerate(kept_after):
        origin = kept_before[order]
        if before[origin] != after[at]:
            report.find("line_moved", file, at + 1, before=at_before[after[at]] + 1)
        elif sealed[origin].leaf != found[at].leaf:
            rechained.append(at + 1)
    if rechained:
        report.find("lines_rechained", file, rechained[0], last=rechained[-1], count=len(rechained))


def _with_true_hints(report: Report, sealed: list[SealedLine], found: list[SealedLine]) -> list[SealedLine]:
    """The root does not cover hints; those of a line that is there can be computed from it."""
    known = {line.leaf: line for line in found}
    for line in sealed:
        if line.leaf in known and known[line.leaf].hints != line.hints:
            report.find("hints_altered", "leaves.txt", line.number)
    return [known.get(line.leaf, line) for line in sealed]


def _tokens(lines: list[SealedLine], chained: int) -> list[tuple[str, int]]:
    """What a line says, chained fields left out, and which of several such lines it is."""
    seen: dict[str, int] = {}
    tokens = []
    for line in lines:
        text = line.hints[chained * HINT_DIGITS :] or line.leaf.hex()
        seen[text] = seen.get(text, 0) + 1
        tokens.append((text, seen[text]))
    return tokens


def _gaps(tokens: list[tuple[str, int]], known: Any) -> dict[int, list[int]]:
    """Places of tokens that the other side has not, by how many that it has come before."""
    gaps: dict[int, list[int]] = {}
    kept = 0
    for at, token in enumerate(tokens):
        if token in known:
            kept += 1
        else:
            gaps.setdefault(kept, []).append(at)
    return gaps


def _changed(
    report: Report,
    file: str,
    sealed: list[SealedLine],
    present: list[bytes],
    lost: dict[int, list[int]],
    added: dict[int, list[int]],
) -> None:
    for gap in sorted(set(lost) | set(added)):
        old, new = lost.get(gap, []), added.get(gap, [])
        both = min(len(old), len(new))
        for order in range(both):
            line = present[new[order]]
            report.find("line_altered", file, new[order] + 1, _changed_field(sealed[old[order]].hints, line))
        for at in old[both:]:
            report.find("line_missing", file, at + 1)
        for at in new[both:]:
            report.find("line_added", file, at + 1)


def _changed_field(hints: str, line: bytes) -> str | None:
    """Names of the fields that are other ones; None when the line as a whole is."""
    fields = field_hints(line)
    known = {hints[at : at + HINT_DIGITS] for at in range(0, len(hints), HINT_DIGITS)}
    changed = [path for path, hint in fields if hint not in known]
    content = [path for path in changed if path not in CHAINED]
    if len(changed) == len(fields):
        return None
    return ", ".join(content or changed) or None
