"""What front and workers need of a bus, and of the leases that say who holds which room. The twins (`memory`, `redis_bus` and
`redis_leases`) pass one contract suite.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from signaling.protocol.facts import WorkerFact
from signaling.protocol.worker import WorkerCommand, WorkerNotice, WorkerSaid


class BusAway(Exception):
    """The server in the middle does not answer; nothing is known of what it would have said."""


class FrontBus(Protocol):
    """The front's end."""

    async def send(self, worker: str, command: WorkerCommand) -> None:
        """What is sent to one worker keeps its order, and waits where it is while the bus is away."""

    def messages(self) -> AsyncIterator[WorkerSaid]:
        """Everything workers say, in order per worker; ends after `close`."""

    async def close(self) -> None:
        """`messages` ends after what was already said."""


class WorkerBus(Protocol):
    """A worker's end."""

    async def publish(self, message: WorkerNotice | WorkerFact) -> None:
        """Tell the front. What is worth nothing a moment later may be left out while the bus is away."""

    @property
    def away(self) -> bool:
        """Nothing gets through at the moment; what is published waits."""

    def commands(self) -> AsyncIterator[WorkerCommand]:
        """Commands for this worker, in order; ends after `close`."""

    async def close(self) -> None:
        """`commands` ends after what was already sent; publishing goes on."""


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """What a worker says of itself every second."""

    worker: str
    load: float
    """Share of one processor, and what those who just came will soon take of it."""
    rooms: int
    draining: bool = False
    """It ends, and takes no more rooms."""


@dataclass(frozen=True, slots=True)
class Lease:
    """``worker`` holds ``room``. The fencing token is the moment it was given, in UTC milliseconds, made greater than every
    token of the room before it."""

    room: str
    worker: str
    token: int


class Leases(Protocol):
    """Every method raises `BusAway`."""

    async def report(self, load: WorkerLoad) -> None:
        """The worker is alive, for a few seconds."""

    async def withdraw(self, worker: str) -> None:
        """The worker ends."""

    async def workers(self) -> list[WorkerLoad]:
        """Those who have reported in the last few seconds."""

    async def grant(self, room: str, worker: str) -> Lease:
        """To this worker; when another lease of the room is still good, that one."""

    async def renew(self, worker: str, rooms: Mapping[str, int]) -> set[str]:
        """Keep the rooms, by their tokens. Returns those that have been given to somebody else. A lease that has run out and that
        nobody was given since is taken up again."""

    async def release(self, room: str, token: int) -> None:
        """Nobody holds the room any more, if it was held under this token."""

    async def held(self, rooms: Collection[str]) -> dict[str, Lease]:
        """The leases that are good now."""
