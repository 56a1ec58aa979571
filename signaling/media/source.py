"""One stream a participant sends: one SSRC, its recent packets, its sinks, and what is asked back of its sender.

A track is one source, or with simulcast one for each layer, held together by a `Publication`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from signaling.media import picture_numbers, rtcp
from signaling.media.codec import Codec, picture_size, starts_keyframe
from signaling.media.distribution import RING, SILENCE_DBOV, DistributedStream
from signaling.media.header_extensions import AUDIO_LEVEL, Layout
from signaling.media.line_counts import LineCounts
from signaling.media.reception import MAX_MISSING, Reception
from signaling.media.sink import SinkPacket, TrackSink
from signaling.media.sink_feed import SinkFeed
from signaling.protocol.grants import SourceLabel

if TYPE_CHECKING:
    from signaling.media.publication import Publication

Later = Callable[[float, Callable[[], None]], object]

KEYFRAME_INTERVAL_NS = 500_000_000
SILENT_AFTER_NS = 300_000_000
LOOK_FOR_MISSING_S = 0.02
"""While packets are missing; the tick of 100 ms would cost a picture that stands still half of the time it may."""


class Source(DistributedStream):
    """Made by its `PublishLeg` at the first packet of a granted, declared track; ended by it."""

    __slots__ = (
        "_asked_ns",
        "_counted",
        "_feed",
        "_floor",
        "_later",
        "_looking",
        "_received_when_asked",
        "_repairs_asked",
        "_send_feedback",
        "audio_level_extension",
        "batch",
        "bitrate_bps",
        "connection",
        "extensions",
        "keyframe_wanted",
        "keyframes",
        "keyframes_asked",
        "label",
        "layout",
        "packets_asked",
        "participant",
        "payload_type",
        "picture_size",
        "publication",
        "rid",
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
        later: Later,
        rid: str = "",
    ) -> None:
        """``repairs``: the sender agreed to NACK. ``send_feedback``: sends RTCP to it. ``later``: does something after some seconds.
        ``rid``: name of the simulcast layer."""
        super().__init__(codec, reception)
        self.participant, self.connection, self.label = participant, connection, label
        self.ssrc, self.payload_type, self.track, self.rid = ssrc, payload_type, track, rid
        self.publication: Publication | None = None
        """What it is a layer of; None until it joined one."""
        self.extensions = extensions
        self.audio_level_extension = next((i for i, uri in extensions.items() if uri == AUDIO_LEVEL), 0)
        self.layout: Layout | None = None
        self.batch: list[SinkPacket] | None = None
        """None without sinks. Emptied every 100 ms by the loop that fills it, so it holds what 100 ms brought."""
        self.picture_size: tuple[int, int] | None = None
        """(width, height) of the latest keyframe that was looked at."""
        self.bitrate_bps = 0
        """Received in the last seconds, headers included; the newest count most."""
        self._counted = (0, 0)
        self.keyframe_wanted = False
        self.keyframes = 0
        """Keyframes seen while one was wanted."""
        self.keyframes_asked = self.packets_asked = 0
        """Picture loss indications sent, and packets in requests for lost ones."""
        self._feed = SinkFeed(self)
        self._floor = reception.first
        self._asked_ns = self._received_when_asked = 0
        self._repairs_asked = repairs
        self._send_feedback = send_feedback
        self._later = later
        self._looking = False

    @property
    def _source(self) -> "Source":
        return self

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

    @property
    def counts(self) -> LineCounts:
        return LineCounts(self.accepted, self.octets, self.reception.lost, self.packets_asked, 0, self.keyframes_asked)

    # ---------------------------------------------------------------- sinks

    def attach(self, sink: TrackSink) -> None:
        self._feed.attach(sink)

    def detach(self, sink: TrackSink) -> None:
        self._feed.detach(sink)

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
                self._request_again(skipped)
                self._look_for_missing()
            else:
                reception.missing.clear()
        else:
            kept = self.ring[sequence % RING]
            if extended < self._floor or extended <= reception.highest - RING:
                return -1
            if kept is not None and kept[2] << 8 | kept[3] == sequence:
                return -1
            reception.repaired(extended, now_ns)
        return extended

    def keyframe_arrived(self, packet: bytes, extended: int, timestamp: int) -> None:
        """Called for packets while a keyframe is wanted; starts who waited for it if ``packet`` begins one."""
        if not starts_keyframe(self.codec, packet):
            return
        self.keyframe_wanted = False
        self.keyframes += 1
        self.picture_size = picture_size(self.codec, packet) or self.picture_size
        picture = picture_numbers.numbers_of(packet) if self.codec is Codec.VP8 else picture_numbers.NONE
        self._start_waiting(extended, timestamp, self.accepted - 1, picture)

    def learn_layout(self, packet: memoryview, size: int) -> Layout:
        self.layout = Layout(packet, size, self.extensions)
        return self.layout

    # ---------------------------------------------------------------- suspension

    def suspend(self) -> None:
        """Its label is not allowed any more: nobody receives another packet."""
        self._feed.flush()
        self._suspended = True
        self._stop_all()
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
        self._suspended = False
        self._floor = self.reception.highest + 1
        if self.kind == "video":
            if self._waiting:
                self.request_keyframe()
        else:
            self._start_if_flowing()

    def end(self) -> None:
        self.reception.missing.clear()
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
            self.keyframes_asked += 1
            self._send_feedback(rtcp.picture_loss(self.ssrc))

    def _look_for_missing(self) -> None:
        if self.reception.missing and not self._looking:
            self._looking = True
            self._later(LOOK_FOR_MISSING_S, self._ask_for_missing)

    def _ask_for_missing(self) -> None:
        self._looking = False
        numbers, given_up = self.reception.ask_again(time.monotonic_ns())
        if numbers:
            self._request_again(numbers)
        if given_up:
            self.request_keyframe()
        self._look_for_missing()

    def _request_again(self, numbers: Sequence[int]) -> None:
        self.packets_asked += len(numbers)
        self._send_feedback(rtcp.nack(self.ssrc, numbers))

    def take_sender_report(self, report: rtcp.SenderReport, now_ns: int) -> None:
        """The sender's clock (RFC 3550 section 6.4.1), handed on in each subscriber's numbers."""
        if not self.reception.may_report(now_ns):
            return
        self.reception.observe_report(report, now_ns)
        self._feed.sender_report(report, now_ns)
        for outlet in self._live:
            outlet.tell_clock(report, now_ns)

    def tick(self, now_ns: int) -> None:
        """Every 100 ms."""
        self._feed.flush()
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
