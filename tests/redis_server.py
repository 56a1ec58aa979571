"""A Redis of the tests' own: in a temporary folder, on a free port; stopped and started as they like."""

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

BINARY = shutil.which("redis-server")
STARTED_S = 20.0


@dataclass(slots=True)
class RedisServer:
    """``start`` and ``stop`` as often as wanted; ``lasting``: it keeps its data over a stop."""

    folder: Path
    port: int
    lasting: bool = True
    _process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        assert BINARY is not None
        durability = ["--appendonly", "yes" if self.lasting else "no", "--save", ""]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                [BINARY, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), *durability],
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + STARTED_S
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < until, (self.folder / "redis.log").read_text()
            time.sleep(0.01)

    def stop(self) -> None:
        """SIGKILL: it has no time to put anything in order."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def halt(self) -> None:
        """It stays, and answers nobody."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def redis_server(folder: Path, *, lasting: bool = True) -> Iterator[RedisServer]:
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    server = RedisServer(folder, port, lasting)
    try:
        server.start()
        yield server
    finally:
        server.stop()
