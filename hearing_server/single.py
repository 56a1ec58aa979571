"""``hearing-server run``: front and worker in one process, the other processes as children. Owns the order of stopping."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from hearing_server.front import Front, open_front, serving
from hearing_server.settings import Settings
from hearing_server.supervisor import ChildProcess
from hearing_server.worker import open_hall
from signaling.bus.memory import MemoryBus
from signaling.room.hall import Hall

logger = structlog.get_logger(__name__)


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
    bus = MemoryBus()
    jobs = ChildProcess("jobs", jobs_command(settings))
    async with open_hall(settings, bus) as hall, open_front(settings, bus) as front, asyncio.TaskGroup() as tasks:
        messages = tasks.create_task(front.courthouse.run_worker_messages(bus), name="worker messages")
        worker = tasks.create_task(hall.run(), name="hall")
        await front.courthouse.start()
        agenda = tasks.create_task(front.courthouse.run_agenda(), name="agenda")
        composites = tasks.create_task(front.composites.run(), name="composites")
        runner = tasks.create_task(jobs.run(), name="jobs")
        try:
            async with serving(settings, front) as port:
                try:
                    yield RunningServer(front, hall, jobs, port)
                finally:
                    front.condition.accepting = False
                    agenda.cancel()
                    composites.cancel()
                    await front.courthouse.close()
        finally:
            await bus.close_commands()
            await worker
            await bus.close_messages()
            await messages
            await jobs.close()
            await runner


async def run_until_stopped(settings: Settings, started: Callable[[RunningServer], Awaitable[None]]) -> None:
    """Serves until SIGINT or SIGTERM. ``started`` is called once everything answers."""
    stop = asyncio.Event()
    with _signals(stop):
        async with running_server(settings) as server:
            await started(server)
            await stop.wait()
            logger.info("stopping")
    logger.info("stopped")


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def jobs_command(settings: Settings) -> list[str]:
    command = [sys.executable, "-m", "hearing_server.jobs", "--data-dir", str(settings.data_dir)]
    command += ["--parent", str(os.getpid()), "--court", settings.court_name]
    if settings.time_stamp_url:
        command += ["--time-stamp-url", settings.time_stamp_url]
        command += ["--time-stamp-certificates", str(settings.time_stamp_certificates)]
    return command + (["--database", settings.database_url] if settings.database_url else [])
