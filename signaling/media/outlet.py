"""One subscriber's copy of one source: under which numbers it is sent, and whether it flows."""

import struct
from collections.abc import Callable

from signaling.media.library_internals import SrtpPointer
from signaling.media.reception import Reception

Outgoing = tuple[SrtpPointer, int, int, int, int, tuple[object, ...]]
"""(SRTP session, payload type, SSRC, sequence offset, timestamp offset, address): what the hot path needs of an outlet."""

_HEAD = struct.Struct("!BBHII")


class Outlet:
    """Numbers stay continuous when the source behind an outlet changes, stops or is taken up again.

    A sequence number is never used for two different packets: with AES-GCM that would give the key away (RFC 7714 section 8.4). So each
    start continues after the highest number sent, and what a source sent before that start is never sent again.
    """

    __slots__ = (
        "_next_sequence",
        "_next_timestamp",
        "_stopped_ns",
        "address",
        "first_extended",
        "payload_type",
        "pointer",
        "send_rtcp",
        "sent",
        "sequence_offset",
        "ssrc",
        "timestamp_offset",
    )

    def __init__(self, ssrc: int, send_rtcp: Callable[[bytes], None]) -> None:
        """``send_rtcp``: to the subscriber."""
        self.ssrc = ssrc
        self.send_rtcp = send_rtcp
        self.sent = 0
        """Packets handed to the network, up to the last stop."""
        self.pointer: SrtpPointer = None
        self.payload_type = 0
        self.address: tuple[object, ...] = ()
        self.sequence_offset = 0
        self.timestamp_offset = 0
        self.first_extended: int | None = None
        """Extended number at the source from which on it is sent; None while it does not flow."""
        self._next_sequence = 1  # low, so that a lost first packet cannot hide a wrap-around (RFC 3711 section 3.3.1)
        self._next_timestamp: int | None = None
        self._stopped_ns = 0

    def start(self, extended: int, timestamp: int, clock_rate_hz: int, now_ns: int) -> None:
        """The source's packet ``extended`` is the next one sent. After a stop the timestamps go on by the time that passed."""
        self.sequence_offset = (self._next_sequence - extended) & 0xFFFF
        if self._next_timestamp is not None:
            passed = max(1, (now_ns - self._stopped_ns) * clock_rate_hz // 1_000_000_000)
            self.timestamp_offset = (self._next_timestamp + passed - timestamp) & 0xFFFFFFFF
        self.first_extended = extended

    def stop(self, reception: Reception, now_ns: int) -> None:
        """Packets up to the newest of ``reception`` were sent."""
        if self.first_extended is None:
            return
        if reception.highest >= self.first_extended:
            self._next_sequence = (reception.highest + 1 + self.sequence_offset) & 0xFFFF
            self._next_timestamp = (reception.timestamp + self.timestamp_offset) & 0xFFFFFFFF
            self._stopped_ns = now_ns
        self.first_extended = None

    @property
    def outgoing(self) -> Outgoing:
        return (
            self.pointer,
            self.payload_type,
            self.ssrc,
            self.sequence_offset,
            self.timestamp_offset,
            self.address,
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
        return head + packet[_HEAD.size :]
