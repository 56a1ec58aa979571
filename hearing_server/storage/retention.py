"""How long recordings are kept, what holds them, and how far a deletion has come."""

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, insert, select, update

from hearing_server.domain.hearing import Hearing
from hearing_server.domain.retention import ENDED, LegalHold, Listing, Retention, RetentionClass
from hearing_server.storage import hearings
from hearing_server.storage.database import Transaction
from hearing_server.storage.keeping_schema import legal_holds, retentions
from hearing_server.storage.schema import hearings as hearing_table


async def of_hearing(transaction: Transaction, hearing: str) -> Retention:
    """Permanent when nobody said anything else."""
    row = (await transaction.execute(select(retentions).where(retentions.c.hearing_id == hearing))).first()
    return _retention(row) if row else Retention(hearing)


async def save(transaction: Transaction, retention: Retention) -> None:
    values = asdict(retention) | {
        "retention_class": retention.retention_class.value,
        "listing": json.dumps(asdict(retention.listing)) if retention.listing else None,
    }
    row = retentions.c.hearing_id == retention.hearing_id
    if not (await transaction.execute(update(retentions).where(row).values(**values))).rowcount:
        await transaction.execute(insert(retentions).values(**values))


async def limited(transaction: Transaction) -> list[tuple[Hearing, Retention]]:
    """Hearings that have ended, whose recording is not kept for ever, and is still there; oldest first."""
    query = (
        select(retentions)
        .select_from(retentions.join(hearing_table, hearing_table.c.id == retentions.c.hearing_id))
        .where(
            retentions.c.retention_class != RetentionClass.PERMANENT.value,
            retentions.c.deleted_at_ms.is_(None),
            hearing_table.c.status.in_([status.value for status in ENDED]),
        )
        .order_by(hearing_table.c.closed_at_ms)
    )
    found = []
    for row in (await transaction.execute(query)).all():
        hearing = await hearings.by_id(transaction, row.hearing_id)
        if hearing is not None:
            found.append((hearing, _retention(row)))
    return found


async def place_hold(transaction: Transaction, hold: LegalHold) -> None:
    await transaction.execute(insert(legal_holds).values(**asdict(hold)))


async def lift_hold(transaction: Transaction, hold: str, staff: str, now_ms: int) -> None:
    row = legal_holds.c.id == hold, legal_holds.c.lifted_at_ms.is_(None)
    await transaction.execute(update(legal_holds).where(*row).values(lifted_by=staff, lifted_at_ms=now_ms))


async def holds(transaction: Transaction, hearing: str) -> list[LegalHold]:
    """Those that hold now, oldest first."""
    query = select(legal_holds).where(legal_holds.c.hearing_id == hearing, legal_holds.c.lifted_at_ms.is_(None))
    rows = await transaction.execute(query.order_by(legal_holds.c.placed_at_ms, legal_holds.c.id))
    return [LegalHold(**row._mapping) for row in rows]


def _retention(row: Row[Any]) -> Retention:
    values = dict(row._mapping)
    listing = Listing(**json.loads(row.listing)) if row.listing else None
    return Retention(**values | {"retention_class": RetentionClass(row.retention_class), "listing": listing})
