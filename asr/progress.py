"""How far the audio of a track is dealt with, for the case that this process is lost and the worker sends again."""

import threading

from asr.facts import Line, heard

MARK_EACH_US = 1_000_000


class Progress:
    """Used by the reading thread and by the recognition thread that holds the track's stenographer."""

    def __init__(self, track: int) -> None:
        self._track = track
        self._lock = threading.Lock()
        self._sequence = -1
        self._marked_us: int | None = None

    def settle(self, sequence: int) -> tuple[Line, ...]:
        """Everything up to ``sequence`` is done; a line to say so, none when it was said before."""
        with self._lock:
            if sequence <= self._sequence:
                return ()
            self._sequence = sequence
            return (heard(self._track, sequence),)

    def settle_now_and_then(self, sequence: int, arrival_us: int) -> tuple[Line, ...]:
        """The same, but at most once for each second of arrivals."""
        with self._lock:
            if self._marked_us is not None and 0 <= arrival_us - self._marked_us < MARK_EACH_US:
                return ()
            self._marked_us = arrival_us
        return self.settle(sequence)
