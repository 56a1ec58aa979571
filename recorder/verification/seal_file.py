"""seal.json: what the court signed, and what of ``leaves.txt`` can be believed because of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from recorder.merkle import holds_leaf, leaf_hash, root
from recorder.verification.findings import Report, is_moment
from recorder.verification.keys import decoded, statement_signed
from recorder.verification.sealed_lines import SealedLine, canonical, read_leaves
from recorder.verification.time_stamp import check_stamps

SEAL = "seal.json"
LEAVES = "leaves.txt"
SEAL_FORMAT = "hearing-seal/1"
LOG_FORMAT = "court-log/1"
PARTS = {"statement", "signature", "stamps", "anchors"}
"""Of a seal: each is there, and nothing else, so that nothing can be added or put out of sight by another name."""
RECEIPT = {"entry", "index", "path", "head", "signature"}
LINE_FILES = ("journal.jsonl", "manifest.jsonl", "transcript.jsonl", "participants.jsonl", "files.jsonl")
"""Every line of these is a leaf."""


@dataclass
class Believed:
    """What the seals vouch for. ``lines`` is None when ``leaves.txt`` is not what was signed: then only the numbers are known."""

    hearing: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    lines: dict[str, list[SealedLine]] | None = None


def check_seal(report: Report, seal: bytes, leaves: bytes | None, keys: list[str], authority: str | None) -> Believed:
    """``keys``: ids of the court's keys, empty when none was given; ``authority``: path of the trusted certificates."""
    believed = Believed()
    seals = read_seals(seal)
    if not seals:
        report.find("seal_unreadable", SEAL)
        return believed
    lines: list[SealedLine] | None = None
    try:
        lines = read_leaves(leaves) if leaves is not None else None
        if lines is None:
            report.find("file_missing", LEAVES)
    except ValueError:
        report.find("leaves_unreadable", LEAVES)
    signed = [_signed(report, order, each, keys, authority) for order, each in enumerate(seals, 1)]
    if not _in_order(report, [each["statement"] for each in seals]):
        signed = [False]
    if signed[-1]:
        last = seals[-1]["statement"]
        believed.hearing, believed.counts = last["hearing"], last["lines"]
    rooted = [lines is not None and _rooted(report, each["statement"], lines) for each in seals]
    if lines is not None and all(rooted) and signed[-1]:
        if len(lines) > seals[-1]["statement"]["leaves"]:
            report.find("leaves_long", LEAVES, sealed=seals[-1]["statement"]["leaves"], found=len(lines))
        else:
            believed.lines = {file: [line for line in lines if line.file == file] for file in LINE_FILES}
    return believed


def read_seals(seal: bytes) -> list[dict[str, Any]]:
    """Empty when the file is not exactly what sealing writes: canonical JSON, in which no name can stand twice."""
    try:
        document = json.loads(seal)
        if seal != (canonical(document) + "\n").encode() or set(document) != {"format", "seals"}:
            return []
        seals = [dict(each, statement=dict(each["statement"])) for each in document["seals"]]
        whole = all(
            set(each) == PARTS and isinstance(each[kind], list) for each in seals for kind in ("stamps", "anchors")
        )
        return seals if whole and document["format"] == SEAL_FORMAT else []
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _signed(report: Report, order: int, seal: dict[str, Any], keys: list[str], authority: str | None) -> bool:
    statement = seal["statement"]
    summary = {name: statement.get(name) for name in ("number", "root", "leaves", "sealed_at_ms", "key")}
    report.seals.append(summary)
    wrong = statement_signed(statement, seal["signature"])
    if wrong is None and not _complete(statement):
        wrong = "seal_unreadable"
    if wrong is not None:
        report.find(wrong, SEAL, number=order, key=str(statement.get("key")))
        return False
    if keys and statement["key"] not in keys:
        report.find("key_foreign", SEAL, field="key", number=order, key=statement["key"])
    else:
        report.notice("key_trusted" if keys else "key_unchecked", SEAL, number=order, key=statement["key"])
        summary |= {name: statement[name] for name in ("hearing", "case_number", "court")}
    summary["stamp"] = check_stamps(report, order, decoded(seal["signature"]), seal["stamps"], authority)
    for receipt in seal["anchors"]:
        if not anchored(statement["root"], receipt, [statement["key"], *keys]):
            report.find("anchor_wrong", SEAL, number=order)
    return True


def _complete(statement: dict[str, Any]) -> bool:
    previous, counts = statement.get("previous"), statement.get("lines")
    texts = [statement.get(name) for name in ("hearing", "case_number", "court", "root", "key")]
    numbers = [statement.get(name) for name in ("number", "leaves", "sealed_at_ms")]
    if statement.get("format") != SEAL_FORMAT or not isinstance(previous, dict) or not isinstance(counts, dict):
        return False
    numbers += [previous.get("leaves"), *counts.values()]
    whole = all(isinstance(number, int) for number in numbers) and is_moment(statement["sealed_at_ms"])
    return whole and all(isinstance(text, str) for text in texts)


def _in_order(report: Report, statements: list[dict[str, Any]]) -> bool:
    """Numbered 1, 2, 3 …, of one hearing, each naming the one before."""
    before: dict[str, Any] | None = None
    for order, statement in enumerate(statements, 1):
        previous = statement.get("previous") or {}
        follows = statement.get("number") == order and (
            before is None
            or (
                statement.get("hearing") == before.get("hearing")
                and previous == {"leaves": before.get("leaves"), "root": before.get("root")}
            )
        )
        if not follows:
            report.find("seal_out_of_order", SEAL, number=order)
            return False
        before = statement
    return True


def _rooted(report: Report, statement: dict[str, Any], lines: list[SealedLine]) -> bool:
    """Whether the first lines of ``leaves.txt`` give the root of this seal."""
    number, sealed = statement.get("number"), statement.get("leaves")
    if not isinstance(sealed, int) or len(lines) < sealed:
        report.find("leaves_short", LEAVES, number=number, sealed=sealed, found=len(lines))
        return False
    if root([line.leaf for line in lines[:sealed]]).hex() != statement.get("root") or not _counted(
        statement, lines[:sealed]
    ):
        report.find("leaves_altered", LEAVES, number=number)
        return False
    return True


def _counted(statement: dict[str, Any], lines: list[SealedLine]) -> bool:
    """Whether there are as many lines of each file as the seal says: the root does not cover the names in ``leaves.txt``."""
    wanted = statement.get("lines")
    found = Counter(line.file for line in lines)
    return isinstance(wanted, dict) and {name: count for name, count in wanted.items() if count} == dict(found)


def anchored(sealed_root: str, receipt: Any, keys: list[str]) -> bool:
    """Whether a receipt of the court's log shows that this root stood in it when its head was signed, with one of ``keys``."""
    try:
        if set(receipt) != RECEIPT:
            return False
        entry, head = json.loads(receipt["entry"]), receipt["head"]
        proof = [bytes.fromhex(step) for step in receipt["path"]]
        leaf = leaf_hash(receipt["entry"].encode())
        held = holds_leaf(bytes.fromhex(head["root"]), head["size"], receipt["index"], leaf, proof)
        return bool(
            held
            and entry["root"] == sealed_root
            and receipt["entry"] == canonical(entry)
            and head["format"] == LOG_FORMAT
            and head["key"] in keys
            and statement_signed(head, receipt["signature"]) is None
        )
    except (ValueError, KeyError, TypeError):
        return False
