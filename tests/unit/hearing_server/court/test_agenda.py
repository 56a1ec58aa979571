"""What is to be done later is done, and one failure stops nothing else."""

import asyncio

from hearing_server.court.agenda import Agenda


class _ClockOfATest:
    """Time that stands still until it is set."""

    def __init__(self) -> None:
        self._now_ms = 0
        self._changed = asyncio.Condition()

    def now_ms(self) -> int:
        return self._now_ms

    async def wait_until(self, at_ms: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._now_ms >= at_ms)

    async def set(self, now_ms: int) -> None:
        self._now_ms = now_ms
        async with self._changed:
            self._changed.notify_all()


async def test_items_are_done_when_their_time_has_come() -> None:
    clock, done = _ClockOfATest(), asyncio.Queue[str]()
    agenda = Agenda(clock)

    async def fail() -> None:
        done.put_nowait("failed")
        raise LookupError

    async def do(what: str) -> None:
        done.put_nowait(what)

    agenda.at(20, "late", lambda: do("late"))
    agenda.at(10, "failing", fail)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(agenda.run())
        await clock.set(10)
        assert await done.get() == "failed"
        assert done.empty()
        await clock.set(20)
        assert await done.get() == "late"
        agenda.at(5, "overdue", lambda: do("overdue"))
        assert await done.get() == "overdue"
        running.cancel()
