"""``python -m hearing_server.jobs --data-dir DIR``: the process that does durable work. The composition root of this package."""

import argparse
import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from hearing_server.domain.copies import StoreName
from hearing_server.domain.export import ExportKind
from hearing_server.domain.job import LANES, LEASE_MS, JobKind
from hearing_server.domain.retention import RetentionYears
from hearing_server.exports.shelf import Shelf
from hearing_server.jobs.bundle_job import BundleJob, TakenAlong
from hearing_server.jobs.check_job import CheckJob
from hearing_server.jobs.composite_job import CompositeJob
from hearing_server.jobs.copier import Copier
from hearing_server.jobs.paper_job import PaperJob
from hearing_server.jobs.reconcile_job import ReconcileJob
from hearing_server.jobs.retention_job import DeleteRecordingJob, ListRecordingJob
from hearing_server.jobs.runner import JobRunner, Work
from hearing_server.jobs.seal_job import SealJob, StampJob
from hearing_server.jobs.upkeep import Upkeep
from hearing_server.logs import configure_logs
from hearing_server.sealing.court_keys import CourtKeys
from hearing_server.sealing.time_stamp_authority import TimeStampAuthority
from hearing_server.sealing.transparency_log import TransparencyLog
from hearing_server.storage.database import Database
from hearing_server.storage.jobs import JobDesk
from hearing_server.stores.opening import open_stores
from hearing_server.stores.port import RecordingStore
from hearing_server.stores.terms import StoresTerms

LOOK_FOR_PARENT_EVERY_S = 1.0
VERIFIER_PAGE = Path(__file__).parents[1] / "web" / "dist" / "verify.html"


@dataclass(frozen=True, slots=True)
class Folders:
    """``work`` holds what is half done; ``seals`` the court's keys and its log of roots; ``page`` is the verifier's, once built."""

    recordings: Path
    work: Path
    seals: Path
    page: Path = VERIFIER_PAGE

    @classmethod
    def below(cls, data_dir: Path) -> Self:
        """Where they are on one machine."""
        return cls(data_dir / "recordings", data_dir / "jobs", data_dir)


@dataclass(frozen=True, slots=True)
class SealingTerms:
    """``court`` is the name in the statement; the authority is told apart by its address and its certificates (PEM)."""

    court: str = ""
    time_stamp_url: str = ""
    time_stamp_certificates: Path | None = None

    @property
    def authority(self) -> TimeStampAuthority | None:
        if not self.time_stamp_url or self.time_stamp_certificates is None:
            return None
        return TimeStampAuthority(self.time_stamp_url, self.time_stamp_certificates)


@dataclass(frozen=True, slots=True)
class KeepingTerms:
    """Where recordings are copied to, and how long they are kept."""

    stores: StoresTerms = field(default_factory=StoresTerms)
    years: RetentionYears = field(default_factory=lambda: RetentionYears(60, 20))


async def run_jobs(
    database_url: str, folders: Folders, lease_s: float, parent: int | None, terms: SealingTerms, keeping: KeepingTerms
) -> None:
    """Works until SIGTERM or SIGINT, or until the process ``parent`` is gone; jobs in hand are given back."""
    database = Database(database_url)
    await database.open()
    try:
        async with open_stores(keeping.stores) as stores:
            await _run(database, stores, folders, lease_s, parent, terms, keeping)
    except asyncio.CancelledError:
        pass  # asked to stop; the runners have given their jobs back
    finally:
        await database.close()


async def _run(
    database: Database,
    stores: Mapping[StoreName, RecordingStore],
    folders: Folders,
    lease_s: float,
    parent: int | None,
    terms: SealingTerms,
    keeping: KeepingTerms,
) -> None:
    desk = JobDesk(database, int(lease_s * 1000))
    work = work_of(database, desk, folders, terms) | keeping_work_of(database, desk, folders, stores, keeping.years)
    running = asyncio.current_task()
    assert running is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_stop_without(parent, running))
        for lane in LANES:
            acts = {kind: work[kind] for kind in lane}
            tasks.create_task(JobRunner(desk, acts, renew_every_s=lease_s / 3).run())
        tasks.create_task(Copier(database, folders.recordings, stores, keeping.stores).run())
        tasks.create_task(Upkeep(database, keeping.years, keeping.stores.read_back_each_days).run())


