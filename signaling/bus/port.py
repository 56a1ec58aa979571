"""What front and worker need of a bus. The twins (`memory`, Redis) pass one contract suite."""

from collections.abc import AsyncIterator
from typing import Protocol

from signaling.protocol.facts import WorkerFact
from signaling.protocol.worker import WorkerCommand, WorkerNotice


class FrontBus(Protocol):
    """The front's end."""

    async def send(self, command: WorkerCommand) -> None:
        """Hand a command to the worker that holds its room; commands of one room keep their order."""

    def messages(self) -> AsyncIterator[WorkerNotice | WorkerFact]:
        """Everything workers say, in order per worker; ends when the bus closes."""


class WorkerBus(Protocol):
    """A worker's end."""

    async def publish(self, message: WorkerNotice | WorkerFact) -> None:
        """Tell the front."""

    def commands(self) -> AsyncIterator[WorkerCommand]:
        """Commands for this worker's rooms, in order; ends when the bus closes."""
