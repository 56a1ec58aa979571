"""Writing one track to Matroska (RFC 9559) so that a crash costs at most the cluster being written.

The segment has unknown size and no index; every cluster is complete by itself and written with one call. VP8 and Opus get
the DocType ``webm``, which is what browsers play through Media Source Extensions.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from recorder.opus import opus_head
from recorder.picture import VideoFormat

EBML = b"\x1a\x45\xdf\xa3"
SEGMENT = b"\x18\x53\x80\x67"
INFO = b"\x15\x49\xa9\x66"
TRACKS = b"\x16\x54\xae\x6b"
CLUSTER = b"\x1f\x43\xb6\x75"
TIMESTAMP = b"\xe7"
SIMPLE_BLOCK = b"\xa3"
UNKNOWN_SIZE = b"\x01" + b"\xff" * 7
APPLICATION = b"hearing recorder"
SEEK_PRE_ROLL_NS = 80_000_000
CODEC_IDS = {"opus": b"A_OPUS", "VP8": b"V_VP8", "H264": b"V_MPEG4/ISO/AVC"}


@dataclass(frozen=True, slots=True)
class Block:
    """``at_ms`` after the beginning of the segment file."""

    at_ms: int
    data: bytes
    keyframe: bool


def size_bytes(value: int) -> bytes:
    """A data size of the fewest bytes (RFC 8794 section 4); all ones are kept for unknown sizes."""
    length = 1
    while value >= (1 << 7 * length) - 1:
        length += 1
    return (value | 1 << 7 * length).to_bytes(length)


def element(identity: bytes, body: bytes) -> bytes:
    return identity + size_bytes(len(body)) + body


def _unsigned(identity: bytes, value: int) -> bytes:
    return element(identity, value.to_bytes(max(1, (value.bit_length() + 7) // 8)))


def audio_header(channels: int, uid: int) -> bytes:
    """Everything before the first cluster of an Opus segment."""
    sound = element(
        b"\xe1", element(b"\xb5", struct.pack("!d", 48_000.0)) + _unsigned(b"\x9f", channels)
    )  # SamplingFrequency, Channels
    entry = _unsigned(b"\x56\xaa", 0) + _unsigned(b"\x56\xbb", SEEK_PRE_ROLL_NS) + sound  # CodecDelay, SeekPreRoll
    return _header("opus", 2, uid, opus_head(channels), entry)


def video_header(codec: str, picture: VideoFormat, uid: int) -> bytes:
    """Everything before the first cluster of a VP8 or H.264 segment."""
    entry = element(b"\xe0", _unsigned(b"\xb0", picture.width) + _unsigned(b"\xba", picture.height))
    return _header(codec, 1, uid, picture.private, entry)


def _header(codec: str, track_type: int, uid: int, private: bytes, entry: bytes) -> bytes:
    document = b"webm" if codec in ("opus", "VP8") else b"matroska"
    ebml = (
        _unsigned(b"\x42\x86", 1)  # EBMLVersion
        + _unsigned(b"\x42\xf7", 1)  # EBMLReadVersion
        + _unsigned(b"\x42\xf2", 4)  # EBMLMaxIDLength
        + _unsigned(b"\x42\xf3", 8)  # EBMLMaxSizeLength
        + element(b"\x42\x82", document)  # DocType
        + _unsigned(b"\x42\x87", 4)  # DocTypeVersion
        + _unsigned(b"\x42\x85", 2)  # DocTypeReadVersion
    )
    info = (
        _unsigned(b"\x2a\xd7\xb1", 1_000_000)  # TimestampScale: milliseconds
        + element(b"\x4d\x80", APPLICATION)
        + element(b"\x57\x41", APPLICATION)
    )
    track = (
        _unsigned(b"\xd7", 1)  # TrackNumber
        + _unsigned(b"\x73\xc5", uid)  # TrackUID
        + _unsigned(b"\x83", track_type)
        + _unsigned(b"\x9c", 0)  # FlagLacing
        + element(b"\x86", CODEC_IDS[codec])
        + (element(b"\x63\xa2", private) if private else b"")
        + entry
    )
    tracks = element(TRACKS, element(b"\xae", track))
    return element(EBML, ebml) + SEGMENT + UNKNOWN_SIZE + element(INFO, info) + tracks


def cluster(blocks: Sequence[Block]) -> bytes:
    """One cluster of at least one block; times may lie up to 32 s behind the first (RFC 9559 section 10)."""
    base = blocks[0].at_ms
    parts = [_unsigned(TIMESTAMP, base)]
    for block in blocks:
        head = struct.pack("!BhB", 0x81, block.at_ms - base, 0x80 if block.keyframe else 0)
        parts.append(SIMPLE_BLOCK + size_bytes(len(head) + len(block.data)) + head + block.data)
    return element(CLUSTER, b"".join(parts))
