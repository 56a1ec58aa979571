"""The job that compares a hearing's recording with its copies, makes whole what is not, and tells the journal what it found."""

import asyncio
import contextlib
import json
import time
from collections.abc import Mapping
from pathlib import Path

import structlog

from hearing_server.domain.copies import CopyState, StoredFile, StoreName
from hearing_server.domain.job import Job
from hearing_server.domain.reconciliation import Finding
from hearing_server.jobs.errors import LeaseLost
from hearing_server.jobs.ports import JobStore
from hearing_server.jobs.runner import now_ms
from hearing_server.storage import archive, copies, hearings, journal, reconciliations
from hearing_server.storage.database import Database, Transaction
from hearing_server.stores.comparing import Comparison, Outcome, Recorded
from hearing_server.stores.port import RecordingStore
from hearing_server.stores.source_files import is_segment
from recorder.errors import ManifestDamagedError
from recorder.manifest import NAME as MANIFEST
from recorder.manifest import read_lines

log = structlog.get_logger()

REPORT_EVERY_S = 1.0
MOST_ROWS = 50
"""Findings of one pass that get a row of the journal each; the report has all of them up to `MOST_SHOWN`."""
MOST_SHOWN = 500


class ReconcileJob:
    """Work of kind ``JobKind.RECONCILE``."""

    def __init__(
        self, database: Database, store: JobStore, recordings: Path, stores: Mapping[StoreName, RecordingStore]
    ) -> None:
        self._database = database
        self._store = store
        self._recordings = recordings
        self._stores = stores

    async def __call__(self, job: Job) -> None:
        listed = await asyncio.to_thread(_listed, self._recordings, job.hearing_id)
        async with self._database.reading() as transaction:
            recorded = await _recorded(transaction, job.hearing_id, listed)
            standing = await reconciliations.of_hearing(transaction, job.hearing_id)
        thorough = standing is None or standing.thorough
        reported_s = 0.0

        async def progress(part: float) -> None:
            nonlocal reported_s
            if time.monotonic() - reported_s >= REPORT_EVERY_S:
                reported_s = time.monotonic()
                if not await self._store.report_progress(job, part, None, now_ms()):
                    raise LeaseLost

        comparison = Comparison(self._recordings, self._stores, recorded, thorough=thorough, progress=progress)
        outcome = await comparison.run()
        if outcome.findings:
            log.warning("copies_found_wrong", hearing=job.hearing_id, findings=len(outcome.findings))

        async def publish(transaction: Transaction) -> None:
            await _publish(transaction, job.hearing_id, outcome, thorough=thorough)
            if recorded.settled and all(is_segment(file.path) for file in recorded.files):
                await copies.want_record(transaction, job.hearing_id)  # recorded before there was a store

        if not await self._store.finish(job, now_ms(), publish):
            raise LeaseLost


def _listed(recordings: Path, hearing: str) -> list[StoredFile]:
    """The segments that the manifest lists, as far as its chain holds; what harmed it is the verifier's to say."""
    files: list[StoredFile] = []
    with contextlib.suppress(OSError, ManifestDamagedError, KeyError):
        files.extend(
            StoredFile(hearing, line.fact["path"], line.fact["size_bytes"], line.fact["sha256"])
            for line in read_lines((recordings / hearing / MANIFEST).read_bytes())
            if line.type == "segment_sealed" and line.fact is not None
        )
    return files


async def _recorded(transaction: Transaction, hearing: str, listed: list[StoredFile]) -> Recorded:
    """Segments by the manifest and by their facts; of what lies beside them the newest version that was ever to be copied."""
    found = await hearings.by_id(transaction, hearing)
    by_path = {file.path: file for file in listed}
    for each in await archive.segments(transaction, hearing):  # the journal's word counts where they differ
        by_path[each.path] = StoredFile(hearing, each.path, each.size_bytes, each.sha256)
    segments = [by_path[path] for path in sorted(by_path)]
    newest: dict[str, StoredFile] = {}
    waiting: set[tuple[StoreName, str, str]] = set()
    older: set[tuple[str, str]] = set()
    for copy, _ in await copies.of_hearing(transaction, hearing):
        older.add((copy.file.path, copy.file.sha256))
        if copy.state in (CopyState.WAITING, CopyState.STORED) and copy.failures == 0:
            waiting.add((copy.store, copy.file.path, copy.file.sha256))
        if not is_segment(copy.file.path):
            newest[copy.file.path] = copy.file
    settled = found is not None and not found.is_live and not await copies.is_wanted(transaction, hearing)
    beside = list(newest.values()) if settled else []  # while it is written anew it is not what was copied
    return Recorded(hearing, segments + beside, frozenset(waiting), frozenset(older), settled)


async def _publish(transaction: Transaction, hearing: str, outcome: Outcome, *, thorough: bool) -> None:
    moment_ms = now_ms()
    for copy in outcome.right:
        await copies.plan(transaction, [copy.file], [copy.store], moment_ms)
        await copies.verified(transaction, copy, moment_ms)
    repaired = sum(finding.repaired for finding in outcome.findings)
    told = {
        "findings": len(outcome.findings),
        "repaired": repaired,
        "files": outcome.files,
        "size_bytes": outcome.size_bytes,
        "thorough": thorough,
    }
    listed = [_told(finding) for finding in outcome.findings[:MOST_SHOWN]]
    report = json.dumps(told | {"listed": listed}, ensure_ascii=False)
    await reconciliations.set_report(transaction, hearing, report, moment_ms if thorough else None)
    if not outcome.findings and not thorough:
        return  # a quiet day is not worth a row
    for finding in outcome.findings[:MOST_ROWS]:
        await journal.append(transaction, hearing, moment_ms, "copy_found_wrong", "server", _told(finding))
    await journal.append(transaction, hearing, moment_ms, "copies_reconciled", "server", told)


def _told(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code.value,
        "place": finding.place.value,
        "path": finding.path,
        "repaired": finding.repaired,
    }
