"""The way from the server to a participant's browser: its slots, and what its browser reports."""

import random
import time
from collections.abc import Callable

from signaling.media import rtcp
from signaling.media.endpoint import MediaEndpoint
from signaling.media.errors import SdpError
from signaling.media.leg import Leg
from signaling.media.library_internals import SrtpSession
from signaling.media.observer import LegObserver
from signaling.media.outlet import Outlet
from signaling.media.retransmission import RetransmissionBudget
from signaling.media.session_description import parse_session_description
from signaling.media.slot import Slot, SlotDescription, slot_view
from signaling.media.source import Source
from signaling.media.subscribe_offer import AgreedSlot, SubscribeOffer, agreed_slots, offer_text


class SubscribeLeg(Leg):
    """The server offers. `add` and `remove` change slots at once; where the subscriber has to be told, ``needs_negotiation`` becomes
    true, and packets flow only after the answer to an `offer` that says so."""

    direction = "subscribe"

    def __init__(self, endpoint: MediaEndpoint, participant: str, connection: str, observer: LegObserver) -> None:
        super().__init__(endpoint, participant, connection, observer)
        # Two slots from the start: transport and decoders are warm before there is anybody to hear and see.
        self._slots = [Slot("0", "audio"), Slot("1", "video")]
        self._negotiation = 0
        self._offered: tuple[SlotDescription, ...] = ()
        self._agreed: dict[str, AgreedSlot] = {}
        self._fingerprints: tuple[tuple[str, str], ...] = ()
        self._session_id = random.getrandbits(60)
        self._next_ssrc = random.getrandbits(31) | 1 << 20
        self._outlets: dict[int, Slot] = {}
        self._budget = RetransmissionBudget(time.monotonic_ns())
        self._reported_lost: dict[int, int] = {}
        self._sent = 0

    # ---------------------------------------------------------------- slots

    @property
    def sources(self) -> tuple[Source, ...]:
        """What the slots hold now."""
        return tuple(slot.source for slot in self._slots if slot.source is not None)

    def add(self, source: Source) -> None:
        """A newer source of the same participant and label takes the place of the older one."""
        slot = self._slot_for(source)
        if slot.source is source:
            return
        if slot.source is not None:
            self._stop(slot)
        if slot.outlet is None or slot.holder != (source.participant, source.label) or self._was_withdrawn(slot):
            self._discard_outlet(slot)
            outlet = self._new_outlet(slot)
        else:
            outlet = slot.outlet
        slot.take(source, outlet)
        self._settle(slot)

    def remove(self, source: Source) -> None:
        for slot in self._slots:
            if slot.source is source:
                self._stop(slot)
                slot.free()

    def _slot_for(self, source: Source) -> Slot:
        holder = (source.participant, source.label)
        free = [slot for slot in self._slots if slot.source is None and slot.kind == source.kind]
        held = [slot for slot in self._slots if slot.source is not None and slot.holder == holder]
        returned = [slot for slot in free if slot.holder == holder]
        unused = [slot for slot in free if slot.holder is None]
        for candidates in (held, returned, unused, free):
            if candidates:
                return candidates[0]
        slot = Slot(str(len(self._slots)), source.kind)
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
        self._next_ssrc = (self._next_ssrc + 1) & 0xFFFFFFFF
        self._outlets[self._next_ssrc] = slot
        return Outlet(self._next_ssrc, self.transport.send_rtcp)

    def _discard_outlet(self, slot: Slot) -> None:
        if slot.outlet is not None:
            self._sent += slot.outlet.sent
            del self._outlets[slot.outlet.ssrc]
            if self.transport.outgoing is not None:
                self.transport.outgoing.forget(slot.outlet.ssrc)
            slot.outlet = None

    def _settle(self, slot: Slot) -> None:
        """Lets a slot flow if the subscriber has agreed to exactly what it carries now, and stops it if not."""
        agreed, source, outlet = self._agreed.get(slot.mid), slot.source, slot.outlet
        keys, address = self.transport.outgoing, self.transport.address
        if source is None or outlet is None or keys is None or address is None or not self.connected:
            return
        payload_type = agreed.payload_types.get(source.codec) if agreed is not None else None
        if agreed is None or agreed.description != slot.description or payload_type is None:
            self._stop(slot)
            return
        if outlet.payload_type != payload_type:
            self._stop(slot)
        outlet.pointer, outlet.payload_type, outlet.address = keys.pointer, payload_type, address
        source.add_outlet(outlet)

    def _stop(self, slot: Slot) -> None:
        if slot.source is not None and slot.outlet is not None:
            slot.source.remove_outlet(slot.outlet)

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

    # ---------------------------------------------------------------- transport

    def _path(self, incoming: SrtpSession) -> Callable[[int], None]:
        buffer, view = self.endpoint.incoming.buffer, self.endpoint.incoming.view

        def take(size: int) -> None:
            """A subscriber sends reports; media from it is dropped undecrypted."""
            if 191 < view[1] < 224:
                control = incoming.unprotect_rtcp(buffer[0:size])
                if control is not None:
                    self._take_rtcp(control)

        return take

    def _begun(self) -> None:
        self._settle_all()

    def transport_moved(self) -> None:
        address = self.transport.address
        for slot in self._slots:
            if slot.source is not None and slot.outlet is not None and address is not None:
                slot.outlet.address = address
                slot.source.outlet_moved(slot.outlet)

    def _release(self) -> None:
        for slot in self._slots:
            self._stop(slot)
            slot.free()
            self._discard_outlet(slot)

    # ---------------------------------------------------------------- reports

    def _take_rtcp(self, packet: bytes) -> None:
        for item in rtcp.read(packet):
            if isinstance(item, rtcp.Nack):
                self._repeat(item)
            elif isinstance(item, rtcp.KeyframeRequest):
                slot = self._outlets.get(item.media_ssrc)
                if slot is not None and slot.source is not None:
                    slot.source.request_keyframe()
            elif isinstance(item, rtcp.ReceptionReport) and item.ssrc in self._outlets:
                self._reported_lost[item.ssrc] = max(0, item.lost)

    def _repeat(self, nack: rtcp.Nack) -> None:
        slot = self._outlets.get(nack.media_ssrc)
        if slot is None or slot.source is None or slot.outlet is None:
            return
        source, outlet, now_ns = slot.source, slot.outlet, time.monotonic_ns()
        for sequence in nack.sequences:
            packet = source.repeat(outlet, sequence)
            if packet is not None and self._budget.grant(
                outlet.ssrc, sequence, len(packet), audio=slot.kind == "audio", now_ns=now_ns
            ):
                self.transport.send_rtp(packet, self.endpoint.outgoing)

    def second(self) -> None:
        self._budget.set_media_rate(sum(slot.octets_since() for slot in self._slots))

    def _counts(self) -> tuple[int, int]:
        return self._sent, sum(self._reported_lost.values())
