"""The fixed part of an RTP packet (RFC 3550 section 5.1), as far as a recorder needs it."""

import struct
from dataclasses import dataclass

_FIXED = struct.Struct("!BBHII")


@dataclass(frozen=True, slots=True)
class MediaPacket:
    """One packet of a track.

    ``sequence`` is extended by its wrap-arounds, ``rtp`` the unwrapped RTP timestamp, ``arrival_us`` monotonic. ``payload`` is None
    when the packet could not be parsed, and empty when it carried padding only.
    """

    sequence: int
    rtp: int
    arrival_us: int
    marker: bool
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class RtpFields:
    timestamp: int
    marker: bool
    payload: bytes


def parse_rtp(data: bytes) -> RtpFields | None:
    """None when the bytes are not an RTP packet of version 2."""
    if len(data) < _FIXED.size:
        return None
    first, second, _, timestamp, _ = _FIXED.unpack_from(data)
    if first >> 6 != 2:
        return None
    start = _FIXED.size + 4 * (first & 0x0F)
    end = len(data)
    if first & 0x10:
        if start + 4 > end:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4])
    if first & 0x20:
        end -= data[-1]
    if start > end:
        return None
    return RtpFields(timestamp, bool(second & 0x80), data[start:end])
