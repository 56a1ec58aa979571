"""The running numbers in a VP8 payload descriptor (RFC 7741 section 4.2), which a receiver expects to run on when layers change.

Each simulcast layer counts its pictures from a random number. A decoder that sees them jump back holds the new pictures for old ones.
"""

from signaling.media.codec import payload_offset

PictureNumbers = tuple[int, int, int, int]
"""(position of the 15-bit picture id, its value, position of TL0PICIDX, its value); a position 0 means absent."""
PictureShift = tuple[int, int]
"""What is added to (picture id, TL0PICIDX)."""

NONE: PictureNumbers = (0, 0, 0, 0)
PICTURE_MASK = 0x7FFF


def picture_numbers(packet: bytes, start: int) -> PictureNumbers:
    """``start``: where the payload begins. Short (7-bit) picture ids have no room for another number and count as absent."""
    if len(packet) < start + 5 or not packet[start] & 0x80:
        return NONE
    fields, at = packet[start + 1], start + 2
    if not fields & 0x80 or not packet[at] & 0x80:
        return NONE
    picture = (packet[at] & 0x7F) << 8 | packet[at + 1]
    if fields & 0x40:
        return at, picture, at + 2, packet[at + 2]
    return at, picture, 0, 0


def numbers_of(packet: bytes) -> PictureNumbers:
    return picture_numbers(packet, payload_offset(packet))


def shift_between(last: PictureNumbers, first: PictureNumbers) -> PictureShift | None:
    """What lets ``first`` follow on ``last``; None when nothing has to be added or there are no numbers."""
    if not last[0] or not first[0]:
        return None
    picture = (last[1] + 1 - first[1]) & PICTURE_MASK
    base = (last[3] + 1 - first[3]) & 0xFF if last[2] and first[2] else 0
    return (picture, base) if picture or base else None


def shifted(numbers: PictureNumbers, shift: PictureShift | None) -> PictureNumbers:
    """``numbers`` as they are sent with ``shift``."""
    at, picture, base_at, base = numbers
    if shift is None or not at:
        return numbers
    return at, (picture + shift[0]) & PICTURE_MASK, base_at, (base + shift[1]) & 0xFF
