"""Keys and one-time secrets of the server itself."""

import secrets

from sqlalchemy import delete, insert, select

from hearing_server.storage.database import Database, Transaction, one_at_a_time
from hearing_server.storage.schema import server_secrets

KEY_BYTES = 32


async def get(transaction: Transaction, name: str) -> str | None:
    query = select(server_secrets.c.value).where(server_secrets.c.name == name)
    value: str | None = (await transaction.execute(query)).scalar_one_or_none()
    return value


async def put(transaction: Transaction, name: str, value: str, now_ms: int) -> None:
    """Replaces what was there."""
    await one_at_a_time(transaction, server_secrets.name)
    await transaction.execute(delete(server_secrets).where(server_secrets.c.name == name))
    await transaction.execute(insert(server_secrets).values(name=name, value=value, created_at_ms=now_ms))


async def take(transaction: Transaction, name: str, value: str) -> bool:
    """Use up a one-time secret: True once, when it is ``value``."""
    query = delete(server_secrets).where(server_secrets.c.name == name, server_secrets.c.value == value)
    return (await transaction.execute(query)).rowcount == 1


async def key(database: Database, name: str, now_ms: int) -> bytes:
    """The key of that name, 32 bytes, made at the first call. Every front on the same database gets the same."""
    async with database.transaction() as transaction:
        await one_at_a_time(transaction, server_secrets.name)
        found = await get(transaction, name)
        if found is None:
            found = secrets.token_hex(KEY_BYTES)
            await put(transaction, name, found, now_ms)
        return bytes.fromhex(found)
