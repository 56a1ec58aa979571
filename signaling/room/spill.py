"""A file for what a sink process has not dealt with and memory has no room for.

A thread of its own writes and reads it: a slow disk holds up what lies there, and never the forwarding of media. The file has no name, so
nothing of it is left when the worker ends.
"""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import structlog

PENDING_BYTES_LIMIT = 16 * 1024 * 1024
"""Given to the thread and not written. When it falls behind so far, the disk is no help."""

logger = structlog.get_logger(__name__)


class Kept:
    """A packet frame that a child has not finished; ``first`` and ``last`` are extended sequence numbers."""

    __slots__ = ("at", "first", "frame", "last", "size", "spilled")

    def __init__(self, first: int, last: int, frame: bytes) -> None:
        self.first, self.last = first, last
        self.size = len(frame)
        self.frame: bytes | None = frame
        """None once it lies in the file."""
        self.spilled = False
        """In the file, or on its way there."""
        self.at = 0
        """Where in the file."""


class Spill:
    """Used from one event loop."""

    def __init__(self, folder: Path, limit_bytes: int, begins: Callable[[], None]) -> None:
        """``begins``: called whenever the first bytes are put there."""
        self._folder = folder
        self._limit = limit_bytes
        self._begins = begins
        self._file: int | None = None
        self._held = 0
        self._pending = 0
        self._end = 0
        self._thread = ThreadPoolExecutor(1, "spill")

    @property
    def held_bytes(self) -> int:
        return self._held

    def take(self, kept: Kept, refused: Callable[[Kept], None]) -> bool:
        """False: no room. ``refused``: called later if it could not be written; the frame is in memory then, as before."""
        if self._held + kept.size > self._limit or self._pending + kept.size > PENDING_BYTES_LIMIT:
            return False
        assert kept.frame is not None, "taken once"
        kept.spilled, kept.at = True, self._end
        self._end += kept.size
        self._pending += kept.size
        self._hold(kept.size)
        writing = self._thread.submit(self._write, kept.frame, kept.at)
        loop = asyncio.get_running_loop()

        def tell(done: Future[None]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits for it
                loop.call_soon_threadsafe(self._written, kept, done, refused)

        writing.add_done_callback(tell)
        return True

    def _written(self, kept: Kept, done: Future[None], refused: Callable[[Kept], None]) -> None:
        self._pending -= kept.size
        if not kept.spilled:
            return  # dealt with meanwhile
        error = done.exception()
        if error is None:
            kept.frame = None
            return
        logger.error("spill refused", errno=getattr(error, "errno", None))
        kept.spilled = False
        self._hold(-kept.size)
        refused(kept)

    async def read(self, kept: Kept) -> bytes:
        """Empty if it cannot be read, or is dealt with meanwhile."""
        if not kept.spilled:
            return b""
        try:
            frame = await asyncio.get_running_loop().run_in_executor(self._thread, self._read, kept)
        except OSError as error:
            logger.error("spill unreadable", errno=error.errno)
            return b""
        return frame if kept.spilled and len(frame) == kept.size else b""

    def discard(self, kept: Kept) -> None:
        kept.spilled = False
        self._hold(-kept.size)

    def close(self) -> None:
        """Does not wait for the disk."""
        self._thread.submit(self._close)
        self._thread.shutdown(wait=False)

    def _hold(self, size: int) -> None:
        before, self._held = self._held, self._held + size
        if not self._held:
            self._end = 0
            self._thread.submit(self._empty)
        elif not before:
            self._begins()

    # -------------------------------------------------------------- in the thread

    def _write(self, frame: bytes, at: int) -> None:
        if self._file is None:
            with tempfile.TemporaryFile(dir=self._folder, buffering=0) as file:
                self._file = os.dup(file.fileno())
        written = 0
        while written < len(frame):
            written += os.pwrite(self._file, frame[written:], at + written)

    def _read(self, kept: Kept) -> bytes:
        assert self._file is not None, "something was written"
        return os.pread(self._file, kept.size, kept.at)

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _empty(self) -> None:
        if self._file is not None:
            os.ftruncate(self._file, 0)
