"""The migrations make exactly the schema that the queries expect."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

from hearing_server.storage.database import MIGRATIONS, Database
from hearing_server.storage.keeping_schema import metadata


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": metadata})
    return list(compare_metadata(context, metadata))


async def test_migrated_database_has_the_schema_of_the_tables(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'court.sqlite3'}")
    await database.open()
    async with database.reading() as transaction:
        differences = await transaction.run_sync(_differences)
    await database.close()
    assert differences == []


async def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'court.sqlite3'}")
    await database.open()
    await database.close()
    await database.close()
    before = _schema_of(tmp_path / "court.sqlite3")
    await database.open()
    await database.close()
    assert before and _schema_of(tmp_path / "court.sqlite3") == before


def _schema_of(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def test_every_column_says_what_it_is_for() -> None:
    silent = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if not column.comment
    ]
    assert silent == []


def test_the_migrations_come_with_the_package() -> None:
    assert (MIGRATIONS / "env.py").is_file()
    assert list((MIGRATIONS / "versions").glob("0001_*.py"))
