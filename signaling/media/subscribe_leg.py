"""The way from the server to a participant's browser: its slots, and what its browser reports."""

import random
import time
from collections.abc import Callable, Sequence

from signaling.media import rtcp
from signaling.media.downlink import Downlink, Shown
from signaling.media.endpoint import MediaEndpoint
from signaling.media.errors import SdpError
from signaling.media.leg import Leg
from signaling.media.library_internals import SrtpSession
from signaling.media.line_counts import LineCounts
from signaling.media.observer import LegObserver
from signaling.media.outlet import Outlet
from signaling.media.publication import Publication
from signaling.media.retransmission import RetransmissionBudget
from signaling.media.session_description import parse_session_description
from signaling.media.slot import Slot, SlotDescription, slot_view
from signaling.media.subscribe_offer import AgreedSlot, SubscribeOffer, agreed_slots, offer_text


class SubscribeLeg(Leg):
    """The server offers. `add` and `remove` change slots at once; where the subscriber has to be told, ``needs_negotiation`` becomes
    true, and packets flow only after the answer to an `offer` that says so. Which layer of a publication flows is the downlink's choice."""

    direction = "subscribe"

    def __init__(self, endpoint: MediaEndpoint, participant: str, connection: str, observer: LegObserver) -> None:
        super().__init__(endpoint, participant, connection, observer)
        # Two slots from the start: transport and decoders are warm before there is anybody to hear and see.
        self._slots = [Slot("0", "audio"), Slot("1", "video")]
        self.downlink = Downlink(endpoint, self.transport, self._slots)
        self._negotiation = 0
        self._offered: tuple[SlotDescription, ...] = ()
        self._agreed: dict[str, AgreedSlot] = {}
        self._fingerprints: tuple[tuple[str, str], ...] = ()
        self._session_id = random.getrandbits(60)
        self._next_ssrc = random.getrandbits(31) | 1 << 20
        self._outlets: dict[int, Slot] = {}
        self._budget = RetransmissionBudget(time.monotonic_ns())
        self._asked = self._keyframes_asked = 0
        self._answers: dict[int, rtcp.ReceptionReport] = {}
        """The latest of the subscriber by SSRC, those of ended tracks too: their losses count on."""
        self._sent = self._sent_octets = 0
        self._heard_ns = 0

    # ---------------------------------------------------------------- slots

    @property
    def publications(self) -> tuple[Publication, ...]:
        """What the slots hold now."""
        return tuple(slot.publication for slot in self._slots if slot.publication is not None)

    def add(self, publication: Publication) -> None:
        """A newer publication of the same participant and label takes the place of the older one."""
        slot = self._slot_for(publication)
        if slot.publication is publication:
            return
        self._vacate(slot)
        known = slot.holder == (publication.participant, publication.label)
        if slot.outlet is None or not known or self._was_withdrawn(slot):
            self._discard_outlet(slot)
            outlet = self._new_outlet(slot)
        else:
            outlet = slot.outlet
        slot.take(publication, outlet)
        publication.watch(self.downlink.choose)
        self._settle(slot)
        self.downlink.choose()

    def remove(self, publication: Publication) -> None:
        for slot in self._slots:
            if slot.publication is publication:
                self._vacate(slot)
                slot.free()

    def show(self, shown: Shown | None) -> None:
        """What the subscriber displays and how large, in device pixels; other video is not sent. None: everything, in a
        middling layer."""
        self.downlink.show(shown)

    def _slot_for(self, publication: Publication) -> Slot:
        holder = (publication.participant, publication.label)
        free = [slot for slot in self._slots if slot.publication is None and slot.kind == publication.kind]
        held = [slot for slot in self._slots if slot.publication is not None and slot.holder == holder]
        returned = [slot for slot in free if slot.holder == holder]
        unused = [slot for slot in free if slot.holder is None]
        for candidates in (held, returned, unused, free):
            if candidates:
                return candidates[0]
        slot = Slot(str(len(self._slots)), publication.kind)
        self._slots.append(slot)
        return slot

    def _was_withdrawn(self, slot: Slot) -> bool:
        """Whether the subscriber was offered the slot as inactive since its outlet last flowed. Chromium then shows nothing of
        the same SSRC again: ``VideoRtpReceiver`` attaches its sink anew only for another one."""
        return slot.outlet is not None and any(
            offered.mid == slot.mid and offered.ssrc != slot.outlet.ssrc for offered in self._offered
        )

    def _new_outlet(self, slot: Slot) -> Outlet:
        """SSRCs of a leg are never used twice: under one key that would repeat AES-GCM nonces."""
        self._next_ssrc = (self._next_ssrc + 2) & 0xFFFFFFFF  # the one between is for probes
        self._outlets[self._next_ssrc] = slot
        return Outlet(self._next_ssrc, self.transport.send_rtcp)

    def _discard_outlet(self, slot: Slot) -> None:
        if slot.outlet is not None:
            self._sent += slot.outlet.packets
            self._sent_octets += slot.outlet.octets
            del self._outlets[slot.outlet.ssrc]
            self.downlink.forget(slot.outlet.ssrc)
            if self.transport.outgoing is not None:
                self.transport.outgoing.forget(slot.outlet.ssrc)
                self.transport.outgoing.forget(slot.outlet.ssrc + 1)
            slot.outlet = None

    def _settle(self, slot: Slot) -> None:
        """Opens a slot if the subscriber has agreed to exactly what it carries now, and shuts it if not."""
        agreed, publication, outlet = self._agreed.get(slot.mid), slot.publication, slot.outlet
        keys, address = self.transport.outgoing, self.transport.address
        if publication is None or outlet is None or keys is None or address is None or not self.connected:
            return
        payload_type = agreed.payload_types.get(publication.codec) if agreed is not None else None
        if agreed is None or agreed.description != slot.description or payload_type is None:
            self._shut(slot)
            return
        if outlet.payload_type != payload_type:
            self._shut(slot)
        outlet.pointer, outlet.payload_type, outlet.address = keys.pointer, payload_type, address
        slot.repair_payload_type = agreed.repair_payload_types.get(publication.codec)
        slot.open = True

    def _shut(self, slot: Slot) -> None:
        slot.open = False
        slot.aim(None)

    def _vacate(self, slot: Slot) -> None:
        self._shut(slot)
        if slot.publication is not None:
            slot.publication.unwatch(self.downlink.choose)

    # ---------------------------------------------------------------- negotiation

    @property
    def needs_negotiation(self) -> bool:
        return self._described() != self._offered

    def _described(self) -> tuple[SlotDescription, ...]:
        return tuple(slot.description for slot in self._slots)

    def offer(self) -> SubscribeOffer:
        self._negotiation += 1
        self._offered = self._described()
        sdp = offer_text(
            self._offered,
            self.transport,
            fingerprint=self.endpoint.fingerprint,
            candidates=self.endpoint.candidates,
            session_id=self._session_id,
            version=self._negotiation,
        )
        return SubscribeOffer(self._negotiation, sdp, [slot_view(description) for description in self._offered])

    async def take_answer(self, negotiation: int, sdp: str) -> None:
        """An answer to any but the latest offer is ignored. Raises `SdpError`; then nothing has changed."""
        if negotiation != self._negotiation or self.ended is not None:
            return
        answer = parse_session_description(sdp)
        agreed = agreed_slots(self._offered, answer)
        first = next((section for section in answer.sections if not section.rejected), None)
        if first is None or not first.fingerprints or first.setup not in {"active", "passive"}:
            raise SdpError("the answer has no fingerprint or no DTLS role")
        if self._fingerprints and first.fingerprints != self._fingerprints:
            raise SdpError("the certificate of a connection cannot change")
        self._fingerprints = first.fingerprints
        self._agreed = agreed
        if not self.transport.started:
            self.transport.start(server=first.setup == "active", fingerprints=self._fingerprints)
        self._settle_all()

    def _settle_all(self) -> None:
        for slot in self._slots:
            self._settle(slot)
        self.downlink.choose()

    # ---------------------------------------------------------------- transport

    def _path(self, incoming: SrtpSession) -> Callable[[int], None]:
        view = self.endpoint.incoming.view

        def take(size: int) -> None:
            """A subscriber sends reports; media from it is dropped undecrypted."""
            if 191 < view[1] < 224:
                self.take_control(incoming, size)

        return take

    def _begun(self) -> None:
        self._settle_all()

    def transport_moved(self) -> None:
        address = self.transport.address
        for slot in self._slots:
            if slot.outlet is not None and address is not None:
                slot.outlet.address = address
                if slot.outlet.source is not None:
                    slot.outlet.source.outlet_moved(slot.outlet)

    def _release(self) -> None:
        for slot in self._slots:
            self._vacate(slot)
            slot.free()
            self._discard_outlet(slot)

    # ---------------------------------------------------------------- reports

    def _take_reports(self, items: Sequence[rtcp.RtcpItem]) -> None:
        self._heard_ns = time.monotonic_ns()
        for item in items:
            if isinstance(item, rtcp.Nack):
                self._repeat(item)
            elif isinstance(item, rtcp.KeyframeRequest):
                slot = self._outlets.get(item.media_ssrc)
                self._keyframes_asked += slot is not None
                if slot is not None and slot.outlet is not None and slot.outlet.source is not None:
                    slot.outlet.source.request_keyframe()
            elif isinstance(item, rtcp.ReceptionReport) and item.ssrc in self._outlets:
                self._take_report(item)
        self.downlink.take([item for item in items if self._ours(item)])

    def _ours(self, item: rtcp.RtcpItem) -> bool:
        """Not about a stream that ended, or that there never was."""
        if isinstance(item, rtcp.Nack):
            return item.media_ssrc in self._outlets
        return not isinstance(item, rtcp.ReceptionReport) or item.ssrc in self._outlets

    def _take_report(self, report: rtcp.ReceptionReport) -> None:
        self._answers[report.ssrc] = report
        outlet = self._outlets[report.ssrc].outlet
        measured = outlet.round_trip_ns(report, time.monotonic_ns()) if outlet is not None else None
        self.round_trip_ns = self.round_trip_ns if measured is None else measured

    def _repeat(self, nack: rtcp.Nack) -> None:
        slot = self._outlets.get(nack.media_ssrc)
        outlet = slot.outlet if slot is not None else None
        if slot is None or outlet is None or outlet.source is None:
            return
        self._asked += len(nack.sequences)
        source, now_ns, congested = outlet.source, time.monotonic_ns(), self.downlink.troubled
        audio = slot.kind == "audio"
        for sequence in nack.sequences:
            if not self._budget.may_repeat(outlet.ssrc, sequence, now_ns):
                continue
            packet = source.repeat(outlet, sequence)
            if packet is not None and self._budget.grant(
                outlet.ssrc, sequence, len(packet), audio=audio, now_ns=now_ns, congested=congested
            ):
                self.transport.send_rtp(packet, self.endpoint.outgoing)

    def second(self) -> None:
        self._budget.set_media_rate(self.downlink.second())

    def _last_packet_ns(self) -> int:
        return self._heard_ns

    @property
    def counts(self) -> LineCounts:
        """Of the whole leg's life."""
        outlets = [slot.outlet for slot in self._slots if slot.outlet is not None]
        return LineCounts(
            packets=self._sent + sum(outlet.packets for outlet in outlets),
            octets=self._sent_octets + sum(outlet.octets for outlet in outlets),
            lost=sum(max(0, report.lost) for report in self._answers.values()),
            asked=self._asked,
            repeated=self._budget.granted,
            keyframes_asked=self._keyframes_asked,
        )

    @property
    def jitter_ms(self) -> int | None:
        """The worst of the open tracks, as the subscriber reported it last."""
        jitters = [
            self._answers[slot.outlet.ssrc].jitter * 1000 // slot.publication.codec.clock_rate_hz
            for slot in self._slots
            if slot.open and slot.publication is not None and slot.outlet is not None
            if slot.outlet.ssrc in self._answers
        ]
        return max(jitters, default=None)

    @property
    def picture_ranks(self) -> list[int | None]:
        """Of each picture it could have, the layer that is sent (0 is the full one); None: withheld."""
        return [slot.rank for slot in self._slots if slot.open and slot.kind == "video"]
