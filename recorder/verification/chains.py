"""The hash chains of manifest and journal: each line carries the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from recorder.verification.findings import Report
from recorder.verification.sealed_lines import canonical, split_lines

MANIFEST = "manifest.jsonl"
JOURNAL = "journal.jsonl"
FIRST = "0" * 64
TORN = "torn_line_noted"


def parsed(line: bytes, names: tuple[str, ...]) -> dict[str, Any] | None:
    """The line's object when it has these fields."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and all(name in value for name in names) else None


def read_manifest(report: Report, data: bytes) -> list[tuple[int, dict[str, Any]]]:
    """Lines that can be read, with the number of each in the file. A line torn by a power cut is allowed where the next notes it."""
    rows = split_lines(data)
    if data and not data.endswith(b"\n"):
        report.find("line_cut_off", MANIFEST, len(rows))
        rows.pop()
    read: list[tuple[int, dict[str, Any]]] = []
    previous, expected, torn = FIRST, 0, b""
    for number, row in enumerate(rows, 1):
        line = parsed(row, ("n", "at_ms", "type", "fact", "detail", "prev", "hash"))
        if line is None or not isinstance(line["detail"], dict) or not isinstance(line["fact"], (dict, type(None))):
            if torn:
                report.find("line_unreadable", MANIFEST, number - 1)
            torn = row or b"?"
            continue
        if torn:
            if line["type"] != TORN or line["detail"].get("sha256") != hashlib.sha256(torn).hexdigest():
                report.find("line_unreadable", MANIFEST, number - 1)
            torn = b""
        if line["n"] != expected or line["prev"] != previous:
            report.find("chain_broken", MANIFEST, number)
        fields = {name: value for name, value in line.items() if name != "hash"}
        if hashlib.sha256(canonical(fields).encode("utf-8", "replace")).hexdigest() != line["hash"]:
            report.find("chain_altered", MANIFEST, number)
        previous, expected = line["hash"], line["n"] + 1 if isinstance(line["n"], int) else expected + 1
        read.append((number, line))
    if torn:
        report.find("line_unreadable", MANIFEST, len(rows))
    return read


def read_journal(report: Report, data: bytes) -> list[tuple[int, dict[str, Any]]]:
    """Rows that can be read, with the number of each in the file."""
    read: list[tuple[int, dict[str, Any]]] = []
    previous, expected = FIRST, 1
    names = ("chain", "number", "at_ms", "type", "actor", "data", "previous_hash", "hash", "fact")
    for number, text in enumerate(split_lines(data), 1):
        row = parsed(text, names)
        if row is None or not isinstance(row["data"], dict):
            report.find("line_unreadable", JOURNAL, number)
            expected += 1
            continue
        if row["number"] != expected or row["previous_hash"] != previous:
            report.find("chain_broken", JOURNAL, number)
        if journal_hash(row) != row["hash"]:
            report.find("chain_altered", JOURNAL, number)
        previous, expected = row["hash"], row["number"] + 1 if isinstance(row["number"], int) else expected + 1
        read.append((number, row))
    return read


def journal_hash(row: dict[str, Any]) -> str:
    """SHA-256 over the hash of the row before and the row as a JSON list whose ``data`` is canonical JSON in a string."""
    values = [row[name] for name in ("chain", "number", "at_ms", "type", "actor")]
    text = json.dumps([*values, canonical(row["data"]), row["fact"]], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{row['previous_hash']}\n{text}".encode("utf-8", "replace")).hexdigest()
