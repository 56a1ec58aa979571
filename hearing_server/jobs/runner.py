"""Takes jobs one after the other and sees each to its end. What a job does stands in the module of its kind."""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog

from hearing_server.domain.job import LEASE_MS, Job, JobKind
from hearing_server.jobs.errors import JobFailed, LeaseLost
from hearing_server.jobs.ports import JobStore

log = structlog.get_logger()

LOOK_EVERY_S = 1.0
"""How long a new job waits at most while the runner is idle."""
RENEW_EVERY_S = LEASE_MS / 1000 / 3

Work = Callable[[Job], Awaitable[None]]
"""Does one job and publishes its result. Raises ``JobFailed`` for what went wrong, ``LeaseLost`` when it is not its own any
more; cancelled when the runner stops."""


def now_ms() -> int:
    """UTC in milliseconds."""
    return time.time_ns() // 1_000_000


class JobRunner:
    """One process's share of the work. Two runners on the same database never hold the same job."""

    def __init__(self, store: JobStore, work: Mapping[JobKind, Work], *, renew_every_s: float = RENEW_EVERY_S) -> None:
        self._store = store
        self._work = work
        self._renew_every_s = renew_every_s
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}"

    async def run(self) -> None:
        """Works until cancelled; a job in hand is then given back."""
        while True:
            if not await self.do_next():
                await asyncio.sleep(LOOK_EVERY_S)

    async def do_next(self) -> bool:
        """Take the oldest job, if there is one, and see it to its end: published, failed, or taken over."""
        job = await self._claim()
        if job is None:
            return False
        bound = log.bind(job=job.id, kind=job.kind, hearing=job.hearing_id, attempt=job.attempt)
        bound.info("job_began")
        try:
            await self._attempt(job, bound)
        except asyncio.CancelledError:
            await self._store.release(job, now_ms())
            bound.info("job_released")
            raise
        return True

    async def _claim(self) -> Job | None:
        """A job that was taken just when the runner is told to stop is given back at once, not when its lease runs out."""
        claiming = asyncio.ensure_future(self._store.claim(self.name, now_ms(), self._work))  # owned and awaited here
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            if (job := await claiming) is not None:
                await self._store.release(job, now_ms())
            raise

    async def _attempt(self, job: Job, bound: structlog.stdlib.BoundLogger) -> None:
        try:
            async with asyncio.TaskGroup() as both:
                renewing = both.create_task(self._keep(job))
                await self._work[job.kind](job)
                renewing.cancel()
        except* LeaseLost:
            bound.warning("job_taken_over")
        except* JobFailed as failures:
            reason = str(failures.exceptions[0])
            bound.error("job_failed", reason=reason)
            await self._store.fail(job, reason, now_ms())
        except* Exception:
            # Ownership border: the job fails, the runner goes on; the next attempt starts clean.
            bound.exception("job_failed")
            await self._store.fail(job, "internal error", now_ms())
        else:
            bound.info("job_done")

    async def _keep(self, job: Job) -> None:
        while True:
            await asyncio.sleep(self._renew_every_s)
            if not await self._store.renew(job, now_ms()):
                raise LeaseLost
