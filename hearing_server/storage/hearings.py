"""Hearings."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, insert, select, update

from hearing_server.domain.hearing import Hearing, HearingStatus, Openness
from hearing_server.storage.database import Transaction
from hearing_server.storage.schema import hearings


async def add(transaction: Transaction, hearing: Hearing) -> None:
    await transaction.execute(insert(hearings).values(id=hearing.id, **_values(hearing)))


async def save(transaction: Transaction, hearing: Hearing) -> None:
    await transaction.execute(update(hearings).where(hearings.c.id == hearing.id).values(**_values(hearing)))


async def by_id(transaction: Transaction, hearing: str) -> Hearing | None:
    row = (await transaction.execute(select(hearings).where(hearings.c.id == hearing))).first()
    return _hearing(row) if row else None


async def by_id_to_change(transaction: Transaction, hearing: str) -> Hearing | None:
    """Nobody else changes the hearing or its people until the transaction ends, if they ask by this too. PostgreSQL locks the
    row for it; SQLite has one writer anyway."""
    query = select(hearings).where(hearings.c.id == hearing).with_for_update(key_share=True)
    row = (await transaction.execute(query)).first()
    return _hearing(row) if row else None


async def of_case(transaction: Transaction, case: str) -> list[Hearing]:
    """In order of time."""
    query = select(hearings).where(hearings.c.case_id == case).order_by(hearings.c.scheduled_at_ms, hearings.c.id)
    return [_hearing(row) for row in await transaction.execute(query)]


async def between(transaction: Transaction, from_ms: int, to_ms: int) -> list[Hearing]:
    """Scheduled at ``from_ms`` or later and before ``to_ms``, in order of time."""
    query = (
        select(hearings)
        .where(hearings.c.scheduled_at_ms >= from_ms, hearings.c.scheduled_at_ms < to_ms)
        .order_by(hearings.c.scheduled_at_ms, hearings.c.id)
    )
    return [_hearing(row) for row in await transaction.execute(query)]


async def with_status(transaction: Transaction, statuses: Collection[HearingStatus]) -> list[Hearing]:
    """In order of time."""
    query = (
        select(hearings)
        .where(hearings.c.status.in_([status.value for status in statuses]))
        .order_by(hearings.c.scheduled_at_ms, hearings.c.id)
    )
    return [_hearing(row) for row in await transaction.execute(query)]


def _values(hearing: Hearing) -> dict[str, object]:
    return {
        "case_id": hearing.case_id,
        "template": hearing.template,
        "openness": hearing.openness.value,
        "courtroom": hearing.courtroom,
        "scheduled_at_ms": hearing.scheduled_at_ms,
        "status": hearing.status.value,
        "stage": hearing.stage,
        "reason": hearing.reason,
        "gap_reason": hearing.gap_reason,
        "opens_at_ms": hearing.opens_at_ms,
        "opened_at_ms": hearing.opened_at_ms,
        "resumes_at_ms": hearing.resumes_at_ms,
        "closed_at_ms": hearing.closed_at_ms,
        "created_by": hearing.created_by,
        "created_at_ms": hearing.created_at_ms,
    }


def _hearing(row: Row[Any]) -> Hearing:
    return Hearing(
        id=row.id,
        case_id=row.case_id,
        template=row.template,
        openness=Openness(row.openness),
        courtroom=row.courtroom,
        scheduled_at_ms=row.scheduled_at_ms,
        status=HearingStatus(row.status),
        stage=row.stage,
        reason=row.reason,
        gap_reason=row.gap_reason,
        opens_at_ms=row.opens_at_ms,
        opened_at_ms=row.opened_at_ms,
        resumes_at_ms=row.resumes_at_ms,
        closed_at_ms=row.closed_at_ms,
        created_by=row.created_by,
        created_at_ms=row.created_at_ms,
    )
