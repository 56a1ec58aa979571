"""Looks every two seconds whether the recordings can be written, and says so when that changes."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recorder.outbox import Outbox

PERIOD_S = 2.0
PROBE = ".disk-probe"


@dataclass(frozen=True, slots=True)
class DiskFloor:
    """Free space below which recording is at risk: the larger of the two counts."""

    free_bytes: int
    free_fraction: float


def trouble(root: Path, floor: DiskFloor) -> str:
    """A sentence for people, empty when all is well."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        space = os.statvfs(root)
        probe = os.open(root / PROBE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            os.write(probe, b"probe")
        finally:
            os.close(probe)
            os.unlink(root / PROBE)
    except OSError as error:
        return f"The recording disk cannot be written: {error.strerror}."
    free = space.f_bavail * space.f_frsize
    wanted = max(floor.free_bytes, floor.free_fraction * space.f_blocks * space.f_frsize)
    if free < wanted:
        # Without the number of the moment, which would make every look a new message.
        return f"The recording disk is almost full: less than {wanted / 1_000_000:.0f} MB are left."
    return ""


class DiskWatch:
    """A thread of its own, because asking a stuck disk takes as long as writing to it."""

    def __init__(self, root: Path, floor: DiskFloor, outbox: Outbox, other_trouble: Callable[[], str]) -> None:
        self._root = root
        self._floor = floor
        self._outbox = outbox
        self._other_trouble = other_trouble
        self._said: str | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder disk watch", daemon=True)

    def start(self) -> None:
        """Says the first state before it returns."""
        self._look()
        self._thread.start()

    def close(self) -> None:
        """Does not wait for a disk that does not answer."""
        self._over.set()
        self._thread.join(PERIOD_S)

    def _run(self) -> None:
        while not self._over.wait(PERIOD_S):
            self._look()

    def _look(self) -> None:
        message = trouble(self._root, self._floor) or self._other_trouble()
        if message != self._said:
            self._said = message
            self._outbox.send({"type": "recorder_state", "ready": not message, "message": message})
