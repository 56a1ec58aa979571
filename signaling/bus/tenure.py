"""A worker's side of placement: it says every second how loaded it is, renews its rooms' leases, and gives up those that were
given to somebody else.

While nobody can be asked, rooms are kept: media needs neither front nor Redis. Only a room without anybody is given up then: if
the front can still ask and has moved everybody, its recording must not be held here.
"""

import asyncio
import time
from typing import Protocol

import structlog

from signaling.bus.port import BusAway, Leases, WorkerLoad

logger = structlog.get_logger(__name__)

REPORT_EVERY_S = 1.0
JOIN_LOAD = 0.01
"""What somebody who just came will soon cost, until the measured load shows it."""
JOIN_COUNTS_S = 20.0
DRAINING_SEEN_S = 1.0
"""The front looks twice a second. It shall know that a worker ends before it finds rooms without one."""
EMPTY_KEPT_S = 10.0
"""How long a room without anybody is kept while nobody can be asked for its lease."""


class RoomKeeper(Protocol):
    """The hall, as its tenure sees it."""

    def leases(self) -> dict[str, int]:
        """The fencing token of each room."""

    def empty_rooms(self) -> set[str]:
        """Rooms in which nobody has a media connection."""

    def joins_since(self, monotonic_s: float) -> int:
        """How many have asked to receive since then."""

    async def give_up(self, room: str) -> None:
        """Somebody else holds the room now."""


class Tenure:
    """``run`` until cancelled; `drain` before the worker ends."""

    def __init__(self, worker: str, leases: Leases, keeper: RoomKeeper) -> None:
        self.worker = worker
        self._leases = leases
        self._keeper = keeper
        self._draining = False
        self._answered_s = time.monotonic()
        self._measured = time.monotonic(), time.process_time()
        self._share = 0.0

    async def run(self) -> None:
        while True:
            await self.report()
            await asyncio.sleep(REPORT_EVERY_S)

    async def report(self) -> None:
        """Once; `run` does it every second."""
        rooms = self._keeper.leases()
        try:
            # Leases first: after a halt, whoever holds nothing any more must know it before anything else.
            lost = await self._leases.renew(self.worker, rooms)
            await self._leases.report(WorkerLoad(self.worker, self._load(), len(rooms), self._draining))
        except BusAway:
            lost = self._keeper.empty_rooms() if time.monotonic() - self._answered_s > EMPTY_KEPT_S else set()
        else:
            self._answered_s = time.monotonic()
        for room in lost & self._keeper.leases().keys():
            logger.warning("room given up", room=room, lease=rooms.get(room))
            await self._keeper.give_up(room)

    async def drain(self) -> None:
        """No new rooms; those here are closed and may be opened elsewhere. `run` must have ended."""
        self._draining = True
        await self.report()
        if self._keeper.leases():
            await asyncio.sleep(DRAINING_SEEN_S)
        for room, token in self._keeper.leases().items():
            await self._keeper.give_up(room)
            await self._quietly(room, token)

    async def withdraw(self) -> None:
        """The last word."""
        try:
            await self._leases.withdraw(self.worker)
        except BusAway:
            return

    async def _quietly(self, room: str, token: int) -> None:
        try:
            await self._leases.release(room, token)
        except BusAway:
            return  # it runs out by itself

    def _load(self) -> float:
        now_s, spent_s = time.monotonic(), time.process_time()
        passed_s, used_s = now_s - self._measured[0], spent_s - self._measured[1]
        if passed_s >= REPORT_EVERY_S / 2:
            self._measured = now_s, spent_s
            self._share = used_s / passed_s
        return self._share + JOIN_LOAD * self._keeper.joins_since(now_s - JOIN_COUNTS_S)
