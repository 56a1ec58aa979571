"""Copies of the record: who may have them made, who may take them, and that each taking stands in the journal (RCD-6, REC 15)."""

import json
from dataclasses import dataclass

from hearing_server.court.archive import Reader, admit, reader_actor, reader_staff, seat_of
from hearing_server.court.office import Office, new_id
from hearing_server.domain.errors import WrongState
from hearing_server.domain.export import ExportKind
from hearing_server.domain.hearing import Hearing
from hearing_server.domain.job import JobState
from hearing_server.domain.participant import Participant
from hearing_server.domain.permissions import Act
from hearing_server.domain.record_access import may_export, may_take_papers
from hearing_server.storage import archive, cases, faults, journal, participants, seals
from hearing_server.storage.database import Transaction
from hearing_server.storage.jobs import composite_of, newest_error, newest_state, queue

SAME_TAKING_MS = 600_000
"""A download that goes on in parts, or is tried again, within this time is one."""


@dataclass(frozen=True, slots=True)
class ExportWork:
    """State of the newest job; None when none was asked for. ``error`` is of its last attempt, also while it will be tried again."""

    state: JobState | None
    error: str


@dataclass(frozen=True, slots=True)
class ExportsStanding:
    """What the database knows; what was made lies on the shelf."""

    work: dict[ExportKind, ExportWork]
    """Of what they may take."""
    seal: int
    """Number of the newest seal; 0 without one."""
    faults: int
    """How many there are to state."""
    recorded_bytes: int
    """About what a bundle will take."""
    may_take: bool
    may_make: bool
    """Have them made, and removed."""


async def read_exports(office: Office, reader: Reader, hearing_id: str) -> ExportsStanding:
    """Whoever may read the record sees whether there is something for them. Raises ``NotFound``, ``NotPermitted``."""
    hearing = await admit(office, reader, hearing_id)
    async with office.database.reading() as transaction:
        people = await participants.of_hearing(transaction, hearing_id)
        own = seat_of(people, reader), reader_staff(reader)
        sealed = await seals.of_hearing(transaction, hearing_id)
        composite = await composite_of(transaction, hearing_id)
        rendered = composite.rendered if composite else None
        recorded = sum(each.size_bytes for each in await archive.segments(transaction, hearing_id))
        return ExportsStanding(
            {kind: await _work(transaction, kind, hearing_id) for kind in ExportKind if may_take(kind, hearing, *own)},
            sealed[-1].number if sealed else 0,
            len(await faults.of_hearing(transaction, hearing_id)),
            recorded + (rendered.size_bytes if rendered else 0),
            may_take_papers(hearing, *own),
            may_export(hearing, *own),
        )


async def ask_export(office: Office, reader: Reader, hearing_id: str, kind: ExportKind) -> None:
    """Have it made, or made again. Raises ``NotPermitted``, ``WrongState`` when nothing is sealed or there is nothing to state."""
    await admit(office, reader, hearing_id, may_export, Act.EXPORT)
    now_ms = office.clock.now_ms()
    async with office.database.transaction() as transaction:
        if not await seals.of_hearing(transaction, hearing_id):
            raise WrongState("not_sealed")
        if kind is ExportKind.FAULT_STATEMENT and not await faults.of_hearing(transaction, hearing_id):
            raise WrongState("no_faults")
        if await newest_state(transaction, kind.job, hearing_id) is JobState.RUNNING:
            return
        if await queue(transaction, new_id(), kind.job, hearing_id, now_ms):
            data = {"export": kind.value}
            await journal.append(transaction, hearing_id, now_ms, "export_asked", reader_actor(reader), data)


async def note_removal(office: Office, reader: Reader, hearing_id: str, kind: ExportKind) -> None:
    """It is about to be removed. Raises ``NotPermitted``, ``WrongState`` while it is being made."""
    await admit(office, reader, hearing_id, may_export, Act.EXPORT)
    async with office.database.transaction() as transaction:
        if await newest_state(transaction, kind.job, hearing_id) in (JobState.QUEUED, JobState.RUNNING):
            raise WrongState("export_under_way")
        data, now_ms = {"export": kind.value}, office.clock.now_ms()
        await journal.append(transaction, hearing_id, now_ms, "export_removed", reader_actor(reader), data)


def may_take(kind: ExportKind, hearing: Hearing, seat: Participant | None, staff: str | None) -> bool:
    """Whether they may take one of this kind away."""
    return (may_export if kind is ExportKind.BUNDLE else may_take_papers)(hearing, seat, staff)


async def admit_taking(office: Office, reader: Reader, hearing_id: str) -> str:
    """The case number, for the name of the copy; a bundle wants `admit_bundle` besides. Raises ``NotFound``, ``NotPermitted``."""
    hearing = await admit(office, reader, hearing_id, may_take_papers, Act.EXPORT)
    async with office.database.reading() as transaction:
        case = await cases.by_id(transaction, hearing.case_id)
    return case.case_number if case else ""


async def admit_bundle(office: Office, reader: Reader, hearing_id: str) -> None:
    """Raises ``NotFound``, ``NotPermitted``."""
    await admit(office, reader, hearing_id, may_export, Act.EXPORT)


async def note_taking(office: Office, reader: Reader, hearing_id: str, name: str, sha256: str) -> None:
    """A copy leaves the court. What goes on of the same taking is not told again."""
    data, actor = {"file": name, "sha256": sha256}, reader_actor(reader)
    now_ms = office.clock.now_ms()
    async with office.database.transaction() as transaction:
        for row in await journal.of_types(transaction, hearing_id, ["export_taken"]):
            if row.actor == actor and json.loads(row.data) == data and row.at_ms > now_ms - SAME_TAKING_MS:
                return
        await journal.append(transaction, hearing_id, now_ms, "export_taken", actor, data)


async def _work(transaction: Transaction, kind: ExportKind, hearing: str) -> ExportWork:
    state = await newest_state(transaction, kind.job, hearing)
    return ExportWork(state, await newest_error(transaction, kind.job, hearing))
