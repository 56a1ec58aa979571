"""H.264 over RTP (RFC 6184, packetization modes 0 and 1) to length-prefixed NAL units, as Matroska and MP4 hold them."""

import struct

from recorder.h264_parameters import picture_size
from recorder.picture import DepacketiseError, Picture, VideoFormat

SLICE, IDR, SPS, PPS, DELIMITER = 1, 5, 7, 8, 9
STAP_A, FU_A = 24, 28


class H264Depacketiser:
    def __init__(self, known: VideoFormat | None = None) -> None:
        self.format = known
        self._sps: bytes | None = None
        self._pps: bytes | None = None

    def begins_picture(self, payload: bytes) -> bool:
        """A parameter set, a delimiter, or a slice whose ``first_mb_in_slice`` is 0 (a leading 1 bit, H.264 section 7.3.3)."""
        kind = payload[0] & 0x1F if payload else 0
        if kind == STAP_A and len(payload) > 3:
            return self.begins_picture(payload[3:])
        if kind == FU_A and len(payload) > 2:
            return bool(payload[1] & 0x80) and payload[1] & 0x1F in (SLICE, IDR) and bool(payload[2] & 0x80)
        return kind in (SPS, PPS, DELIMITER) or (kind in (SLICE, IDR) and len(payload) > 1 and bool(payload[1] & 0x80))

    def picture(self, payloads: list[bytes]) -> Picture:
        units = _nal_units(payloads)
        keyframe = False
        for unit in units:
            kind = unit[0] & 0x1F
            keyframe = keyframe or kind == IDR
            if kind == SPS:
                self._sps = unit
            elif kind == PPS:
                self._pps = unit
        if not any(unit[0] & 0x1F in range(SLICE, IDR + 1) for unit in units):
            raise DepacketiseError("no slice in this picture")
        if keyframe and self._sps and self._pps:
            width, height = picture_size(self._sps)
            self.format = VideoFormat(width, height, _decoder_configuration(self._sps, self._pps))
        return Picture(b"".join(struct.pack("!I", len(unit)) + unit for unit in units), keyframe)


def _nal_units(payloads: list[bytes]) -> list[bytes]:
    units: list[bytes] = []
    fragment: bytearray | None = None
    for payload in payloads:
        if not payload:
            raise DepacketiseError("an H.264 payload without a byte")
        kind = payload[0] & 0x1F
        if kind == FU_A:
            fragment = _append_fragment(fragment, payload)
            if payload[1] & 0x40:
                units.append(bytes(fragment))
                fragment = None
        elif fragment is not None:
            raise DepacketiseError("a fragmented NAL unit has no end")
        elif kind == STAP_A:
            units += _aggregated(payload)
        elif 1 <= kind <= 23:
            units.append(payload)
        else:
            raise DepacketiseError(f"NAL unit type {kind} is not used in packetization mode 1")
    if fragment is not None:
        raise DepacketiseError("a fragmented NAL unit has no end")
    return units


def _append_fragment(fragment: bytearray | None, payload: bytes) -> bytearray:
    """FU-A (RFC 6184 section 5.8): the NAL header is split between indicator and FU header."""
    if len(payload) < 3:
        raise DepacketiseError("a fragmentation unit is cut short")
    if payload[1] & 0x80:
        fragment = bytearray([payload[0] & 0xE0 | payload[1] & 0x1F])
    elif fragment is None:
        raise DepacketiseError("a fragmented NAL unit has no beginning")
    fragment += payload[2:]
    return fragment


def _aggregated(payload: bytes) -> list[bytes]:
    """STAP-A (RFC 6184 section 5.7.1)."""
    units = []
    offset = 1
    while offset < len(payload):
        size = int.from_bytes(payload[offset : offset + 2])
        unit = payload[offset + 2 : offset + 2 + size]
        if len(unit) != size or not size:
            raise DepacketiseError("an aggregation packet is cut short")
        units.append(unit)
        offset += 2 + size
    return units


def _decoder_configuration(sps: bytes, pps: bytes) -> bytes:
    """AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1) with four-byte lengths."""
    return (
        bytes([1, sps[1], sps[2], sps[3], 0xFF, 0xE1])
        + struct.pack("!H", len(sps))
        + sps
        + b"\x01"
        + struct.pack("!H", len(pps))
        + pps
    )
