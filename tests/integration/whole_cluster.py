"""Front, workers, jobs and Redis as processes of their own, as people start them when one process is not enough.

async with whole_cluster(tmp_path, workers="ab") as cluster:
    await cluster.workers["a"].end(signal.SIGKILL)
"""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil

from signaling.bus.redis_leases import redis_leases
from tests.integration.whole_server import STARTED_S, free_media_port, free_port, until
from tests.redis_server import RedisServer, redis_server

ENDED_S = 60.0


@dataclass(slots=True)
class CourtProcess:
    """``hearing-server COMMAND``, with everything it writes in one file over all starts."""

    command: tuple[str, ...]
    environment: dict[str, str]
    log_path: Path
    process: asyncio.subprocess.Process | None = None
    family: list[psutil.Process] = field(default_factory=list)

    async def start(self) -> None:
        with self.log_path.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "hearing_server.cli", *self.command),
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.family.append(psutil.Process(self.process.pid))

    def tell(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.remember_children()
        self.process.send_signal(number)

    async def end(self, number: signal.Signals) -> tuple[int, float]:
        """Returns exit code and seconds."""
        began = time.monotonic()
        self.tell(number)
        assert self.process is not None
        async with asyncio.timeout(ENDED_S):
            code = await self.process.wait()
        self.process = None
        return code, time.monotonic() - began

    def remember_children(self) -> list[psutil.Process]:
        assert self.process is not None
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.family += [child for child in children if child not in self.family]
        return children

    async def close(self) -> None:
        """By force."""
        if self.process is not None and self.process.returncode is None:
            self.tell(signal.SIGCONT)
            await self.end(signal.SIGKILL)
        for member in self.family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8") if self.log_path.exists() else ""


@dataclass(slots=True)
class WholeCluster:
    folder: Path
    redis: RedisServer
    port: int
    front: CourtProcess
    jobs: CourtProcess
    workers: dict[str, CourtProcess]
    setup_token: str = ""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def recordings(self, hearing: str) -> Path:
        return self.folder / "recordings" / hearing

    def log(self) -> str:
        return "".join(each.log() for each in (self.front, self.jobs, *self.workers.values()))

    async def start(self) -> None:
        await asyncio.gather(*(each.start() for each in (self.front, self.jobs, *self.workers.values())))
        announced = re.compile(r"#/setup/(\S+)")
        await until(lambda: announced.search(self.front.log()) is not None, "the front answers", STARTED_S)
        found = announced.search(self.front.log())
        assert found is not None
        self.setup_token = found[1]
        for name in self.workers:
            await until(lambda name=name: "worker started" in self.workers[name].log(), f"worker {name}", STARTED_S)  # type: ignore[misc]

    async def worker_of(self, hearing: str) -> str:
        """Which worker holds the hearing's room now; empty when none does."""
        async with redis_leases(self.redis.url) as leases:
            held = await leases.held([hearing])
        return held[hearing].worker.rpartition("-")[0] if hearing in held else ""

    async def status(self, path: str) -> int:
        async with aiohttp.ClientSession() as http, http.get(self.base_url + path) as answer:
            return answer.status

    async def until_status(self, path: str, wanted: int) -> float:
        """Nobody is told of it, so it is asked again and again. Returns the seconds it took."""
        began = time.monotonic()
        async with asyncio.timeout(ENDED_S):
            while await self.status(path) != wanted:  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def close(self) -> None:
        for each in (*self.workers.values(), self.front, self.jobs):
            await each.close()


@asynccontextmanager
async def whole_cluster(folder: Path, workers: str = "ab", **settings: str) -> AsyncIterator[WholeCluster]:
    """All of it running; ``settings`` are environment variables of every process."""
    with redis_server(folder / "redis") as redis:
        port = free_port(socket.SOCK_STREAM)
        common = {name: value for name, value in os.environ.items() if not name.startswith("HEARING_")} | {
            "HEARING_REDIS_URL": redis.url,
            "HEARING_RECORDINGS": str(folder / "recordings"),
            "HEARING_PORT": str(port),
            "HEARING_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "HEARING_MODEL": "court-demo-zh",
            "HEARING_OPENING_COUNTDOWN_S": "0.1",
            **settings,
        }

        def process(name: str, *command: str, **own: str) -> CourtProcess:
            data = folder / ("court" if command[0] != "worker" else name)
            return CourtProcess(command, {**common, "HEARING_DATA_DIR": str(data), **own}, folder / f"{name}.log")

        cluster = WholeCluster(
            folder,
            redis,
            port,
            process("front", "front"),
            process("jobs", "jobs"),
            {
                name: process(name, "worker", "--name", name, HEARING_MEDIA_PORT=str(free_media_port()))
                for name in workers
            },
        )
        try:
            await cluster.start()
            yield cluster
        finally:
            await cluster.close()
