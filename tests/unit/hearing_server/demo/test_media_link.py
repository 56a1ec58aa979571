"""Publishing and subscribing follow the protocol, over a real WebSocket and real WebRTC."""

import asyncio

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from hearing_server.demo.clip import Clip, load_clip
from hearing_server.demo.court_session import CourtSession
from hearing_server.demo.failures import Refused
from hearing_server.demo.figures.figure import Figure
from hearing_server.demo.media_link import Publication, Subscription, new_connection
from hearing_server.demo.robot import Picture, Robot
from hearing_server.demo.script import sample_hearing
from hearing_server.demo.steady_clock import SteadyClock
from hearing_server.demo.voice import Microphone, Voice
from hearing_server.web.models import Seat
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.from_client import ClientMessage, PublishOffer, Subscribe, SubscribeAnswer
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import SlotView
from signaling.protocol.to_client import MediaLost, PublishAnswer, SubscribeOffer
from tests.unit.hearing_server.demo.court_twin import GOOD_TOKEN, CourtTwin, court_twin, refusal
from tests.unit.hearing_server.demo.listening_peer import ListeningPeer

LINE = sample_hearing()[3]


@pytest.fixture(scope="module")
def clip() -> Clip:
    return load_clip(LINE.path)


class MediaTwin(CourtTwin):
    """Answers offers with a peer that decodes, and offers one participant's voice to whoever subscribes."""

    def __init__(self, *, refuses: bool = False, voice: Voice | None = None) -> None:
        super().__init__()
        self.offers: list[PublishOffer] = []
        self.listeners: list[ListeningPeer] = []
        self.offered = asyncio.Event()
        self._refuses = refuses
        self._voice = voice
        self._sender: RTCPeerConnection | None = None

    async def take(self, message: ClientMessage) -> None:
        match message:
            case PublishOffer() if self._refuses:
                await self.say(refusal(None, ErrorCode.NOT_PERMITTED, fatal=False))
            case PublishOffer():
                self.listeners.append(ListeningPeer())
                answer = await self.listeners[-1].answer(message.sdp)
                self.offers.append(message)
                self.offered.set()
                await self.say(PublishAnswer(type="publish_answer", connection=message.connection, sdp=answer))
            case Subscribe():
                await self._offer(message.connection)
            case SubscribeAnswer():
                assert self._sender is not None
                await self._sender.setRemoteDescription(RTCSessionDescription(message.sdp, "answer"))
            case _:
                pass

    async def _offer(self, connection: str) -> None:
        assert self._voice is not None
        self._sender = new_connection()
        transceiver = self._sender.addTransceiver(Microphone(self._voice), direction="sendonly")
        await self._sender.setLocalDescription(await self._sender.createOffer())
        assert transceiver.mid is not None
        slot = SlotView(mid=transceiver.mid, participant="p2", source=SourceLabel.MICROPHONE)
        sdp = self._sender.localDescription.sdp
        await self.say(
            SubscribeOffer(type="subscribe_offer", connection=connection, negotiation=1, sdp=sdp, slots=[slot])
        )

    async def close(self) -> None:
        for listener in self.listeners:
            await listener.close()
        if self._sender is not None:
            await self._sender.close()


async def test_a_published_voice_arrives_under_the_label_of_its_line(clip: Clip) -> None:
    twin, clock = MediaTwin(), SteadyClock()
    voice = Voice(clock.now_ms)
    async with court_twin(twin) as api, CourtSession(api, GOOD_TOKEN) as session, Publication(session) as publication:
        await publication.publish({SourceLabel.MICROPHONE: Microphone(voice)})
        assert [(source.mid, source.source) for source in twin.offers[0].sources] == [("0", SourceLabel.MICROPHONE)]
        async with asyncio.timeout(20):
            await voice.speak(clip)
            await twin.listeners[0].heard.wait()
        assert (await publication.sent_packets())["audio"] >= clip.blocks - 2, (
            "the last blocks may still be on their way"
        )
        await publication.close()
        assert publication.state == "closed"


async def test_a_refused_publication_says_why() -> None:
    twin = MediaTwin(refuses=True)
    async with court_twin(twin) as api, CourtSession(api, GOOD_TOKEN) as session, Publication(session) as publication:
        with pytest.raises(Refused) as refused:
            await publication.publish({SourceLabel.MICROPHONE: Microphone(Voice(lambda: 0.0))})
        assert refused.value.code is ErrorCode.NOT_PERMITTED


async def test_a_subscriber_hears_and_counts_what_a_slot_carries(clip: Clip) -> None:
    voice = Voice(lambda: 0.0)
    twin = MediaTwin(voice=voice)
    async with court_twin(twin) as api, CourtSession(api, GOOD_TOKEN) as session, Subscription(session) as heard:
        speech = asyncio.ensure_future(voice.speak(clip))
        reception = await heard.until_received("p2", SourceLabel.MICROPHONE, frames=20, energy=0.05)
        assert reception.kind == "audio"
        assert heard.reception("p3", SourceLabel.MICROPHONE) is None
        assert (await heard.received_packets())["audio"] >= 20
        await speech


async def test_a_robot_publishes_again_when_the_server_forgot_its_media(clip: Clip) -> None:
    twin = MediaTwin()
    twin.may_publish = [SourceLabel.MICROPHONE, SourceLabel.CAMERA]
    async with court_twin(twin) as api:
        robot = Robot(
            "clerk",
            api,
            seat(),
            figure=Figure("clerk", 320),
            clips={LINE.number: clip},
            clock=SteadyClock(),
            picture=Picture(width=320),
        )
        async with robot:
            await robot.ready_to_speak()
            assert {source.source for source in twin.offers[0].sources} == set(twin.may_publish)
            twin.offered.clear()
            await twin.say(MediaLost(type="media_lost"))
            async with asyncio.timeout(20):
                await twin.offered.wait()
                spoken = await robot.say(LINE)
                await twin.listeners[1].heard.wait()
                await twin.listeners[1].seen.wait()
            assert spoken.participant == "p1"
            assert twin.offers[0].connection != twin.offers[1].connection


def seat() -> Seat:
    return Seat(
        session_token=GOOD_TOKEN,
        expires_at_ms=0,
        hearing="h1",
        participant="p1",
        name="n",
        role="clerk",
        case_number="1",
        case_title="t",
        status="lobby_open",
        scheduled_at_ms=0,
        discipline_text="",
        discipline_sha256="0" * 64,
        may_publish=[SourceLabel.MICROPHONE, SourceLabel.CAMERA],
    )
