"""A whole worker without a front: commands in, notices and facts out, media over real DTLS, sinks in real processes."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

import pytest

from signaling.bus.memory import MemoryBus
from signaling.bus.spool import FactSpool
from signaling.media.endpoint import MediaEndpoint
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.facts import (
    MediaConnected,
    MediaDisconnected,
    RecorderLost,
    RecorderRestored,
    RecordingStarted,
    TrackEnded,
    TrackPublished,
    WorkerFact,
)
from signaling.protocol.from_client import PublishedSource, ShownPicture
from signaling.protocol.grants import Grants, SourceLabel
from signaling.protocol.worker import (
    AcknowledgeFacts,
    AnswerSubscribe,
    MediaRefused,
    OfferPublish,
    OpenRoom,
    PublishAnswered,
    RemoveMember,
    RequestSubscribe,
    RoomOpened,
    SetMember,
    SetShown,
    SpeakingChanged,
    StartRecording,
    SubscribeOffered,
    WorkerCommand,
    WorkerNotice,
)
from signaling.room import hall as hall_module
from signaling.room.hall import Hall, SinkCommands
from tests.unit.signaling.media.rtp_peer import KEYFRAME, RtpPeer, opus, publisher_offer, subscriber_answer, vp8
from tests.unit.signaling.room.test_sink_process import says_ready

ECHO = str(Path(__file__).with_name("echo_sink.py"))
IN_COURT = Grants(
    publish=(SourceLabel.MICROPHONE, SourceLabel.CAMERA), publish_to="courtroom", receive_from=("courtroom",)
)
OBSERVING = Grants(receive_from=("courtroom",))
CONSULTING = Grants(publish=(SourceLabel.MICROPHONE,), publish_to="consult:1", receive_from=("consult:1",))
SOUND = [PublishedSource(mid="0", source=SourceLabel.MICROPHONE)]

M = TypeVar("M", bound=WorkerNotice | WorkerFact)


class HallBus:
    """The front's end, with one worker."""

    def __init__(self, bus: MemoryBus) -> None:
        self._bus = bus

    async def send(self, command: WorkerCommand) -> None:
        await self._bus.send("w", command)

    async def messages(self) -> AsyncIterator[WorkerNotice | WorkerFact]:
        async for said in self._bus.messages():
            yield said.message


class Court:
    """The front's side of the bus, and the participants' peers."""

    def __init__(self, hall: Hall, bus: "HallBus", spool: FactSpool) -> None:
        self.hall, self.bus, self.spool = hall, bus, spool
        self.heard: list[WorkerNotice | WorkerFact] = []
        self.peers: list[RtpPeer] = []
        self._news = asyncio.Event()

    async def listen(self) -> None:
        async for message in self.bus.messages():
            self.heard.append(message)
            self._news.set()

    async def next(self, kind: type[M], **fields: object) -> M:
        """The first message of this kind with these fields, heard already or yet to come; it is taken from the list."""
        async with asyncio.timeout(20):
            while True:
                for message in self.heard:
                    if isinstance(message, kind) and all(getattr(message, k) == v for k, v in fields.items()):
                        self.heard.remove(message)
                        return message
                self._news.clear()
                await self._news.wait()

    async def enter(self, participant: str, grants: Grants) -> None:
        await self.bus.send(
            SetMember(room="r", participant=participant, display_name="某", role_title="当事人", grants=grants)
        )

    async def peer(self) -> RtpPeer:
        peer = await RtpPeer().open()
        self.peers.append(peer)
        return peer

    async def publish(self, participant: str, ssrc: int, connection: str = "up", kind: str = "audio") -> RtpPeer:
        peer = await self.peer()
        offer = publisher_offer(peer, [("0", kind, ssrc)])
        sources = SOUND if kind == "audio" else [PublishedSource(mid="0", source=SourceLabel.CAMERA)]
        await self.bus.send(
            OfferPublish(room="r", participant=participant, connection=connection, sdp=offer, sources=sources)
        )
        answer = await self.next(PublishAnswered, participant=participant)
        await peer.connect(answer.sdp)
        await self.next(MediaConnected, participant=participant, direction="publish")
        return peer

    async def answer(self, offered: SubscribeOffered, peer: RtpPeer) -> None:
        await self.bus.send(
            AnswerSubscribe(
                room="r",
                participant=offered.participant,
                connection=offered.connection,
                negotiation=offered.negotiation,
                sdp=subscriber_answer(peer, offered.sdp),
            )
        )

    async def subscribe(self, participant: str) -> RtpPeer:
        peer = await self.peer()
        await self.bus.send(RequestSubscribe(room="r", participant=participant, connection="down"))
        offered = await self.next(SubscribeOffered, participant=participant)
        await self.answer(offered, peer)
        await peer.connect(offered.sdp)
        await self.next(MediaConnected, participant=participant, direction="subscribe")
        return peer


