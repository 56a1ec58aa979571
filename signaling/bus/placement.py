"""The front's side of placement: which worker holds which room, and what of all that workers say still counts.

A room is given to the less loaded of two workers picked at random, under a lease with a fencing token. When the lease is gone the
room is lost, and whoever needs it opens it again; what its last holder still says of it is refused.
"""

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator

import structlog

from signaling.bus.port import BusAway, FrontBus, Lease, Leases, WorkerLoad
from signaling.protocol.base import RoomNotice
from signaling.protocol.facts import Fact, WorkerFact
from signaling.protocol.worker import (
    AcknowledgeFacts,
    CloseRoom,
    LossCause,
    OpenRoom,
    RoomLost,
    TellStanding,
    WorkerCommand,
    WorkerLost,
    WorkerSaid,
)

logger = structlog.get_logger(__name__)

FULL_AT = 0.85
"""Load from which on a worker is given no more rooms; what it forwards already still has to grow a little."""
LOOK_EVERY_S = 0.5
RENEWED_WITHIN_S = 5.0
"""After the leases could not be asked for, workers have this long to renew theirs before a room counts as lost."""
WAITING_LIMIT = 1000

Heard = WorkerSaid | RoomLost | WorkerLost


class Placement:
    """``run`` until the bus closes; ``messages`` ends then too."""

    def __init__(self, bus: FrontBus, leases: Leases, full_at: float = FULL_AT) -> None:
        self._bus = bus
        self._leases = leases
        self._full_at = full_at
        self._held: dict[str, Lease] = {}
        # Of every room since this front started, in order: an old token is told from the present one when the room is closed.
        self._given: dict[str, list[Lease]] = {}
        self._reports: dict[str, WorkerLoad] = {}
        self._answers_since_s = -math.inf
        # Full when the court is slower than the workers talk: then the bus keeps what they say.
        self._heard: asyncio.Queue[Heard | None] = asyncio.Queue(WAITING_LIMIT)
        self.reachable = True
        """The leases could be asked for the last time."""
        self.refused = 0
        """Messages of workers that had lost the room."""

    # -------------------------------------------------------------- what the court wants

    async def open_room(self, command: OpenRoom) -> bool:
        """False when no worker can take it now: all are full, or nobody can be asked."""
        lease = self._held.get(command.room) or await self._place(command.room)
        if lease is None:
            return False
        self._hold(lease)
        await self._bus.send(lease.worker, command.model_copy(update={"lease": lease.token}))
        return True

    async def send(self, command: WorkerCommand) -> None:
        """To the worker that holds the room; when none does, the command is void."""
        assert not isinstance(command, AcknowledgeFacts | TellStanding), "these are of a worker, not of a room"
        lease = self._held.get(command.room)
        if lease is None:
            logger.info("command for a room that nobody holds", type=command.type)
            return
        await self._bus.send(lease.worker, command)
        if isinstance(command, CloseRoom):
            del self._held[lease.room]
            await self._release(lease)

    async def acknowledge(self, worker: str, fact: str) -> None:
        """The worker may forget the fact."""
        await self._bus.send(worker, AcknowledgeFacts(facts=[fact]))

    def worker_of(self, room: str) -> str | None:
        lease = self._held.get(room)
        return lease.worker if lease else None

    async def messages(self) -> AsyncIterator[Heard]:
        """What counts of all that workers say, and what becomes of them."""
        while (heard := await self._heard.get()) is not None:
            yield heard

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(self._look_after_leases(), name="leases")
            async for said in self._bus.messages():
                await self._hear(said)
            looking.cancel()
        await self._heard.put(None)

    # -------------------------------------------------------------- giving rooms

    async def _place(self, room: str) -> Lease | None:
        try:
            if present := (await self._leases.held([room])).get(room):
                return present  # a front before this one gave it
            worker = _chosen(await self._leases.workers(), self._full_at)
            return await self._leases.grant(room, worker) if worker else None
        except BusAway:
            return None

    def _hold(self, lease: Lease) -> None:
        if self._held.get(lease.room) != lease:
            logger.info("room given", room=lease.room, worker=lease.worker, lease=lease.token)
            self._held[lease.room] = lease
            self._given.setdefault(lease.room, []).append(lease)

    async def _release(self, lease: Lease) -> None:
        try:
            await self._leases.release(lease.room, lease.token)
        except BusAway:
            return  # it runs out by itself

    # -------------------------------------------------------------- losing rooms

    async def _look_after_leases(self) -> None:
        while True:
            before = dict(self._held)
            try:
                held, reports = await self._leases.held(list(before)), await self._leases.workers()
            except BusAway:
                self.reachable, self._answers_since_s = False, math.inf
            else:
                if not self.reachable:
                    self.reachable, self._answers_since_s = True, time.monotonic()
                if time.monotonic() - self._answers_since_s >= RENEWED_WITHIN_S:
                    await self._compare(before, held, {report.worker: report for report in reports})
            await asyncio.sleep(LOOK_EVERY_S)

    async def _compare(self, before: dict[str, Lease], held: dict[str, Lease], now: dict[str, WorkerLoad]) -> None:
        for room, lease in before.items():
            if held.get(room) != lease and self._held.get(room) == lease:
                del self._held[room]
                report = now.get(lease.worker) or self._reports.get(lease.worker)
                cause: LossCause = "worker_drained" if report and report.draining else "worker_lost"
                logger.warning("room lost", room=room, worker=lease.worker, lease=lease.token, cause=cause)
                await self._heard.put(RoomLost(room, lease.worker, cause))
        for worker in now.keys() - self._reports.keys():
            await self._bus.send(worker, TellStanding())
        for worker in self._reports.keys() - now.keys():
            logger.warning("worker lost", worker=worker)
            await self._heard.put(WorkerLost(worker))
        self._reports = now

    # -------------------------------------------------------------- hearing workers

    async def _hear(self, said: WorkerSaid) -> None:
        message = said.message
        if isinstance(message, Fact):
            await self._hear_fact(said, message)
            return
        held = self._held.get(message.room) if isinstance(message, RoomNotice) else None
        if not isinstance(message, RoomNotice) or (held is not None and held.token == message.lease):
            await self._heard.put(said)
        elif held is not None:
            self._refuse(said)

    async def _hear_fact(self, said: WorkerSaid, fact: WorkerFact) -> None:
        """What happened before the room was given away is evidence, however late it comes; what happened after is no fact of
        the hearing, which went on elsewhere."""
        after = [lease for lease in self._given.get(fact.room, ()) if lease.token > fact.lease]
        if not after:
            await self._heard.put(said)
        elif fact.lease == 0 or fact.at_ms < after[0].token:
            await self._heard.put(WorkerSaid(said.worker, said.message, late=True))
        else:
            self._refuse(said)
            await self.acknowledge(said.worker, fact.fact)

    def _refuse(self, said: WorkerSaid) -> None:
        self.refused += 1
        logger.warning(
            "message of a worker that does not hold the room is refused", type=said.message.type, worker=said.worker
        )


def _chosen(workers: list[WorkerLoad], full_at: float) -> str | None:
    """The less loaded of two picked at random, which keeps many rooms at once from running to the same one; None when all are
    full."""
    able = [report for report in workers if not report.draining and report.load < full_at]
    if not able:
        return None
    picked = random.sample(able, min(2, len(able)))
    return min(picked, key=lambda report: report.load).worker
