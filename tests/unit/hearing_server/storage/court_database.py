"""A database file with one case, one hearing and two people in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hearing_server.domain.case import Case, Procedure
from hearing_server.domain.hearing import Hearing, Openness
from hearing_server.domain.participant import Participant
from hearing_server.domain.role import Role
from hearing_server.storage import cases, hearings, participants
from hearing_server.storage.database import Database

HEARING = Hearing("h1", "c1", "civil", Openness.PUBLIC, "第一法庭", scheduled_at_ms=1_000)
JUDGE = Participant("judge", "h1", 1, "张三", Role.PRESIDING_JUDGE)
PLAINTIFF = Participant("plaintiff", "h1", 501, "李四", Role.PARTY, "plaintiff")


@asynccontextmanager
async def court_database(folder: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{folder / 'court.sqlite3'}")
    await database.open()
    try:
        async with database.transaction() as transaction:
            await cases.add(transaction, Case("c1", "(2026)示0101民初1号", "借款纠纷", Procedure.CIVIL, None, 1))
            await hearings.add(transaction, HEARING)
            for person in (JUDGE, PLAINTIFF):
                await participants.add(transaction, person)
        yield database
    finally:
        await database.close()
