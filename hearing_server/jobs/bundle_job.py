"""The job that packs a sealed hearing for taking away. The packing itself is ``hearing_server.exports.bundle``, in a child process that
holds back before hearings that go on. Beginning again begins the ZIP anew; what was made before stays until the new one is whole."""

import asyncio
import dataclasses
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hearing_server.domain.export import Exported, ExportedFile, ExportError, ExportKind, ExportProgress
from hearing_server.domain.job import Job
from hearing_server.exports.bundle import BundleTerms
from hearing_server.exports.shelf import Shelf
from hearing_server.jobs.errors import JobFailed, LeaseLost
from hearing_server.jobs.exported import publish_export
from hearing_server.jobs.ports import JobStore
from hearing_server.jobs.runner import now_ms
from hearing_server.jobs.tethered import tethered
from hearing_server.sealing.court_keys import CourtKeys
from hearing_server.storage import cases, hearings
from hearing_server.storage.database import Database

NAME = "bundle.zip"
REPORT_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class TakenAlong:
    """What goes with every bundle: the court's public keys, the time stamp authority's certificates, the verifier's page."""

    keys: CourtKeys
    authority: Path | None
    page: Path


class BundleJob:
    """Work of kind ``JobKind.BUNDLE``."""

    def __init__(
        self,
        database: Database,
        store: JobStore,
        recordings: Path,
        work: Path,
        shelf: Shelf,
        court: str,
        along: TakenAlong,
    ) -> None:
        """``work`` is for terms and locks; ``court`` its name."""
        self._database = database
        self._store = store
        self._recordings = recordings
        self._work = work
        self._shelf = shelf
        self._court = court
        self._along = along

    async def __call__(self, job: Job) -> None:
        terms, file = await self._terms(job), self._work / f"{job.id}.bundle.json"
        try:
            await asyncio.to_thread(_write, file, json.dumps(dataclasses.asdict(terms), ensure_ascii=False))
            last = await self._pack(job, file)
        finally:
            await asyncio.to_thread(file.unlink, missing_ok=True)
            await asyncio.to_thread(self._shelf.tell, job.hearing_id, ExportKind.BUNDLE, None)
        if "sha256" not in last:
            raise JobFailed(last.get("error", ExportError.OTHER.value))
        packed = ExportedFile(NAME, "", last["size_bytes"], last["sha256"])
        made = Exported((packed,), now_ms(), last["seal"])
        await publish_export(self._store, self._shelf, job, ExportKind.BUNDLE, made)

    async def _terms(self, job: Job) -> BundleTerms:
        async with self._database.reading() as transaction:
            hearing = await hearings.by_id(transaction, job.hearing_id)
            case = await cases.by_id(transaction, hearing.case_id) if hearing else None
        if case is None:
            raise JobFailed("the hearing is gone")
        return await asyncio.to_thread(self._gathered, job.hearing_id, case.case_number, case.title)

    def _gathered(self, hearing: str, case_number: str, case_title: str) -> BundleTerms:
        shelf, along = self._shelf.folder(hearing), self._along
        papers = [
            str(shelf / file.name)
            for kind in (ExportKind.SHEET, ExportKind.FAULT_STATEMENT)
            if (exported := self._shelf.exported(hearing, kind)) is not None
            for file in exported.files
        ]
        return BundleTerms(
            folder=str(self._recordings / hearing),
            output=str(shelf / NAME),
            hearing=hearing,
            court=self._court,
            case_number=case_number,
            case_title=case_title,
            keys=[str(along.keys.public_file(key)) for key in along.keys.published()],
            authority="" if along.authority is None else str(along.authority),
            page=str(along.page),
            papers=papers,
        )

    async def _pack(self, job: Job, terms: Path) -> dict[str, Any]:
        """The last line of the packing."""
        command = [sys.executable, "-m", "hearing_server.exports.bundle", str(terms)]
        process = await asyncio.create_subprocess_exec(
            *tethered(command, self._work / f"{job.hearing_id}.bundle.lock"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
        )
        last: dict[str, Any] = {}
        reported_at = 0.0
        try:
            assert process.stdout is not None
            async for line in process.stdout:
                last = json.loads(line)
                if "progress" in last and time.monotonic() - reported_at >= REPORT_EVERY_S:
                    reported_at = time.monotonic()
                    await self._report(job, ExportProgress(last["progress"], last["remaining_s"]))
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return last

    async def _report(self, job: Job, progress: ExportProgress) -> None:
        if not await self._store.report_progress(job, progress.part, progress.remaining_s, now_ms()):
            raise LeaseLost
        await asyncio.to_thread(self._shelf.tell, job.hearing_id, ExportKind.BUNDLE, progress)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    path.write_text(text, encoding="utf-8")
