"""Only one process of a kind may own a folder of this machine."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process owns the folder."""


@contextlib.contextmanager
def sole_process(lock_path: Path) -> Iterator[None]:
    """Raises `AlreadyRunning`. The lock goes with the process, however it ends."""
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    with lock_path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(str(lock_path)) from None
        yield
