"""Puts the packets of one track into order, and says which never came. No clock of its own: times are those of the packets."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from recorder.rtp import MediaPacket

BUFFER_LIMIT_PACKETS = 2048
"""Packets held behind a hole; when more come, the hole is given up early."""
REMEMBERED_LOSSES = 4096


@dataclass(frozen=True, slots=True)
class Hole:
    """``count`` packets from ``first`` on did not come in time; ``before`` is the packet that follows."""

    first: int
    count: int
    before: MediaPacket


class Misfit(Enum):
    """Why a packet is not passed on."""

    DUPLICATE = auto()
    """The same sequence number was passed on before, or lies before the beginning."""
    LATE = auto()
    """Its place was already reported as a hole."""


class ReorderWindow:
    """Waits ``window_us`` for a missing packet, counted from the arrival of the first packet behind it."""

    def __init__(self, window_us: int) -> None:
        self._window_us = window_us
        self._waiting: dict[int, MediaPacket] = {}
        self._expected: int | None = None
        self._newest_us = 0
        self._floor = -1
        # Only tells late from duplicate; the oldest entry is forgotten when it is full.
        self._lost: OrderedDict[int, None] = OrderedDict()

    @property
    def consumed(self) -> int | None:
        """Last sequence number that was passed on or given up."""
        return None if self._expected is None else self._expected - 1

    def begin(self, expected: int | None, floor: int = -1) -> None:
        """Start anew: at ``expected``, or at whatever comes first above ``floor``."""
        self._waiting.clear()
        self._lost.clear()
        self._expected = expected
        self._floor = floor

    def put(self, packet: MediaPacket) -> Misfit | None:
        """Takes a packet in; `ready` then gives what is in order."""
        if self._expected is None:
            if packet.sequence <= self._floor:
                return Misfit.DUPLICATE
            self._expected = packet.sequence
        self._newest_us = max(self._newest_us, packet.arrival_us)
        if packet.sequence in self._waiting:
            return Misfit.DUPLICATE
        if packet.sequence < self._expected:
            if packet.sequence in self._lost:
                del self._lost[packet.sequence]
                return Misfit.LATE
            return Misfit.DUPLICATE
        self._waiting[packet.sequence] = packet
        return None

    def ready(self, now_us: int = 0, give_up: bool = False) -> Iterator[MediaPacket | Hole]:
        """Everything that is in order by now. ``now_us`` may lie ahead of the newest packet; ``give_up`` waits for nothing."""
        newest_us = max(now_us, self._newest_us)
        while self._waiting and self._expected is not None:
            packet = self._waiting.pop(self._expected, None)
            if packet is None:
                following = self._waiting[min(self._waiting)]
                full = len(self._waiting) > BUFFER_LIMIT_PACKETS
                if not (give_up or full or newest_us - following.arrival_us >= self._window_us):
                    return
                hole = Hole(self._expected, following.sequence - self._expected, following)
                self._remember(hole)
                self._expected = following.sequence
                yield hole
            else:
                self._expected += 1
                yield packet

    def _remember(self, hole: Hole) -> None:
        last = hole.first + hole.count
        for sequence in range(max(hole.first, last - REMEMBERED_LOSSES), last):
            self._lost[sequence] = None
        while len(self._lost) > REMEMBERED_LOSSES:
            self._lost.popitem(last=False)
