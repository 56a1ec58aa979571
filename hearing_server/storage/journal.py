"""The journal: appended to, read and recomputed; nothing here changes or removes a row."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, func, insert, select

from hearing_server.domain.journal import ChainCheck, JournalRow, seal
from hearing_server.domain.journal import check as check_chain
from hearing_server.storage.database import Transaction, one_at_a_time
from hearing_server.storage.schema import journal


async def append(
    transaction: Transaction,
    chain: str,
    at_ms: int,
    type: str,
    actor: str,
    data: Mapping[str, object],
    fact: str | None = None,
) -> JournalRow:
    """Add the next row of a chain; it stands when the transaction commits, together with what it tells of."""
    await one_at_a_time(transaction, chain)
    newest = select(journal).where(journal.c.chain == chain).order_by(journal.c.number.desc()).limit(1)
    previous = (await transaction.execute(newest)).first()
    row = seal(_journal_row(previous) if previous else None, chain, at_ms, type, actor, data, fact)
    await transaction.execute(
        insert(journal).values(
            chain=row.chain,
            number=row.number,
            at_ms=row.at_ms,
            type=row.type,
            actor=row.actor,
            data=row.data,
            previous_hash=row.previous_hash,
            hash=row.hash,
            fact=row.fact,
        )
    )
    return row


async def has_fact(transaction: Transaction, fact: str) -> bool:
    """Whether a worker's fact is stored already; workers may tell it more than once."""
    query = select(journal.c.number).where(journal.c.fact == fact)
    return (await transaction.execute(query)).first() is not None


async def page(transaction: Transaction, chain: str, after: int, limit: int) -> list[JournalRow]:
    """Rows numbered above ``after``, in order."""
    query = select(journal).where(journal.c.chain == chain, journal.c.number > after).order_by(journal.c.number)
    return [_journal_row(row) for row in await transaction.execute(query.limit(limit))]


async def of_types(transaction: Transaction, chain: str, types: Collection[str]) -> list[JournalRow]:
    """All rows of these types, in order."""
    query = select(journal).where(journal.c.chain == chain, journal.c.type.in_(types)).order_by(journal.c.number)
    return [_journal_row(row) for row in await transaction.execute(query)]


async def count(transaction: Transaction, chain: str) -> int:
    query = select(func.count()).select_from(journal).where(journal.c.chain == chain)
    return (await transaction.execute(query)).scalar_one()


async def check(transaction: Transaction, chain: str) -> ChainCheck:
    """Recompute the whole chain."""
    query = select(journal).where(journal.c.chain == chain).order_by(journal.c.number)
    return check_chain(_journal_row(row) for row in await transaction.execute(query))


def _journal_row(row: Row[Any]) -> JournalRow:
    return JournalRow(
        row.chain, row.number, row.at_ms, row.type, row.actor, row.data, row.previous_hash, row.hash, row.fact
    )
