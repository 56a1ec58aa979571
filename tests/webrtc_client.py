"""A participant for integration tests: signs in or joins by link, speaks the protocol, sends and receives real WebRTC.

It is the demonstration's own client; here it gets sources that tests can measure.

    async with CourtApi(base_url) as api:
        seat = await api.join(token)
        async with participant(api, seat) as judge, participant(api, other_seat) as party:
            await judge.publish(lambda voice: FlashCamera(voice))
            await party.subscribe()
            await judge.voice.speak(tone(1.0))
            await party.subscription.until_received(judge.id, SourceLabel.MICROPHONE, energy=0.01)
"""

import asyncio
import fractions
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from hearing_server.demo.camera import CLOCK_HZ, Camera
from hearing_server.demo.clip import Clip, make_clip
from hearing_server.demo.court_api import CourtApi
from hearing_server.demo.court_session import CourtSession
from hearing_server.demo.figures.figure import Figure
from hearing_server.demo.media_link import Publication, Subscription
from hearing_server.demo.steady_clock import SteadyClock
from hearing_server.demo.voice import Microphone, Voice
from hearing_server.web.models import Seat
from signaling.protocol.from_client import SetMedia
from signaling.protocol.grants import SourceLabel

CameraMaker = Callable[[Voice], MediaStreamTrack]


def tone(duration_s: float, frequency_hz: float = 440.0, level: float = 0.3) -> Clip:
    """A sine tone; ``level`` is its amplitude from 0 to 1."""
    samples = np.arange(round(duration_s * 16_000)) / 16_000
    return make_clip((np.sin(2 * np.pi * frequency_hz * samples) * level * 32767).astype(np.int16))


def figure_camera(role: str = "plaintiff", width: int = 320) -> CameraMaker:
    """The drawn figure of a part in the sample hearing."""
    figure = Figure(role, width)
    return lambda voice: Camera(figure, voice)


class FlashCamera(MediaStreamTrack):
    """White while the voice sounds and black while it is silent, at 25 pictures a second: shows picture and sound in step."""

    kind = "video"

    def __init__(self, voice: Voice, width: int = 320, height: int = 180, frames_per_s: int = 25) -> None:
        super().__init__()
        self._voice = voice
        self._rate = frames_per_s
        self._planes = {
            light: np.concatenate(
                [np.full((height, width), light, np.uint8), np.full((height // 2, width), 128, np.uint8)]
            )
            for light in (16, 235)
        }
        self._started_s: float | None = None
        self._count = 0

    async def recv(self) -> av.VideoFrame:
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        if self._started_s is None:
            self._started_s = loop.time()
        await asyncio.sleep(self._started_s + self._count / self._rate - loop.time())
        light = 235 if self._voice.lips().loudness > 0 else 16
        frame = av.VideoFrame.from_ndarray(self._planes[light], format="yuv420p")
        frame.pts = self._count * CLOCK_HZ // self._rate
        frame.time_base = fractions.Fraction(1, CLOCK_HZ)
        self._count += 1
        return frame


@dataclass(slots=True)
class Participant:
    """A connected participant. Its microphone is silent until ``voice.speak``."""

    api: CourtApi
    seat: Seat
    session: CourtSession
    voice: Voice
    publication: Publication
    _stack: AsyncExitStack
    _subscription: Subscription | None = None

    @property
    def id(self) -> str:
        return self.seat.participant

    @property
    def subscription(self) -> Subscription:
        """The receiving connection, after `subscribe`."""
        if self._subscription is None:
            raise RuntimeError("not subscribed")
        return self._subscription

    async def publish(self, camera: CameraMaker | None = None) -> None:
        """Send the voice, and pictures when there is a camera. Raises `Refused` when the server does not allow it."""
        tracks: dict[SourceLabel, MediaStreamTrack] = {SourceLabel.MICROPHONE: Microphone(self.voice)}
        if camera is not None:
            tracks[SourceLabel.CAMERA] = camera(self.voice)
        await self.publication.publish(tracks)
        await self.session.send(SetMedia(microphone=True, camera=camera is not None))

    async def subscribe(self) -> Subscription:
        """Receive, decode and count everything the server offers from now on."""
        self._subscription = await self._stack.enter_async_context(Subscription(self.session))
        return self._subscription


@asynccontextmanager
async def participant(
    api: CourtApi,
    seat: Seat,
    *,
    clock: SteadyClock | None = None,
    take_over: bool = False,
    persistent: bool = False,
) -> AsyncIterator[Participant]:
    """Connected and welcome inside the context; nothing is left running after it."""
    clock = clock or SteadyClock()
    async with AsyncExitStack() as stack:
        session = CourtSession(api, seat.session_token, clock=clock, take_over=take_over, persistent=persistent)
        await stack.enter_async_context(session)
        publication = Publication(session)
        stack.push_async_callback(publication.close)
        yield Participant(api, seat, session, Voice(clock.now_ms), publication, stack)
