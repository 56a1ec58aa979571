"""Opus packets (RFC 6716) and the header Matroska keeps for them (RFC 7845 section 5.1)."""

import struct

RATE_HZ = 48_000
_SILK_MS = (10.0, 20.0, 40.0, 60.0)
_HYBRID_MS = (10.0, 20.0)
_CELT_MS = (2.5, 5.0, 10.0, 20.0)


def opus_head(channels: int) -> bytes:
    """Identification header. Pre-skip is 0: a segment may begin in mid-stream, where nothing has to be skipped."""
    return b"OpusHead" + struct.pack("<BBHIhB", 1, channels, 0, RATE_HZ, 0, 0)


def duration_samples(packet: bytes) -> int:
    """How long the packet sounds, in samples of 48 kHz, from its TOC byte (RFC 6716 section 3.1)."""
    if not packet:
        return 0
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame_ms = _SILK_MS[config & 3]
    elif config < 16:
        frame_ms = _HYBRID_MS[config & 1]
    else:
        frame_ms = _CELT_MS[config & 3]
    frames = 1 if code == 0 else 2 if code < 3 else packet[1] & 0x3F if len(packet) > 1 else 0
    return round(frame_ms * RATE_HZ / 1000) * frames
