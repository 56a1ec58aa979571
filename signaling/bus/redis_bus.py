"""The bus over Redis streams: one per worker for its commands, one for everything that workers say.

While Redis is away commands wait in the front and what workers say waits in them; facts stand in the workers' spools besides, so
that not even a Redis that loses its data loses one.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from signaling.bus.redis_line import AWAY, RedisLine
from signaling.protocol.facts import WorkerFact
from signaling.protocol.worker import (
    CaptionHeard,
    SpeakingChanged,
    WorkerCommand,
    WorkerNotice,
    WorkerSaid,
    worker_command,
    worker_message,
)

SAID = "hearing:said"
HEARD = "hearing:heard"
"""Position in ``SAID`` up to which a front has read: a front that starts again goes on there."""
MOMENTARY = (SpeakingChanged, CaptionHeard)
"""Worth nothing a moment later."""


def commands_to(worker: str) -> str:
    return f"hearing:commands:{worker}"


class RedisFrontBus:
    """The front's end; made by `front_bus`."""

    def __init__(self, line: RedisLine) -> None:
        self._line = line

    async def send(self, worker: str, command: WorkerCommand) -> None:
        await self._line.put(commands_to(worker), command.model_dump_json())

    async def messages(self) -> AsyncIterator[WorkerSaid]:
        async for position, entry in self._line.entries(SAID, await self._heard_before()):
            yield WorkerSaid(entry.sender, worker_message.validate_json(entry.text))
            await self._remember(position)

    async def close(self) -> None:
        self._line.close()

    async def _heard_before(self) -> str:
        try:
            return str(await self._line.redis.get(HEARD) or "0-0")
        except AWAY:
            return "0-0"  # facts are stored once, and notices of rooms that are held by others since are refused

    async def _remember(self, position: str) -> None:
        """Not vital: what is read twice is a fact, which is stored once, or of a moment that is over."""
        try:
            await self._line.redis.set(HEARD, position)
        except AWAY:
            return


class RedisWorkerBus:
    """A worker's end; made by `worker_bus`. ``worker`` is the name of one process: one that starts again has another."""

    def __init__(self, line: RedisLine, worker: str) -> None:
        self._line = line
        self._worker = worker

    @property
    def away(self) -> bool:
        return self._line.away

    async def publish(self, message: WorkerNotice | WorkerFact) -> None:
        if not (self.away and isinstance(message, MOMENTARY)):
            await self._line.put(SAID, message.model_dump_json())

    async def commands(self) -> AsyncIterator[WorkerCommand]:
        async for _, entry in self._line.entries(commands_to(self._worker), "0-0"):
            yield worker_command.validate_json(entry.text)

    async def close(self) -> None:
        self._line.close()


@asynccontextmanager
async def front_bus(url: str) -> AsyncIterator[RedisFrontBus]:
    async with RedisLine(url, f"front-{secrets.token_hex(4)}") as line:
        yield RedisFrontBus(line)


@asynccontextmanager
async def worker_bus(url: str, worker: str) -> AsyncIterator[RedisWorkerBus]:
    async with RedisLine(url, worker) as line:
        yield RedisWorkerBus(line, worker)
