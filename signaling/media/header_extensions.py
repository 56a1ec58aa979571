"""RTP header extensions (RFC 8285, one-byte form): where they lie in a source's packets and how they are handed on.

Browsers number extensions differently (Firefox's 3 is Chromium's 4), and a number copied through would mean something else to the
receiver. So every packet gets one block with the server's own numbers; what a subscriber has no use for is zeroed,
among it the publisher's MID and RID. Positions are learnt once and checked against each packet in one comparison.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

_SDES = "urn:ietf:params:rtp-hdrext:sdes:"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
"""RFC 6464."""
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
TRANSPORT_SEQUENCE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
MID = _SDES + "mid"
RID = _SDES + "rtp-stream-id"
"""RFC 8852: which simulcast layer a packet belongs to."""
REPAIRED_RID = _SDES + "repaired-rtp-stream-id"
"""RFC 8852: which layer a retransmission repairs."""
ORIENTATION = "urn:3gpp:video-orientation"

ACCEPTED = frozenset({AUDIO_LEVEL, ABS_SEND_TIME, TRANSPORT_SEQUENCE, MID, RID, REPAIRED_RID, ORIENTATION})
"""Taken from publishers."""
OFFERED_IDS: Mapping[str, int] = {AUDIO_LEVEL: 1, ABS_SEND_TIME: 2, ORIENTATION: 3, MID: 4}
"""Numbers offered to every subscriber. MID is offered because browsers expect it, and never sent."""
PROBE_SEQUENCE_ID = 5
"""Number offered for the transport sequence, which only the server's probes carry: browsers report on what is numbered, and
estimate (REMB) from the rest."""

_LENGTHS = {AUDIO_LEVEL: 1, ABS_SEND_TIME: 3, TRANSPORT_SEQUENCE: 2, ORIENTATION: 1}
_ONE_BYTE = 0xBEDE
_POSITIONS = struct.Struct("=I6H")
_BLOCK = 16
"""First byte after the extension header of a packet without CSRCs."""


class Layout:
    """Where the extensions lie in packets whose 32-bit extension header is ``word``. Positions are from the start of the
    packet, to the value; 0 means absent."""

    __slots__ = (
        "abs_send_time",
        "audio_level",
        "blank",
        "end",
        "marks",
        "marks_of",
        "orientation",
        "positions",
        "transport_sequence",
        "word",
    )

    def __init__(self, packet: memoryview, size: int, uris: Mapping[int, str]) -> None:
        """``packet`` has the X bit and no CSRC; ``uris`` are the numbers agreed with its sender."""
        (self.word,) = struct.unpack_from("!I", packet, 12)
        self.end = min(size, _BLOCK + 4 * (self.word & 0xFFFF))
        self.audio_level = self.abs_send_time = self.transport_sequence = self.orientation = 0
        blank = bytearray(max(0, self.end - _BLOCK))
        marks = [0]  # the first byte of RTP is always one of them, so that there is something to compare
        for at, length, identifier in self._elements(packet):
            marks.append(at)
            uri = uris.get(identifier, "")
            if length and _LENGTHS.get(uri) == length:
                self._found(uri, at + 1)
                if uri in OFFERED_IDS:
                    blank[at - _BLOCK] = OFFERED_IDS[uri] << 4 | length - 1
        self.blank = bytes(blank)
        self.positions = self._packed(packet, marks)
        """The same for compiled code."""
        marks.append(0)  # two at least: with one alone itemgetter gives no tuple
        self.marks_of: Callable[[Any], Any] = itemgetter(*marks)
        self.marks: Any = self.marks_of(packet)

    def _packed(self, packet: memoryview, marks: Sequence[int]) -> bytes:
        """`_POSITIONS`, then position and value of each mark."""
        places = (self.end, self.audio_level, self.abs_send_time, self.transport_sequence, self.orientation)
        pairs = [number for at in marks for number in (at, packet[at])]
        return _POSITIONS.pack(self.word, *places, len(marks)) + struct.pack(f"={len(pairs)}H", *pairs)

    def _elements(self, packet: memoryview) -> list[tuple[int, int, int]]:
        """(position, value length, id) of each element; padding has length and id 0."""
        elements: list[tuple[int, int, int]] = []
        at = _BLOCK if self.word >> 16 == _ONE_BYTE else self.end
        while at < self.end:
            identifier, length = packet[at] >> 4, (packet[at] & 15) + 1
            if packet[at] == 0:
                elements.append((at, 0, 0))
                at += 1
                continue
            if identifier == 15 or at + 1 + length > self.end:
                break  # RFC 8285 section 4.2: nothing after 15 is processed
            elements.append((at, length, identifier))
            at += 1 + length
        return elements

    def _found(self, uri: str, value: int) -> None:
        if uri == AUDIO_LEVEL:
            self.audio_level = value
        elif uri == ABS_SEND_TIME:
            self.abs_send_time = value
        elif uri == TRANSPORT_SEQUENCE:
            self.transport_sequence = value
        else:
            self.orientation = value


def read_extensions(packet: memoryview, size: int, uris: Mapping[int, str]) -> dict[str, bytes]:
    """Extension values by URI, for the rare packets that are not yet known. Malformed ones yield nothing."""
    values: dict[str, bytes] = {}
    if size < _BLOCK or packet[0] & 0x1F != 0x10 or packet[12] << 8 | packet[13] != _ONE_BYTE:
        return values
    at, end = _BLOCK, min(size, _BLOCK + 4 * (packet[14] << 8 | packet[15]))
    while at < end and packet[at] >> 4 != 15:
        if packet[at] == 0:
            at += 1
            continue
        length = (packet[at] & 15) + 1
        if at + 1 + length <= end and packet[at] >> 4 in uris:
            values[uris[packet[at] >> 4]] = bytes(packet[at + 1 : at + 1 + length])
        at += 1 + length
    return values
