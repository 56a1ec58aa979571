"""Transactions: all or nothing, one writer after the other."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hearing_server.storage import hearings, journal
from hearing_server.storage.database import Database
from tests.unit.hearing_server.storage.court_database import HEARING, court_database


async def _begin_and_fail(database: Database) -> None:
    async with database.transaction() as transaction:
        await journal.append(transaction, "h1", 1, "begun", "server", {})
        raise LookupError


async def test_a_failed_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    async with court_database(tmp_path) as database:
        with pytest.raises(LookupError):
            await _begin_and_fail(database)
        async with database.reading() as transaction:
            assert await journal.count(transaction, "h1") == 0


async def test_writers_at_once_make_one_unbroken_chain(tmp_path: Path) -> None:
    async with court_database(tmp_path) as database:

        async def write(number: int) -> None:
            async with database.transaction() as transaction:
                await journal.append(transaction, "h1", number, "written", "server", {"n": number})

        await asyncio.gather(*(write(number) for number in range(20)))
        async with database.reading() as transaction:
            result = await journal.check(transaction, "h1")
        assert (result.rows, result.valid) == (20, True)


async def test_foreign_keys_hold(tmp_path: Path) -> None:
    async with court_database(tmp_path) as database:
        with pytest.raises(IntegrityError):
            async with database.transaction() as transaction:
                await transaction.execute(text("DELETE FROM cases"))
        async with database.reading() as transaction:
            assert await hearings.by_id(transaction, "h1") == HEARING


async def test_a_closed_database_says_so() -> None:
    with pytest.raises(RuntimeError):
        async with Database("sqlite+aiosqlite:///nowhere").reading():
            pass
