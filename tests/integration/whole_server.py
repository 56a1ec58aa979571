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
    host: str = "127.0.0.1"
    setup_token: str = ""
    """Printed by the very first start."""
    _port: int = 0
    _process: asyncio.subprocess.Process | None = None
    _family: list[psutil.Process] = field(default_factory=list)
    """Everything that was ever started here."""

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self._port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log_path(self) -> Path:
        """What server, recorder, transcriber and jobs wrote to stderr, over all starts."""
        return self.folder / "stderr.log"

    @property
    def printed_path(self) -> Path:
        """What the last start printed for people."""
        return self.folder / "stdout.log"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    # ------------------------------------------------------------------ life

    async def start(self) -> None:
        """Returns when the server says that it answers."""
        first = not self.data.exists()
        self._port = self._port or free_port(socket.SOCK_STREAM)
        self.settings.setdefault("HEARING_MEDIA_PORT", str(free_media_port()))
        with self.log_path.open("ab") as log, self.printed_path.open("wb") as printed:
            self._process = process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "hearing_server.cli", "run"),
                env=self._environment(),
                stdout=printed,  # a file: a pipe would be held open by orphans, and asyncio waits for its end
                stderr=log,
                start_new_session=True,
            )
        self._family.append(psutil.Process(process.pid))
        announced = re.compile(r"#/setup/(\S+)" if first else r"answers at ()")

        def answers() -> bool:
            assert process.returncode is None, self.log()
            return announced.search(self.printed_path.read_text(encoding="utf-8")) is not None

        await until(answers, "the server answers", STARTED_S)
        if first and (found := announced.search(self.printed_path.read_text(encoding="utf-8"))):
            self.setup_token = found[1]

    def _environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("HEARING_")},
            "HEARING_DATA_DIR": str(self.data),
            "HEARING_HOST": self.host,
            "HEARING_PORT": str(self._port),
            "HEARING_PUBLIC_URL": self.base_url,
            "HEARING_MODEL": "court-demo-zh",
            "HEARING_OPENING_COUNTDOWN_S": "0.1",
            **self.settings,
        }

    async def interrupt(self) -> tuple[int, float]:
        """Ctrl+C. Returns exit code and seconds."""
        return await self._end(signal.SIGINT)

    async def kill(self) -> list[psutil.Process]:
        """SIGKILL to the server alone. Returns the children it had."""
        children = self.children()
        await self._end(signal.SIGKILL)
        return children

    async def _end(self, number: signal.Signals) -> tuple[int, float]:
        assert self._process is not None
        self.children()
        began = time.monotonic()
        self._process.send_signal(number)
        async with asyncio.timeout(STOPPED_S):
            code = await self._process.wait()
        self._process = None
        return code, time.monotonic() - began

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


@asynccontextmanager
async def whole_server(
    folder: Path, host: str = "127.0.0.1", port: int = 0, **settings: str
) -> AsyncIterator[WholeServer]:
    """A running server; ``port`` 0 is any free one; ``settings`` are environment variables."""
    server = WholeServer(folder, settings, host, _port=port)
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


def free_media_port() -> int:
    """One whose number is free for UDP and for TCP."""
    while True:
        port = free_port(socket.SOCK_STREAM)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