def work_of(database: Database, desk: JobDesk, folders: Folders, terms: SealingTerms) -> dict[JobKind, Work]:
    """What is done for each kind of job."""
    recordings, work = folders.recordings, folders.work
    keys = CourtKeys(folders.seals / "keys")
    log = TransparencyLog(folders.seals / "transparency", keys)
    authority, trusted = terms.authority, terms.time_stamp_certificates
    stamps = authority is not None
    shelf = Shelf(recordings)
    along = TakenAlong(keys, trusted, folders.page)
    return {
        JobKind.COMPOSITE: CompositeJob(database, desk, recordings, work),
        JobKind.SEAL: SealJob(database, desk, recordings, keys, terms.court, anchors=(log,), stamps=stamps),
        JobKind.STAMP: StampJob(database, desk, recordings, authority),
        JobKind.CHECK: CheckJob(database, desk, recordings, work, keys, trusted),
        JobKind.BUNDLE: BundleJob(database, desk, recordings, work, shelf, terms.court, along),
        JobKind.SHEET: PaperJob(ExportKind.SHEET, database, desk, shelf, terms.court),
        JobKind.FAULT_STATEMENT: PaperJob(ExportKind.FAULT_STATEMENT, database, desk, shelf, terms.court),
    }


def keeping_work_of(
    database: Database,
    desk: JobDesk,
    folders: Folders,
    stores: Mapping[StoreName, RecordingStore],
    years: RetentionYears,
) -> dict[JobKind, Work]:
    """What is done for each kind of `UPKEEP`."""
    common = database, desk, folders.recordings, stores
    return {
        JobKind.RECONCILE: ReconcileJob(*common),
        JobKind.LIST_RECORDING: ListRecordingJob(*common, years),
        JobKind.DELETE_RECORDING: DeleteRecordingJob(*common, years),
    }


async def _stop_without(parent: int | None, running: asyncio.Task[None]) -> None:
    """A server that was killed starts a runner of its own when it comes back; this one would only be left over."""
    while parent is not None:
        if os.getppid() != parent:
            running.cancel()
            return
        await asyncio.sleep(LOOK_FOR_PARENT_EVERY_S)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m hearing_server.jobs", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True, help="where recordings and the embedded database are")
    parser.add_argument("--recordings", type=Path, help="the recordings folder; empty: in the data folder")
    parser.add_argument("--seals", type=Path, help="the folder of the court's keys and log; empty: the data folder")
    parser.add_argument("--database", default="", help="SQLAlchemy address; empty: SQLite in the data folder")
    parser.add_argument(
        "--lease-s", type=float, default=LEASE_MS / 1000, help="after this silence another runner takes a job over"
    )
    parser.add_argument("--parent", type=int, help="process id of who started this; it ends with that process")
    parser.add_argument("--court", default="", help="name of the court in its seals")
    parser.add_argument("--time-stamp-url", default="", help="time stamp authority (RFC 3161); empty: none")
    parser.add_argument("--time-stamp-certificates", type=Path, help="PEM file with the certificates it is known by")
    parser.add_argument("--keep-long-years", type=int, default=60, help="time of keeping of the class long")
    parser.add_argument("--keep-short-years", type=int, default=20, help="time of keeping of the class short")
    parser.add_argument("--log-level", default="INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    arguments = parser.parse_args()
    configure_logs(arguments.log_level)
    data_dir: Path = arguments.data_dir
    database = arguments.database or f"sqlite+aiosqlite:///{data_dir / 'hearings.sqlite3'}"
    usual = Folders.below(data_dir)
    folders = Folders(arguments.recordings or usual.recordings, usual.work, arguments.seals or usual.seals)
    terms = SealingTerms(arguments.court, arguments.time_stamp_url, arguments.time_stamp_certificates)
    years = RetentionYears(arguments.keep_long_years, arguments.keep_short_years)
    keeping = KeepingTerms(StoresTerms.handed_on(os.environ), years)
    asyncio.run(run_jobs(database, folders, arguments.lease_s, arguments.parent, terms, keeping))


if __name__ == "__main__":
    main()
