"""Which stores do not take what is recorded. The copies are made by ``jobs``; the courtroom is told within a second."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

import structlog

from hearing_server.court.ports import Clock
from hearing_server.domain.copies import StoreTrouble
from hearing_server.storage import copies
from hearing_server.storage.database import Database

log = structlog.get_logger()

LOOK_EVERY_MS = 1000


class CopyWatch:
    """Looks each second, since another process copies."""

    def __init__(self, database: Database, clock: Clock, changed: Callable[[str], Awaitable[None]]) -> None:
        """``changed`` is told the hearing's id."""
        self._database = database
        self._clock = clock
        self._changed = changed
        self._known: frozenset[StoreTrouble] = frozenset()

    @property
    def failing(self) -> Mapping[tuple[str, str], int]:
        """How many hearings are concerned, by store and code."""
        return Counter((trouble.store.value, trouble.code.value) for trouble in self._known)

    async def run(self) -> None:
        """Until cancelled. A look that fails is logged; the next one makes up for it."""
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("copies_unknown")
            await self._clock.wait_until(self._clock.now_ms() + LOOK_EVERY_MS)

    async def look(self) -> None:
        """Tell of what changed since the last look."""
        async with self._database.reading() as transaction:
            now = frozenset(await copies.troubles(transaction))
        before, self._known = self._known, now
        for hearing in sorted({trouble.hearing_id for trouble in before ^ now}):
            await self._changed(hearing)
