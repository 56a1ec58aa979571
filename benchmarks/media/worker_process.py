"""Our worker as it serves a court, rooms, recorder and transcriber included; only the bus is a pair of pipes.

Commands come as JSON lines on standard input, what it tells goes to standard output: `signaling.protocol.worker`.
"""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import structlog
import uvloop

from hearing_server.settings import Settings
from hearing_server.worker import open_worker
from signaling.bus.memory import MemoryLeases
from signaling.protocol.facts import WorkerFact
from signaling.protocol.worker import WorkerCommand, WorkerNotice, worker_command

LINE_LIMIT_BYTES = 1 << 20


class PipeBus:
    away = False

    def __init__(self) -> None:
        self._lines = asyncio.StreamReader(limit=LINE_LIMIT_BYTES)

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(self._lines), sys.stdin)

    async def commands(self) -> AsyncIterator[WorkerCommand]:
        async for line in self._lines:
            yield worker_command.validate_json(line)

    async def publish(self, message: WorkerNotice | WorkerFact) -> None:
        os.write(1, message.model_dump_json().encode() + b"\n")

    async def close(self) -> None:
        self._lines.feed_eof()


async def serve(folder: Path, host: str) -> None:
    bus = PipeBus()
    await bus.open()
    # As many microphones as a room has: Janus forwards all of them, too.
    settings = Settings(data_dir=folder, media_host=host, model="court-demo-zh", microphones_at_once=6)
    async with open_worker(settings, "benchmark", bus, MemoryLeases()) as worker:
        await worker.hall.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="a worker for the benchmark")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--host", required=True)
    arguments = parser.parse_args()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    uvloop.run(serve(arguments.folder, arguments.host))
