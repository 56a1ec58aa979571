"""Speech of one microphone on its way from the reading thread to a recognition thread, and the marks between it."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from asr.opus import SPEECH_HZ

BYTES_PER_MS = SPEECH_HZ * 2 // 1000
MOST_WAITING_MS = 60_000
"""More than the longest utterance and the lag at which speech is deferred together; 2 MB."""


@dataclass(frozen=True, slots=True)
class Speech:
    """``pcm`` 16 kHz mono first captured at ``rtp``; ``sequence`` and ``arrival_us`` of the packet it came with."""

    rtp: int
    pcm: bytes
    sequence: int
    arrival_us: int


@dataclass(frozen=True, slots=True)
class Pause:
    """The gate closed: the utterance ends here. Everything up to ``sequence`` was speech or is silence."""

    sequence: int


@dataclass(frozen=True, slots=True)
class Mark:
    """``passed`` is called by the recognition thread when everything before it is done."""

    passed: Callable[[], None]


Waiting = Speech | Pause | Mark


class WaitingSpeech:
    """Bounded. When full: with ``shedding`` the speech in it is taken out and counted as deferred, otherwise the writer waits."""

    def __init__(self, shedding: bool) -> None:
        self._shedding = shedding
        self._items: deque[Waiting] = deque()
        self._speech_bytes = 0
        self._changed = threading.Condition()
        self._deferred: tuple[Speech, Speech] | None = None

    def put(self, item: Waiting) -> None:
        with self._changed:
            if isinstance(item, Speech):
                if self._shedding and self._waiting_ms >= MOST_WAITING_MS:
                    self._defer_all()
                while not self._shedding and self._waiting_ms >= MOST_WAITING_MS:
                    self._changed.wait()
                self._speech_bytes += len(item.pcm)
            self._items.append(item)

    def ready(self, chunk_ms: int) -> bool:
        """Whether a recognition thread has something to do: a whole chunk, a mark, or deferred speech to account for."""
        with self._changed:
            has_mark = any(not isinstance(item, Speech) for item in self._items)
            return has_mark or self._deferred is not None or self._waiting_ms >= chunk_ms

    def oldest_arrival_us(self) -> int | None:
        """When the speech that is next arrived."""
        with self._changed:
            return next((item.arrival_us for item in self._items if isinstance(item, Speech)), None)

    def take(self, chunk_ms: int) -> list[Speech] | Pause | Mark | None:
        """Speech of at least ``chunk_ms``, less only before a pause or mark, or that; None when there is not enough yet."""
        with self._changed:
            if not self._items:
                return None
            if not isinstance(self._items[0], Speech):
                item = self._items.popleft()
                assert not isinstance(item, Speech)
                return item
            chunk: list[Speech] = []
            size = 0
            for item in self._items:
                if not isinstance(item, Speech) or size >= chunk_ms * BYTES_PER_MS:
                    break
                chunk.append(item)
                size += len(item.pcm)
            if size < chunk_ms * BYTES_PER_MS and len(chunk) == len(self._items):
                return None
            for _ in chunk:
                self._items.popleft()
            self._speech_bytes -= size
            self._changed.notify_all()
            return chunk

    def defer(self) -> None:
        """Take out all speech that waits; the marks stay."""
        with self._changed:
            self._defer_all()

    def take_deferred(self) -> tuple[Speech, Speech] | None:
        """First and last piece of what was taken out since the last call."""
        with self._changed:
            deferred, self._deferred = self._deferred, None
            return deferred

    @property
    def empty(self) -> bool:
        with self._changed:
            return not self._items and self._deferred is None

    @property
    def _waiting_ms(self) -> float:
        return self._speech_bytes / BYTES_PER_MS

    def _defer_all(self) -> None:
        speech = [item for item in self._items if isinstance(item, Speech)]
        self._items = deque(item for item in self._items if not isinstance(item, Speech))
        self._speech_bytes = 0
        if speech:
            self._deferred = (self._deferred[0] if self._deferred else speech[0], speech[-1])
