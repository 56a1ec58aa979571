"""The bus of a single process: front and worker share one event loop."""

import asyncio
from collections.abc import AsyncIterator

from signaling.protocol.facts import WorkerFact
from signaling.protocol.worker import WorkerCommand, WorkerNotice

QUEUE_LIMIT = 10_000


class MemoryBus:
    """Both ends in one object. A full queue makes the sender wait: inside one process nothing is ever dropped."""

    def __init__(self) -> None:
        self._commands: asyncio.Queue[WorkerCommand | None] = asyncio.Queue(QUEUE_LIMIT)
        self._messages: asyncio.Queue[WorkerNotice | WorkerFact | None] = asyncio.Queue(QUEUE_LIMIT)

    async def send(self, command: WorkerCommand) -> None:
        await self._commands.put(command)

    async def publish(self, message: WorkerNotice | WorkerFact) -> None:
        await self._messages.put(message)

    async def commands(self) -> AsyncIterator[WorkerCommand]:
        while (command := await self._commands.get()) is not None:
            yield command

    async def messages(self) -> AsyncIterator[WorkerNotice | WorkerFact]:
        while (message := await self._messages.get()) is not None:
            yield message

    async def close_commands(self) -> None:
        """No more commands: the worker's iterator ends after those already sent."""
        await self._commands.put(None)

    async def close_messages(self) -> None:
        """No more messages: the front's iterator ends after those already published."""
        await self._messages.put(None)
