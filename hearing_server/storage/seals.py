"""Seals and verifications, as screens show them. The proof is in the files; nothing here is trusted for it."""

from dataclasses import asdict

from sqlalchemy import insert, select, update

from hearing_server.domain.job import JobKind, JobState
from hearing_server.domain.seal import CheckStanding, SealRecord
from hearing_server.storage.database import Transaction
from hearing_server.storage.jobs import queue
from hearing_server.storage.schema import integrity_checks
from hearing_server.storage.schema import seals as seal_table


async def add(transaction: Transaction, seal: SealRecord) -> bool:
    """False when it is known already: the job that made it had been cut off before it could say so."""
    known = select(seal_table.c.root).where(
        seal_table.c.hearing_id == seal.hearing_id, seal_table.c.number == seal.number
    )
    if (await transaction.execute(known)).first() is not None:
        return False
    await transaction.execute(insert(seal_table).values(**asdict(seal)))
    return True


async def of_hearing(transaction: Transaction, hearing: str) -> list[SealRecord]:
    """Oldest first."""
    query = select(seal_table).where(seal_table.c.hearing_id == hearing).order_by(seal_table.c.number)
    return [SealRecord(**row._mapping) for row in await transaction.execute(query)]


async def stamped(transaction: Transaction, hearing: str, number: int, authority: str, at_ms: int) -> None:
    row = seal_table.c.hearing_id == hearing, seal_table.c.number == number
    await transaction.execute(update(seal_table).where(*row).values(authority=authority, stamped_at_ms=at_ms))


async def queue_check(transaction: Transaction, job: str, hearing: str, now_ms: int) -> bool:
    """Ask for a verification. False while one is asked for or running."""
    present = await check_of(transaction, hearing)
    if present is not None and present.state in (JobState.QUEUED, JobState.RUNNING):
        return False
    await queue(transaction, job, JobKind.CHECK, hearing, now_ms)
    values = {
        "state": JobState.QUEUED.value,
        "progress": 0.0,
        "report": None,
        "error": None,
        "queued_at_ms": now_ms,
        "finished_at_ms": None,
    }
    row = integrity_checks.c.hearing_id == hearing
    if present is None:
        await transaction.execute(insert(integrity_checks).values(hearing_id=hearing, **values))
    else:
        await transaction.execute(update(integrity_checks).where(row).values(**values))
    return True


async def check_of(transaction: Transaction, hearing: str) -> CheckStanding | None:
    query = select(integrity_checks).where(integrity_checks.c.hearing_id == hearing)
    row = (await transaction.execute(query)).first()
    return CheckStanding(JobState(row.state), row.progress, row.report, row.finished_at_ms) if row else None


async def set_report(transaction: Transaction, hearing: str, report: str) -> None:
    row = integrity_checks.c.hearing_id == hearing
    await transaction.execute(update(integrity_checks).where(row).values(report=report))
