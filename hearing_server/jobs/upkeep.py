"""Asks once a day for what keeps the archive whole: reconciliations that are due, and lists of recordings whose time is over."""

import asyncio
import secrets

import structlog

from hearing_server.domain.job import JobKind, JobState
from hearing_server.domain.reconciliation import DAY_MS
from hearing_server.domain.retention import RetentionYears, may_be_deleted
from hearing_server.jobs.runner import now_ms
from hearing_server.storage import reconciliations, retention
from hearing_server.storage.database import Database
from hearing_server.storage.jobs import newest_state, queue

log = structlog.get_logger()

LOOK_EVERY_S = 60.0
AT_A_TIME = 10
"""Reconciliations asked for at one look, so that an archive of thousands is spread over the day."""
DELETE_AGAIN_AFTER_MS = 3_600_000
"""A deletion that was approved and failed, for want of a store."""
LISTED_ANEW_MS = 7 * DAY_MS
"""A list that nobody approved is made anew after so long."""


class Upkeep:
    """One per process; jobs that are asked for twice are one."""

    def __init__(self, database: Database, years: RetentionYears, read_back_each_days: int) -> None:
        self._database = database
        self._years = years
        self._read_back_each_days = read_back_each_days

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look(now_ms())
            except Exception:
                # Ownership border: the next look makes up for it.
                log.exception("upkeep_failed")
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self, moment_ms: int) -> None:
        """Ask for what is due now."""
        read_before_ms = moment_ms - self._read_back_each_days * DAY_MS
        async with self._database.reading() as transaction:
            due = await reconciliations.due(transaction, moment_ms - DAY_MS, read_before_ms, AT_A_TIME)
            over = [
                hearing.id
                for hearing, standing in await retention.limited(transaction)
                if standing.approved_at_ms is None
                and (standing.listed_at_ms or 0) < moment_ms - LISTED_ANEW_MS
                and may_be_deleted(
                    hearing, standing, bool(await retention.holds(transaction, hearing.id)), self._years, moment_ms
                )
            ]
            again = [
                hearing.id
                for hearing, standing in await retention.limited(transaction)
                if standing.approved_at_ms is not None
                and await newest_state(transaction, JobKind.DELETE_RECORDING, hearing.id) in (JobState.FAILED, None)
            ]
        for hearing, thorough in due:
            async with self._database.transaction() as transaction:
                await reconciliations.ask(transaction, secrets.token_hex(10), hearing, moment_ms, thorough=thorough)
        for hearing in again:
            async with self._database.transaction() as transaction:
                later_ms = moment_ms + DELETE_AGAIN_AFTER_MS
                await queue(transaction, secrets.token_hex(10), JobKind.DELETE_RECORDING, hearing, moment_ms, later_ms)
        for hearing in over[:AT_A_TIME]:
            async with self._database.transaction() as transaction:
                await queue(transaction, secrets.token_hex(10), JobKind.LIST_RECORDING, hearing, moment_ms)
