"""Reading of transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1): when a browser received what was
numbered for it. The server numbers only its probes."""

import struct
from dataclasses import dataclass

MAX_STATUSES = 4_000
"""More is an attack: that many probes are not sent between two reports."""
TICK_US = 250
REFERENCE_US = 64_000

_HEAD = struct.Struct("!IIHHI")
_SMALL, _LARGE = 1, 2


@dataclass(frozen=True, slots=True)
class TransportArrivals:
    """``arrivals_us[n]``: when the packet with transport sequence ``first`` + n (16 bits) came, on the receiver's clock; None: not yet."""

    first: int
    arrivals_us: tuple[int | None, ...]


def read_transport_arrivals(body: bytes) -> TransportArrivals | None:
    """``body``: the packet without its RTCP header. None if it is malformed."""
    if len(body) < _HEAD.size:
        return None
    _, _, first, count, word = _HEAD.unpack_from(body)
    symbols, at = _symbols(body, min(count, MAX_STATUSES))
    if count > MAX_STATUSES or len(symbols) < count:
        return None
    now_us = (word >> 8) * REFERENCE_US
    arrivals: list[int | None] = []
    for symbol in symbols:
        width = symbol if symbol in (_SMALL, _LARGE) else 0
        if at + width > len(body):
            return None
        if width:
            now_us += int.from_bytes(body[at : at + width], "big", signed=width == _LARGE) * TICK_US
            at += width
        arrivals.append(now_us if width else None)
    return TransportArrivals(first, tuple(arrivals))


def _symbols(body: bytes, count: int) -> tuple[list[int], int]:
    """The first ``count`` packet statuses, fewer if the packet ends before, and where the chunks end."""
    symbols: list[int] = []
    at = _HEAD.size
    while len(symbols) < count and at + 2 <= len(body):
        chunk = body[at] << 8 | body[at + 1]
        at += 2
        if not chunk & 0x8000:
            symbols += [chunk >> 13 & 3] * min(chunk & 0x1FFF, count - len(symbols))
        elif chunk & 0x4000:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    return symbols[:count], at
