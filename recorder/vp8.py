"""VP8 over RTP (RFC 7741): the payload descriptor is taken off, the frame header (RFC 6386 section 9.1) is read."""

from recorder.picture import DepacketiseError, Picture, VideoFormat

START_CODE = b"\x9d\x01\x2a"


class Vp8Depacketiser:
    def __init__(self, known: VideoFormat | None = None) -> None:
        self.format = known

    def begins_picture(self, payload: bytes) -> bool:
        """S bit set and partition index 0 (RFC 7741 section 4.2)."""
        return bool(payload) and payload[0] & 0x17 == 0x10

    def picture(self, payloads: list[bytes]) -> Picture:
        data = b"".join(payload[_descriptor_bytes(payload) :] for payload in payloads)
        if not data:
            raise DepacketiseError("a VP8 frame without a byte")
        keyframe = not data[0] & 1
        if keyframe:
            if len(data) < 10 or data[3:6] != START_CODE:
                raise DepacketiseError("a VP8 keyframe without its start code")
            width = int.from_bytes(data[6:8], "little") & 0x3FFF
            height = int.from_bytes(data[8:10], "little") & 0x3FFF
            self.format = VideoFormat(width, height, b"")
        return Picture(data, keyframe)


def _descriptor_bytes(payload: bytes) -> int:
    """Length of the payload descriptor (RFC 7741 section 4.2)."""
    try:
        size = 1
        if payload[0] & 0x80:
            extension = payload[1]
            size = 2
            if extension & 0x80:
                size += 2 if payload[2] & 0x80 else 1
            if extension & 0x40:
                size += 1
            if extension & 0x30:
                size += 1
    except IndexError as error:
        raise DepacketiseError("a VP8 payload descriptor is cut short") from error
    if size > len(payload):
        raise DepacketiseError("a VP8 payload descriptor is cut short")
    return size
