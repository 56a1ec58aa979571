"""What is given up, and in which order, when recognition cannot keep up with speech; and the state that says so."""

import threading
from collections.abc import Callable
from enum import IntEnum

from asr.facts import RecognitionState

NO_PARTIALS_LAG_MS = 1_000
LARGE_CHUNKS_LAG_MS = 3_000
DEFER_LAG_MS = 15_000
RECOVERED_LAG_MS = 500


class Effort(IntEnum):
    """In falling order."""

    FULL = 3
    """100 ms chunks and partial captions."""
    NO_PARTIALS = 2
    """Finals only."""
    LARGE_CHUNKS = 1
    """Finals only, from one-second chunks."""
    DEFER = 0
    """What waits is left out and marked."""


def effort(lag_ms: float) -> Effort:
    """``lag_ms``: age of the audio that is next."""
    if lag_ms > DEFER_LAG_MS:
        return Effort.DEFER
    if lag_ms > LARGE_CHUNKS_LAG_MS:
        return Effort.LARGE_CHUNKS
    return Effort.NO_PARTIALS if lag_ms > NO_PARTIALS_LAG_MS else Effort.FULL


class LoadBoard:
    """The worst lag of all microphones as one state. ``announce(state, lag_ms)`` is called on each change, by any thread."""

    def __init__(self, announce: Callable[[RecognitionState, int], None]) -> None:
        self._announce = announce
        self._lock = threading.Lock()
        self._lags_ms: dict[int, float] = {}
        self._state = RecognitionState.LIVE

    def report(self, track: int, lag_ms: float) -> None:
        """``lag_ms`` 0: nothing of this microphone waits."""
        with self._lock:
            if lag_ms:
                self._lags_ms[track] = lag_ms
            else:
                self._lags_ms.pop(track, None)
            worst_ms = max(self._lags_ms.values(), default=0.0)
            state = self._next_state(worst_ms)
            if state is not self._state:
                self._state = state
                self._announce(state, round(worst_ms))

    def _next_state(self, worst_ms: float) -> RecognitionState:
        match effort(worst_ms):
            case Effort.DEFER:
                return RecognitionState.DEFERRED
            case Effort.NO_PARTIALS | Effort.LARGE_CHUNKS:
                return RecognitionState.LAGGING
            case Effort.FULL:
                recovered = worst_ms < RECOVERED_LAG_MS or self._state is RecognitionState.LIVE
                return RecognitionState.LIVE if recovered else RecognitionState.LAGGING
