"""What the court has to do at a later moment: end a countdown, give up a seat, open a lobby. One owner runs all of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from hearing_server.court.ports import Clock

logger = structlog.get_logger(__name__)

AGENDA_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class _Item:
    at_ms: int
    what: str
    action: Callable[[], Awaitable[None]]


class Agenda:
    """An item looks again, when its time has come, whether there is still something to do; none is ever taken off."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Emptied at once while `run` runs; full only if nobody runs it, and then `QueueFull` says so.
        self._added: asyncio.Queue[_Item] = asyncio.Queue(AGENDA_LIMIT)

    def at(self, at_ms: int, what: str, action: Callable[[], Awaitable[None]]) -> None:
        """Do ``action`` at ``at_ms``; ``what`` names it in the log."""
        self._added.put_nowait(_Item(at_ms, what, action))

    async def run(self) -> None:
        """Until cancelled; what is not due by then is made up for at the next start, from the database."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                item = await self._added.get()
                tasks.create_task(self._keep(item), name=f"agenda: {item.what}")

    async def _keep(self, item: _Item) -> None:
        await self._clock.wait_until(item.at_ms)
        try:
            await item.action()
        except Exception:  # one hearing's failure must not stop the others' agenda
            logger.exception("agenda item failed", item=item.what)
