"""The court's log of roots: an append-only file with a Merkle tree over it, whose heads the court signs (RFC 6962 sections 3 and 4).

Whoever kept an earlier head can ask for a proof that the log only grew since; a root that was taken out or replaced cannot have one.
"""

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hearing_server.sealing.anchor import AnchoredRoot
from hearing_server.sealing.court_keys import CourtKeys
from recorder.manifest import write_at
from recorder.merkle import consistency_proof, inclusion_proof, leaf_hash, root
from recorder.verification.seal_file import LOG_FORMAT
from recorder.verification.sealed_lines import canonical, split_lines

ROOTS = "roots.jsonl"


class TransparencyLog:
    """Implements `Anchor`. Blocking; several processes may use the same folder."""

    def __init__(self, folder: Path, keys: CourtKeys) -> None:
        self._folder = folder
        self._keys = keys

    def place(self, root: AnchoredRoot, now_ms: int) -> dict[str, Any]:
        """The entry, its place, a proof of it, and the head it was proven against."""
        with self._alone() as descriptor:
            entries = self._entries()
            index = _found(entries, root)
            if index is None:
                index = len(entries)
                line = {"hearing": root.hearing, "number": root.number, "root": root.root, "at_ms": now_ms}
                entry = canonical(line).encode()
                end = sum(len(before) + 1 for before in entries)
                os.ftruncate(descriptor, end)  # a line that a crash cut off goes
                write_at(descriptor, entry + b"\n", end)
                os.fsync(descriptor)
                entries.append(entry)
        leaves = [leaf_hash(entry) for entry in entries]
        path = [step.hex() for step in inclusion_proof(leaves, index)]
        return {"entry": entries[index].decode(), "index": index, "path": path, **self._head(leaves, now_ms)}

    def head(self, now_ms: int) -> dict[str, Any]:
        """The log as it stands: ``head`` with size and root, and its ``signature``."""
        return self._head([leaf_hash(entry) for entry in self._entries()], now_ms)

    def growth(self, earlier: int, size: int) -> list[str]:
        """That the log of ``size`` entries began with its first ``earlier`` ones. Raises `IndexError`."""
        leaves = [leaf_hash(entry) for entry in self._entries()]
        if size > len(leaves):
            raise IndexError(size)
        return [step.hex() for step in consistency_proof(leaves[:size], earlier)]

    def _head(self, leaves: list[bytes], now_ms: int) -> dict[str, Any]:
        key = self._keys.current()
        head = {
            "format": LOG_FORMAT,
            "size": len(leaves),
            "root": root(leaves).hex(),
            "at_ms": now_ms,
            "key": key.id,
            "public_key": base64.b64encode(key.public_key).decode(),
        }
        return {"head": head, "signature": base64.b64encode(key.sign(head)).decode()}

    def _entries(self) -> list[bytes]:
        """Whole lines only."""
        try:
            data = (self._folder / ROOTS).read_bytes()
        except FileNotFoundError:
            return []
        return split_lines(data[: data.rfind(b"\n") + 1])

    @contextmanager
    def _alone(self) -> Iterator[int]:
        self._folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._folder / ROOTS, flags, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)


def _found(entries: list[bytes], root: AnchoredRoot) -> int | None:
    for index, entry in enumerate(entries):
        line = json.loads(entry)
        if (line["hearing"], line["number"], line["root"]) == (root.hearing, root.number, root.root):
            return index
    return None
