"""What the transcriber needs of an RTP packet: payload, timestamp, and the sender's audio level. No sockets, no state."""

import struct
from dataclasses import dataclass

from asr.errors import MalformedPacket

_HEADER = struct.Struct("!BBHII")
_EXTENSION = struct.Struct("!HH")
_ONE_BYTE_PROFILE = 0xBEDE
"""RFC 8285 section 4.2."""
_TWO_BYTE_PROFILE = 0x1000
"""RFC 8285 section 4.3; the lower four bits are free."""


@dataclass(frozen=True, slots=True)
class AudioPacket:
    """``timestamp`` 32 bits in the clock rate; ``level_dbov`` 0 (loudest) to −127 (RFC 6464), None when not sent."""

    timestamp: int
    payload: bytes
    level_dbov: int | None


def parse(rtp: bytes, audio_level_extension: int) -> AudioPacket:
    """``audio_level_extension`` is the header extension id, 0 for none. Raises `MalformedPacket`."""
    if len(rtp) < _HEADER.size or rtp[0] >> 6 != 2:
        raise MalformedPacket("no RTP version 2 header")
    first, _, _, timestamp, _ = _HEADER.unpack_from(rtp)
    start = _HEADER.size + 4 * (first & 0x0F)
    end = len(rtp)
    level: int | None = None
    if first & 0x10:
        if end < start + _EXTENSION.size:
            raise MalformedPacket("header extension cut off")
        profile, words = _EXTENSION.unpack_from(rtp, start)
        start += _EXTENSION.size
        if audio_level_extension:
            level = _level(profile, rtp[start : start + 4 * words], audio_level_extension)
        start += 4 * words
    if first & 0x20:
        end -= rtp[-1]
    if start > end:
        raise MalformedPacket("headers or padding longer than the packet")
    return AudioPacket(timestamp, rtp[start:end], level)


def _level(profile: int, elements: bytes, wanted: int) -> int | None:
    two_byte = profile & 0xFFF0 == _TWO_BYTE_PROFILE
    if not two_byte and profile != _ONE_BYTE_PROFILE:
        return None
    at = 0
    while at < len(elements):
        if elements[at] == 0:
            at += 1
            continue
        if two_byte:
            if at + 1 >= len(elements):
                return None
            identifier, length, at = elements[at], elements[at + 1], at + 2
        else:
            identifier, length, at = elements[at] >> 4, (elements[at] & 0x0F) + 1, at + 1
        if identifier == wanted and length and at < len(elements):
            return -(elements[at] & 0x7F)
        at += length
    return None