@pytest.fixture
async def court(tmp_path: Path) -> AsyncIterator[Court]:
    memory = MemoryBus()
    bus = HallBus(memory)
    endpoint = await MediaEndpoint.open("127.0.0.1")
    spool = FactSpool(tmp_path / "facts.jsonl")
    echo = (sys.executable, ECHO, "acknowledge")
    court = Court(Hall(memory.worker("w"), endpoint, spool, SinkCommands(echo, echo)), bus, spool)
    for sink in (court.hall.recorder, court.hall.transcriber):
        sink._says_ready = says_ready  # the echo sink has its own first word
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(court.hall.run())
        listening = tasks.create_task(court.listen())
        await court.hall.recorder.wait_ready()
        await court.hall.transcriber.wait_ready()
        await bus.send(OpenRoom(room="r", hearing="h"))
        await court.next(RoomOpened)
        yield court
        await memory.worker("w").close()
        await running
        await memory.close()
        await listening
        for peer in court.peers:
            await peer.close()
        await endpoint.close()


async def test_what_one_publishes_the_other_in_court_receives(court: Court) -> None:
    await court.enter("judge", IN_COURT)
    await court.enter("plaintiff", IN_COURT)
    ears = await court.subscribe("plaintiff")
    mouth = await court.publish("judge", 1000)
    mouth.send_rtp(opus(1, 1000, b"order"))
    published = await court.next(TrackPublished, participant="judge")
    assert (published.source, published.codec) == (SourceLabel.MICROPHONE, "opus")
    await court.answer(await court.next(SubscribeOffered, participant="plaintiff"), ears)
    await court.bus.send(RequestSubscribe(room="r", participant="judge", connection="down"))
    await court.next(SubscribeOffered, participant="judge")  # a barrier: the answer before it has been obeyed
    mouth.send_rtp(opus(2, 1000, b"in court"))
    assert (await ears.next_rtp()).endswith(b"in court")
    speaking = await court.next(SpeakingChanged)
    assert speaking.participants == ["judge"]


async def test_a_picture_that_is_not_displayed_is_not_sent_on_this_connection_or_the_next(court: Court) -> None:
    await court.enter("judge", IN_COURT)
    await court.enter("plaintiff", IN_COURT)
    camera = await court.publish("judge", 2000, kind="video")
    camera.send_rtp(vp8(1, 2000, KEYFRAME))
    await court.next(TrackPublished, participant="judge")
    shown = [ShownPicture(participant="judge", source=SourceLabel.CAMERA, width=640, height=360)]
    (source,) = court.hall.rooms()[0]._members["judge"].sources()
    for displayed in ([], shown):
        await court.bus.send(SetShown(room="r", participant="plaintiff", shown=displayed))
        await court.bus.send(SetShown(room="r", participant="nobody", shown=shown))
        await court.subscribe("plaintiff")
        before = source.packets_received
        camera.send_rtp(vp8(source.reception.highest + 1, 2000, KEYFRAME))
        while source.packets_received == before:
            await camera.next_rtcp(205, 15)
        assert len(source.outgoing) == len(displayed)


