"""Jobs and their leases, and the view of the combined video that they write."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from sqlalchemy import Row, and_, insert, select, update
from sqlalchemy.sql import ColumnElement

from hearing_server.domain.job import (
    LEASE_MS,
    MAX_ATTEMPTS,
    CompositeStanding,
    Job,
    JobKind,
    JobState,
    RenderedComposite,
)
from hearing_server.storage import hearings, journal
from hearing_server.storage.database import Database, Transaction
from hearing_server.storage.keeping_schema import reconciliations
from hearing_server.storage.schema import composites, integrity_checks, jobs

_VIEWS = {JobKind.COMPOSITE: composites, JobKind.CHECK: integrity_checks, JobKind.RECONCILE: reconciliations}
"""What screens show of jobs of these kinds; the others have none."""


async def queue_composite(transaction: Transaction, job: str, hearing: str, now_ms: int) -> bool:
    """Ask for the combined video. False when it is asked for or done already; one that failed is asked for anew."""
    await hearings.by_id_to_change(transaction, hearing)  # several fronts may ask at once
    present = await composite_of(transaction, hearing)
    if present is not None and present.state is not JobState.FAILED:
        return False
    await _queue(transaction, job, JobKind.COMPOSITE, hearing, now_ms, None)
    values = {
        "state": JobState.QUEUED.value,
        "progress": 0.0,
        "remaining_s": None,
        "error": None,
        "queued_at_ms": now_ms,
    }
    if present is None:
        await transaction.execute(insert(composites).values(hearing_id=hearing, **values))
    else:
        await transaction.execute(update(composites).where(composites.c.hearing_id == hearing).values(**values))
    return True


async def queue(
    transaction: Transaction, job: str, kind: JobKind, hearing: str, now_ms: int, not_before_ms: int | None = None
) -> bool:
    """Ask for work of a kind that may be done more than once. False when the same is waiting to be begun."""
    await hearings.by_id_to_change(transaction, hearing)
    same = jobs.c.hearing_id == hearing, jobs.c.kind == kind.value, jobs.c.state == JobState.QUEUED.value
    if (await transaction.execute(select(jobs.c.id).where(*same).limit(1))).first() is not None:
        return False
    await _queue(transaction, job, kind, hearing, now_ms, not_before_ms)
    return True


async def newest_state(transaction: Transaction, kind: JobKind, hearing: str) -> JobState | None:
    """Of the job that was asked for last."""
    query = select(jobs.c.state).where(jobs.c.hearing_id == hearing, jobs.c.kind == kind.value)
    row = (await transaction.execute(query.order_by(jobs.c.queued_at_ms.desc(), jobs.c.id.desc()).limit(1))).first()
    return JobState(row.state) if row else None


async def newest_error(transaction: Transaction, kind: JobKind, hearing: str) -> str:
    """Why the last attempt at the job that was asked for last failed; empty when none did. The job may be tried again."""
    query = select(jobs.c.error).where(jobs.c.hearing_id == hearing, jobs.c.kind == kind.value)
    row = (await transaction.execute(query.order_by(jobs.c.queued_at_ms.desc(), jobs.c.id.desc()).limit(1))).first()
    return row.error if row else ""


async def _queue(
    transaction: Transaction, job: str, kind: JobKind, hearing: str, now_ms: int, not_before_ms: int | None
) -> None:
    await transaction.execute(
        insert(jobs).values(
            id=job,
            kind=kind.value,
            hearing_id=hearing,
            state=JobState.QUEUED.value,
            attempt=0,
            error="",
            queued_at_ms=now_ms,
            lease_until_ms=not_before_ms,
        )
    )


async def composite_of(transaction: Transaction, hearing: str) -> CompositeStanding | None:
    row = (await transaction.execute(select(composites).where(composites.c.hearing_id == hearing))).first()
    return _standing(row) if row else None


async def unfinished_composites(transaction: Transaction) -> list[CompositeStanding]:
    """Those that will still change by themselves."""
    waiting = composites.c.state.in_((JobState.QUEUED.value, JobState.RUNNING.value))
    return [_standing(row) for row in await transaction.execute(select(composites).where(waiting))]


class JobDesk:
    """Implements ``jobs.ports.JobStore``: each method is one transaction."""

    def __init__(self, database: Database, lease_ms: int = LEASE_MS) -> None:
        self._database = database
        self._lease_ms = lease_ms

    async def claim(self, runner: str, now_ms: int, kinds: Collection[JobKind] = tuple(JobKind)) -> Job | None:
        wanted = jobs.c.kind.in_([kind.value for kind in kinds])
        async with self._database.transaction() as transaction:
            await self._fail_exhausted(transaction, now_ms)
            row = (
                await transaction.execute(
                    select(jobs).where(_free(now_ms), wanted).order_by(jobs.c.queued_at_ms, jobs.c.id).limit(1)
                )
            ).first()
            if row is None:
                return None
            job = Job(row.id, JobKind(row.kind), row.hearing_id, row.attempt + 1)
            taken = await transaction.execute(
                update(jobs)
                .where(jobs.c.id == job.id, jobs.c.attempt == row.attempt, _free(now_ms))
                .values(
                    state=JobState.RUNNING.value,
                    attempt=job.attempt,
                    runner=runner,
                    lease_until_ms=now_ms + self._lease_ms,
                )
            )
            if taken.rowcount != 1:  # another runner was quicker; PostgreSQL lets both read
                return None
            await _show(transaction, job, {"state": JobState.RUNNING.value, "progress": 0.0})
            return job

    async def renew(self, job: Job, now_ms: int) -> bool:
        async with self._database.transaction() as transaction:
            return await self._write(transaction, job, {"lease_until_ms": now_ms + self._lease_ms})

    async def report_progress(self, job: Job, progress: float, remaining_s: float | None, now_ms: int) -> bool:
        async with self._database.transaction() as transaction:
            if not await self._write(transaction, job, {"lease_until_ms": now_ms + self._lease_ms}):
                return False
            await _show(transaction, job, {"progress": progress, "remaining_s": remaining_s})
            return True

    async def publish_composite(self, job: Job, composite: RenderedComposite, now_ms: int) -> bool:
        async with self._database.transaction() as transaction:
            if not await self._write(transaction, job, _ended(JobState.DONE, now_ms)):
                return False
            result = {
                "path": composite.path,
                "duration_s": composite.duration_s,
                "size_bytes": composite.size_bytes,
                "sha256": composite.sha256,
            }
            done = {"state": JobState.DONE.value, "progress": 1.0, "remaining_s": None, "finished_at_ms": now_ms}
            await _show(transaction, job, {**done, **result})
            data = {"job": job.id, "attempt": job.attempt, "path": composite.path, "sha256": composite.sha256}
            await journal.append(transaction, job.hearing_id, now_ms, "composite_rendered", "server", data)
            return True

    async def finish(self, job: Job, now_ms: int, publish: Callable[[Transaction], Awaitable[object]]) -> bool:
        async with self._database.transaction() as transaction:
            if not await self._write(transaction, job, _ended(JobState.DONE, now_ms)):
                return False
            done = {"state": JobState.DONE.value, "progress": 1.0, "remaining_s": None, "finished_at_ms": now_ms}
            await _show(transaction, job, done)
            await publish(transaction)
            return True

    async def fail(self, job: Job, error: str, now_ms: int) -> bool:
        async with self._database.transaction() as transaction:
            if not job.last_attempt:
                not_before_ms = now_ms + job.retry_after_ms
                again = {"state": JobState.QUEUED.value, "error": error, "lease_until_ms": not_before_ms}
                return await self._write(transaction, job, again)
            if not await self._write(transaction, job, {**_ended(JobState.FAILED, now_ms), "error": error}):
                return False
            await self._failed(transaction, job, error, now_ms)
            return True

    async def release(self, job: Job, now_ms: int) -> bool:
        async with self._database.transaction() as transaction:
            back = {"state": JobState.QUEUED.value, "attempt": job.attempt - 1, "lease_until_ms": None}
            if not await self._write(transaction, job, back):
                return False
            await _show(transaction, job, {"state": JobState.QUEUED.value})
            return True

    async def _fail_exhausted(self, transaction: Transaction, now_ms: int) -> None:
        """Jobs whose every attempt ended with the death of its runner."""
        query = select(jobs).where(_runs_out(now_ms), jobs.c.attempt >= MAX_ATTEMPTS).order_by(jobs.c.id)
        for row in (await transaction.execute(query)).all():
            job = Job(row.id, JobKind(row.kind), row.hearing_id, row.attempt)
            error = "the job runner was lost each time"
            if await self._write(transaction, job, {**_ended(JobState.FAILED, now_ms), "error": error}):
                await self._failed(transaction, job, error, now_ms)

    async def _failed(self, transaction: Transaction, job: Job, error: str, now_ms: int) -> None:
        failed = {"state": JobState.FAILED.value, "remaining_s": None, "error": error, "finished_at_ms": now_ms}
        await _show(transaction, job, failed)
        await journal.append(
            transaction, job.hearing_id, now_ms, f"{job.kind.value}_failed", "server", {"job": job.id, "reason": error}
        )

    async def _write(self, transaction: Transaction, job: Job, values: dict[str, Any]) -> bool:
        """Fenced: only the runner of the present attempt writes."""
        held = (jobs.c.id == job.id, jobs.c.attempt == job.attempt, jobs.c.state == JobState.RUNNING.value)
        return (await transaction.execute(update(jobs).where(*held).values(**values))).rowcount == 1


def _runs_out(now_ms: int) -> ColumnElement[bool]:
    return and_(jobs.c.state == JobState.RUNNING.value, jobs.c.lease_until_ms <= now_ms)


def _free(now_ms: int) -> ColumnElement[bool]:
    not_yet = jobs.c.lease_until_ms.is_not(None) & (jobs.c.lease_until_ms > now_ms)
    waiting = jobs.c.state.in_((JobState.QUEUED.value, JobState.RUNNING.value))
    return and_(waiting, ~not_yet, jobs.c.attempt < MAX_ATTEMPTS)


def _ended(state: JobState, now_ms: int) -> dict[str, Any]:
    return {"state": state.value, "lease_until_ms": None, "finished_at_ms": now_ms}


async def _show(transaction: Transaction, job: Job, values: dict[str, Any]) -> None:
    view = _VIEWS.get(job.kind)
    if view is not None:
        await transaction.execute(update(view).where(view.c.hearing_id == job.hearing_id).values(**values))


def _standing(row: Row[Any]) -> CompositeStanding:
    rendered = None
    if row.state == JobState.DONE.value:
        rendered = RenderedComposite(row.path, row.duration_s, row.size_bytes, row.sha256)
    return CompositeStanding(row.hearing_id, JobState(row.state), row.progress, row.remaining_s, rendered)
