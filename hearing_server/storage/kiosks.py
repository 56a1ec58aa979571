"""Enrolled kiosks, the codes that enrol them, and the codes typed on them."""

from typing import Any

from sqlalchemy import Row, Table, delete, insert, select, update

from hearing_server.domain.kiosk import Kiosk
from hearing_server.storage.database import Transaction
from hearing_server.storage.schema import kiosk_codes, kiosks, pairing_codes


async def add(transaction: Transaction, kiosk: Kiosk, device_token_sha256: str, paired_by: str) -> None:
    await transaction.execute(
        insert(kiosks).values(
            id=kiosk.id,
            name=kiosk.name,
            device_token_sha256=device_token_sha256,
            paired_by=paired_by,
            paired_at_ms=kiosk.paired_at_ms,
        )
    )


async def by_id(transaction: Transaction, kiosk: str) -> Kiosk | None:
    row = (await transaction.execute(select(kiosks).where(kiosks.c.id == kiosk))).first()
    return _kiosk(row) if row else None


async def by_device_token(transaction: Transaction, device_token_sha256: str) -> Kiosk | None:
    query = select(kiosks).where(kiosks.c.device_token_sha256 == device_token_sha256)
    row = (await transaction.execute(query)).first()
    return _kiosk(row) if row else None


async def enrolled(transaction: Transaction) -> list[Kiosk]:
    """In order of name, withdrawn ones last."""
    rows = [_kiosk(row) for row in await transaction.execute(select(kiosks).order_by(kiosks.c.name))]
    return sorted(rows, key=lambda kiosk: kiosk.revoked)


async def seen(transaction: Transaction, kiosk: str, now_ms: int) -> None:
    await transaction.execute(update(kiosks).where(kiosks.c.id == kiosk).values(last_seen_ms=now_ms))


async def withdraw(transaction: Transaction, kiosk: str, now_ms: int) -> bool:
    """True when it was enrolled until now."""
    query = update(kiosks).where(kiosks.c.id == kiosk, kiosks.c.revoked_at_ms.is_(None))
    return (await transaction.execute(query.values(revoked_at_ms=now_ms))).rowcount == 1


async def add_pairing_code(
    transaction: Transaction, code_sha256: str, created_by: str, now_ms: int, expires_at_ms: int
) -> bool:
    """False when these digits are good for something else now; draw others."""
    if not await _forget(transaction, pairing_codes, code_sha256, now_ms):
        return False
    await transaction.execute(
        insert(pairing_codes).values(
            code_sha256=code_sha256, created_by=created_by, created_at_ms=now_ms, expires_at_ms=expires_at_ms
        )
    )
    return True


async def take_pairing_code(transaction: Transaction, code_sha256: str, now_ms: int) -> str | None:
    """Use the code up: the staff id of who made it, once, before it expires; otherwise None."""
    row = await _take(transaction, pairing_codes, code_sha256, now_ms)
    return str(row.created_by) if row else None


async def add_hearing_code(
    transaction: Transaction,
    code_sha256: str,
    hearing: str,
    participant: str,
    created_by: str,
    now_ms: int,
    expires_at_ms: int,
) -> bool:
    """False when these digits are good for something else now; draw others."""
    if not await _forget(transaction, kiosk_codes, code_sha256, now_ms):
        return False
    await transaction.execute(
        insert(kiosk_codes).values(
            code_sha256=code_sha256,
            hearing_id=hearing,
            participant_id=participant,
            created_by=created_by,
            created_at_ms=now_ms,
            expires_at_ms=expires_at_ms,
        )
    )
    return True


async def take_hearing_code(
    transaction: Transaction, code_sha256: str, kiosk: str, now_ms: int
) -> tuple[str, str] | None:
    """Use the code up: hearing and participant, once, before it expires; otherwise None."""
    row = await _take(transaction, kiosk_codes, code_sha256, now_ms, used_on_kiosk=kiosk)
    return (row.hearing_id, row.participant_id) if row else None


async def end_hearing_codes(transaction: Transaction, participant: str, now_ms: int) -> None:
    """Unused codes of the participant stop working."""
    unused = (kiosk_codes.c.participant_id == participant, kiosk_codes.c.used_at_ms.is_(None))
    await transaction.execute(
        update(kiosk_codes).where(*unused, kiosk_codes.c.expires_at_ms > now_ms).values(expires_at_ms=now_ms)
    )


async def remove_hearing_codes(transaction: Transaction, participant: str) -> None:
    """For somebody who is struck off the list."""
    await transaction.execute(delete(kiosk_codes).where(kiosk_codes.c.participant_id == participant))


async def _forget(transaction: Transaction, table: Table, code_sha256: str, now_ms: int) -> bool:
    """Make room for a code whose digits served earlier. False when they still serve."""
    row = (await transaction.execute(select(table).where(table.c.code_sha256 == code_sha256))).first()
    if row is not None and row.used_at_ms is None and row.expires_at_ms > now_ms:
        return False
    await transaction.execute(delete(table).where(table.c.code_sha256 == code_sha256))
    return True


async def _take(transaction: Transaction, table: Table, code_sha256: str, now_ms: int, **also: str) -> Row[Any] | None:
    good = (table.c.code_sha256 == code_sha256, table.c.used_at_ms.is_(None), table.c.expires_at_ms > now_ms)
    taken = await transaction.execute(update(table).where(*good).values(used_at_ms=now_ms, **also))
    if taken.rowcount != 1:
        return None
    return (await transaction.execute(select(table).where(table.c.code_sha256 == code_sha256))).first()


def _kiosk(row: Row[Any]) -> Kiosk:
    return Kiosk(row.id, row.name, row.paired_at_ms, row.last_seen_ms, row.revoked_at_ms)
