"""Bus and leases of a single process: front and worker share one event loop."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping

from signaling.bus.port import Lease, WorkerLoad
from signaling.protocol.facts import WorkerFact
from signaling.protocol.worker import WorkerCommand, WorkerNotice, WorkerSaid

QUEUE_LIMIT = 10_000


class MemoryBus:
    """The front's end; `worker` gives a worker's. A full queue makes the sender wait: inside one process nothing is ever dropped."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[WorkerSaid | None] = asyncio.Queue(QUEUE_LIMIT)
        self._workers: dict[str, MemoryWorkerBus] = {}

    def worker(self, name: str) -> "MemoryWorkerBus":
        return self._workers.setdefault(name, MemoryWorkerBus(name, self._messages))

    async def send(self, worker: str, command: WorkerCommand) -> None:
        await self.worker(worker).put(command)

    async def messages(self) -> AsyncIterator[WorkerSaid]:
        while (said := await self._messages.get()) is not None:
            yield said

    async def close(self) -> None:
        await self._messages.put(None)


class MemoryWorkerBus:
    """A worker's end."""

    away = False

    def __init__(self, name: str, messages: "asyncio.Queue[WorkerSaid | None]") -> None:
        self._name = name
        self._messages = messages
        self._commands: asyncio.Queue[WorkerCommand | None] = asyncio.Queue(QUEUE_LIMIT)

    async def put(self, command: WorkerCommand) -> None:
        await self._commands.put(command)

    async def publish(self, message: WorkerNotice | WorkerFact) -> None:
        await self._messages.put(WorkerSaid(self._name, message))

    async def commands(self) -> AsyncIterator[WorkerCommand]:
        while (command := await self._commands.get()) is not None:
            yield command

    async def close(self) -> None:
        await self._commands.put(None)


class MemoryLeases:
    """``lease_s`` is infinite where worker and front live and die together."""

    def __init__(self, lease_s: float = math.inf, now_s: Callable[[], float] = time.time) -> None:
        self._lease_s = lease_s
        self._now_s = now_s
        self._loads: dict[str, tuple[WorkerLoad, float]] = {}
        self._leases: dict[str, tuple[Lease, float]] = {}
        # A few bytes for every room of this process's life: a token is never given twice.
        self._tokens: dict[str, int] = {}

    async def report(self, load: WorkerLoad) -> None:
        self._loads[load.worker] = load, self._now_s() + self._lease_s

    async def withdraw(self, worker: str) -> None:
        self._loads.pop(worker, None)

    async def workers(self) -> list[WorkerLoad]:
        return [load for load, until_s in self._loads.values() if until_s > self._now_s()]

    async def grant(self, room: str, worker: str) -> Lease:
        if (present := self._good(room)) is not None:
            return present
        self._tokens[room] = token = max(self._tokens.get(room, 0) + 1, int(self._now_s() * 1000))
        return self._keep(Lease(room, worker, token))

    async def renew(self, worker: str, rooms: Mapping[str, int]) -> set[str]:
        lost: set[str] = set()
        for room, token in rooms.items():
            mine, present = Lease(room, worker, token), self._good(room)
            if present == mine or (present is None and self._tokens.get(room, 0) <= token):
                self._tokens[room] = token
                self._keep(mine)
            else:
                lost.add(room)
        return lost

    async def release(self, room: str, token: int) -> None:
        present = self._good(room)
        if present is not None and present.token == token:
            del self._leases[room]

    async def held(self, rooms: Collection[str]) -> dict[str, Lease]:
        return {room: lease for room in rooms if (lease := self._good(room)) is not None}

    def _good(self, room: str) -> Lease | None:
        lease, until_s = self._leases.get(room, (None, 0.0))
        return lease if until_s > self._now_s() else None

    def _keep(self, lease: Lease) -> Lease:
        self._leases[lease.room] = lease, self._now_s() + self._lease_s
        return lease
