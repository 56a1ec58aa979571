"""The running numbers in a VP8 payload descriptor (RFC 7741 section 4.2), which a receiver expects to run on when layers change.

Each simulcast layer counts its pictures from a random number. A decoder that sees them jump back holds the new pictures for old ones.
"""

from signaling.media.codec import payload_offset

PictureNumbers = tuple[int, int, int, int, int]
"""(position of the picture id, its value, position of TL0PICIDX, its value, largest picture id); a position 0 means absent. The picture id
has the 15 bits or the 7 that the publisher gave it, for another length would move everything behind it."""
PictureShift = tuple[int, int]
"""What is added to (picture id, TL0PICIDX)."""

NONE: PictureNumbers = (0, 0, 0, 0, 0)
LONG, SHORT = 0x7FFF, 0x7F


def picture_numbers(packet: bytes, start: int) -> PictureNumbers:
    """``start``: where the payload begins."""
    size, at = len(packet), start + 2
    if size <= at or not packet[start] & 0x80 or not packet[start + 1] & 0x80:
        return NONE
    long = packet[at] >> 7
    base_at = at + 1 + long
    based = packet[start + 1] >> 6 & 1
    if size <= at + long + based:
        return NONE
    picture = (packet[at] & 0x7F) << 8 | packet[at + 1] if long else packet[at]
    largest = LONG if long else SHORT
    return (at, picture, base_at, packet[base_at], largest) if based else (at, picture, 0, 0, largest)


def numbers_of(packet: bytes) -> PictureNumbers:
    return picture_numbers(packet, payload_offset(packet))


def shift_between(last: PictureNumbers, first: PictureNumbers) -> PictureShift | None:
    """What lets ``first`` follow on ``last``; None when nothing has to be added or there are no numbers."""
    if not last[0] or not first[0]:
        return None
    picture = (last[1] + 1 - first[1]) & first[4]
    base = (last[3] + 1 - first[3]) & 0xFF if last[2] and first[2] else 0
    return (picture, base) if picture or base else None


def shifted(numbers: PictureNumbers, shift: PictureShift | None) -> PictureNumbers:
    """``numbers`` as they are sent with ``shift``."""
    at, picture, base_at, base, largest = numbers
    if shift is None or not at:
        return numbers
    return at, (picture + shift[0]) & largest, base_at, (base + shift[1]) & 0xFF, largest
