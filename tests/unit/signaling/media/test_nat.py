"""A worker behind a NAT: browsers are told another address than the one it is bound to, and come from another one than their own."""

import asyncio
from typing import Any, cast

from signaling.media.endpoint import MediaEndpoint
from signaling.media.publish_leg import PublishLeg
from signaling.media.subscribe_leg import SubscribeLeg
from tests.unit.signaling.media.courtroom import EVERYTHING, LABELS, MICROPHONE_SSRC, Courtroom, publication_of
from tests.unit.signaling.media.rtp_peer import first_value, opus, payload_of, publisher_offer, subscriber_answer

INSIDE, OUTSIDE = "127.0.0.1", "127.0.0.2"


class Nat(asyncio.DatagramProtocol):
    """The public side: each sender gets a port of its own on the private side (RFC 4787 section 4.1)."""

    def __init__(self, inside: tuple[str, int]) -> None:
        self.inside = inside
        self.mappings: dict[tuple[str, int], asyncio.DatagramTransport] = {}
        self._waiting: dict[tuple[str, int], list[bytes]] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._public: asyncio.DatagramTransport

    async def open(self) -> "Nat":
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(OUTSIDE, self.inside[1]))
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._public = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        sender = (str(addr[0]), int(addr[1]))
        if sender in self.mappings:
            self.mappings[sender].sendto(data)
            return
        waiting = self._waiting.setdefault(sender, [])
        waiting.append(data)
        if len(waiting) == 1:
            self._opening.add(asyncio.ensure_future(self._map(sender)))

    async def _map(self, sender: tuple[str, int]) -> None:
        public = self._public

        class Mapping(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
                public.sendto(data, sender)

        loop = asyncio.get_running_loop()
        private, _ = await loop.create_datagram_endpoint(Mapping, remote_addr=self.inside)
        self.mappings[sender] = private
        for datagram in self._waiting.pop(sender):
            private.sendto(datagram)

    async def close(self) -> None:
        await asyncio.gather(*self._opening)
        for transport in (self._public, *self.mappings.values()):
            transport.close()
        await asyncio.sleep(0)  # a datagram transport closes in the next round of the loop


async def test_media_passes_a_nat_whose_address_is_announced() -> None:
    court = Courtroom(await MediaEndpoint.open(INSIDE, announced=[OUTSIDE]))
    nat = await Nat((INSIDE, court.endpoint.port)).open()
    try:
        speaker, listener = await court.peer(), await court.peer()
        up = PublishLeg(court.endpoint, "judge", "up", court.observed)
        offer = publisher_offer(speaker, [("0", "audio", MICROPHONE_SSRC)])
        answer = await up.answer(offer, LABELS, EVERYTHING)
        assert first_value(answer, "candidate").split()[4] == OUTSIDE
        await speaker.connect(answer)
        speaker.send_rtp(opus(1, MICROPHONE_SSRC))
        await court.observed.sources_started(1)

        down = SubscribeLeg(court.endpoint, "clerk", "down", court.observed)
        down.add(publication_of(court.observed.started[0]))
        offered = down.offer()
        await down.take_answer(offered.negotiation, subscriber_answer(listener, offered.sdp))
        await listener.connect(offered.sdp)
        await court.observed.legs_connected(2)
        speaker.send_rtp(opus(2, MICROPHONE_SSRC, b"from outside"))
        assert payload_of(await listener.next_rtp()) == b"from outside"
        mapped = {transport.get_extra_info("sockname") for transport in nat.mappings.values()}
        assert {up.transport.address, down.transport.address} == mapped
        assert not mapped & {peer.transport.get_extra_info("sockname") for peer in (speaker, listener)}
    finally:
        await court.close()
        await nat.close()


async def test_a_browser_whose_mapping_expired_is_followed_to_its_new_one() -> None:
    """A home router forgets silent mappings after half a minute; the next check comes from another port."""
    court = Courtroom(await MediaEndpoint.open(INSIDE, announced=[OUTSIDE]))
    nat = await Nat((INSIDE, court.endpoint.port)).open()
    try:
        speaker = await court.peer()
        leg = PublishLeg(court.endpoint, "judge", "up", court.observed)
        offer = publisher_offer(speaker, [("0", "audio", MICROPHONE_SSRC)])
        answer = await leg.answer(offer, LABELS, EVERYTHING)
        await speaker.connect(answer)
        before = leg.transport.address
        for transport in nat.mappings.values():
            transport.close()
        nat.mappings.clear()
        await speaker.check(answer)
        assert leg.transport.address not in (None, before) and leg.transport.moves == 1
        speaker.send_rtp(opus(1, MICROPHONE_SSRC))
        await court.observed.sources_started(1)
    finally:
        await court.close()
        await nat.close()
