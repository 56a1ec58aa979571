"""Reads out of the database what the court's papers say."""

import json

from hearing_server.domain.export import ExportError
from hearing_server.domain.job import JobState
from hearing_server.exports.errors import ExportFailed
from hearing_server.exports.papers import PaperFacts, Verified
from hearing_server.jobs.errors import JobFailed
from hearing_server.storage import archive, cases, faults, hearings, participants, seals
from hearing_server.storage.database import Database, Transaction


async def read_paper_facts(database: Database, hearing_id: str, court: str, now_ms: int) -> PaperFacts:
    """As of one moment. Raises `ExportFailed` when nothing is sealed."""
    async with database.reading() as transaction:
        hearing = await hearings.by_id(transaction, hearing_id)
        case = await cases.by_id(transaction, hearing.case_id) if hearing else None
        if hearing is None or case is None:
            raise JobFailed("the hearing is gone")
        sealed = await seals.of_hearing(transaction, hearing_id)
        if not sealed:
            raise ExportFailed(ExportError.RECORD_CHANGED)
        return PaperFacts(
            court=court,
            case=case,
            hearing=hearing,
            people=await participants.of_hearing(transaction, hearing_id),
            spans=await archive.spans(transaction, hearing_id),
            tracks=await archive.tracks(transaction, hearing_id),
            segments=await archive.segments(transaction, hearing_id),
            gaps=await archive.gaps(transaction, hearing_id),
            faults=await faults.of_hearing(transaction, hearing_id),
            seal=sealed[-1],
            verified=await _verified(transaction, hearing_id),
            now_ms=now_ms,
        )


async def _verified(transaction: Transaction, hearing: str) -> Verified | None:
    check = await seals.check_of(transaction, hearing)
    if check is None or check.state is not JobState.DONE or check.report is None or check.finished_at_ms is None:
        return None
    report = json.loads(check.report)
    return Verified(check.finished_at_ms, len(report["findings"]), report["files"], report["lines"])
