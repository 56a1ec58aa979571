"""Accounts and sign-in sessions."""

from typing import Any

from sqlalchemy import Row, insert, select, update

from hearing_server.domain.staff import StaffAccount, StaffRole
from hearing_server.storage.database import Transaction
from hearing_server.storage.schema import sign_in_sessions, staff


async def any_account(transaction: Transaction) -> bool:
    return (await transaction.execute(select(staff.c.id).limit(1))).first() is not None


async def add(transaction: Transaction, account: StaffAccount, password_hash: str, now_ms: int) -> None:
    await transaction.execute(
        insert(staff).values(
            id=account.id,
            name=account.name,
            login=account.login,
            password_hash=password_hash,
            password_generation=account.password_generation,
            roles=",".join(sorted(account.roles)),
            created_at_ms=now_ms,
        )
    )


async def by_login(transaction: Transaction, login: str) -> tuple[StaffAccount, str] | None:
    """The account, unless disabled, and its password hash; ``login`` in lower case."""
    row = (await transaction.execute(select(staff).where(staff.c.login == login, _open()))).first()
    return (_account(row), row.password_hash) if row else None


async def login_taken(transaction: Transaction, login: str) -> bool:
    """By a disabled account too: the journal must not mean two people by one name."""
    return (await transaction.execute(select(staff.c.id).where(staff.c.login == login))).first() is not None


async def by_id(transaction: Transaction, account: str) -> StaffAccount | None:
    """None for a disabled one."""
    found = await by_id_even_disabled(transaction, account)
    return None if found is None or found.disabled else found


async def by_id_even_disabled(transaction: Transaction, account: str) -> StaffAccount | None:
    row = (await transaction.execute(select(staff).where(staff.c.id == account))).first()
    return _account(row) if row else None


async def everybody(transaction: Transaction) -> list[StaffAccount]:
    """In order of name, disabled ones last."""
    rows = await transaction.execute(select(staff).order_by(staff.c.name, staff.c.id))
    return sorted((_account(row) for row in rows), key=lambda account: account.disabled)


async def disable(transaction: Transaction, account: str, disabled_at_ms: int | None) -> None:
    """None opens it again."""
    await transaction.execute(update(staff).where(staff.c.id == account).values(disabled_at_ms=disabled_at_ms))


async def set_password(transaction: Transaction, account: str, password_hash: str) -> None:
    generation = staff.c.password_generation + 1
    await transaction.execute(
        update(staff).where(staff.c.id == account).values(password_hash=password_hash, password_generation=generation)
    )


async def begin_session(
    transaction: Transaction, token_sha256: str, account: str, now_ms: int, expires_at_ms: int
) -> None:
    await transaction.execute(
        insert(sign_in_sessions).values(
            token_sha256=token_sha256, staff_id=account, created_at_ms=now_ms, expires_at_ms=expires_at_ms
        )
    )


async def of_session(transaction: Transaction, token_sha256: str, now_ms: int) -> StaffAccount | None:
    query = (
        select(staff)
        .join(sign_in_sessions, sign_in_sessions.c.staff_id == staff.c.id)
        .where(
            sign_in_sessions.c.token_sha256 == token_sha256,
            sign_in_sessions.c.ended_at_ms.is_(None),
            sign_in_sessions.c.expires_at_ms > now_ms,
            _open(),
        )
    )
    row = (await transaction.execute(query)).first()
    return _account(row) if row else None


async def end_session(transaction: Transaction, token_sha256: str, now_ms: int) -> None:
    await transaction.execute(
        update(sign_in_sessions)
        .where(sign_in_sessions.c.token_sha256 == token_sha256, sign_in_sessions.c.ended_at_ms.is_(None))
        .values(ended_at_ms=now_ms)
    )


async def end_sessions(transaction: Transaction, account: str, now_ms: int, *, but: str | None = None) -> None:
    """All of an account's sign-ins, but the one of this token hash."""
    going_on = (sign_in_sessions.c.staff_id == account, sign_in_sessions.c.ended_at_ms.is_(None))
    others = going_on if but is None else (*going_on, sign_in_sessions.c.token_sha256 != but)
    await transaction.execute(update(sign_in_sessions).where(*others).values(ended_at_ms=now_ms))


def _open() -> Any:
    return staff.c.disabled_at_ms.is_(None)


def _account(row: Row[Any]) -> StaffAccount:
    roles = frozenset(StaffRole(role) for role in row.roles.split(","))
    disabled = row.disabled_at_ms is not None
    return StaffAccount(row.id, row.name, row.login, roles, row.password_generation, disabled)
