"""Sealing a hearing's recordings folder: the record beside the recordings, a Merkle tree over every line, a signature over its root.

What was sealed once stays as it is: a further seal only adds lines behind those of the seal before, so that one tree grew from the
other (RFC 6962 section 2.1.2). ``seal.json`` is written last; whatever a crash left beyond it is written again the next time.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hearing_server.sealing.court_keys import SigningKey
from hearing_server.sealing.errors import NothingToSeal, RecordContradicted
from hearing_server.sealing.record_lines import RecordLines
from recorder.confined import ConfinedFolder
from recorder.merkle import EMPTY_ROOT, root
from recorder.verification.chains import JOURNAL, MANIFEST
from recorder.verification.folder import unlisted_media
from recorder.verification.record import PARTICIPANTS, TRANSCRIPT
from recorder.verification.seal_file import LEAVES, LINE_FILES, SEAL, SEAL_FORMAT
from recorder.verification.sealed_lines import (
    SealedLine,
    canonical,
    leaves_text,
    read_leaves,
    sealed_line,
    split_lines,
)
from recorder.verification.stored_files import FILES, digested

NOTHING: dict[str, Any] = {"leaves": 0, "root": EMPTY_ROOT.hex(), "lines": {}}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is sealed, as the statement names it."""

    hearing: str
    case_number: str
    court: str


@dataclass(frozen=True, slots=True)
class Seal:
    """One signed statement; ``signature`` is 64 bytes."""

    statement: dict[str, Any]
    signature: bytes

    @property
    def number(self) -> int:
        return int(self.statement["number"])

    @property
    def root(self) -> str:
        return str(self.statement["root"])


class SealedFolder:
    """Blocking; for one thread. All writing happens inside `alone`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else seals this folder meanwhile. Raises `NothingToSeal`."""
        if not (self.path / MANIFEST).is_file():
            raise NothingToSeal("the hearing has no recording")
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def entries(self) -> list[dict[str, Any]]:
        """The seals as they stand in ``seal.json``, oldest first: statement, signature, stamps, anchors."""
        try:
            entries: list[dict[str, Any]] = json.loads((self.path / SEAL).read_bytes())["seals"]
        except FileNotFoundError:
            return []
        return entries

    def seal(self, subject: Subject, record: RecordLines, key: SigningKey, now_ms: int) -> Seal:
        """Seals what is there now; the newest seal itself when nothing came since. Raises `RecordContradicted`."""
        entries = self.entries()
        before = entries[-1]["statement"] if entries else NOTHING
        sealed = self._sealed_leaves(before)
        lines, added = self._lines(record, sealed), list(sealed)
        for name in LINE_FILES:
            added += [sealed_line(name, line) for line in lines[name][before["lines"].get(name, 0) :]]
        if entries and len(added) == len(sealed):
            return Seal(before, base64.b64decode(entries[-1]["signature"]))
        statement = {
            "format": SEAL_FORMAT,
            "number": len(entries) + 1,
            "hearing": subject.hearing,
            "case_number": subject.case_number,
            "court": subject.court,
            "sealed_at_ms": now_ms,
            "lines": {name: len(lines[name]) for name in LINE_FILES},
            "leaves": len(added),
            "root": root([leaf.leaf for leaf in added]).hex(),
            "previous": {"leaves": before["leaves"], "root": before["root"]},
            "key": key.id,
            "public_key": base64.b64encode(key.public_key).decode(),
        }
        seal = Seal(statement, key.sign(statement))
        for name in LINE_FILES:
            if name != MANIFEST:
                self._write(name, b"".join(line + b"\n" for line in lines[name]))
        self._write(LEAVES, leaves_text(added))
        entry = {"statement": statement, "signature": base64.b64encode(seal.signature).decode()}
        self._write_entries([*entries, {**entry, "stamps": [], "anchors": []}])
        return seal

    def add(self, kind: str, number: int, what: dict[str, Any]) -> None:
        """A stamp (``stamps``) or a receipt (``anchors``) beside seal ``number``; once."""
        entries = self.entries()
        beside = entries[number - 1].setdefault(kind, [])
        if what not in beside:
            beside.append(what)
            self._write_entries(entries)

    def _sealed_leaves(self, before: dict[str, Any]) -> list[SealedLine]:
        try:
            leaves = read_leaves((self.path / LEAVES).read_bytes())[: before["leaves"]]
        except FileNotFoundError:
            leaves = []
        except ValueError:
            raise RecordContradicted(f"{LEAVES} cannot be read") from None
        if root([leaf.leaf for leaf in leaves]).hex() != before["root"]:
            raise RecordContradicted(f"{LEAVES} is not what was sealed")
        return leaves

    def _lines(self, record: RecordLines, sealed: list[SealedLine]) -> dict[str, list[bytes]]:
        """Every file's lines: first those that were sealed, then what came since."""
        manifest = (self.path / MANIFEST).read_bytes()
        journal = [line.encode() for line in record.journal]
        known = {name: self._sealed_lines(name, [line for line in sealed if line.file == name]) for name in LINE_FILES}
        if journal[: len(known[JOURNAL])] != known[JOURNAL]:
            raise RecordContradicted("the journal is not what was sealed")
        transcript = [line.encode() for line in record.transcript]
        if not set(known[TRANSCRIPT]) <= set(transcript):
            raise RecordContradicted("the transcript is not what was sealed")
        whole = split_lines(manifest) if manifest.endswith(b"\n") else split_lines(manifest)[:-1]
        present = {
            TRANSCRIPT: transcript,
            PARTICIPANTS: [line.encode() for line in record.participants],
            FILES: [_file_line(self.path, path) for path in unlisted_media(self.path, manifest)],
        }
        appended = {
            name: known[name] + [line for line in lines if line not in set(known[name])]
            for name, lines in present.items()
        }
        return {JOURNAL: journal, MANIFEST: whole, **appended}

    def _sealed_lines(self, name: str, sealed: list[SealedLine]) -> list[bytes]:
        try:
            lines = split_lines((self.path / name).read_bytes())[: len(sealed)]
        except FileNotFoundError:
            lines = []
        if [sealed_line(name, line).leaf for line in lines] != [line.leaf for line in sealed]:
            raise RecordContradicted(f"{name} is not what was sealed")
        return lines

    def _write_entries(self, entries: list[dict[str, Any]]) -> None:
        self._write(SEAL, (canonical({"format": SEAL_FORMAT, "seals": entries}) + "\n").encode())

    def _write(self, name: str, data: bytes) -> None:
        """The whole file or none of it, durable on return."""
        with ConfinedFolder.root(self.path) as folder:
            with os.fdopen(folder.open(name + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            folder.rename(name + ".new", name)
            folder.sync()


def _file_line(folder: Path, path: str) -> bytes:
    found = digested(folder / path, lambda _: None)
    if found is None:
        raise RecordContradicted(f"{path} went away while it was sealed")
    line = {"path": path, "size_bytes": found.size_bytes, "sha256": found.sha256, "sm3": found.sm3}
    return canonical(line).encode()
