"""How fast one client may speak: a bucket that holds ``burst`` and is refilled by ``per_s``."""

import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED = 10_000


class SteadyRate:
    """Not shared between clients."""

    def __init__(self, per_s: float, burst: int, now_s: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._now_s = now_s
        self._left = float(burst)
        self._at_s = now_s()

    def allows(self, messages: int = 1) -> bool:
        """Count one message, or a long one as several; False when it is one too many."""
        now_s = self._now_s()
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < messages:
            return False
        self._left -= messages
        return True


class SteadyRates:
    """One bucket for each name, however often its owner hangs up and comes back."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        # Full: the one unused longest is forgotten; by then it is full again.
        self._rates: OrderedDict[str, SteadyRate] = OrderedDict()

    def of(self, name: str) -> SteadyRate:
        rate = self._rates.pop(name, None) or SteadyRate(self._per_s, self._burst)
        self._rates[name] = rate
        if len(self._rates) > REMEMBERED:
            self._rates.popitem(last=False)
        return rate
