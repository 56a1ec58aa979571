"""Reconciliations as they are asked for and shown, and which are due."""

from sqlalchemy import and_, insert, or_, select, update

from hearing_server.domain.hearing import LIVE
from hearing_server.domain.job import JobKind, JobState
from hearing_server.domain.reconciliation import ReconciliationStanding
from hearing_server.storage.database import Transaction
from hearing_server.storage.jobs import queue
from hearing_server.storage.keeping_schema import reconciliations, retentions
from hearing_server.storage.schema import hearings, recording_spans


async def ask(transaction: Transaction, job: str, hearing: str, now_ms: int, *, thorough: bool) -> bool:
    """False while one is asked for or running; then a thorough one is made of one that was only asked for."""
    present = await of_hearing(transaction, hearing)
    row = reconciliations.c.hearing_id == hearing
    if present is not None and present.state in (JobState.QUEUED, JobState.RUNNING):
        if thorough and present.state is JobState.QUEUED:
            await transaction.execute(update(reconciliations).where(row).values(thorough=True))
        return False
    await queue(transaction, job, JobKind.RECONCILE, hearing, now_ms)
    values = {
        "state": JobState.QUEUED.value,
        "thorough": thorough,
        "progress": 0.0,
        "error": None,
        "queued_at_ms": now_ms,
    }
    if present is None:
        await transaction.execute(insert(reconciliations).values(hearing_id=hearing, **values))
    else:
        await transaction.execute(update(reconciliations).where(row).values(**values))
    return True


async def of_hearing(transaction: Transaction, hearing: str) -> ReconciliationStanding | None:
    row = (await transaction.execute(select(reconciliations).where(reconciliations.c.hearing_id == hearing))).first()
    if row is None:
        return None
    return ReconciliationStanding(
        JobState(row.state), row.thorough, row.progress, row.report, row.finished_at_ms, row.read_at_ms
    )


async def set_report(transaction: Transaction, hearing: str, report: str, read_at_ms: int | None) -> None:
    values: dict[str, object] = {"report": report} | ({"read_at_ms": read_at_ms} if read_at_ms is not None else {})
    await transaction.execute(update(reconciliations).where(reconciliations.c.hearing_id == hearing).values(**values))


async def due(transaction: Transaction, before_ms: int, read_before_ms: int, limit: int) -> list[tuple[str, bool]]:
    """Hearings that were recorded, are over, and were not reconciled since; and whether every byte is to be read."""
    recorded = select(recording_spans.c.hearing_id).distinct()
    finished, read = reconciliations.c.finished_at_ms, reconciliations.c.read_at_ms
    busy = reconciliations.c.state.in_((JobState.QUEUED.value, JobState.RUNNING.value))
    deleted = select(retentions.c.hearing_id).where(retentions.c.began_at_ms.is_not(None))
    query = (
        select(hearings.c.id, or_(read.is_(None), read < read_before_ms))
        .select_from(hearings.outerjoin(reconciliations, reconciliations.c.hearing_id == hearings.c.id))
        .where(
            hearings.c.id.in_(recorded),
            hearings.c.id.not_in(deleted),
            hearings.c.status.not_in([status.value for status in LIVE]),
            or_(finished.is_(None), finished < before_ms),
            or_(reconciliations.c.state.is_(None), and_(~busy)),
        )
        .order_by(finished, hearings.c.id)
        .limit(limit)
    )
    return [(row[0], bool(row[1])) for row in await transaction.execute(query)]
