"""The byte stream from a worker to a sink process (recorder, transcriber), and the JSON lines that come back.

A frame is ``length (u32, of what follows) · kind (u8) · body``, all integers big-endian. Packets are plain RTP as received, header
extensions included; times are the machine's monotonic clock in microseconds, which worker and sinks share.

Standard library only: both ends import this file and nothing else of the other.
"""

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

MAX_FRAME_BYTES = 4 * 1024 * 1024

_HEAD = struct.Struct("!IB")
_TRACK = struct.Struct("!I")
_PACKET = struct.Struct("!QQH")
_SENDER_REPORT = struct.Struct("!IQQI")


class FrameKind(IntEnum):
    """First byte of a frame."""

    CONTROL = 1
    """A JSON object with a ``type``; see the control classes of the sinks."""
    PACKETS = 2
    """Packets of one track in order of arrival."""
    SENDER_REPORT = 3
    """NTP and RTP time of the sender at one instant (RFC 3550 section 6.4.1)."""


class SinkStreamError(Exception):
    """The stream is not one of frames; the process that reads it cannot go on."""


@dataclass(frozen=True, slots=True)
class TrackPacket:
    """``arrival_us`` monotonic microseconds; ``sequence`` the RTP sequence number extended by its wrap-arounds."""

    arrival_us: int
    sequence: int
    rtp: bytes


@dataclass(frozen=True, slots=True)
class PacketBatch:
    track: int
    packets: tuple[TrackPacket, ...]


@dataclass(frozen=True, slots=True)
class SenderReport:
    """``ntp`` is 64 bits, seconds since 1900 in the upper half; ``rtp`` is 32 bits in the track's clock rate."""

    track: int
    arrival_us: int
    ntp: int
    rtp: int


Control = dict[str, Any]
Frame = Control | PacketBatch | SenderReport


def encode_control(message: Control) -> bytes:
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return _HEAD.pack(len(body) + 1, FrameKind.CONTROL) + body


def encode_packets(track: int, packets: Iterable[tuple[int, int, bytes]]) -> bytes:
    """``packets``: (arrival_us, extended sequence number, plain RTP) each."""
    parts = [_TRACK.pack(track)]
    for arrival_us, sequence, rtp in packets:
        parts.append(_PACKET.pack(arrival_us, sequence, len(rtp)))
        parts.append(rtp)
    body = b"".join(parts)
    return _HEAD.pack(len(body) + 1, FrameKind.PACKETS) + body


def encode_sender_report(track: int, arrival_us: int, ntp: int, rtp: int) -> bytes:
    body = _SENDER_REPORT.pack(track, arrival_us, ntp, rtp)
    return _HEAD.pack(len(body) + 1, FrameKind.SENDER_REPORT) + body


class FrameReader:
    """Turns chunks of bytes into frames; a chunk may end anywhere."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """Yields every frame that is complete now. Raises `SinkStreamError` on a length, kind or content that cannot be."""
        self._buffer += chunk
        offset = 0
        size = len(self._buffer)
        while size - offset >= _HEAD.size:
            length, kind = _HEAD.unpack_from(self._buffer, offset)
            if not 1 <= length <= MAX_FRAME_BYTES:
                raise SinkStreamError(f"frame of {length} bytes")
            if size - offset < 4 + length:
                break
            body = bytes(memoryview(self._buffer)[offset + _HEAD.size : offset + 4 + length])
            offset += 4 + length
            try:
                frame = _decode(kind, body)
            except (ValueError, RecursionError, struct.error) as error:
                raise SinkStreamError("a frame is not what its kind says") from error
            yield frame
        del self._buffer[:offset]


def _decode(kind: int, body: bytes) -> Frame:
    match kind:
        case FrameKind.CONTROL:
            message = json.loads(body)
            if not isinstance(message, dict):
                raise SinkStreamError("a control frame is not a JSON object")
            return message
        case FrameKind.PACKETS:
            (track,) = _TRACK.unpack_from(body)
            return PacketBatch(track, tuple(_packets(body, _TRACK.size)))
        case FrameKind.SENDER_REPORT:
            return SenderReport(*_SENDER_REPORT.unpack(body))
        case _:
            raise SinkStreamError(f"unknown frame kind {kind}")


def _packets(body: bytes, offset: int) -> Iterator[TrackPacket]:
    while offset < len(body):
        arrival_us, sequence, length = _PACKET.unpack_from(body, offset)
        offset += _PACKET.size
        if offset + length > len(body):
            raise SinkStreamError("a packet runs past the end of its frame")
        yield TrackPacket(arrival_us, sequence, body[offset : offset + length])
        offset += length
