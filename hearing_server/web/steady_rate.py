"""How fast one client may speak: a bucket that holds ``burst`` and is refilled by ``per_s``."""

import time
from collections.abc import Callable


class SteadyRate:
    """Not shared between clients."""

    def __init__(self, per_s: float, burst: int, now_s: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._now_s = now_s
        self._left = float(burst)
        self._at_s = now_s()

    def allows(self) -> bool:
        """Count one message; False when it is one too many."""
        now_s = self._now_s()
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
