"""One stream a participant sends: one SSRC, its recent packets, who receives it, and what is asked back of its sender.

A track is one source, or with simulcast one for each layer, held together by a `Publication`.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from signaling.media import picture_numbers, rtcp
from signaling.media.codec import Codec, picture_size, starts_keyframe
from signaling.media.header_extensions import AUDIO_LEVEL, Layout
from signaling.media.outlet import Outgoing, Outlet
from signaling.media.reception import MAX_MISSING, Reception
from signaling.media.sink import SinkPacket, TrackSink
from signaling.media.sink_feed import SinkFeed
from signaling.protocol.grants import SourceLabel

if TYPE_CHECKING:
    from signaling.media.publication import Publication

RING = 1024
"""Recent packets kept for retransmission, a power of two: 7 s of video at 1.2 Mbit/s."""
KEYFRAME_INTERVAL_NS = 500_000_000
NUMBERS_WITHIN = 32
"""Packets looked through for the newest picture numbers."""
SILENCE_DBOV = 127
SILENT_AFTER_NS = 300_000_000


class Source:
    """Made by its `PublishLeg` at the first packet of a granted, declared track; ended by it."""

    __slots__ = (
        "_asked_ns",
        "_counted",
        "_feed",
        "_floor",
        "_live",
        "_received_when_asked",
        "_repairs_asked",
        "_send_feedback",
        "_waiting",
        "accepted",
        "audio_level_extension",
        "batch",
        "bitrate_bps",
        "codec",
        "connection",
        "extensions",
        "keyframe_wanted",
        "keyframes",
        "label",
        "layout",
        "level_dbov",
        "octets",
        "outgoing",
        "participant",
        "payload_type",
        "picture_size",
        "pictures_shifted",
        "publication",
        "reception",
        "rid",
        "ring",
        "ssrc",
        "track",
    )

    def __init__(
        self,
        *,
        participant: str,
        connection: str,
        label: SourceLabel,
        codec: Codec,
        ssrc: int,
        payload_type: int,
        extensions: Mapping[int, str],
        track: int,
        reception: Reception,
        repairs: bool,
        send_feedback: Callable[[bytes], None],
        rid: str = "",
    ) -> None:
        """``repairs``: the sender agreed to NACK. ``send_feedback``: sends RTCP to it. ``rid``: name of the simulcast layer."""
        self.participant, self.connection, self.label, self.codec = participant, connection, label, codec
        self.ssrc, self.payload_type, self.track = ssrc, payload_type, track
        self.rid = rid
        self.publication: Publication | None = None
        """What it is a layer of; None until it joined one."""
        self.extensions = extensions
        self.audio_level_extension = next((i for i, uri in extensions.items() if uri == AUDIO_LEVEL), 0)
        self.level_dbov = SILENCE_DBOV
        """Latest audio level, 0 (loudest) to 127 (RFC 6464)."""
        self.reception = reception
        self.accepted = 0
        self.octets = 0
        self.layout: Layout | None = None
        self.ring: list[bytes | None] = [None] * RING
        """As sent on, before each subscriber's numbers: a repeated packet must not differ by one bit from the first."""
        self.batch: list[SinkPacket] | None = None
        """None without sinks. Emptied every 100 ms by the loop that fills it, so it holds what 100 ms brought."""
        self.outgoing: tuple[Outgoing, ...] = ()
        self.pictures_shifted = False
        """Some outlet needs other picture numbers than the sender's."""
        self.picture_size: tuple[int, int] | None = None
        """(width, height) of the latest keyframe that was looked at."""
        self.bitrate_bps = 0
        """Received in the last seconds, headers included; the newest count most."""
        self._counted = (0, 0)
        self.keyframe_wanted = False
        self.keyframes = 0
        """Keyframes seen while one was wanted."""
        self._live: list[Outlet] = []
        self._waiting: list[Outlet] = []
        self._feed = SinkFeed(self)
        self._floor = reception.first
        self._asked_ns = self._received_when_asked = 0
        self._repairs_asked = repairs
        self._send_feedback = send_feedback

    @property
    def kind(self) -> str:
        return self.codec.kind

    @property
    def clock_rate_hz(self) -> int:
        return self.codec.clock_rate_hz

    @property
    def channels(self) -> int:
        return self.codec.channels

    @property
    def last_arrival_us(self) -> int:
        """When the newest packet came, monotonic; 0 before the first."""
        return self.reception.last_ns // 1000

    @property
    def packets_received(self) -> int:
        """Packets accepted: neither duplicates nor those that came while the track was not allowed."""
        return self.accepted

    @property
    def packets_lost(self) -> int:
        """Packets that never arrived from the network."""
        return self.reception.lost

    # ---------------------------------------------------------------- sinks

    def attach(self, sink: TrackSink) -> None:
        self._feed.attach(sink)

    def detach(self, sink: TrackSink) -> None:
        self._feed.detach(sink)

    # ---------------------------------------------------------------- subscribers

    def add_outlet(self, outlet: Outlet) -> None:
        """Audio flows from the next packet on, video from the next keyframe, which is asked for; until then it goes on flowing from
        the source it flows from now."""
        outlet.target = self
        if outlet in self._live or outlet in self._waiting:
            return
        if self.codec.kind == "audio":
            self._start(outlet, self.reception.highest + 1, self.reception.timestamp, self.accepted)
        else:
            self._waiting.append(outlet)
            self.request_keyframe()

    def remove_outlet(self, outlet: Outlet) -> None:
        if outlet.target is self:
            outlet.target = None
        if outlet in self._waiting:
            self._waiting.remove(outlet)
        if outlet in self._live:
            self._stop(outlet)

    def await_no_longer(self, outlet: Outlet) -> None:
        """The outlet waits for another source, or stays where it flows."""
        if outlet in self._waiting:
            self._waiting.remove(outlet)

    def outlet_moved(self, outlet: Outlet) -> None:
        """Its address changed."""
        if outlet in self._live:
            self._rebuild()

    def outgoing_since(self, extended: int) -> tuple[Outgoing, ...]:
        """The outlets that may be sent a late packet."""
        return tuple(o.outgoing for o in self._live if o.first_extended is not None and o.first_extended <= extended)

    def _start(
        self,
        outlet: Outlet,
        extended: int,
        timestamp: int,
        accepted_before: int,
        picture: picture_numbers.PictureNumbers = picture_numbers.NONE,
    ) -> None:
        if outlet.source is not None:
            outlet.source._stop(outlet)
        report = self.reception.last_report
        outlet.start(extended, timestamp, self.clock_rate_hz, time.monotonic_ns(), report=report, picture=picture)
        outlet.sent -= accepted_before
        outlet.carry(self)
        self._live.append(outlet)
        self._rebuild()
        if report is not None:  # the next one may be seconds away, and without it lips are out of step
            outlet.send_rtcp(rtcp.sender_report(_translated(report, outlet)))

    def _stop(self, outlet: Outlet) -> None:
        outlet.stop(self.reception, self.reception.last_ns or time.monotonic_ns(), self._newest_picture())
        outlet.sent += self.accepted
        outlet.carry(None)
        self._live.remove(outlet)
        self._rebuild()

    def _newest_picture(self) -> picture_numbers.PictureNumbers:
        """Numbers in the newest packet that has any; the last few may be padding."""
        if self.codec is Codec.VP8:
            for back in range(NUMBERS_WITHIN):
                packet = self.ring[(self.reception.highest - back) % RING]
                numbers = picture_numbers.numbers_of(packet) if packet is not None else picture_numbers.NONE
                if numbers[0]:
                    return numbers
        return picture_numbers.NONE

    def _rebuild(self) -> None:
        self.outgoing = tuple(outlet.outgoing for outlet in self._live)
        self.pictures_shifted = any(outlet.picture_shift is not None for outlet in self._live)

    def repeat(self, outlet: Outlet, sequence: int) -> bytes | None:
        """The packet the subscriber knows as ``sequence``, ready to be encrypted; None when it is gone or was never sent."""
        number = (sequence - outlet.sequence_offset) & 0xFFFF
        packet = self.ring[number % RING]
        if outlet.first_extended is None or packet is None or packet[2] << 8 | packet[3] != number:
            return None
        return outlet.renumbered(packet) if self.reception.extend(number) >= outlet.first_extended else None

    # ---------------------------------------------------------------- packets

    def place(self, sequence: int, now_ns: int) -> int:
        """Extended number of a packet that is not the expected next one; -1 for a duplicate or one too late to use."""
        reception = self.reception
        extended = reception.extend(sequence)
        if extended > reception.highest:
            skipped = reception.advance(extended, now_ns)
            if len(skipped) > MAX_MISSING:
                self.request_keyframe()  # too much to repair
            elif self._repairs_asked:
                self._send_feedback(rtcp.nack(self.ssrc, skipped))
        else:
            kept = self.ring[sequence % RING]
            if extended < self._floor or extended <= reception.highest - RING:
                return -1
            if kept is not None and kept[2] << 8 | kept[3] == sequence:
                return -1
            reception.missing.pop(extended, None)
        return extended

    def keyframe_arrived(self, packet: bytes, extended: int, timestamp: int) -> None:
        """Called for packets while a keyframe is wanted; starts who waited for it if ``packet`` begins one."""
        if not starts_keyframe(self.codec, packet):
            return
        self.keyframe_wanted = False
        self.keyframes += 1
        self.picture_size = picture_size(self.codec, packet) or self.picture_size
        picture = picture_numbers.numbers_of(packet) if self.codec is Codec.VP8 else picture_numbers.NONE
        waiting, self._waiting = self._waiting, []
        for outlet in waiting:
            self._start(outlet, extended, timestamp, self.accepted - 1, picture)

    def learn_layout(self, packet: memoryview, size: int) -> Layout:
        self.layout = Layout(packet, size, self.extensions)
        return self.layout

    # ---------------------------------------------------------------- suspension

    def suspend(self) -> None:
        """Its label is not allowed any more: nobody receives another packet."""
        self._feed.flush()
        for outlet in list(self._live):
            self._stop(outlet)
            if outlet.target is self:
                self._waiting.append(outlet)
        self.reception.missing.clear()
        self.level_dbov = SILENCE_DBOV

    def arrived_suspended(self, sequence: int) -> None:
        """Counted, so that the sender's reports show no loss, and dropped."""
        reception = self.reception
        extended = reception.extend(sequence)
        reception.received += 1
        if extended > reception.highest:
            reception.advance(extended, 0)
            reception.missing.clear()

    def resume(self) -> None:
        """Allowed again; a packet sent before this is still refused if it arrives late."""
        self._floor = self.reception.highest + 1
        waiting, self._waiting = self._waiting, []
        for outlet in waiting:
            self.add_outlet(outlet)

    def end(self) -> None:
        self._feed.end()
        for outlet in [*self._live, *self._waiting]:
            self.remove_outlet(outlet)

    # ---------------------------------------------------------------- feedback

    def request_keyframe(self) -> None:
        """At most one request each 0.5 s, repeated until a keyframe arrives, for requests are lost like any packet."""
        if self.codec.kind == "video":
            self.keyframe_wanted = True
            self._ask_for_keyframe(time.monotonic_ns())

    def _ask_for_keyframe(self, now_ns: int) -> None:
        if now_ns - self._asked_ns >= KEYFRAME_INTERVAL_NS:
            self._asked_ns, self._received_when_asked = now_ns, self.reception.received
            self._send_feedback(rtcp.picture_loss(self.ssrc))

    def _ask_for_missing(self, now_ns: int) -> None:
        numbers, given_up = self.reception.ask_again(now_ns)
        if numbers:
            self._send_feedback(rtcp.nack(self.ssrc, numbers))
        if given_up:
            self.request_keyframe()

    def take_sender_report(self, report: rtcp.SenderReport, now_ns: int) -> None:
        """The sender's clock (RFC 3550 section 6.4.1), handed on in each subscriber's numbers."""
        self.reception.observe_report(report, now_ns)
        self._feed.sender_report(report, now_ns)
        for outlet in self._live:
            outlet.send_rtcp(rtcp.sender_report(_translated(report, outlet)))

    def tick(self, now_ns: int) -> None:
        """Every 100 ms."""
        self._feed.flush()
        if self.reception.missing and self._repairs_asked:
            self._ask_for_missing(now_ns)
        # A sender that sends nothing (camera off) needs no reminder; it is asked as soon as packets come again.
        if self.keyframe_wanted and self.reception.received != self._received_when_asked:
            self._ask_for_keyframe(now_ns)
        if now_ns - self.reception.last_ns > SILENT_AFTER_NS:
            self.level_dbov = SILENCE_DBOV

    def second(self, now_ns: int) -> None:
        """Every second: how much came."""
        octets, since_ns = self._counted
        self._counted = (self.octets, now_ns)
        if since_ns and now_ns > since_ns:
            rate_bps = (self.octets - octets) * 8_000_000_000 // (now_ns - since_ns)
            self.bitrate_bps = (self.bitrate_bps + rate_bps) // 2 if self.bitrate_bps and rate_bps else rate_bps


def _translated(report: rtcp.SenderReport, outlet: Outlet) -> rtcp.SenderReport:
    """The same instant in the outlet's numbers. NTP stays the sender's: one clock for all tracks of a participant."""
    timestamp = (report.rtp + outlet.timestamp_offset) & 0xFFFFFFFF
    return rtcp.SenderReport(outlet.ssrc, report.ntp, timestamp, report.packets, report.octets)
