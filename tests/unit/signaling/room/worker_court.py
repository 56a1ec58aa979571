"""A whole worker without a front, for tests: commands in, notices and facts out, media over real DTLS, sinks in real processes."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from signaling.bus.memory import MemoryBus
from signaling.bus.spool import FactSpool
from signaling.media.endpoint import MediaEndpoint
from signaling.protocol.facts import MediaConnected, WorkerFact
from signaling.protocol.from_client import PublishedSource
from signaling.protocol.grants import Grants, SourceLabel
from signaling.protocol.worker import (
    AnswerSubscribe,
    OfferPublish,
    OpenRoom,
    PublishAnswered,
    RequestSubscribe,
    RoomOpened,
    SetMember,
    SubscribeOffered,
    WorkerCommand,
    WorkerNotice,
)
from signaling.room.hall import Hall, SinkCommands
from tests.unit.signaling.media.rtp_peer import RtpPeer, publisher_offer, subscriber_answer
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
    """The front's end of a bus with one worker, and that worker's."""

    def __init__(self) -> None:
        self._bus = MemoryBus()
        self.worker = self._bus.worker("w")

    async def send(self, command: WorkerCommand) -> None:
        await self._bus.send("w", command)

    async def messages(self) -> AsyncIterator[WorkerNotice | WorkerFact]:
        async for said in self._bus.messages():
            yield said.message

    async def close_commands(self) -> None:
        await self.worker.close()

    async def close_messages(self) -> None:
        await self._bus.close()


class Court:
    """The front's side of the bus, and the participants' peers."""

    def __init__(self, hall: Hall, bus: HallBus, spool: FactSpool) -> None:
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


@asynccontextmanager
async def open_court(directory: Path, microphones_at_once: int = 4) -> AsyncIterator[Court]:
    """With the room ``r`` of the hearing ``h``. ``directory`` keeps the facts."""
    bus = HallBus()
    endpoint = await MediaEndpoint.open("127.0.0.1")
    spool = FactSpool(directory / "facts.jsonl")
    echo = (sys.executable, ECHO, "acknowledge")
    court = Court(Hall(bus.worker, endpoint, spool, SinkCommands(echo, echo), microphones_at_once), bus, spool)
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
        await bus.close_commands()
        await running
        await bus.close_messages()
        await listening
        for peer in court.peers:
            await peer.close()
        await endpoint.close()
