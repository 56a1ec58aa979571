"""`hearing-server run` as people start it: a child process with its own children, over a data folder of its own.

    async with whole_server(tmp_path) as server:
        os.kill(server.child("recorder").pid, signal.SIGKILL)
        await server.kill()
        await server.start()  # the same folder and ports: a restart
"""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

STARTED_S = 60.0
"""How long a start may take on a machine that does much else."""
STOPPED_S = 30.0
POLL_S = 0.02
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
"""The look of every signed token (RFC 7515 section 3.1)."""


@dataclass(slots=True)
class WholeServer:
    """``start``, ``kill`` and ``interrupt`` as often as wanted; `whole_server` leaves nothing running."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    setup_token: str = ""
    """Printed by the very first start."""
    _port: int = 0
    _process: asyncio.subprocess.Process | None = None
    _printing: "asyncio.Task[None] | None" = None
    _family: list[psutil.Process] = field(default_factory=list)
    """Everything that was ever started here."""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log_path(self) -> Path:
        """What server, recorder, transcriber and jobs wrote to stderr, over all starts."""
        return self.folder / "stderr.log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    # ------------------------------------------------------------------ life

    async def start(self) -> None:
        """Returns when the server says that it answers."""
        self._port = self._port or free_port(socket.SOCK_STREAM)
        media_port = self.settings.setdefault("HEARING_MEDIA_PORT", str(free_port(socket.SOCK_DGRAM)))
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HEARING_")},
            "HEARING_DATA_DIR": str(self.data),
            "HEARING_PORT": str(self._port),
            "HEARING_PUBLIC_URL": self.base_url,
            "HEARING_MODEL": "court-demo-zh",
            "HEARING_OPENING_COUNTDOWN_S": "0.1",
            **self.settings,
            "HEARING_MEDIA_PORT": media_port,
        }
        with self.log_path.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "hearing_server.cli", "run", env=environment,
                stdout=asyncio.subprocess.PIPE, stderr=log, start_new_session=True,
            )  # fmt: skip
        answering = asyncio.Event()
        self._printing = asyncio.create_task(self._read_prints(self._process, answering))
        async with asyncio.timeout(STARTED_S):
            await answering.wait()
        assert self._process.returncode is None, self.log()
        self._family.append(psutil.Process(self._process.pid))

    async def interrupt(self) -> tuple[int, float]:
        """Ctrl+C. Returns exit code and seconds."""
        return await self._end(signal.SIGINT)

    async def kill(self) -> list[psutil.Process]:
        """SIGKILL to the server alone. Returns the children it had."""
        children = self.children()
        await self._end(signal.SIGKILL)
        return children

    async def _end(self, number: signal.Signals) -> tuple[int, float]:
        assert self._process is not None and self._printing is not None
        self.children()
        began = time.monotonic()
        self._process.send_signal(number)
        async with asyncio.timeout(STOPPED_S):
            code = await self._process.wait()
        took_s = time.monotonic() - began
        self._printing.cancel()  # an orphan may still hold the pipe
        await asyncio.gather(self._printing, return_exceptions=True)
        self._process._transport.close()  # type: ignore[attr-defined]  # asyncio keeps the pipe while an orphan holds it
        self._process = None
        return code, took_s

    async def close(self) -> None:
        """Ends what is left of it, by force."""
        if self._process is not None:
            await self.kill()
        for process in self._family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    # ------------------------------------------------------------------ looking at it

    def children(self) -> list[psutil.Process]:
        """Every process below the server, also those of the jobs runner."""
        assert self._process is not None
        children = psutil.Process(self._process.pid).children(recursive=True)
        self._family += [child for child in children if child not in self._family]
        return children

    def child(self, module: str) -> psutil.Process:
        """The child that runs ``python -m module``."""
        (found,) = [child for child in self.children() if ["-m", module] == child.cmdline()[1:3]]
        return found

    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8") if self.log_path.exists() else ""

    def recordings(self, hearing: str) -> Path:
        return self.data / "recordings" / hearing

    async def _read_prints(self, process: asyncio.subprocess.Process, answering: asyncio.Event) -> None:
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                if found := re.search(rb"#/setup/(\S+)", line):
                    self.setup_token = found[1].decode()
                if line.strip() == b"Ready.":
                    answering.set()
        finally:
            answering.set()  # it ended instead: whoever waits looks at the exit code


@asynccontextmanager
async def whole_server(folder: Path, **settings: str) -> AsyncIterator[WholeServer]:
    """A running server; ``settings`` are environment variables."""
    server = WholeServer(folder, settings)
    try:
        await server.start()
        yield server
    finally:
        await server.close()


# ---------------------------------------------------------------------- conditions of the world outside


async def until(holds: Callable[[], bool], what: str, timeout_s: float = 20.0) -> float:
    """Look at files or processes, which tell nobody of their changes, until something holds. Returns the seconds it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < timeout_s, f"not within {timeout_s} s: {what}"
        await asyncio.sleep(POLL_S)
    return time.monotonic() - began


def is_gone(process: psutil.Process) -> bool:
    """Ended; nobody may have asked for its exit code yet."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def free_port(kind: socket.SocketKind) -> int:
    """A port that is free now; a server that is to come back on the same one cannot be given 0."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
