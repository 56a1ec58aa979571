"""What tests of the legs share: an observer that remembers, a sink that remembers, and participants who publish and subscribe."""

import asyncio
from collections.abc import Mapping, Sized
from dataclasses import dataclass, field

from signaling.media.endpoint import MediaEndpoint
from signaling.media.leg import Leg
from signaling.media.observer import LegCloseCause, LegEvidence
from signaling.media.publication import Publication
from signaling.media.publish_leg import PublishLeg
from signaling.media.sink import SinkPacket
from signaling.media.source import Source
from signaling.media.subscribe_leg import SubscribeLeg
from signaling.protocol.grants import SourceLabel
from tests.unit.signaling.media.rtp_peer import DEADLINE_S, RtpPeer, publisher_offer, subscriber_answer

MICROPHONE_SSRC, CAMERA_SSRC, SCREEN_SSRC = 1000, 2000, 3000
LABELS = {"0": SourceLabel.MICROPHONE, "1": SourceLabel.CAMERA}
EVERYTHING = frozenset(SourceLabel)


def publication_of(source: Source) -> Publication:
    assert source.publication is not None, "every source of a leg belongs to a publication"
    return source.publication


class Observed:
    """A `LegObserver` one can wait on."""

    def __init__(self) -> None:
        self.connected: list[Leg] = []
        self.closed: list[tuple[Leg, LegCloseCause, LegEvidence]] = []
        self.started: list[Source] = []
        self.ended: list[Source] = []
        self._pending = asyncio.Event()

    def leg_connected(self, leg: Leg) -> None:
        self.connected.append(leg)
        self._pending.set()

    def leg_closed(self, leg: Leg, cause: LegCloseCause, evidence: LegEvidence) -> None:
        self.closed.append((leg, cause, evidence))
        self._pending.set()

    def source_started(self, leg: Leg, source: Source) -> None:
        self.started.append(source)
        self._pending.set()

    def source_ended(self, leg: Leg, source: Source) -> None:
        self.ended.append(source)
        self._pending.set()

    async def _wait(self, count: int, things: Sized) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while len(things) < count:
                self._pending.clear()
                await self._pending.wait()

    async def legs_connected(self, count: int) -> None:
        await self._wait(count, self.connected)

    async def legs_closed(self, count: int) -> None:
        await self._wait(count, self.closed)

    async def sources_started(self, count: int) -> None:
        await self._wait(count, self.started)

    async def sources_ended(self, count: int) -> None:
        await self._wait(count, self.ended)


@dataclass
class Collected:
    """A `TrackSink` that keeps everything."""

    opened: list[Source] = field(default_factory=list)
    closed: list[Source] = field(default_factory=list)
    batches: list[list[SinkPacket]] = field(default_factory=list)
    reports: list[tuple[int, int, int]] = field(default_factory=list)

    def open_track(self, source: Source) -> None:
        self.opened.append(source)

    def packets(self, source: Source, batch: list[SinkPacket]) -> None:
        self.batches.append(batch)

    def sender_report(self, source: Source, arrival_us: int, ntp: int, rtp: int) -> None:
        self.reports.append((arrival_us, ntp, rtp))

    def close_track(self, source: Source) -> None:
        self.closed.append(source)

    @property
    def received(self) -> list[SinkPacket]:
        return [packet for batch in self.batches for packet in batch]


class Courtroom:
    """Closes what it made."""

    def __init__(self, endpoint: MediaEndpoint) -> None:
        self.endpoint = endpoint
        self.observed = Observed()
        self._peers: list[RtpPeer] = []

    async def peer(self, host: str = "127.0.0.1") -> RtpPeer:
        peer = await RtpPeer().open(host)
        self.keep(peer)
        return peer

    def keep(self, peer: RtpPeer) -> None:
        self._peers.append(peer)

    async def publisher(
        self,
        participant: str = "judge",
        *,
        allowed: frozenset[SourceLabel] = EVERYTHING,
        labels: Mapping[str, SourceLabel] | None = None,
        offer: str | None = None,
        peer: RtpPeer | None = None,
    ) -> tuple[PublishLeg, RtpPeer]:
        """Connected, with a microphone and a camera unless the offer says otherwise."""
        peer = peer or await self.peer()
        leg = PublishLeg(self.endpoint, participant, f"up-{participant}", self.observed)
        media = [("0", "audio", MICROPHONE_SSRC), ("1", "video", CAMERA_SSRC)]
        answer = await leg.answer(offer or publisher_offer(peer, media), labels or LABELS, allowed)
        await self._connected(leg, peer, answer)
        return leg, peer

    async def layered_publisher(self, participant: str = "judge") -> tuple[PublishLeg, RtpPeer]:
        """Connected, with a microphone and a camera in the layers q, h and f."""
        peer = await self.peer()
        media = [("0", "audio", MICROPHONE_SSRC), ("1", "video", None)]
        return await self.publisher(participant, offer=publisher_offer(peer, media, rids=("q", "h", "f")), peer=peer)

    async def subscriber(
        self, participant: str = "clerk", *sources: Source, peer: RtpPeer | None = None
    ) -> tuple[SubscribeLeg, RtpPeer]:
        """Connected, and all that ``sources`` need is negotiated."""
        peer = peer or await self.peer()
        leg = SubscribeLeg(self.endpoint, participant, f"down-{participant}", self.observed)
        for source in sources:
            leg.add(publication_of(source))
        offer = leg.offer()
        await leg.take_answer(offer.negotiation, subscriber_answer(peer, offer.sdp))
        await self._connected(leg, peer, offer.sdp)
        return leg, peer

    async def _connected(self, leg: Leg, peer: RtpPeer, sdp: str) -> None:
        await peer.connect(sdp)
        await self.observed.legs_connected(len(self.observed.connected) + (leg not in self.observed.connected))

    async def close(self) -> None:
        await self.endpoint.close()
        for peer in self._peers:
            await peer.close()


async def negotiate(leg: SubscribeLeg, peer: RtpPeer) -> str:
    """One more round; returns the offer."""
    offer = leg.offer()
    await leg.take_answer(offer.negotiation, subscriber_answer(peer, offer.sdp))
    return offer.sdp
