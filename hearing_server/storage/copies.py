"""Copies of recordings: which are wanted, which are made, which stores are in trouble."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, delete, func, insert, or_, select, update

from hearing_server.domain.copies import (
    CopyState,
    CopyTrouble,
    FileCopy,
    StoreCounts,
    StoredFile,
    StoreName,
    StoreTrouble,
)
from hearing_server.storage import hearings
from hearing_server.storage.database import Transaction
from hearing_server.storage.keeping_schema import copies_wanted, store_troubles, stored_copies

BESIDE = ""
"""Path of a wish for everything that lies beside the segments, as it is then."""
_UNFINISHED = (CopyState.WAITING.value, CopyState.STORED.value)

# ------------------------------------------------------------------ wishes


async def want(transaction: Transaction, file: StoredFile) -> None:
    """Once, however often it is said."""
    key = copies_wanted.c.hearing_id == file.hearing_id, copies_wanted.c.path == file.path
    same = select(copies_wanted.c.path).where(*key, copies_wanted.c.sha256 == file.sha256)
    if (await transaction.execute(same)).first() is None:
        values = {
            "hearing_id": file.hearing_id,
            "path": file.path,
            "sha256": file.sha256,
            "size_bytes": file.size_bytes,
        }
        await transaction.execute(insert(copies_wanted).values(**values))


async def want_record(transaction: Transaction, hearing: str) -> None:
    """Manifest, sidecars, record and seal, as they are when the copier comes to it."""
    await want(transaction, StoredFile(hearing, BESIDE, 0, ""))


async def wanted(transaction: Transaction, limit: int) -> list[StoredFile]:
    rows = await transaction.execute(select(copies_wanted).limit(limit))
    return [StoredFile(row.hearing_id, row.path, row.size_bytes, row.sha256) for row in rows]


async def is_wanted(transaction: Transaction, hearing: str) -> bool:
    """Whether something is to be copied that was not taken up yet."""
    query = select(copies_wanted.c.path).where(copies_wanted.c.hearing_id == hearing).limit(1)
    return (await transaction.execute(query)).first() is not None


async def take_up(
    transaction: Transaction, wish: StoredFile, files: Iterable[StoredFile], stores: Collection[StoreName], now_ms: int
) -> None:
    """The wish becomes copies to be made of ``files``."""
    await hearings.by_id_to_change(transaction, wish.hearing_id)  # two copiers may have seen it
    await plan(transaction, files, stores, now_ms)
    same = copies_wanted.c.hearing_id == wish.hearing_id, copies_wanted.c.path == wish.path
    await transaction.execute(delete(copies_wanted).where(*same, copies_wanted.c.sha256 == wish.sha256))


async def plan(
    transaction: Transaction, files: Iterable[StoredFile], stores: Collection[StoreName], now_ms: int
) -> None:
    """What is planned already stays as it is."""
    for file in files:
        for store in stores:
            row = _is(FileCopy(file, store))
            if (await transaction.execute(select(stored_copies.c.state).where(row))).first() is None:
                await transaction.execute(
                    insert(stored_copies).values(
                        hearing_id=file.hearing_id,
                        path=file.path,
                        sha256=file.sha256,
                        store=store.value,
                        size_bytes=file.size_bytes,
                        state=CopyState.WAITING.value,
                        repair=0,
                        code="",
                        failures=0,
                        not_before_ms=0,
                        wanted_at_ms=now_ms,
                    )
                )


# ------------------------------------------------------------------ the copier's work


async def due(transaction: Transaction, store: StoreName, now_ms: int) -> FileCopy | None:
    """The copy that has waited longest of those that may be tried."""
    query = (
        select(stored_copies)
        .where(
            stored_copies.c.store == store.value,
            stored_copies.c.state.in_(_UNFINISHED),
            stored_copies.c.not_before_ms <= now_ms,
        )
        .order_by(stored_copies.c.wanted_at_ms, stored_copies.c.path)
        .limit(1)
    )
    row = (await transaction.execute(query)).first()
    return _copy(row) if row else None


async def hold(transaction: Transaction, copy: FileCopy, now_ms: int, until_ms: int) -> bool:
    """False when another copier was quicker."""
    free = stored_copies.c.not_before_ms <= now_ms, stored_copies.c.state.in_(_UNFINISHED)
    taken = update(stored_copies).where(_is(copy), *free).values(not_before_ms=until_ms)
    return (await transaction.execute(taken)).rowcount == 1


async def hold_on(transaction: Transaction, copy: FileCopy, until_ms: int) -> None:
    """Keep it, or with 0 give it back."""
    held = _is(copy) & stored_copies.c.state.in_(_UNFINISHED)
    await transaction.execute(update(stored_copies).where(held).values(not_before_ms=until_ms))


async def verified(transaction: Transaction, copy: FileCopy, now_ms: int) -> None:
    values = {"state": CopyState.VERIFIED.value, "repair": copy.repair, "verified_at_ms": now_ms}
    clean: dict[str, Any] = {"code": "", "failures": 0, "not_before_ms": 0}
    await transaction.execute(update(stored_copies).where(_is(copy)).values(**values, **clean))


async def failed(transaction: Transaction, copy: FileCopy, code: CopyTrouble, not_before_ms: int) -> None:
    """``copy`` as it is to be tried next."""
    values = {"state": copy.state.value, "repair": copy.repair, "failures": copy.failures, "code": code.value}
    await transaction.execute(update(stored_copies).where(_is(copy)).values(**values, not_before_ms=not_before_ms))


async def deleted(transaction: Transaction, hearing: str, paths: Collection[str]) -> None:
    values = {"state": CopyState.DELETED.value, "code": "", "failures": 0}
    for path in paths:
        row = stored_copies.c.hearing_id == hearing, stored_copies.c.path == path
        await transaction.execute(update(stored_copies).where(*row).values(**values))


# ------------------------------------------------------------------ how things stand


async def behind(transaction: Transaction, hearing: str, store: StoreName, before_ms: int) -> bool:
    """Whether a copy failed and was not made yet, or waits since before then."""
    late = or_(stored_copies.c.failures > 0, stored_copies.c.wanted_at_ms < before_ms)
    query = select(stored_copies.c.path).where(_unfinished(hearing, store), late).limit(1)
    return (await transaction.execute(query)).first() is not None


async def unfinished(transaction: Transaction, hearing: str, store: StoreName) -> bool:
    query = select(stored_copies.c.path).where(_unfinished(hearing, store)).limit(1)
    return (await transaction.execute(query)).first() is not None


async def counts(transaction: Transaction, hearing: str) -> list[StoreCounts]:
    """Of every store that has or should have something of the hearing."""

    def number(state: CopyState) -> ColumnElement[int]:
        return func.sum(case((stored_copies.c.state == state.value, 1), else_=0))

    states = CopyState.WAITING, CopyState.STORED, CopyState.VERIFIED
    query = (
        select(stored_copies.c.store, *map(number, states), func.sum(stored_copies.c.size_bytes))
        .where(stored_copies.c.hearing_id == hearing, stored_copies.c.state != CopyState.DELETED.value)
        .group_by(stored_copies.c.store)
    )
    rows = (await transaction.execute(query)).all()
    found = [StoreCounts(StoreName(row[0]), *map(int, row[1:])) for row in rows]
    return sorted(found, key=lambda each: list(StoreName).index(each.store))


async def of_hearing(transaction: Transaction, hearing: str) -> list[tuple[FileCopy, int | None]]:
    """Every copy, and when it was read back last; in the order in which they were wanted."""
    query = select(stored_copies).where(stored_copies.c.hearing_id == hearing)
    rows = await transaction.execute(query.order_by(stored_copies.c.wanted_at_ms, stored_copies.c.path))
    return [(_copy(row), row.verified_at_ms) for row in rows]


async def seal_hash(transaction: Transaction, hearing: str, store: StoreName, seal: str) -> str | None:
    """Of the newest version of the file ``seal`` that was copied there."""
    query = select(stored_copies.c.sha256).where(
        stored_copies.c.hearing_id == hearing,
        stored_copies.c.store == store.value,
        stored_copies.c.path == seal,
        stored_copies.c.state == CopyState.VERIFIED.value,
    )
    row = (await transaction.execute(query.order_by(stored_copies.c.wanted_at_ms.desc()).limit(1))).first()
    return row.sha256 if row else None


# ------------------------------------------------------------------ troubles


async def raise_trouble(transaction: Transaction, trouble: StoreTrouble) -> bool:
    """True when it is new; one that lasts only changes its code."""
    row = store_troubles.c.hearing_id == trouble.hearing_id, store_troubles.c.store == trouble.store.value
    changed = update(store_troubles).where(*row).values(code=trouble.code.value)
    if (await transaction.execute(changed)).rowcount:
        return False
    values = {"hearing_id": trouble.hearing_id, "store": trouble.store.value, "code": trouble.code.value}
    await transaction.execute(insert(store_troubles).values(**values, since_ms=trouble.since_ms))
    return True


async def end_trouble(transaction: Transaction, hearing: str, store: StoreName) -> StoreTrouble | None:
    """The one that ended, if there was one."""
    row = store_troubles.c.hearing_id == hearing, store_troubles.c.store == store.value
    found = (await transaction.execute(select(store_troubles).where(*row))).first()
    if found is None:
        return None
    await transaction.execute(delete(store_troubles).where(*row))
    return _trouble(found)


async def troubles(transaction: Transaction, hearing: str | None = None) -> list[StoreTrouble]:
    """Of one hearing, or of all."""
    query = select(store_troubles).order_by(store_troubles.c.hearing_id, store_troubles.c.store)
    if hearing is not None:
        query = query.where(store_troubles.c.hearing_id == hearing)
    return [_trouble(row) for row in await transaction.execute(query)]


def _trouble(row: Row[Any]) -> StoreTrouble:
    return StoreTrouble(row.hearing_id, StoreName(row.store), CopyTrouble(row.code), row.since_ms)


def _copy(row: Row[Any]) -> FileCopy:
    file = StoredFile(row.hearing_id, row.path, row.size_bytes, row.sha256)
    return FileCopy(file, StoreName(row.store), CopyState(row.state), row.repair, row.failures)


def _unfinished(hearing: str, store: StoreName) -> ColumnElement[bool]:
    of_store = and_(stored_copies.c.hearing_id == hearing, stored_copies.c.store == store.value)
    return and_(of_store, stored_copies.c.state.in_(_UNFINISHED))


def _is(copy: FileCopy) -> ColumnElement[bool]:
    return and_(
        stored_copies.c.hearing_id == copy.file.hearing_id,
        stored_copies.c.path == copy.file.path,
        stored_copies.c.sha256 == copy.file.sha256,
        stored_copies.c.store == copy.store.value,
    )
