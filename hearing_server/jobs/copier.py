"""Copies what is recorded to the court's stores while the hearing still runs, and says so when it cannot.

The recordings folder is only read. A copy counts when it was read back from the store and is what was sealed. Each store has a lane of its
own; one that fails keeps nobody else from being copied, and nothing here keeps a hearing from going on.
"""

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path

import structlog

from hearing_server.domain.copies import StoredFile, StoreName
from hearing_server.jobs.runner import now_ms
from hearing_server.jobs.store_lane import StoreLane
from hearing_server.storage import copies
from hearing_server.storage.database import Database
from hearing_server.stores.port import RecordingStore
from hearing_server.stores.source_files import beside_the_segments
from hearing_server.stores.terms import StoresTerms

log = structlog.get_logger()

AT_A_TIME = 200
LOOK_EVERY_S = 0.5
"""How long a new segment waits at most."""
IDLE_LOOK_EVERY_S = 5.0
"""Where there is no store, and wishes are only cleared away."""


class Copier:
    """One per process; two on the same database share the work."""

    def __init__(
        self,
        database: Database,
        recordings: Path,
        stores: Mapping[StoreName, RecordingStore],
        terms: StoresTerms,
        chance: random.Random | None = None,
    ) -> None:
        self._database = database
        self._recordings = recordings
        self._stores = stores
        self.lanes = [
            StoreLane(database, recordings, name, store, terms.answers_within_s, chance or random.Random())
            for name, store in stores.items()
        ]

    async def run(self) -> None:
        """Until cancelled; copies in hand are given back."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._plan(), name="plan copies")
            for lane in self.lanes:
                tasks.create_task(lane.run(), name=f"copies to {lane.name}")

    async def _plan(self) -> None:
        while True:
            try:
                more = await self.plan()
            except Exception:
                # Ownership border: wishes stay where they are, and the next look comes to them.
                log.exception("copies_not_planned")
                more = False
            if not more:
                await asyncio.sleep(LOOK_EVERY_S if self._stores else IDLE_LOOK_EVERY_S)

    async def plan(self) -> bool:
        """Turn what is wanted into copies to be made. False when nothing was wanted."""
        async with self._database.reading() as transaction:
            wishes = await copies.wanted(transaction, AT_A_TIME)
        for wish in wishes:
            files = [wish]
            if wish.path == copies.BESIDE:
                # Without a store nothing need be read.
                beside = beside_the_segments if self._stores else _nothing
                files = await asyncio.to_thread(beside, self._recordings, wish.hearing_id)
            async with self._database.transaction() as transaction:
                await copies.take_up(transaction, wish, files, self._stores.keys(), now_ms())
            for lane in self.lanes:
                lane.wake()
        return bool(wishes)


def _nothing(_recordings: Path, _hearing: str) -> list[StoredFile]:
    return []