async def test_an_observer_publishes_nothing(court: Court) -> None:
    await court.enter("observer", OBSERVING)
    peer = await court.peer()
    offer = publisher_offer(peer, [("0", "audio", 5)])
    await court.bus.send(OfferPublish(room="r", participant="observer", connection="up", sdp=offer, sources=SOUND))
    refused = await court.next(MediaRefused, participant="observer")
    assert refused.code is ErrorCode.NOT_PERMITTED
    assert court.hall.rooms()[0]._members["observer"].publish is None


async def test_empty_grants_receive_nothing(court: Court) -> None:
    await court.enter("witness", Grants())
    await court.bus.send(RequestSubscribe(room="r", participant="witness", connection="down"))
    assert (await court.next(MediaRefused, participant="witness")).code is ErrorCode.NOT_PERMITTED


async def test_a_broken_description_is_refused_and_the_room_goes_on(court: Court) -> None:
    await court.enter("judge", IN_COURT)
    await court.bus.send(OfferPublish(room="r", participant="judge", connection="up", sdp="v=0", sources=SOUND))
    assert (await court.next(MediaRefused, participant="judge")).code is ErrorCode.SDP_INVALID
    await court.publish("judge", 1000)
    await court.bus.send(OfferPublish(room="r", participant="judge", connection="again", sdp="v=0", sources=SOUND))
    assert (await court.next(MediaRefused, participant="judge")).code is ErrorCode.SDP_INVALID
    present = court.hall.rooms()[0]._members["judge"].publish
    assert present is not None and present.connection == "up" and present.ended is None, "nothing changed"
    assert not [message for message in court.heard if isinstance(message, MediaDisconnected)]


async def test_a_consultation_is_never_followed_by_a_sink(court: Court) -> None:
    """RCD-8."""
    await court.enter("plaintiff", CONSULTING)
    await court.bus.send(StartRecording(room="r", cause="opened"))
    mouth = await court.publish("plaintiff", 7)
    mouth.send_rtp(opus(1, 7))
    await court.next(TrackPublished)
    await court.hall.recorder.barrier()
    assert court.hall.recorder.serves("h") and not court.hall.recorder._tracks


async def test_a_killed_recorder_is_back_with_what_it_had_not_finished(court: Court) -> None:
    await court.enter("judge", IN_COURT)
    await court.bus.send(StartRecording(room="r", cause="opened"))
    mouth = await court.publish("judge", 1000)
    mouth.send_rtp(opus(1, 1000))
    await court.next(TrackPublished)
    first = court.hall.recorder.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await court.next(RecorderLost, hearing="h")
    restored = await court.next(RecorderRestored, hearing="h")
    assert restored.away_ms < 5000 and court.hall.recorder.pid != first
    assert {fact.fact for fact in court.spool.outstanding()} >= {restored.fact}


async def test_who_leaves_ends_the_track_and_says_why(court: Court) -> None:
    await court.enter("judge", IN_COURT)
    mouth = await court.publish("judge", 1000)
    mouth.send_rtp(opus(1, 1000))
    await court.next(TrackPublished)
    await court.bus.send(RemoveMember(room="r", participant="judge"))
    assert (await court.next(TrackEnded)).packets_received == 1
    assert (await court.next(MediaDisconnected)).cause == "removed"


async def test_a_new_connection_replaces_the_old_one(court: Court) -> None:
    await court.enter("judge", IN_COURT)
    await court.publish("judge", 1000)
    await court.publish("judge", 2000, connection="up-again")
    assert (await court.next(MediaDisconnected)).cause == "replaced"


async def test_a_fact_nobody_acknowledged_is_told_again(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    left = RecordingStarted(fact="left", room="r", hearing="h", at_ms=1, cause="opened")
    court.hall.tell(left)
    assert await court.next(RecordingStarted) == left
    monkeypatch.setattr(hall_module, "TELL_AGAIN_S", 0.01)
    async with asyncio.TaskGroup() as tasks:
        again = tasks.create_task(court.hall._tell_again())
        assert await court.next(RecordingStarted) == left
        again.cancel()
    await court.bus.send(AcknowledgeFacts(facts=["left"]))
    await court.bus.send(OpenRoom(room="r", hearing="h"))
    await court.next(RoomOpened)
    assert left not in court.spool.outstanding()
