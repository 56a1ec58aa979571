"""The journal: append-only, and a change behind its back is found."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hearing_server.storage import journal
from hearing_server.storage.database import Database
from tests.unit.hearing_server.storage.court_database import court_database


async def _five_rows(database: Database) -> None:
    async with database.transaction() as transaction:
        for number in range(5):
            await journal.append(
                transaction, "h1", number, "written", "server", {"n": number, "字": "庭"}, fact=f"f{number}"
            )


@pytest.mark.parametrize("statement", ["UPDATE journal SET data = '{}'", "DELETE FROM journal"])
async def test_rows_are_neither_changed_nor_removed(tmp_path: Path, statement: str) -> None:
    async with court_database(tmp_path) as database:
        await _five_rows(database)
        with pytest.raises(IntegrityError, match="append-only"):
            async with database.transaction() as transaction:
                await transaction.execute(text(statement))


@pytest.mark.parametrize(
    ("tampering", "first_bad"),
    [
        ("UPDATE journal SET data = replace(data, '2', '9') WHERE number = 3", 3),
        ("UPDATE journal SET at_ms = at_ms + 1 WHERE number = 2", 2),
        ("UPDATE journal SET actor = 'clerk' WHERE number = 1", 1),
        ("UPDATE journal SET fact = 'other' WHERE number = 4", 4),
        ("DELETE FROM journal WHERE number = 2", 3),
        ("UPDATE journal SET number = 99 WHERE number = 5", 99),
    ],
)
async def test_what_an_administrator_changes_in_the_database_is_found(
    tmp_path: Path, tampering: str, first_bad: int
) -> None:
    async with court_database(tmp_path) as database:
        await _five_rows(database)
        async with database.transaction() as transaction:
            for act in ("update", "delete"):
                await transaction.execute(text(f"DROP TRIGGER journal_no_{act}"))
            await transaction.execute(text(tampering))
        async with database.reading() as transaction:
            result = await journal.check(transaction, "h1")
        assert not result.valid
        assert result.first_bad == first_bad


async def test_facts_are_known_and_chains_are_apart(tmp_path: Path) -> None:
    async with court_database(tmp_path) as database:
        await _five_rows(database)
        async with database.transaction() as transaction:
            other = await journal.append(transaction, "court", 1, "signed_in", "staff:1", {})
            assert other.number == 1
            assert await journal.has_fact(transaction, "f3")
            assert not await journal.has_fact(transaction, "f9")
            assert [row.number for row in await journal.page(transaction, "h1", 3, 10)] == [4, 5]
            assert (await journal.check(transaction, "court")).valid


async def test_the_database_refuses_a_fact_twice(tmp_path: Path) -> None:
    async with court_database(tmp_path) as database:
        await _five_rows(database)
        with pytest.raises(IntegrityError):
            async with database.transaction() as transaction:
                await journal.append(transaction, "h1", 9, "written", "worker", {}, fact="f1")
