"""Width and height out of an H.264 sequence parameter set (ITU-T H.264 section 7.3.2.1.1)."""

from recorder.picture import DepacketiseError

MAX_SET_BYTES = 1024
"""Browsers write about thirty. Bits are taken one after the other, so a set of megabytes would take hours."""
MAX_SIDE = 16_384
_PROFILES_WITH_CHROMA = {44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244}


class _Bits:
    """Reads the RBSP bit by bit; emulation prevention bytes are taken out first."""

    def __init__(self, unit: bytes) -> None:
        payload = unit[1:].replace(b"\x00\x00\x03", b"\x00\x00")
        self._bits = int.from_bytes(payload)
        self._left = len(payload) * 8

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise DepacketiseError("a sequence parameter set is cut short")
        return self._bits >> self._left & ((1 << count) - 1)

    def unsigned(self) -> int:
        """Exp-Golomb code (section 9.1)."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -code // 2


def picture_size(sps: bytes) -> tuple[int, int]:
    """(width, height) in pixels after cropping. Raises `DepacketiseError` on a damaged set."""
    if len(sps) > MAX_SET_BYTES:
        raise DepacketiseError("a sequence parameter set is too long")
    bits = _Bits(sps)
    profile = bits.take(8)
    bits.take(16)
    bits.unsigned()
    chroma = _chroma_format(bits) if profile in _PROFILES_WITH_CHROMA else 1
    bits.unsigned()
    _skip_picture_order(bits)
    bits.unsigned()
    bits.take(1)
    width = (bits.unsigned() + 1) * 16
    map_units = bits.unsigned() + 1
    frames_only = bits.take(1)
    height = (2 - frames_only) * map_units * 16
    if not frames_only:
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        left, right, top, bottom = (bits.unsigned() for _ in range(4))
        across = 2 if chroma in (1, 2) else 1
        down = (2 if chroma == 1 else 1) * (2 - frames_only)
        width -= (left + right) * across
        height -= (top + bottom) * down
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise DepacketiseError("a sequence parameter set without a picture, or with one beyond all measure")
    return width, height


def _chroma_format(bits: _Bits) -> int:
    chroma = bits.unsigned()
    if chroma == 3:
        bits.take(1)
    bits.unsigned()
    bits.unsigned()
    bits.take(1)
    if bits.take(1):
        for index in range(8 if chroma != 3 else 12):
            if bits.take(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed() + 256) % 256
        last = following or last


def _skip_picture_order(bits: _Bits) -> None:
    kind = bits.unsigned()
    if kind == 0:
        bits.unsigned()
    elif kind == 1:
        bits.take(1)
        bits.signed()
        bits.signed()
        for _ in range(bits.unsigned()):
            bits.signed()
