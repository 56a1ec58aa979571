"""The lines of a hearing, a row for each minute."""

from sqlalchemy import ColumnElement, and_, delete, insert, select

from hearing_server.domain.line_quality import MINUTE_MS, LineMinute
from hearing_server.storage.database import Transaction, one_at_a_time
from hearing_server.storage.schema import line_minutes


async def minute_to_change(transaction: Transaction, hearing: str, minute_ms: int) -> bytes | None:
    """The packed minute, as `LineMinute.packed` gave it; nobody else changes the hearing's lines until the transaction ends."""
    await one_at_a_time(transaction, f"lines:{hearing}")
    query = select(line_minutes.c.figures).where(_is(hearing, minute_ms))
    blob: bytes | None = (await transaction.execute(query)).scalar_one_or_none()
    return blob


async def save_minute(transaction: Transaction, hearing: str, minute_ms: int, packed: bytes) -> None:
    await transaction.execute(delete(line_minutes).where(_is(hearing, minute_ms)))
    await transaction.execute(insert(line_minutes).values(hearing_id=hearing, minute_ms=minute_ms, figures=packed))


async def minutes(transaction: Transaction, hearing: str, after_ms: int | None, limit: int) -> list[LineMinute]:
    """Oldest first: the first ``limit`` minutes that may have samples after ``after_ms``, or without it the last ones."""
    query = select(line_minutes.c.minute_ms, line_minutes.c.figures).where(line_minutes.c.hearing_id == hearing)
    if after_ms is None:
        rows = (await transaction.execute(query.order_by(line_minutes.c.minute_ms.desc()).limit(limit))).all()[::-1]
    else:
        later = query.where(line_minutes.c.minute_ms > after_ms - MINUTE_MS)
        rows = (await transaction.execute(later.order_by(line_minutes.c.minute_ms).limit(limit))).all()
    return [LineMinute.unpacked(row.minute_ms, row.figures) for row in rows]


def _is(hearing: str, minute_ms: int) -> ColumnElement[bool]:
    return and_(line_minutes.c.hearing_id == hearing, line_minutes.c.minute_ms == minute_ms)
