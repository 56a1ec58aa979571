"""Opening and closing the database, and transactions. SQLite for one machine, PostgreSQL for many; nothing else differs.

No queries here; they stand in the modules named after the nouns and take a ``Transaction``.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import event, func, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

Transaction = AsyncConnection
"""What queries take: a connection inside a transaction that commits as a whole or not at all."""

POSTGRESQL: dict[str, Any] = {
    "isolation_level": "READ COMMITTED",  # what waited for a lock must see what the holder wrote, whatever the server's default
    "pool_pre_ping": True,  # a database that was restarted has closed the connections of the pool
}

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 10_000


async def one_at_a_time(transaction: Transaction, what: str) -> None:
    """Nobody else passes here for the same ``what`` until the transaction ends. SQLite has one writer anyway."""
    if transaction.dialect.name == "postgresql":
        await transaction.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))


class Database:
    """The court's records. ``open`` brings the schema up to date; ``close`` may be called more than once."""

    def __init__(self, url: str) -> None:
        """``url`` is a SQLAlchemy address: ``sqlite+aiosqlite:///path`` or ``postgresql+psycopg://…``."""
        self._url = url
        self._sqlite = url.startswith("sqlite")
        self._engine: AsyncEngine | None = None
        self._one_writer = asyncio.Lock()
        # SQLite has one writer; queueing here in order is fairer and quicker than its own polling.

    async def open(self) -> None:
        if self._sqlite and (folder := Path(self._url.partition(":///")[2]).parent):
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        self._engine = create_async_engine(self._url, hide_parameters=True, **({} if self._sqlite else POSTGRESQL))
        if self._sqlite:
            event.listen(self._engine.sync_engine, "connect", _set_pragmas)
            event.listen(self._engine.sync_engine, "begin", _begin_sqlite)
        async with self._engine.connect() as connection:
            await connection.run_sync(_migrate)

    async def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """For writing, and for reading what a write depends on. Commits at the end, rolls back on an exception."""
        async with AsyncExitStack() as stack:
            if self._sqlite:
                await stack.enter_async_context(self._one_writer)
            engine = self._opened().execution_options(begin="BEGIN IMMEDIATE")
            yield await stack.enter_async_context(engine.begin())

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """For reading only: one consistent view, never waits for a writer."""
        engine = self._opened()
        if not self._sqlite:
            engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with engine.begin() as connection:
            yield connection

    async def is_reachable(self) -> bool:
        """Whether a query is answered now."""
        try:
            async with self.reading() as transaction:
                await transaction.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def _opened(self) -> AsyncEngine:
        if self._engine is None:
            raise RuntimeError("the database is not open")
        return self._engine


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself; _begin_sqlite does
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # a committed fact is acknowledged to the worker, so it must survive
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # several fronts may start at once; the lock ends with the commit below
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("migrations"))))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()
