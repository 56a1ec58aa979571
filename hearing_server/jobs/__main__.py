"""``python -m hearing_server.jobs --data-dir DIR``: the process that does durable work. The composition root of this package."""

import argparse
import asyncio
import os
import signal
from pathlib import Path

from hearing_server.domain.job import LEASE_MS, JobKind
from hearing_server.jobs.composite_job import CompositeJob
from hearing_server.jobs.runner import JobRunner
from hearing_server.logs import configure_logs
from hearing_server.storage.database import Database
from hearing_server.storage.jobs import JobDesk

LOOK_FOR_PARENT_EVERY_S = 1.0


async def run_jobs(database_url: str, recordings: Path, work: Path, lease_s: float, parent: int | None) -> None:
    """Works until SIGTERM or SIGINT, or until the process ``parent`` is gone; a job in hand is given back."""
    database = Database(database_url)
    await database.open()
    try:
        desk = JobDesk(database, int(lease_s * 1000))
        composites = CompositeJob(database, desk, recordings, work)
        runner = JobRunner(desk, {JobKind.COMPOSITE: composites}, renew_every_s=lease_s / 3)
        running = asyncio.current_task()
        assert running is not None
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_stop_without(parent, running))
            await runner.run()
    except asyncio.CancelledError:
        pass  # asked to stop; the runner has given its job back
    finally:
        await database.close()


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
    parser.add_argument("--database", default="", help="SQLAlchemy address; empty: SQLite in the data folder")
    parser.add_argument(
        "--lease-s", type=float, default=LEASE_MS / 1000, help="after this silence another runner takes a job over"
    )
    parser.add_argument("--parent", type=int, help="process id of who started this; it ends with that process")
    parser.add_argument("--log-level", default="INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    arguments = parser.parse_args()
    configure_logs(arguments.log_level)
    data_dir: Path = arguments.data_dir
    database = arguments.database or f"sqlite+aiosqlite:///{data_dir / 'hearings.sqlite3'}"
    recordings = arguments.recordings or data_dir / "recordings"
    asyncio.run(run_jobs(database, recordings, data_dir / "jobs", arguments.lease_s, arguments.parent))


if __name__ == "__main__":
    main()
