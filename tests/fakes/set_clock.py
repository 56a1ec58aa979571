"""A clock that stands still until a test moves it."""

import asyncio


class SetClock:
    """Implements ``court.ports.Clock``."""

    def __init__(self, now_ms: int = 1_900_000_000_000) -> None:
        self._now_ms = now_ms
        self._moved = asyncio.Condition()

    def now_ms(self) -> int:
        return self._now_ms

    def now_s(self) -> float:
        return self._now_ms / 1000

    async def wait_until(self, at_ms: int) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: self._now_ms >= at_ms)

    async def move(self, by_ms: int) -> None:
        async with self._moved:
            self._now_ms += by_ms
            self._moved.notify_all()
