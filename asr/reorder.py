"""Puts packets of one track back in order, waiting a little for the late ones."""

from signaling.sink_stream.frames import TrackPacket

WINDOW_US = 80_000
MAX_HELD = 32
"""Packets kept while one is missing; with more than this the missing one is given up at once."""


class ReorderWindow:
    """Hands packets on in sequence; one that stays away for the window is given up and comes too late afterwards."""

    def __init__(self, window_us: int = WINDOW_US) -> None:
        self._window_us = window_us
        self._next: int | None = None
        self._held: dict[int, TrackPacket] = {}

    def push(self, packet: TrackPacket) -> list[TrackPacket]:
        """The packets that can go on now, in order. Duplicates and those too late are dropped."""
        if self._next is None:
            self._next = packet.sequence
        if packet.sequence < self._next or packet.sequence in self._held:
            return []
        self._held[packet.sequence] = packet
        released = self._in_order()
        while self._held and self._waited_enough(packet.arrival_us):
            self._next = min(self._held)
            released += self._in_order()
        return released

    def flush(self) -> list[TrackPacket]:
        """Everything that is held, in order; what is missing is given up."""
        released = [self._held[sequence] for sequence in sorted(self._held)]
        self._held.clear()
        if released:
            self._next = released[-1].sequence + 1
        return released

    def _waited_enough(self, now_us: int) -> bool:
        earliest = min(packet.arrival_us for packet in self._held.values())
        return now_us - earliest >= self._window_us or len(self._held) > MAX_HELD

    def _in_order(self) -> list[TrackPacket]:
        released = []
        while self._next is not None and self._next in self._held:
            released.append(self._held.pop(self._next))
            self._next += 1
        return released
