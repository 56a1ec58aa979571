"""A hearing in session whose segments are sealed by and by, and a copier that runs beside it."""

import asyncio
import json
import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from hearing_server.domain.archive import Segment
from hearing_server.domain.case import Case, Procedure
from hearing_server.domain.copies import StoreCounts, StoreName, StoreTrouble
from hearing_server.domain.hearing import Hearing, HearingStatus, Openness
from hearing_server.domain.job import JobState
from hearing_server.domain.journal import JournalRow
from hearing_server.domain.participant import Participant
from hearing_server.domain.retention import RetentionYears
from hearing_server.domain.role import Role
from hearing_server.jobs.__main__ import Folders, keeping_work_of
from hearing_server.jobs.copier import Copier
from hearing_server.jobs.runner import JobRunner, now_ms
from hearing_server.storage import archive, cases, copies, hearings, journal, participants, reconciliations
from hearing_server.storage.database import Database
from hearing_server.storage.jobs import JobDesk
from hearing_server.stores.opening import open_stores
from hearing_server.stores.port import RecordingStore, read_back_of
from hearing_server.stores.terms import StoresTerms, StoreTerms

HEARING = "hearing-1"
WITHIN_S = 20.0


@dataclass
class CopiedCourt:
    folder: Path
    database: Database
    sealed: dict[str, bytes] = field(default_factory=dict)
    stores: dict[StoreName, RecordingStore] = field(default_factory=dict)

    @property
    def recordings(self) -> Path:
        return self.folder / "recordings"

    async def seal_segment(self, number: int, data: bytes | None = None) -> str:
        """As the front stores the recorder's fact; gives the path."""
        data = os.urandom(20_000) if data is None else data
        path = f"tracks/judge-1/audio-01/{number:05d}.mkv"
        await asyncio.to_thread(self.write, path, data)
        self.sealed[path] = data
        segment = Segment(
            fact=f"segment:{HEARING}:{path}",
            hearing_id=HEARING,
            participant_id="judge-1",
            track="audio-01",
            source="microphone",
            path=path,
            start_ms=number * 10_000,
            end_ms=(number + 1) * 10_000,
            size_bytes=len(data),
            sha256=read_back_of(data).sha256,
            packets_received=500,
            packets_written=500,
            packets_read_back=500,
            recovered=False,
        )
        async with self.database.transaction() as transaction:
            await archive.add_segment(transaction, segment)
        return path

    def write(self, path: str, data: bytes) -> None:
        file = self.recordings / HEARING / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    async def counts(self) -> dict[StoreName, StoreCounts]:
        async with self.database.reading() as transaction:
            return {each.store: each for each in await copies.counts(transaction, HEARING)}

    async def troubles(self) -> list[StoreTrouble]:
        async with self.database.reading() as transaction:
            return await copies.troubles(transaction, HEARING)

    async def rows(self, kind: str) -> list[JournalRow]:
        async with self.database.reading() as transaction:
            return [row for row in await journal.page(transaction, HEARING, 0, 500) if row.type == kind]

    async def verified(self, number: int, store: StoreName = StoreName.PRIMARY, within_s: float = WITHIN_S) -> None:
        """Waits until so many copies are verified."""
        deadline = time.monotonic() + within_s
        while (found := (await self.counts()).get(store)) is None or found.verified < number:
            assert time.monotonic() < deadline, (found, await self.troubles())
            await asyncio.sleep(0.02)

    async def alarmed(self, within_s: float) -> StoreTrouble:
        """The first trouble, which must come in time."""
        deadline = time.monotonic() + within_s
        while not (found := await self.troubles()):
            assert time.monotonic() < deadline, "no alarm"
            await asyncio.sleep(0.02)
        return found[0]

    async def calm(self, within_s: float = WITHIN_S) -> None:
        deadline = time.monotonic() + within_s
        while await self.troubles():
            assert time.monotonic() < deadline, await self.troubles()
            await asyncio.sleep(0.02)

    async def close(self, closed_at_ms: int = 1_000_000) -> None:
        """闭庭, and with it the record is copied as well."""
        async with self.database.transaction() as transaction:
            found = await hearings.by_id(transaction, HEARING)
            assert found is not None
            await hearings.save(transaction, replace(found, status=HearingStatus.CLOSED, closed_at_ms=closed_at_ms))
            await archive.begin_span(transaction, f"started:{HEARING}", HEARING, 0, "opened")
            await archive.end_span(transaction, HEARING, closed_at_ms, "closed")
            await copies.want_record(transaction, HEARING)

    async def do_upkeep(self, years: RetentionYears | None = None) -> None:
        """Every job of reconciliation and retention that is waiting."""
        desk = JobDesk(self.database)
        folders = Folders.below(self.folder)
        work = keeping_work_of(self.database, desk, folders, self.stores, years or RetentionYears(60, 20))
        runner = JobRunner(desk, work)
        while await runner.do_next():
            pass

    async def reconcile(self, *, thorough: bool = True) -> list[tuple[str, str, str, bool]]:
        """Code, place, path and whether it was repaired, of every finding."""
        async with self.database.transaction() as transaction:
            await reconciliations.ask(transaction, secrets.token_hex(10), HEARING, now_ms(), thorough=thorough)
        await self.do_upkeep()
        async with self.database.reading() as transaction:
            standing = await reconciliations.of_hearing(transaction, HEARING)
        assert standing is not None and standing.state is JobState.DONE and standing.report is not None
        report = json.loads(standing.report)
        return sorted((each["code"], each["place"], each["path"], each["repaired"]) for each in report["listed"])

    @asynccontextmanager
    async def copying(self, *stores: StoreTerms, timeout_s: float = 6.0) -> AsyncIterator[Copier]:
        """The first store is the primary, the second the backup."""
        terms = StoresTerms(stores=dict(zip(StoreName, stores, strict=False)), timeout_s=timeout_s)
        async with open_stores(terms) as opened:
            self.stores = dict(opened)
            copier = Copier(self.database, self.recordings, opened, terms)
            running = asyncio.create_task(copier.run())
            try:
                yield copier
            finally:
                running.cancel()
                await asyncio.wait({running})
                assert running.cancelled(), running


@asynccontextmanager
async def copied_court(folder: Path, database_url: str = "") -> AsyncIterator[CopiedCourt]:
    database = Database(database_url or f"sqlite+aiosqlite:///{folder / 'hearings.sqlite3'}")
    await database.open()
    try:
        async with database.transaction() as transaction:
            await cases.add(transaction, Case("case-1", "（2029）示01民初1号", "买卖合同", Procedure.CIVIL, None, 0))
            hearing = Hearing(HEARING, "case-1", "civil", Openness.PUBLIC, "", 0, HearingStatus.IN_SESSION)
            await hearings.add(transaction, hearing)
            await participants.add(transaction, Participant("judge-1", HEARING, 1, "王法官", Role.PRESIDING_JUDGE))
        yield CopiedCourt(folder, database)
    finally:
        await database.close()


def folder_store(folder: Path) -> StoreTerms:
    folder.mkdir(parents=True)
    return StoreTerms(place=str(folder))
