"""Asking for durable work, which ``jobs`` does: the combined video of a closed hearing, and its seal."""

from hearing_server.court.office import new_id
from hearing_server.court.ports import Clock
from hearing_server.domain.job import JobKind
from hearing_server.domain.seal import SETTLE_MS
from hearing_server.storage.database import Database
from hearing_server.storage.jobs import queue, queue_composite


class JobQueue:
    """Implements ``ports.JobRunner``: the job is a row that a runner takes up, in whichever process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def enqueue_composite(self, hearing: str) -> None:
        async with self._database.transaction() as transaction:
            await queue_composite(transaction, new_id(), hearing, self._clock.now_ms())

    async def enqueue_seal(self, hearing: str) -> None:
        now_ms = self._clock.now_ms()
        async with self._database.transaction() as transaction:
            await queue(transaction, new_id(), JobKind.SEAL, hearing, now_ms, now_ms + SETTLE_MS)
