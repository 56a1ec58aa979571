"""UTC that never steps: taken once, then carried by the monotonic clock, as the server carries the hearing clock."""

import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SteadyClock:
    _utc_ms: float = field(default_factory=lambda: time.time() * 1000)
    _monotonic_ms: float = field(default_factory=lambda: time.monotonic() * 1000)

    def now_ms(self) -> float:
        """UTC in milliseconds."""
        return self._utc_ms + time.monotonic() * 1000 - self._monotonic_ms
