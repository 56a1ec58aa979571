"""Whether a queue on the way to a subscriber runs over, told by its requests for missing packets. Pure.

They are the earliest sign of a way that suddenly became narrow: reports and estimates come a few times a second, requests as soon as
anything arrives behind a gap. A full queue loses every other packet and lets some through in between; one gap alone, however long, is
only a way that was away for a moment.
"""

from collections import deque
from collections.abc import Sequence

WITHIN_S = 0.5
ENOUGH = 8
"""Packets in that time."""
SHARE = 0.55
"""Of the packets from the first missing one to the last. Of links that lose a tenth at random, one in hours comes so far."""


class Overflow:
    """Of one stream. Times are seconds on a clock that never jumps."""

    def __init__(self) -> None:
        self._newest: int | None = None
        self._missing: deque[tuple[float, int]] = deque(maxlen=64)
        """(when first asked for, unwrapped number), in order; beyond 64 the oldest is forgotten."""

    def missed(self, sequences: Sequence[int], now_s: float) -> tuple[int, int] | None:
        """``sequences``: asked for now (16 bits), once more or for the first time. Returns (packets sent, of these missing) if they
        tell of a queue that runs over."""
        for sequence in sequences:
            newest = sequence - 1 if self._newest is None else self._newest
            number = newest + ((sequence - newest + 0x8000) & 0xFFFF) - 0x8000
            if number > newest:
                self._newest = number
                self._missing.append((now_s, number))
        while self._missing and now_s - self._missing[0][0] > WITHIN_S:
            self._missing.popleft()
        missing = len(self._missing)
        if missing < ENOUGH:
            return None
        sent = self._missing[-1][1] - self._missing[0][1] + 1
        return (sent, missing) if SHARE * sent <= missing < sent else None
