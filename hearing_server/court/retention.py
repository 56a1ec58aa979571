"""How long a recording is kept, legal holds, and the approval of a list of what is deleted (DAT-2). Deleting is done by ``jobs`` alone."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hearing_server.court.office import Office, new_id, permit, staff_actor
from hearing_server.court.schedule import load_hearing
from hearing_server.domain.case import Case
from hearing_server.domain.errors import InvalidValue, NotFound, WrongState
from hearing_server.domain.hearing import Hearing
from hearing_server.domain.job import JobKind
from hearing_server.domain.retention import LegalHold, Retention, RetentionClass, kept_until_ms, may_be_deleted
from hearing_server.domain.staff import OfficeAct, StaffAccount
from hearing_server.storage import cases, hearings, journal, retention
from hearing_server.storage.database import Transaction
from hearing_server.storage.jobs import queue


@dataclass(frozen=True, slots=True)
class Keeping:
    """``kept_until_ms`` is None for ever, or while the hearing has not ended."""

    hearing: Hearing
    case: Case
    retention: Retention
    holds: list[LegalHold]
    kept_until_ms: int | None


async def read_keeping(office: Office, account: StaffAccount, hearing_id: str) -> Keeping:
    """Raises ``NotFound``, ``NotPermitted``."""
    await permit(office, account, OfficeAct.HOLD_RECORDING)
    async with office.database.reading() as transaction:
        return await _keeping(office, transaction, await load_hearing(transaction, hearing_id))


async def list_deletions(office: Office, account: StaffAccount) -> list[Keeping]:
    """Recordings of which the job has listed what it would delete, and which were not deleted yet."""
    await permit(office, account, OfficeAct.HOLD_RECORDING)
    async with office.database.reading() as transaction:
        limited = await retention.limited(transaction)
        return [
            await _keeping(office, transaction, hearing)
            for hearing, standing in limited
            if standing.listing is not None
        ]


async def set_class(office: Office, account: StaffAccount, hearing_id: str, wanted: RetentionClass) -> None:
    """What was listed or approved under another class counts no more. Raises ``WrongState`` once the deletion began."""
    await permit(office, account, OfficeAct.SET_RETENTION)
    async with office.database.transaction() as transaction:
        standing = await _standing(transaction, hearing_id)
        if standing.retention_class is not wanted:
            await retention.save(transaction, Retention(hearing_id, wanted))
            data = {"from": standing.retention_class.value, "to": wanted.value}
            await _note(office, transaction, hearing_id, "retention_set", account, data)


async def place_hold(office: Office, account: StaffAccount, hearing_id: str, reason: str) -> None:
    """Raises ``InvalidValue`` without a reason, ``WrongState`` once the deletion began."""
    await permit(office, account, OfficeAct.HOLD_RECORDING)
    if not reason.strip():
        raise InvalidValue("reason_missing")
    async with office.database.transaction() as transaction:
        standing = await _standing(transaction, hearing_id)
        hold = LegalHold(new_id(), hearing_id, reason.strip(), account.id, office.clock.now_ms())
        await retention.place_hold(transaction, hold)
        await retention.save(transaction, _unlisted(standing))
        await _note(office, transaction, hearing_id, "legal_hold_placed", account, {"hold": hold.id})


async def lift_hold(office: Office, account: StaffAccount, hearing_id: str, hold: str) -> None:
    """Raises ``NotFound``."""
    await permit(office, account, OfficeAct.RELEASE_RECORDING)
    async with office.database.transaction() as transaction:
        await _standing(transaction, hearing_id)
        if all(each.id != hold for each in await retention.holds(transaction, hearing_id)):
            raise NotFound("hold")
        await retention.lift_hold(transaction, hold, account.id, office.clock.now_ms())
        await _note(office, transaction, hearing_id, "legal_hold_lifted", account, {"hold": hold})


async def approve_deletion(office: Office, account: StaffAccount, hearing_id: str, digest: str) -> None:
    """Of the list with this digest and of no other. Raises ``WrongState``."""
    await permit(office, account, OfficeAct.RELEASE_RECORDING)
    now_ms = office.clock.now_ms()
    async with office.database.transaction() as transaction:
        standing = await _standing(transaction, hearing_id)
        hearing = await load_hearing(transaction, hearing_id)
        held = bool(await retention.holds(transaction, hearing_id))
        if not may_be_deleted(hearing, standing, held, office.retention_years, now_ms):
            raise WrongState("not_to_be_deleted")
        if standing.listing is None or standing.listing.digest != digest:
            raise WrongState("not_listed")
        if standing.approved_at_ms is None:
            await retention.save(transaction, replace(standing, approved_by=account.id, approved_at_ms=now_ms))
            data = {"files": standing.listing.files, "list_sha256": digest}
            await _note(office, transaction, hearing_id, "deletion_approved", account, data)
            await queue(transaction, new_id(), JobKind.DELETE_RECORDING, hearing_id, now_ms)


async def _standing(transaction: Transaction, hearing_id: str) -> Retention:
    """As it is now; nobody changes it until the transaction ends. Raises ``NotFound``, ``WrongState``."""
    if await hearings.by_id_to_change(transaction, hearing_id) is None:
        raise NotFound("hearing")
    standing = await retention.of_hearing(transaction, hearing_id)
    if standing.began_at_ms is not None:
        raise WrongState("deletion_began" if standing.deleted_at_ms is None else "recording_deleted")
    return standing


def _unlisted(standing: Retention) -> Retention:
    return Retention(standing.hearing_id, standing.retention_class)


async def _keeping(office: Office, transaction: Transaction, hearing: Hearing) -> Keeping:
    case = await cases.by_id(transaction, hearing.case_id)
    if case is None:
        raise NotFound("case")
    standing = await retention.of_hearing(transaction, hearing.id)
    until_ms = kept_until_ms(hearing, standing.retention_class, office.retention_years)
    return Keeping(hearing, case, standing, await retention.holds(transaction, hearing.id), until_ms)


async def _note(
    office: Office, transaction: Transaction, hearing: str, type: str, account: StaffAccount, data: Mapping[str, object]
) -> None:
    await journal.append(transaction, hearing, office.clock.now_ms(), type, staff_actor(account), data)
