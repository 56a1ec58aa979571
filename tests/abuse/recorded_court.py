"""A judge who speaks and shows, a clerk who receives, a real recorder, and room for somebody who means harm.

async with recorded_court(tmp_path) as court:
    for _ in range(10):
        court.stranger.send_raw(...)
        await court.talk(5)
    await court.assert_nothing_was_lost()
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from signaling.bus.spool import FactSpool
from signaling.media.endpoint import MediaEndpoint
from signaling.media.publish_leg import PublishLeg
from signaling.media.subscribe_leg import SubscribeLeg
from signaling.protocol.facts import (
    RecorderLost,
    RecordingGap,
    RecordingStarted,
    RecordingStopped,
    SegmentSealed,
    TrackPublished,
)
from signaling.protocol.from_client import PublishedSource
from signaling.protocol.grants import SourceLabel
from signaling.protocol.worker import (
    OfferPublish,
    OpenRoom,
    PublishAnswered,
    RequestSubscribe,
    RoomOpened,
    StartRecording,
    StopRecording,
    SubscribeOffered,
)
from signaling.room.hall import Hall, SinkCommands
from tests.unit.signaling.media.rtp_peer import RtpPeer, opus, payload_of, publisher_offer, ssrc_of, vp8, vp8_payload
from tests.unit.signaling.room.test_sink_process import says_ready
from tests.unit.signaling.room.worker_court import ECHO, IN_COURT, Court, HallBus

VOICE, PICTURE = 1000, 2000
"""SSRCs of the judge."""
SOURCES = [
    PublishedSource(mid="0", source=SourceLabel.MICROPHONE),
    PublishedSource(mid="1", source=SourceLabel.CAMERA),
]
SILENCE = b"\xfc\xff\xfe"
"""Opus: 20 ms of nothing in full band (RFC 6716 section 3.1); what follows tells the packets apart."""
HEIGHT = 180

F = TypeVar("F", SegmentSealed, RecordingGap, TrackPublished)


@dataclass(slots=True)
class RecordedCourt(Court):
    """Connected, recorded; the judge's first picture has been received."""

    hall: Hall
    bus: HallBus
    spool: FactSpool
    endpoint: MediaEndpoint
    heard: list = field(default_factory=list)  # type: ignore[type-arg]
    peers: list[RtpPeer] = field(default_factory=list)
    in_court = IN_COURT
    sdp: str = ""
    """What the judge was answered."""
    sent: int = 0
    """Pairs of a voice packet and a picture."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    judge: RtpPeer = field(init=False)
    clerk: RtpPeer = field(init=False)
    stranger: RtpPeer = field(init=False)
    """A third address that knows where the server is."""
    captured: list[bytes] = field(default_factory=list)
    """Datagrams of the judge as anybody on the way sees them."""

    @property
    def publishing(self) -> PublishLeg:
        leg = self.leg("judge", "publish")
        assert isinstance(leg, PublishLeg)
        return leg

    @property
    def receiving(self) -> SubscribeLeg:
        leg = self.leg("clerk", "subscribe")
        assert isinstance(leg, SubscribeLeg)
        return leg

    def leg(self, participant: str, direction: str) -> PublishLeg | SubscribeLeg | None:
        member = self.hall.rooms()[0]._members[participant]
        return member.publish if direction == "publish" else member.subscribe

    async def begin(self) -> None:
        for who in ("judge", "clerk"):
            await self.enter(who, IN_COURT)
        await self.bus.send(StartRecording(room="r", cause="opened"))
        await self.next(RecordingStarted)
        self.judge, self.stranger = await self.peer(), await self.peer()
        self.sdp = await self.offer("judge", self.judge, VOICE, PICTURE)
        await self.judge.connect(self.sdp)
        self.stranger.point_at(self.sdp)
        self.judge.send_rtp(opus(1, VOICE, SILENCE), _picture(1))
        for _ in range(2):
            await self.next(TrackPublished)  # from now on the recorder follows
        self.clerk = await self.subscribe("clerk")
        self.sent = 1
        while not all(source.outgoing for source in self.publishing.sources):
            await self._say_one()
            await self.judge.next_rtcp(205, 15)
        while not self.clerk.rtp.empty():
            self.clerk.rtp.get_nowait()

    async def offer(
        self, participant: str, peer: RtpPeer, voice: int | None = 11, picture: int | None = 21, **words: Any
    ) -> str:
        """Returns the answer."""
        offer = publisher_offer(peer, [("0", "audio", voice), ("1", "video", picture)], **words)
        await self.bus.send(
            OfferPublish(room="r", participant=participant, connection=f"up-{participant}", sdp=offer, sources=SOURCES)
        )
        return (await self.next(PublishAnswered, participant=participant)).sdp

    async def follow_offers(self) -> None:
        """The clerk agrees to whatever is offered by now."""
        while offers := [each for each in self.heard if isinstance(each, SubscribeOffered)]:
            self.heard.remove(offers[0])
            await self.answer(offers[0], self.clerk)

    async def _say_one(self) -> bytes:
        self.sent += 1
        number = self.sent
        mark = SILENCE + number.to_bytes(4, "big")
        for packet in (opus(number, VOICE, mark), _picture(number)):
            datagram = self.judge.protect(packet)
            self.captured = [*self.captured[-63:], datagram]
            self.judge.send_raw(datagram)
        return mark

    async def talk(self, count: int = 1) -> None:
        """Says and shows ``count`` times; returns when the clerk has received all of it, each part once and in order."""
        for _ in range(count):
            if self.sent % 50 == 0:
                stay(self.judge, self.publishing)
                stay(self.clerk, self.receiving)
                self.clerk.encrypted.clear()
            mark, received = await self._say_one(), list[bytes]()
            while len(received) < 2:
                packet = await self.clerk.next_rtp()
                if ssrc_of(packet) in self._judges():
                    received.append(packet)
            voices = [payload_of(packet) for packet in received if packet[1] & 0x7F == 111]
            assert voices == [mark], "the next voice packet is the one just said"

    def _judges(self) -> set[int]:
        """SSRCs under which the clerk receives the judge."""
        slots = [slot for slot in self.receiving._slots if slot.outlet is not None and slot.holder is not None]
        return {slot.outlet.ssrc for slot in slots if slot.outlet and slot.holder and slot.holder[0] == "judge"}

    async def barrier(self) -> None:
        """The room has dealt with everything it was told, and this side has heard of it."""
        name = f"barrier-{len(self.hall.rooms()[0]._members)}"
        await self.enter(name, self.in_court)
        await self.bus.send(RequestSubscribe(room="r", participant=name, connection="barrier"))
        await self.next(SubscribeOffered, participant=name)

    def facts(self, kind: type[F], participant: str) -> list[F]:
        """Each once: a fact that nobody acknowledged is told again."""
        told = {each.fact: each for each in self.heard if isinstance(each, kind)}
        return [each for each in told.values() if each.participant == participant]

    async def assert_nothing_was_lost(self) -> None:
        """In the hearing and in the record."""
        assert not [each for each in self.heard if isinstance(each, RecorderLost)]
        assert [source.packets_received for source in self.publishing.sources] == [self.sent, self.sent]
        assert [source.packets_lost for source in self.publishing.sources] == [0, 0]
        await self.bus.send(StopRecording(room="r", cause="closed"))
        await self.next(RecordingStopped)
        sealed = self.facts(SegmentSealed, "judge")
        for label in (SourceLabel.MICROPHONE, SourceLabel.CAMERA):
            segments = [segment for segment in sealed if segment.source is label]
            recorded = self.sent - 1  # all but the first, with which the tracks began
            assert sum(segment.packets_received for segment in segments) == recorded, label
            assert sum(segment.packets_read_back for segment in segments) == recorded, label
        assert not self.facts(RecordingGap, "judge")


def stay(peer: RtpPeer, leg: PublishLeg | SubscribeLeg) -> None:
    """A connectivity check, as browsers send them every few seconds; without any a leg expires."""
    transport = leg.transport
    peer.send_raw(bytes(peer.binding_request(f"a=ice-ufrag:{transport.ufrag}\r\na=ice-pwd:{transport.password}\r\n")))


def _picture(number: int) -> bytes:
    packet = bytearray(vp8(number, PICTURE, vp8_payload(number, number & 0xFF, key=True, height=HEIGHT)))
    packet[1] |= 0x80  # marker: the last packet of its picture
    return bytes(packet)


@asynccontextmanager
async def recorded_court(folder: Path, *, spills: bool = False) -> AsyncIterator[RecordedCourt]:
    """``spills``: what the recorder's memory has no room for waits on disk, as in a real court."""
    bus, spool = HallBus(), FactSpool(folder / "facts.jsonl")
    endpoint = await MediaEndpoint.open("127.0.0.1")
    recordings = folder / "recordings"
    recordings.mkdir()
    recorder = (sys.executable, "-m", "recorder", "--root", str(recordings), "--least-free-mb", "0")
    sinks = SinkCommands(recorder, (sys.executable, ECHO, "acknowledge"))
    hall = Hall(bus.worker, endpoint, spool, sinks, spill_folder=folder if spills else None)
    hall.transcriber._says_ready = says_ready  # the echo sink has its own first word
    court = RecordedCourt(hall, bus, spool, endpoint)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(hall.run())
        listening = tasks.create_task(court.listen())
        try:
            await hall.recorder.wait_ready()
            await hall.transcriber.wait_ready()
            await bus.send(OpenRoom(room="r", hearing="h"))
            await court.next(RoomOpened)
            await court.begin()
            yield court
        finally:
            await bus.close_commands()
            await running
            await bus.close_messages()
            await listening
            for peer in court.peers:
                await peer.close()
            await endpoint.close()
