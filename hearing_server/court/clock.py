"""The system's clock, as the court reads it."""

import asyncio
import time


class SystemClock:
    """Implements ``ports.Clock``."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    async def wait_until(self, at_ms: int) -> None:
        await asyncio.sleep(max(0, at_ms - self.now_ms()) / 1000)
