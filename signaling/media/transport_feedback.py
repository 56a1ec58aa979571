"""Transport-wide congestion control feedback: when each packet of a publisher arrived, so that it can pace itself.

Format: draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1. Arrivals are noted before duplicates are dropped and also for
retransmissions: congestion control counts packets on the wire, not media.
"""

import struct
from collections.abc import Callable
from operator import sub

from signaling.media.rtcp import SERVER_SSRC

TICK_NS = 250_000
REFERENCE_NS = 64_000_000
MAX_STATUSES = 400
"""Per feedback packet; keeps it under 1,200 bytes."""
MAX_GAP = 2_000
"""After a longer silence of the numbering the feedback begins anew instead of reporting everything between as lost."""
MAX_SPAN = 4_000
"""Numbers told of at one time. A sender that numbers its packets across half the circle would have us tell of all that lies between."""

_NOT_RECEIVED, _SMALL, _LARGE = 0, 1, 2
_HEAD = struct.Struct("!BBHIIHHI")


Arrival = tuple[int, int]
"""(transport sequence, arrival in monotonic nanoseconds)."""
InOrder = Callable[[list[Arrival]], tuple[int, bytes] | None]


def in_order(arrivals: list[Arrival]) -> tuple[int, bytes] | None:
    """(reference time in `REFERENCE_NS`, a byte of `TICK_NS` for each since the one before) if numbers go on and times fit."""
    first = arrivals[0][0]
    if [number for number, _ in arrivals] != list(range(first, first + len(arrivals))):
        return None
    ticks = [arrival // TICK_NS for _, arrival in arrivals]
    reference = arrivals[0][1] // REFERENCE_NS
    deltas = list(map(sub, ticks, (reference * (REFERENCE_NS // TICK_NS), *ticks)))
    return (reference, bytes(deltas)) if min(deltas) >= 0 and max(deltas) <= 0xFF else None


class TransportFeedback:
    """``arrivals`` is filled for each packet; ``packets`` every 100 ms gives the RTCP to send."""

    def __init__(self, in_order: InOrder = in_order) -> None:
        self.arrivals: list[Arrival] = []
        """Appended to directly on the hot path, emptied each tick."""
        self._in_order = in_order
        self._next: int | None = None
        self._count = 0

    def packets(self, media_ssrc: int) -> list[bytes]:
        if not self.arrivals:
            return []
        usual = self._usual(media_ssrc)
        if usual is not None:
            self.arrivals.clear()
            return [usual]
        arrivals, first, last = self._unwrapped()
        self.arrivals.clear()
        self._next = last + 1
        packets: list[bytes] = []
        while first <= last:
            packet, first = self._packet(media_ssrc, arrivals, first, last)
            packets.append(packet)
        return packets

    def _usual(self, media_ssrc: int) -> bytes | None:
        """The one packet when all numbers came in order, no two of them 64 ms apart: as `_packet` makes it, at a fraction of the cost."""
        first, count = self.arrivals[0][0], len(self.arrivals)
        goes_on = self._next is None or self._next & 0xFFFF == first
        told = self._in_order(self.arrivals) if goes_on and count <= MAX_STATUSES else None
        if told is None:
            return None
        reference, deltas = told
        self._next = (first + 0x10000 if self._next is None else self._next) + count
        return self._framed(media_ssrc, first, count, reference, struct.pack("!H", _SMALL << 13 | count) + deltas)

    def _unwrapped(self) -> tuple[dict[int, int], int, int]:
        """Arrivals by unwrapped number, and the first and last number to report. Numbers grow without bound."""
        expected = self.arrivals[0][0] + 0x10000 if self._next is None else self._next
        arrivals: dict[int, int] = {}
        for sequence, arrival in self.arrivals:
            arrivals.setdefault(expected + ((sequence - expected + 0x8000) & 0xFFFF) - 0x8000, arrival)
        lowest, last = min(arrivals), max(arrivals)
        first = min(expected, lowest)
        return arrivals, max(lowest if last - first > MAX_GAP else first, last - MAX_SPAN), last

    def _packet(self, media_ssrc: int, arrivals: dict[int, int], first: int, last: int) -> tuple[bytes, int]:
        """One feedback packet starting at ``first``, and where the next has to start."""
        end = min(last + 1, first + MAX_STATUSES)
        start_ns = next(arrivals[n] for n in range(first, last + 1) if n in arrivals)
        reference = start_ns // REFERENCE_NS
        previous = reference * (REFERENCE_NS // TICK_NS)
        symbols: list[int] = []
        deltas = bytearray()
        for number in range(first, end):
            arrival = arrivals.get(number)
            if arrival is None:
                symbols.append(_NOT_RECEIVED)
                continue
            delta = arrival // TICK_NS - previous
            if not -0x8000 <= delta <= 0x7FFF:
                break  # does not fit 16 bits: the next packet brings its own reference time
            previous += delta
            small = 0 <= delta <= 0xFF
            symbols.append(_SMALL if small else _LARGE)
            deltas += bytes((delta,)) if small else struct.pack("!h", delta)
        body = _chunks(symbols) + bytes(deltas)
        return self._framed(media_ssrc, first, len(symbols), reference, body), first + len(symbols)

    def _framed(self, media_ssrc: int, first: int, count: int, reference: int, body: bytes) -> bytes:
        """``body``: chunks and deltas of ``count`` statuses."""
        padding = -len(body) % 4
        if padding:
            body += bytes(padding - 1) + bytes((padding,))
        words = (_HEAD.size + len(body)) // 4 - 1
        head = _HEAD.pack(
            0x80 | (0x20 if padding else 0) | 15,
            205,
            words,
            SERVER_SSRC,
            media_ssrc,
            first & 0xFFFF,
            count,
            (reference & 0xFFFFFF) << 8 | self._count,
        )
        self._count = (self._count + 1) & 0xFF
        return head + body


def _chunks(symbols: list[int]) -> bytes:
    """Run-length chunks for long runs, two-bit status vectors of seven otherwise (sections 3.1.3 and 3.1.4)."""
    chunks = bytearray()
    at = 0
    while at < len(symbols):
        run = at
        while run < len(symbols) and symbols[run] == symbols[at]:
            run += 1
        if run - at >= 7 or run == len(symbols):
            chunks += struct.pack("!H", symbols[at] << 13 | run - at)
            at = run
            continue
        vector = 0xC000
        for place, symbol in enumerate(symbols[at : at + 7]):
            vector |= symbol << (12 - 2 * place)
        chunks += struct.pack("!H", vector)
        at += 7
    return bytes(chunks)
