"""How far combined videos have come. They are asked for in ``job_queue`` and rendered by ``jobs``."""

from collections.abc import Awaitable, Callable

import structlog

from hearing_server.court.ports import Clock
from hearing_server.domain.job import CompositeStanding
from hearing_server.storage.database import Database
from hearing_server.storage.jobs import unfinished_composites

log = structlog.get_logger()

LOOK_EVERY_MS = 1000


class CompositeWatch:
    """Looks each second how far unfinished videos have come, since another process makes them."""

    def __init__(self, database: Database, clock: Clock, changed: Callable[[str], Awaitable[None]]) -> None:
        """``changed`` is told the hearing's id."""
        self._database = database
        self._clock = clock
        self._changed = changed
        self._known: dict[str, CompositeStanding] = {}

    async def run(self) -> None:
        """Until cancelled. A look that fails is logged; the next one makes up for it."""
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("composites_unknown")
            await self._clock.wait_until(self._clock.now_ms() + LOOK_EVERY_MS)

    async def look(self) -> None:
        """Tell of what changed since the last look, also of videos that are not unfinished any more."""
        async with self._database.reading() as transaction:
            now = {standing.hearing_id: standing for standing in await unfinished_composites(transaction)}
        before, self._known = self._known, now
        for hearing in sorted(before.keys() | now.keys()):
            if before.get(hearing) != now.get(hearing):
                await self._changed(hearing)
