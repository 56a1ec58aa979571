"""The codecs that are forwarded, and how a packet shows that a decoder can start with it."""

from enum import StrEnum


class Codec(StrEnum):
    """Named as in SDP (``rtpmap``)."""

    OPUS = "opus"
    """RFC 7587, 48 kHz, two channels in the SDP whatever is sent."""
    VP8 = "VP8"
    """RFC 7741."""
    H264 = "H264"
    """RFC 6184, constrained baseline (``42e0xx``), packetization mode 1."""

    @property
    def kind(self) -> str:
        return "audio" if self is Codec.OPUS else "video"

    @property
    def clock_rate_hz(self) -> int:
        return 48_000 if self is Codec.OPUS else 90_000

    @property
    def channels(self) -> int:
        """0 for video."""
        return 2 if self is Codec.OPUS else 0


def payload_offset(packet: bytes) -> int:
    """Length of the RTP header with CSRCs and extension (RFC 3550 section 5.1); may lie beyond a malformed packet."""
    offset = 12 + 4 * (packet[0] & 15)
    if packet[0] & 0x10:
        if len(packet) < offset + 4:
            return len(packet)
        offset += 4 + 4 * (packet[offset + 2] << 8 | packet[offset + 3])
    return offset


def starts_keyframe(codec: Codec, packet: bytes) -> bool:
    """Whether ``packet`` (plain RTP) is the first of a picture that needs no earlier one. Audio always can start."""
    match codec:
        case Codec.OPUS:
            return True
        case Codec.VP8:
            return _starts_vp8_keyframe(packet, payload_offset(packet))
        case Codec.H264:
            return _starts_h264_keyframe(packet, payload_offset(packet))


def picture_size(codec: Codec, packet: bytes) -> tuple[int, int] | None:
    """(width, height) in pixels, from the first packet of a VP8 keyframe (RFC 6386 section 9.1); None for anything else."""
    at = _vp8_frame(packet, payload_offset(packet)) if codec is Codec.VP8 else len(packet)
    if len(packet) < at + 10 or packet[at] & 1 or packet[at + 3 : at + 6] != b"\x9d\x01\x2a":
        return None
    return (packet[at + 6] | packet[at + 7] << 8) & 0x3FFF, (packet[at + 8] | packet[at + 9] << 8) & 0x3FFF


def _starts_vp8_keyframe(packet: bytes, at: int) -> bool:
    """The inverse key frame flag is 0."""
    at = _vp8_frame(packet, at)
    return at < len(packet) and not packet[at] & 1


def _vp8_frame(packet: bytes, at: int) -> int:
    """Where the frame begins in the first packet of a picture's first partition (RFC 7741 section 4.2); the end if it is no such packet."""
    size = len(packet)
    if at >= size or packet[at] & 0x1F != 0x10:
        return size
    extended, at = packet[at] & 0x80, at + 1
    if extended:
        if at >= size:
            return size
        fields, at = packet[at], at + 1
        if fields & 0x80:
            if at >= size:
                return size
            at += 2 if packet[at] & 0x80 else 1
        at += bool(fields & 0x40) + bool(fields & 0x30)
    return min(at, size)


_SPS, _STAP_A = 7, 24


def _starts_h264_keyframe(packet: bytes, at: int) -> bool:
    """An IDR picture of a browser is preceded by its parameter sets, alone or in one aggregation packet (STAP-A)."""
    if at >= len(packet):
        return False
    unit = packet[at] & 31
    if unit != _STAP_A:
        return unit == _SPS
    at += 1
    while at + 2 < len(packet):
        if packet[at + 2] & 31 == _SPS:
            return True
        at += 2 + (packet[at] << 8 | packet[at + 1])
    return False
