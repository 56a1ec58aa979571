"""One subscriber's copy of one track: under which numbers it is sent, from which source, and whether it flows."""

import struct
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from signaling.media import picture_numbers
from signaling.media.library_internals import SrtpPointer
from signaling.media.picture_numbers import PictureNumbers, PictureShift
from signaling.media.reception import Reception
from signaling.media.rtcp import ReceptionReport, SenderReport, sender_report

if TYPE_CHECKING:
    from signaling.media.source import Source

Outgoing = tuple[SrtpPointer, int, int, int, int, tuple[object, ...], PictureShift | None]
"""(SRTP session, payload type, SSRC, sequence offset, timestamp offset, address, picture shift): what the hot path needs of an outlet."""

TRUSTED_STEP_S = 2
"""How far the sender's clock may depart from the time that passed here before it is not believed."""

TOLD = 4
"""A subscriber answers within a second, in which a sender tells its clock once or twice."""

_HEAD = struct.Struct("!BBHII")


class Outlet:
    """Numbers stay continuous when the source behind an outlet changes, stops or is taken up again.

    A sequence number is never used for two different packets: with AES-GCM that would give the key away (RFC 7714 section 8.4). So each
    start continues after the highest number sent, and what a source sent before that start is never sent again.
    """

    __slots__ = (
        "_clock",
        "_last_picture",
        "_next_sequence",
        "_next_timestamp",
        "_octets",
        "_reception",
        "_stopped_ns",
        "_told",
        "address",
        "first_extended",
        "payload_type",
        "picture_shift",
        "pointer",
        "send_rtcp",
        "sent",
        "sequence_offset",
        "source",
        "ssrc",
        "target",
        "timestamp_offset",
    )

    def __init__(self, ssrc: int, send_rtcp: Callable[[bytes], None]) -> None:
        """``send_rtcp``: to the subscriber."""
        self.ssrc = ssrc
        self.send_rtcp = send_rtcp
        self.sent = 0
        """Packets handed to the network, up to the last stop."""
        self.source: Source | None = None
        """Where it flows from now."""
        self.target: Source | None = None
        """Where it shall flow from; another than ``source`` while a keyframe is awaited."""
        self.pointer: SrtpPointer = None
        self.payload_type = 0
        self.address: tuple[object, ...] = ()
        self.sequence_offset = 0
        self.timestamp_offset = 0
        self.picture_shift: PictureShift | None = None
        self.first_extended: int | None = None
        """Extended number at the source from which on it is sent; None while it does not flow."""
        self._next_sequence = 1  # low, so that a lost first packet cannot hide a wrap-around (RFC 3711 section 3.3.1)
        self._next_timestamp: int | None = None
        self._stopped_ns = 0
        self._last_picture = picture_numbers.NONE
        self._clock: tuple[int, int] | None = None
        self._reception: Reception | None = None
        self._octets = 0
        # The last few sender reports by the middle of their NTP time, and when they left; older ones make room.
        self._told: deque[tuple[int, int]] = deque(maxlen=TOLD)

    @property
    def octets(self) -> int:
        """Bytes of the packets sent, headers included."""
        return self._octets + (self.source.octets if self.source is not None else 0)

    def start(
        self,
        extended: int,
        timestamp: int,
        clock_rate_hz: int,
        now_ns: int,
        *,
        report: SenderReport | None = None,
        picture: PictureNumbers = picture_numbers.NONE,
        reception: Reception | None = None,
    ) -> bool:
        """The source's packet ``extended`` is the next one sent; ``report`` is its sender's latest, ``picture`` what the packet says.

        After a stop the timestamps go on by what passed on the sender's clock, which all its tracks share, else by the time that passed
        here; picture numbers go on by one. If ``reception`` is that of the stream that was stopped, its timestamps simply go on: what
        was not sent of it is a pause to the subscriber. Returns whether the subscriber has to be told what the timestamps mean now.
        """
        self.sequence_offset = (self._next_sequence - extended) & 0xFFFF
        goes_on = reception is not None and reception is self._reception
        if self._next_timestamp is not None and not goes_on:
            step = (now_ns - self._stopped_ns) * clock_rate_hz // 1_000_000_000
            told = self._step_by_report(timestamp, clock_rate_hz, report)
            if told is not None and abs(told - step) < TRUSTED_STEP_S * clock_rate_hz:
                step = told
            self.timestamp_offset = (self._next_timestamp + max(1, step) - timestamp) & 0xFFFFFFFF
        if self._next_timestamp is not None:
            self.picture_shift = picture_numbers.shift_between(self._last_picture, picture)
        self.first_extended = extended
        return not goes_on

    def _step_by_report(self, timestamp: int, clock_rate_hz: int, report: SenderReport | None) -> int | None:
        """From the last timestamp sent to ``timestamp`` of the new source, over the NTP times of both (RFC 3550 section 6.4.1)."""
        if report is None or self._clock is None or self._next_timestamp is None:
            return None
        ntp, sent_as = self._clock
        between = (report.ntp - ntp) * clock_rate_hz >> 32
        return between + _signed(timestamp - report.rtp) + _signed(sent_as - self._next_timestamp)

    def stop(self, reception: Reception, now_ns: int, picture: PictureNumbers = picture_numbers.NONE) -> None:
        """Packets up to the newest of ``reception`` were sent, in which stood ``picture``; ``now_ns``: when the newest came."""
        if self.first_extended is None:
            return
        if reception.highest >= self.first_extended:
            self._next_sequence = (reception.highest + 1 + self.sequence_offset) & 0xFFFF
            self._next_timestamp = (reception.timestamp + self.timestamp_offset) & 0xFFFFFFFF
            self._stopped_ns = now_ns
            self._reception = reception
            self._last_picture = picture_numbers.shifted(picture, self.picture_shift)
            report = reception.last_report
            self._clock = None if report is None else (report.ntp, (report.rtp + self.timestamp_offset) & 0xFFFFFFFF)
        self.first_extended = None

    def tell_clock(self, report: SenderReport, now_ns: int) -> None:
        """The sender's report in this outlet's numbers. NTP stays the sender's: one clock for all tracks of a participant."""
        self._told.append((report.ntp >> 16 & 0xFFFFFFFF, now_ns))
        timestamp = (report.rtp + self.timestamp_offset) & 0xFFFFFFFF
        self.send_rtcp(sender_report(SenderReport(self.ssrc, report.ntp, timestamp, report.packets, report.octets)))

    def round_trip_ns(self, answer: ReceptionReport, now_ns: int) -> int | None:
        """To the subscriber and back (RFC 3550 section 6.4.1); None if it answers no report that was sent lately."""
        left_ns = dict(self._told).get(answer.last_report)
        if left_ns is None or not answer.last_report:
            return None
        return max(0, now_ns - left_ns - answer.delay * 1_000_000_000 // 65_536)

    @property
    def packets(self) -> int:
        """Packets handed to the network until now."""
        return self.sent + (self.source.accepted if self.source is not None else 0)

    def carry(self, source: "Source | None") -> None:
        """Notes where it flows from now, so that bytes are counted once."""
        self._octets = self.octets - (source.octets if source is not None else 0)
        self.source = source

    @property
    def outgoing(self) -> Outgoing:
        return (
            self.pointer,
            self.payload_type,
            self.ssrc,
            self.sequence_offset,
            self.timestamp_offset,
            self.address,
            self.picture_shift,
        )

    def renumbered(self, packet: bytes) -> bytes:
        """``packet`` of the source's ring exactly as it was sent to this subscriber, before encryption."""
        first, second, sequence, timestamp, _ = _HEAD.unpack_from(packet)
        head = _HEAD.pack(
            first,
            second & 0x80 | self.payload_type,
            (sequence + self.sequence_offset) & 0xFFFF,
            (timestamp + self.timestamp_offset) & 0xFFFFFFFF,
            self.ssrc,
        )
        if self.picture_shift is None:
            return head + packet[_HEAD.size :]
        body = bytearray(packet)
        numbers = picture_numbers.shifted(picture_numbers.numbers_of(packet), self.picture_shift)
        at, picture, base_at, base, largest = numbers
        if largest == picture_numbers.LONG:
            body[at : at + 2] = (0x8000 | picture).to_bytes(2, "big")
        elif at:
            body[at] = picture
        if base_at:
            body[base_at] = base
        return head + bytes(body[_HEAD.size :])


def _signed(difference: int) -> int:
    """A difference of 32-bit timestamps, which may have wrapped, as the nearest number."""
    return ((difference + 0x80000000) & 0xFFFFFFFF) - 0x80000000
