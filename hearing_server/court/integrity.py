"""The seal of a hearing as people see it: reading it, asking for a further one, for a verification, for a proof of one line."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hearing_server.court.archive import Reader, admit, reader_actor, reader_staff, seat_of
from hearing_server.court.office import Office, new_id, staff_actor
from hearing_server.court.schedule import note_refusal
from hearing_server.domain.errors import NotFound, NotPermitted, WrongState
from hearing_server.domain.hearing import Hearing, HearingStatus
from hearing_server.domain.job import JobKind, JobState
from hearing_server.domain.participant import Participant
from hearing_server.domain.permissions import Act, Extent, extent
from hearing_server.domain.record_access import may_check_copies
from hearing_server.domain.seal import CheckStanding, SealRecord
from hearing_server.domain.staff import StaffAccount
from hearing_server.storage import journal, participants, seals
from hearing_server.storage.jobs import newest_state, queue


@dataclass(frozen=True, slots=True)
class Integrity:
    """``sealing`` and ``stamping`` are the states of the newest jobs; None when none was asked for."""

    seals: list[SealRecord]
    sealing: JobState | None
    stamping: JobState | None
    check: CheckStanding | None
    journal_rows: int
    """How many there are now; those behind the newest seal's are not sealed."""
    may_seal: bool
    may_check_copies: bool


async def read_integrity(office: Office, reader: Reader, hearing_id: str) -> Integrity:
    """Raises ``NotFound``, ``NotPermitted``."""
    hearing = await admit(office, reader, hearing_id)
    async with office.database.reading() as transaction:
        people = await participants.of_hearing(transaction, hearing_id)
        return Integrity(
            await seals.of_hearing(transaction, hearing_id),
            await newest_state(transaction, JobKind.SEAL, hearing_id),
            await newest_state(transaction, JobKind.STAMP, hearing_id),
            await seals.check_of(transaction, hearing_id),
            await journal.count(transaction, hearing_id),
            isinstance(reader, StaffAccount) and _may_seal(hearing, people, reader),
            may_check_copies(hearing, seat_of(people, reader), reader_staff(reader)),
        )


async def ask_seal(office: Office, account: StaffAccount, hearing_id: str) -> None:
    """A further seal over what came since the last one, stamped anew. Raises ``NotPermitted``, ``WrongState``."""
    hearing = await admit(office, account, hearing_id)
    async with office.database.reading() as transaction:
        people = await participants.of_hearing(transaction, hearing_id)
    if not _may_seal(hearing, people, account):
        refusal = NotPermitted(Act.SEAL.value)
        await note_refusal(office, hearing_id, staff_actor(account), refusal)
        raise refusal
    if hearing.status is not HearingStatus.CLOSED:
        raise WrongState("not_from_this_status", (hearing.status,))
    now_ms = office.clock.now_ms()
    async with office.database.transaction() as transaction:
        if await queue(transaction, new_id(), JobKind.SEAL, hearing_id, now_ms):
            await journal.append(transaction, hearing_id, now_ms, "seal_asked", staff_actor(account), {})


async def ask_check(office: Office, reader: Reader, hearing_id: str) -> None:
    """Raises ``NotPermitted``, or ``WrongState`` when nothing is sealed yet."""
    await admit(office, reader, hearing_id)
    now_ms = office.clock.now_ms()
    async with office.database.transaction() as transaction:
        if not await seals.of_hearing(transaction, hearing_id):
            raise WrongState("not_sealed")
        if await seals.queue_check(transaction, new_id(), hearing_id, now_ms):
            await journal.append(transaction, hearing_id, now_ms, "integrity_check_asked", reader_actor(reader), {})


async def give_proof(
    office: Office, reader: Reader, hearing_id: str, of: str, make: Callable[[], dict[str, Any] | None]
) -> dict[str, Any]:
    """A proof of one line is taken away; ``of`` names it, ``make`` reads the files. Raises ``NotFound`` when it is not sealed,
    ``NotPermitted``."""
    await admit(office, reader, hearing_id)
    proof = await asyncio.to_thread(make)
    if proof is None:
        raise NotFound("seal")
    async with office.database.transaction() as transaction:
        now_ms = office.clock.now_ms()
        await journal.append(transaction, hearing_id, now_ms, "proof_given", reader_actor(reader), {"of": of})
    return proof


def _may_seal(hearing: Hearing, people: list[Participant], account: StaffAccount) -> bool:
    """Whoever holds the clerk's seat, or entered the hearing."""
    seats = [person for person in people if person.staff_id == account.id]
    return hearing.created_by == account.id or any(extent(seat.role, Act.SEAL) is Extent.YES for seat in seats)
