"""Keeps a child process of the server running. The sink processes, which are fed through pipes, have their own keeper in
`signaling.room.sink_process`; this one is for children that look after themselves, such as the jobs runner."""

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence

import structlog

logger = structlog.get_logger(__name__)

RESTART_DELAYS_S = (0.0, 0.5, 2.0, 5.0, 15.0)
STABLE_AFTER_S = 30.0


class ChildProcess:
    """``run`` until ``close``; a child that ends by itself is started again, less eagerly each time it fails at once."""

    def __init__(self, name: str, argv: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """``environment`` is added to this process's own: secrets do not stand on a command line."""
        self.name = name
        self._argv = tuple(argv)
        self._environment = dict(environment or {})
        self._process: asyncio.subprocess.Process | None = None
        self._closing = asyncio.Event()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def run(self) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        while not self._closing.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), RESTART_DELAYS_S[min(failures, len(RESTART_DELAYS_S) - 1)])
                return
            started = loop.time()
            self._process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, **self._environment},
            )
            try:
                code = await self._process.wait()
            except asyncio.CancelledError:
                await self.close()
                raise
            failures = 0 if loop.time() - started > STABLE_AFTER_S else failures + 1
            if not self._closing.is_set():
                logger.error("child process ended", child=self.name, code=code)

    async def close(self, deadline_s: float = 10.0) -> None:
        """SIGTERM, then SIGKILL past the deadline."""
        self._closing.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), deadline_s)
        except TimeoutError:
            process.kill()
            await process.wait()
