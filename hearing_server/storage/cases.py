"""Cases."""

from typing import Any

from sqlalchemy import Row, insert, or_, select

from hearing_server.domain.case import Case, Procedure
from hearing_server.storage.database import Transaction
from hearing_server.storage.schema import cases


async def add(transaction: Transaction, case: Case) -> None:
    await transaction.execute(
        insert(cases).values(
            id=case.id,
            case_number=case.case_number,
            title=case.title,
            procedure=case.procedure.value,
            created_by=case.created_by,
            created_at_ms=case.created_at_ms,
        )
    )


async def by_id(transaction: Transaction, case: str) -> Case | None:
    row = (await transaction.execute(select(cases).where(cases.c.id == case))).first()
    return _case(row) if row else None


async def by_number(transaction: Transaction, case_number: str) -> Case | None:
    row = (await transaction.execute(select(cases).where(cases.c.case_number == case_number))).first()
    return _case(row) if row else None


async def search(transaction: Transaction, text: str, limit: int) -> list[Case]:
    """Number or title contains ``text``, in whatever case; newest first."""
    query = select(cases).order_by(cases.c.created_at_ms.desc(), cases.c.id).limit(limit)
    if text:
        query = query.where(
            or_(cases.c.case_number.icontains(text, autoescape=True), cases.c.title.icontains(text, autoescape=True))
        )
    return [_case(row) for row in await transaction.execute(query)]


def _case(row: Row[Any]) -> Case:
    return Case(row.id, row.case_number, row.title, Procedure(row.procedure), row.created_by, row.created_at_ms)
