"""A closed, sealed hearing with two stores, its copier, and the jobs that keep it."""

import dataclasses
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hearing_server.domain.copies import StoredFile, StoreName
from hearing_server.domain.retention import YEAR_MS, RetentionYears
from hearing_server.jobs.__main__ import Folders, keeping_work_of
from hearing_server.jobs.copier import Copier
from hearing_server.jobs.runner import JobRunner, now_ms
from hearing_server.jobs.upkeep import Upkeep
from hearing_server.storage import copies, hearings
from hearing_server.storage.jobs import JobDesk
from hearing_server.stores.opening import open_stores
from hearing_server.stores.terms import StoresTerms, StoreTerms
from recorder.recording_folder import manifest_lines
from tests.integration.closed_court import ClosedCourt, closed_court
from tests.integration.http_court import Visitor

YEARS = RetentionYears(60, 20)


@dataclass
class KeptCourt:
    here: ClosedCourt
    judge: Visitor
    """Signed in; no seat in the hearing."""
    copier: Copier
    runner: JobRunner
    upkeep: Upkeep
    stores: dict[StoreName, Path]

    def path(self, rest: str) -> str:
        return f"/api/hearings/{self.here.hearing}{rest}"

    async def copy_all(self) -> None:
        """Segments and all that lies beside them."""
        async with self.here.court.office.database.transaction() as transaction:
            for line in manifest_lines(self.here.recording):
                if line.type == "segment_sealed" and line.fact is not None:
                    size, sha256 = line.fact["size_bytes"], line.fact["sha256"]
                    await copies.want(transaction, StoredFile(self.here.hearing, line.fact["path"], size, sha256))
        while await self.copier.plan():
            pass
        for lane in self.copier.lanes:
            while await lane.do_next():
                pass

    async def work(self) -> None:
        while await self.runner.do_next():
            pass

    async def kinds(self) -> list[str]:
        return [row.type for row in await self.here.court.journal(self.here.hearing)]

    def lying(self) -> dict[str, list[str]]:
        """Names of all files by place."""
        roots = {"folder": self.here.recording, **{name.value: path for name, path in self.stores.items()}}
        return {
            place: sorted(os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names)
            for place, root in roots.items()
        }

    async def age(self, years: float) -> None:
        """The hearing was closed so long ago."""
        async with self.here.court.office.database.transaction() as transaction:
            found = await hearings.by_id(transaction, self.here.hearing)
            assert found is not None
            closed_at_ms = now_ms() - round(years * YEAR_MS)
            await hearings.save(transaction, dataclasses.replace(found, closed_at_ms=closed_at_ms))

    async def listed(self) -> Any:
        """The list, once the job has made it."""
        await self.upkeep.look(now_ms())
        await self.work()
        return (await self.judge.must("GET", self.path("/retention")))["listing"]


@asynccontextmanager
async def kept_court(folder: Path, client: Path | None = None) -> AsyncIterator[KeptCourt]:
    places = {name: folder / name.value for name in StoreName}
    for place in places.values():
        place.mkdir()
    terms = StoresTerms(stores={name: StoreTerms(place=str(place)) for name, place in places.items()})
    async with closed_court(folder / "data", client=client) as here, open_stores(terms) as stores:
        database, recordings = here.court.office.database, here.court.recordings
        work = keeping_work_of(database, JobDesk(database), Folders.below(here.folder), stores, YEARS)
        kept = KeptCourt(
            here,
            await here.court.staff("judge"),
            Copier(database, recordings, stores, terms),
            JobRunner(JobDesk(database), work),
            Upkeep(database, YEARS, 30),
            places,
        )
        await here.ask()
        await here.work()
        yield kept
