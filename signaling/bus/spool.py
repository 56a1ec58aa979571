"""Facts a worker has told the front and the front has not yet committed, kept on disk so that a crash of either loses none.

One file of JSON lines, appended and flushed to the operating system per fact; it is emptied when nothing is outstanding. A fact
is delivered at least once: its id lets the front store it once.
"""

import os
from pathlib import Path

from signaling.protocol.facts import WorkerFact, worker_fact

COMPACT_AFTER_BYTES = 4 * 1024 * 1024


class FactSpool:
    """Blocking, but each append is one small write to the page cache; call from the event loop."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._outstanding: dict[str, WorkerFact] = {}
        if path.exists():
            self._read()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)

    def add(self, fact: WorkerFact) -> None:
        self._outstanding[fact.fact] = fact
        os.write(self._file, fact.model_dump_json().encode() + b"\n")

    def acknowledge(self, facts: list[str]) -> None:
        for fact in facts:
            self._outstanding.pop(fact, None)
        if not self._outstanding:
            os.ftruncate(self._file, 0)
        elif os.fstat(self._file).st_size > COMPACT_AFTER_BYTES:
            self._compact()

    def outstanding(self) -> list[WorkerFact]:
        """Oldest first."""
        return list(self._outstanding.values())

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _read(self) -> None:
        for line in self._path.read_bytes().splitlines():
            try:
                fact = worker_fact.validate_json(line)
            except ValueError:
                continue  # the last line of a crash in mid-write; its fact was not told to anybody yet
            self._outstanding[fact.fact] = fact

    def _compact(self) -> None:
        lines = b"".join(fact.model_dump_json().encode() + b"\n" for fact in self._outstanding.values())
        beside = self._path.with_suffix(".new")
        beside.write_bytes(lines)
        beside.replace(self._path)
        os.close(self._file)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)
