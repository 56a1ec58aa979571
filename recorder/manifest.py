"""manifest.jsonl: the append-only, hash-chained list of everything that was recorded of one hearing.

A line is ``{"n", "at_ms", "type", "fact", "detail", "prev", "hash"}``; ``hash`` is the SHA-256 of the line without it, in canonical JSON,
and ``prev`` the hash of the line before (64 zeros first). ``fact`` is what the hearing journal was told, or null. The manifest
alone proves the folder; no database is needed.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from recorder.confined import ConfinedFolder
from recorder.errors import HearingHeldError, ManifestDamagedError

NAME = "manifest.jsonl"
FIRST_PREV = "0" * 64
TORN = "torn_line_noted"


@dataclass(frozen=True, slots=True)
class ManifestLine:
    n: int
    at_ms: int
    type: str
    fact: dict[str, Any] | None
    detail: dict[str, Any]
    prev: str
    hash: str


def line_hash(fields: dict[str, Any]) -> str:
    """Of a line's fields without ``hash``."""
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def read_lines(data: bytes) -> Iterator[ManifestLine]:
    """Checks the chain as it goes. Raises `ManifestDamagedError` at the first line that does not hold.

    A line torn by a power cut is allowed where the next line notes its hash, and at the very end.
    """
    prev, n = FIRST_PREV, 0
    torn: bytes | None = None
    rows = data.split(b"\n")
    for row in rows[:-1]:
        line = _parsed(row)
        if line is None:
            if torn is not None:
                raise ManifestDamagedError(f"manifest line {n} cannot be read")
            torn = row
            continue
        if torn is not None:
            if line.type != TORN or line.detail.get("sha256") != sha256(torn).hexdigest():
                raise ManifestDamagedError(f"manifest line {n} cannot be read")
            torn = None
        if line.n != n or line.prev != prev:
            raise ManifestDamagedError(f"manifest line {n} is missing or out of order")
        fields = {name: getattr(line, name) for name in ("n", "at_ms", "type", "fact", "detail", "prev")}
        if line_hash(fields) != line.hash:
            raise ManifestDamagedError(f"manifest line {n} was altered")
        prev, n = line.hash, n + 1
        yield line
    if torn is not None:
        raise ManifestDamagedError(f"manifest line {n} cannot be read")


def _parsed(row: bytes) -> ManifestLine | None:
    try:
        return ManifestLine(**json.loads(row))
    except (ValueError, TypeError):
        return None


class Manifest:
    """The manifest being written; owned by the writer's thread. Lines are not kept in memory.

    Whoever has it open holds the hearing: two recorders, perhaps of two machines, must never write the same files.
    """

    def __init__(self, folder: ConfinedFolder) -> None:
        """Reads what is there. Raises `HearingHeldError` while another has it open, `ManifestDamagedError` when its chain does
        not hold."""
        self._folder = folder
        self._file = folder.open(NAME, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise HearingHeldError("another recorder still writes this hearing") from None
        data = folder.read(NAME)
        self._offset = len(data)
        self._torn = data.rpartition(b"\n")[2]
        self._ids: set[str] = set()
        self._prev = FIRST_PREV
        self.count = 0
        """Number of lines, which is the number of the next one."""
        for line in read_lines(data):
            self._passed(line.fact, line.hash)

    def lines(self) -> list[ManifestLine]:
        return list(read_lines(self._folder.read(NAME)))

    def append(self, kind: str, at_ms: int, fact: dict[str, Any] | None, detail: dict[str, Any]) -> bool:
        """Durable on return. False when this fact already stands here, and nothing was written."""
        if fact is not None and fact["fact"] in self._ids:
            return False
        if self._torn:
            noted = {"bytes": len(self._torn), "sha256": sha256(self._torn).hexdigest()}
            self._write(b"\n", TORN, at_ms, None, noted)
            self._torn = b""
        self._write(b"", kind, at_ms, fact, detail)
        return True

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write(self, before: bytes, kind: str, at_ms: int, fact: dict[str, Any] | None, detail: dict[str, Any]) -> None:
        fields = {"n": self.count, "at_ms": at_ms, "type": kind, "fact": fact, "detail": detail, "prev": self._prev}
        fields["hash"] = digest = line_hash(fields)
        data = before + json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        # At a known offset, so that a try that failed half-way is overwritten by the next one.
        write_at(self._file, data, self._offset)
        os.fdatasync(self._file)
        self._offset += len(data)
        self._passed(fact, digest)

    def _passed(self, fact: dict[str, Any] | None, digest: str) -> None:
        self.count += 1
        self._prev = digest
        if fact is not None:
            self._ids.add(fact["fact"])


def write_at(descriptor: int, data: bytes, offset: int) -> None:
    """All of ``data``, or an `OSError`."""
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written
