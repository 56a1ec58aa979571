"""``hearing-server run``: front and worker in one process, the other processes as children. Owns the order of stopping."""

import asyncio
import math
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from hearing_server.front import Front, admitting, running_front
from hearing_server.settings import Settings
from hearing_server.stop_signals import stop_signals
from hearing_server.supervisor import ChildProcess
from hearing_server.worker import open_worker
from signaling.bus.memory import MemoryBus, MemoryLeases
from signaling.room.hall import Hall

logger = structlog.get_logger(__name__)

WORKER = "here"


@dataclass(frozen=True, slots=True)
class RunningServer:
    front: Front
    hall: Hall
    jobs: ChildProcess
    port: int


@asynccontextmanager
async def running_server(settings: Settings) -> AsyncIterator[RunningServer]:
    """A whole server on one machine while inside. Leaving stops it in order: no new admissions, goodbye to everybody, rooms
    close, the recorder seals, the last facts are committed, the database closes."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    bus, leases = MemoryBus(), MemoryLeases()
    commands = bus.worker(WORKER)
    jobs = ChildProcess("jobs", jobs_command(settings, os.getpid()), settings.stores.environment())
    async with (
        open_worker(settings, WORKER, commands, leases) as worker,
        # The only worker is never too full to be the only one.
        running_front(settings, bus, leases, full_at=math.inf) as front,
        asyncio.TaskGroup() as tasks,
    ):
        await worker.tenure.report()
        hall = tasks.create_task(worker.hall.run(), name="hall")
        tenure = tasks.create_task(worker.tenure.run(), name="tenure")
        runner = tasks.create_task(jobs.run(), name="jobs")
        try:
            async with admitting(settings, front) as port:
                yield RunningServer(front, worker.hall, jobs, port)
        finally:
            tenure.cancel()
            await commands.close()
            await hall
            await jobs.close()
            await runner


async def run_until_stopped(settings: Settings, started: Callable[[RunningServer], Awaitable[None]]) -> None:
    """Serves until SIGINT or SIGTERM. ``started`` is called once everything answers."""
    with stop_signals() as stop:
        async with running_server(settings) as server:
            await started(server)
            await stop.wait()
            logger.info("stopping")
    logger.info("stopped")


def jobs_command(settings: Settings, parent: int | None = None) -> list[str]:
    """``parent``: the process it ends with."""
    command = [sys.executable, "-m", "hearing_server.jobs", "--data-dir", str(settings.data_dir)]
    command += ["--recordings", str(settings.recordings_dir), "--seals", str(settings.seals_dir)]
    command += ["--court", settings.court_name]
    years = settings.retention_years
    command += ["--keep-long-years", str(years.long), "--keep-short-years", str(years.short)]
    command += ["--parent", str(parent)] if parent is not None else []
    if settings.time_stamp_url:
        command += ["--time-stamp-url", settings.time_stamp_url]
        command += ["--time-stamp-certificates", str(settings.time_stamp_certificates)]
    return command + (["--database", settings.database_url] if settings.database_url else [])
