"""What one subscriber is sent of what there is: layers are chosen by what it shows, what its downlink carries and what is sent at all."""

import asyncio
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from signaling.media import rtcp
from signaling.media.congestion import DownlinkBudget
from signaling.media.header_extensions import PROBE_SEQUENCE_ID
from signaling.media.layer_choice import Picture, choose_layers
from signaling.media.overflow import Overflow
from signaling.media.slot import Slot
from signaling.media.transport_arrivals import TransportArrivals
from signaling.protocol.grants import SourceLabel

if TYPE_CHECKING:
    from signaling.media.endpoint import MediaEndpoint
    from signaling.media.leg_transport import LegTransport

Shown = Mapping[tuple[str, SourceLabel], tuple[int, int]]
"""(participant, label) → (width, height) in device pixels."""

RATE_OVER_S = 0.4
LOSS_OVER_PACKETS = 50
PROBE_INTERVAL_S = 0.02
PADDING = 255
"""Bytes of padding in one packet; its count has one byte (RFC 3550 section 5.1)."""
PROBE_PACKET_BYTES = 12 + 8 + PADDING
PROBES_AT_ONCE = 64
SOUNDING_INTERVAL_S = 0.04

_HEAD = struct.Struct("!BBHII")


class Downlink:
    """One per subscribe leg. ``slots`` is the leg's own list, which grows."""

    def __init__(self, endpoint: "MediaEndpoint", transport: "LegTransport", slots: Sequence[Slot]) -> None:
        self._endpoint = endpoint
        self._transport = transport
        self.slots = slots
        self._clock: Callable[[], float] = time.monotonic
        self.budget = DownlinkBudget(self._clock())
        self._shown: Shown | None = None
        self._wanted_bps = 0.0
        self._octets = 0
        self._measured_s = self._clock()
        self._sent_bps = self._sent_before_bps = 0.0
        """In the latest stretch of `RATE_OVER_S`, and in the one before."""
        self._reports: dict[int, tuple[int, int]] = {}
        self._expected = self._lost = 0
        self._overflows: dict[int, Overflow] = {}
        self._prober: asyncio.Task[None] | None = None
        self._probe_sequence = 0
        self.probes_sent = 0

    # ---------------------------------------------------------------- the choice

    def show(self, shown: Shown | None) -> None:
        """What the subscriber displays; video that is not among it is not sent. None: not told, everything is sent, in
        a middling layer."""
        self._shown = shown
        self.choose()

    def choose(self) -> None:
        """Points every open slot at the source it shall carry now."""
        pictures: list[Picture] = []
        video: list[Slot] = []
        for slot in self.slots:
            publication = slot.publication
            if publication is None or not slot.open:
                continue
            if slot.kind == "audio":
                slot.aim(publication.best)
            elif (height := self._height(slot)) == 0:
                slot.aim(None)  # of hundreds who watch thirty people, each displays a few
            else:
                video.append(slot)
                pictures.append(Picture(publication.layers(), height, _present(slot)))
        strict = self.troubled
        choice = choose_layers(pictures, self.budget.budget_bps, lowest_bps=self.budget.lowest_bps, strict=strict)
        self._wanted_bps = choice.wanted_bps
        self.budget.chosen(self._clock(), lowest=not any(choice.layers))
        for slot, picture, layer in zip(video, pictures, choice.layers, strict=True):
            assert slot.publication is not None, "only taken slots were looked at"
            source = slot.publication.active[layer] if layer is not None else None
            # A full queue takes the voices with it: better a picture that stands still until the lower layer's keyframe.
            slot.aim(source, at_once=strict and picture.present is not None and (layer or 0) < picture.present)

    @property
    def troubled(self) -> bool:
        """Whether packets queue up on the way, as far as is known."""
        return self.budget.troubled(self._clock())

    def _height(self, slot: Slot) -> int | None:
        """In device pixels, as `Picture` wants it. A narrow picture of a wide camera needs the width's share."""
        if self._shown is None or slot.publication is None:
            return None
        width, height = self._shown.get((slot.publication.participant, slot.publication.label), (0, 0))
        return min(height, width) if width else 0

    # ---------------------------------------------------------------- what the browser reports

    def take(self, items: Sequence[rtcp.RtcpItem]) -> None:
        """Everything in one RTCP packet that is about this leg's streams."""
        now_s, before = self._clock(), (self.budget.budget_bps, self.budget.lowest_bps)
        for item in items:
            if isinstance(item, rtcp.ReceiverEstimate):
                self.budget.take_estimate(item.bitrate_bps, self._rate(now_s), now_s, self._sent_before_bps)
            elif isinstance(item, rtcp.ReceptionReport):
                highest, lost = self._reports.get(item.ssrc, (item.highest_sequence, item.lost))
                self._reports[item.ssrc] = (item.highest_sequence, item.lost)
                self._expected += (item.highest_sequence - highest) & 0xFFFFFFFF
                self._lost += item.lost - lost
            elif isinstance(item, rtcp.Nack):
                self._take_missing(item, now_s)
            elif isinstance(item, TransportArrivals):
                self.budget.take_arrivals(item, now_s)
        if self._expected >= LOSS_OVER_PACKETS:
            self.budget.take_loss(self._expected, self._lost, self._rate(now_s), now_s)
            self._expected = self._lost = 0
        if (self.budget.budget_bps, self.budget.lowest_bps) != before:
            self.choose()
        self._look_ahead(now_s)

    def _take_missing(self, nack: rtcp.Nack, now_s: float) -> None:
        missed = self._overflows.setdefault(nack.media_ssrc, Overflow()).missed(nack.sequences, now_s)
        if missed is not None and not self.troubled:
            self.budget.take_loss(*missed, self._rate(now_s), now_s)

    def forget(self, ssrc: int) -> None:
        self._reports.pop(ssrc, None)
        self._overflows.pop(ssrc, None)

    def _rate(self, now_s: float) -> float:
        """Bits a second sent in pictures lately."""
        passed = now_s - self._measured_s
        if passed >= RATE_OVER_S:
            octets = sum(slot.outlet.octets for slot in self.slots if slot.outlet is not None and slot.kind == "video")
            self._sent_before_bps, self._sent_bps = self._sent_bps, max(0, octets - self._octets) * 8 / passed
            self._octets, self._measured_s = octets, now_s
        return self._sent_bps

    # ---------------------------------------------------------------- clockwork

    def second(self) -> int:
        """Every second. Returns the octets sent in it."""
        self.choose()
        now_s = self._clock()
        self.budget.look(self._wanted_bps, self._rate(now_s), now_s)
        slot = self._probing_slot()
        if slot is not None and self._wanted_bps:
            self._send_numbered(slot, 1)
        self._look_ahead(now_s)
        return sum(slot.octets_since() for slot in self.slots)

    def _look_ahead(self, now_s: float) -> None:
        """Sends probes or soundings for as long as the budget asks for them."""
        needed = self.budget.probe is not None or (self.budget.suspects(now_s) and self._wanted_bps)
        if needed and self._prober is None and self._probing_slot() is not None:
            self._prober = self._endpoint.spawn(self._send_probes())

    def _probing_slot(self) -> Slot | None:
        if self.budget.unanswered:
            return None
        return next((s for s in self.slots if s.open and s.repair_payload_type is not None and s.outlet), None)

    async def _send_probes(self) -> None:
        """Padding beside the media, at the rate the probe asks for, or soundings, until neither is needed. Ends by itself with the leg."""
        owed, since_s, sent_bps = 0.0, self._clock(), self._sent_bps
        try:
            while True:
                await asyncio.sleep(PROBE_INTERVAL_S if self.budget.probe is not None else SOUNDING_INTERVAL_S)
                now_s, probe, slot = self._clock(), self.budget.probe, self._probing_slot()
                if slot is None or (probe is None and not self.budget.suspects(now_s)):
                    break
                before = self.budget.budget_bps
                if probe is None:
                    self._send_numbered(slot, 1)
                    since_s, sent_bps = now_s, self._sent_bps
                    self.budget.look_for_queue(now_s)
                    if self.budget.budget_bps != before:
                        self.choose()
                    continue
                owed += max(0.0, probe.level_bps(now_s) - sent_bps) / 8 * (now_s - since_s)
                since_s = now_s
                count = min(PROBES_AT_ONCE, int(owed / PROBE_PACKET_BYTES))
                owed = min(owed - count * PROBE_PACKET_BYTES, PROBES_AT_ONCE * PROBE_PACKET_BYTES)
                for _ in range(count):
                    self._send_numbered(slot, PADDING)
                self.budget.look(self._wanted_bps, sent_bps, now_s)
                if self.budget.budget_bps != before:
                    self.choose()
        finally:
            self._prober = None

    def _send_numbered(self, slot: Slot, padding: int) -> None:
        """RFC 4588 streams may carry packets of padding alone; receivers take them for nothing but their arrival. ``padding``: bytes."""
        assert slot.outlet is not None and slot.repair_payload_type is not None, "a probing slot has both"
        number = self._probe_sequence = (self._probe_sequence + 1) & 0xFFFF
        self.probes_sent += 1
        head = _HEAD.pack(0xB0, slot.repair_payload_type, number, 0, slot.outlet.ssrc + 1)
        extension = bytes((PROBE_SEQUENCE_ID << 4 | 1,)) + number.to_bytes(2, "big") + b"\x00"
        self.budget.sent(number, self._clock())
        filling = bytes(padding - 1) + bytes((padding,))
        self._transport.send_rtp(head + b"\xbe\xde\x00\x01" + extension + filling, self._endpoint.outgoing)


def _present(slot: Slot) -> int | None:
    """Index of the layer a slot is pointed at, among the active ones."""
    target = slot.outlet.target if slot.outlet is not None else None
    if target is None or slot.publication is None or target not in slot.publication.active:
        return None
    return slot.publication.active.index(target)
