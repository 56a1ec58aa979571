"""Reads a hearing's record out of the database as the lines that are sealed."""

from hearing_server.jobs.errors import JobFailed
from hearing_server.sealing.record_lines import RecordLines, journal_line, participant_line, transcript_lines
from hearing_server.sealing.sealed_folder import Subject
from hearing_server.storage import cases, hearings, journal, participants, utterances
from hearing_server.storage.database import Database, Transaction

PAGE_ROWS = 2_000


async def read_record(database: Database, hearing: str) -> RecordLines:
    """As of one moment."""
    async with database.reading() as transaction:
        people = await participants.of_hearing(transaction, hearing)
        return RecordLines(
            await _journal(transaction, hearing),
            await _transcript(transaction, hearing),
            [participant_line(person) for person in people],
        )


async def read_subject(database: Database, hearing: str, court: str) -> Subject:
    async with database.reading() as transaction:
        found = await hearings.by_id(transaction, hearing)
        case = await cases.by_id(transaction, found.case_id) if found else None
    if case is None:
        raise JobFailed("the hearing is gone")
    return Subject(hearing, case.case_number, court)


async def _journal(transaction: Transaction, hearing: str) -> list[str]:
    lines: list[str] = []
    while rows := await journal.page(transaction, hearing, len(lines), PAGE_ROWS):
        lines += [journal_line(row) for row in rows]
    return lines


async def _transcript(transaction: Transaction, hearing: str) -> list[str]:
    lines = []
    count = await utterances.count(transaction, hearing)
    for utterance in await utterances.page(transaction, hearing, None, count):
        lines += transcript_lines(utterance, await utterances.revisions(transaction, utterance.id))
    return lines
