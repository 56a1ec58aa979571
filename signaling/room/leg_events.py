"""What legs report, queued for the room's task: media calls from the middle of the network's work, the room acts in its own turn."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from signaling.media.leg import Leg
from signaling.media.observer import LegCloseCause, LegEvidence
from signaling.media.source import Source


@dataclass(frozen=True, slots=True)
class LegConnected:
    leg: Leg


@dataclass(frozen=True, slots=True)
class LegClosed:
    leg: Leg
    cause: LegCloseCause
    evidence: LegEvidence


@dataclass(frozen=True, slots=True)
class SourceStarted:
    source: Source


@dataclass(frozen=True, slots=True)
class SourceEnded:
    source: Source


LegEvent = LegConnected | LegClosed | SourceStarted | SourceEnded


class LegEvents:
    """`LegObserver` of one room."""

    def __init__(self) -> None:
        # Not bounded by a number but by what there is: a leg says at most "connected" and "closed", and its sources are few.
        self._queue: asyncio.Queue[LegEvent] = asyncio.Queue()

    def leg_connected(self, leg: Leg) -> None:
        self._queue.put_nowait(LegConnected(leg))

    def leg_closed(self, leg: Leg, cause: LegCloseCause, evidence: LegEvidence) -> None:
        self._queue.put_nowait(LegClosed(leg, cause, evidence))

    def source_started(self, leg: Leg, source: Source) -> None:
        self._queue.put_nowait(SourceStarted(source))

    def source_ended(self, leg: Leg, source: Source) -> None:
        self._queue.put_nowait(SourceEnded(source))

    async def next(self) -> LegEvent:
        return await self._queue.get()

    def rest(self) -> Iterator[LegEvent]:
        """Everything reported so far, without waiting."""
        while not self._queue.empty():
            yield self._queue.get_nowait()
