"""Reading a segment that was cut off by a crash: how far it is whole."""

from collections.abc import Iterator

from recorder.errors import SegmentDamagedError
from recorder.matroska import CLUSTER, EBML, SEGMENT


def whole_bytes(data: bytes) -> int:
    """Length of the part that ends with a complete element; 0 when not even the header is whole."""
    end = 0
    try:
        for start, size in _top_level(data):
            if start + size > len(data):
                break
            end = start + size
    except SegmentDamagedError:
        pass
    return end


def cluster_ends(data: bytes) -> set[int]:
    """Offsets at which a complete cluster ends."""
    ends = set()
    try:
        for start, size in _top_level(data):
            if data[start : start + 4] == CLUSTER and start + size <= len(data):
                ends.add(start + size)
    except SegmentDamagedError:
        pass
    return ends


def _top_level(data: bytes) -> Iterator[tuple[int, int]]:
    """(offset, bytes) of the EBML header and of everything inside the segment, headers included."""
    if data[:4] != EBML:
        raise SegmentDamagedError("no EBML header")
    size, body = _size(data, 4)
    yield 0, body + size
    segment = body + size
    if data[segment : segment + 4] != SEGMENT:
        raise SegmentDamagedError("no segment behind the EBML header")
    _, offset = _size(data, segment + 4)
    while offset < len(data):
        size, body = _size(data, offset + 4)
        yield offset, body - offset + size
        offset = body + size


def _size(data: bytes, offset: int) -> tuple[int, int]:
    """(data size, offset behind it)."""
    if offset >= len(data) or not data[offset]:
        raise SegmentDamagedError("an element size is cut off")
    length = 9 - data[offset].bit_length()
    if offset + length > len(data):
        raise SegmentDamagedError("an element size is cut off")
    value = int.from_bytes(data[offset : offset + length]) & (1 << 7 * length) - 1
    return value, offset + length
