"""What the court needs of the world around it. The composition root hands in the real ones.

The database is no port: ``storage`` holds plain queries that read the same on SQLite and PostgreSQL.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from signaling.protocol.worker import OpenRoom, RoomLost, WorkerCommand, WorkerLost, WorkerSaid


class MediaRooms(Protocol):
    """The rooms, on whichever workers they are."""

    async def open_room(self, command: OpenRoom) -> bool:
        """On the worker that has it, or on one that can take it. False when none can."""

    async def send(self, command: WorkerCommand) -> None:
        """Hand a command to the worker that holds its room; commands of one room keep their order. Void when none does."""

    async def acknowledge(self, worker: str, fact: str) -> None:
        """The fact is committed."""

    def worker_of(self, room: str) -> str | None:
        """Who holds it now."""


class JobRunner(Protocol):
    """Durable work that outlives this process."""

    async def enqueue_composite(self, hearing: str) -> None:
        """Render the combined video of a closed hearing. Asking twice for the same hearing makes one job."""

    async def enqueue_seal(self, hearing: str) -> None:
        """Seal the record of a closed hearing, with what came since the last time. Asking twice before it is begun makes one job."""


class Clock(Protocol):
    """UTC in milliseconds, and waiting for a moment of it."""

    def now_ms(self) -> int: ...

    async def wait_until(self, at_ms: int) -> None:
        """Return at ``at_ms`` or later."""


@dataclass(frozen=True, slots=True)
class SessionClaims:
    """What a verified session token says: who may say hello, in which hearing."""

    hearing: str
    participant: str
    expires_at_ms: int
    kiosk: str | None = None
    """The device, when the seat was taken at a kiosk."""
    staff: str | None = None
    """The account, when the seat was taken by a signed-in member of staff."""


class SessionTokens(Protocol):
    """The keeper of session tokens."""

    async def verify(self, token: str) -> SessionClaims:
        """Raises ``TokenInvalid``, ``TokenExpired`` or ``TokenRevoked`` of ``court.credentials``."""


class WorkerMessages(Protocol):
    """What workers say, and what becomes of them."""

    def messages(self) -> AsyncIterator[WorkerSaid | RoomLost | WorkerLost]:
        """In order per worker; ends when the bus closes."""
