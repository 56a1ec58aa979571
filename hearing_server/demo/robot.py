"""A participant of the sample hearing that is no person: it joins over real WebRTC, shows its figure and says its lines."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import structlog
from aiortc import MediaStreamTrack

from hearing_server.demo.camera import FRAMES_PER_S, Camera
from hearing_server.demo.clip import Clip, load_clip
from hearing_server.demo.comparison import Spoken
from hearing_server.demo.court_api import CourtApi
from hearing_server.demo.court_session import CourtSession
from hearing_server.demo.failures import Disconnected, Refused
from hearing_server.demo.figures.figure import Figure
from hearing_server.demo.media_link import Publication
from hearing_server.demo.script import Line
from hearing_server.demo.steady_clock import SteadyClock
from hearing_server.demo.voice import Microphone, Voice
from hearing_server.web.models import Seat
from signaling.protocol.from_client import AcknowledgeDiscipline, Leave, ReportDevices, SetMedia
from signaling.protocol.grants import SourceLabel
from signaling.protocol.to_client import MediaLost, ServerMessage

WATCH_S = 1.0
RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class Picture:
    """How large and how often a robot's pictures are."""

    width: int = 640
    frames_per_s: int = FRAMES_PER_S


class Robot:
    """Use as an asynchronous context: inside it the robot is connected, and publishes whenever the court lets it."""

    def __init__(
        self,
        role: str,
        api: CourtApi,
        seat: Seat,
        *,
        figure: Figure,
        clips: Mapping[int, Clip],
        clock: SteadyClock,
        picture: Picture,
    ) -> None:
        self.role = role
        self.seat = seat
        self.session = CourtSession(api, seat.session_token, clock=clock)
        self._voice = Voice(clock.now_ms)
        self._figure = figure
        self._clips = clips
        self._picture = picture
        self._publication = Publication(self.session)
        self._lost = asyncio.Event()
        self._publishing = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._log = structlog.get_logger().bind(role=role, hearing=seat.hearing)

    @property
    def participant(self) -> str:
        return self.seat.participant

    async def __aenter__(self) -> Self:
        await self.session.__aenter__()
        self.session.listen(self._on_message)
        self._keeper = asyncio.create_task(self._keep_publishing())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ended: list[BaseException | None] = []
        if self._keeper is not None:
            self._keeper.cancel()
            ended += await asyncio.gather(self._keeper, return_exceptions=True)
        await self._publication.close()
        await self.session.__aexit__(kind, error, trace)
        for failure in ended:
            if isinstance(failure, Exception) and error is None:
                raise failure

    async def wait_in_lobby(self) -> None:
        """What the lobby asks of everybody: the device check, and the court's rules."""
        request = self.session.next_request
        await self.session.act(ReportDevices(request=request(), camera="works", microphone="works", speaker="works"))
        await self.session.act(AcknowledgeDiscipline(request=request(), text_sha256=self.seat.discipline_sha256))

    async def ready_to_speak(self, timeout_s: float = 30.0) -> None:
        """Wait until this robot is heard and seen. Raises `TimeoutError`."""
        await asyncio.wait_for(self._publishing.wait(), timeout_s)

    async def say(self, line: Line) -> Spoken:
        """Say a line to its end."""
        started_ms = await self._voice.speak(self._clips[line.number])
        return Spoken(line, self.participant, started_ms)

    async def leave(self) -> None:
        await self.session.act(Leave(request=self.session.next_request()))

    async def sent_packets(self) -> dict[str, int]:
        return await self._publication.sent_packets()

    def _on_message(self, _: float, message: ServerMessage) -> None:
        if isinstance(message, MediaLost):
            self._lost.set()

    async def _keep_publishing(self) -> None:
        """Publish when allowed, stop when not, build anew what was lost."""
        while True:
            await self._until(self._allowed)
            if await self._publish():
                self._publishing.set()
                await self._until(lambda: not self._allowed() or self._lost.is_set() or self._broken())
                self._publishing.clear()
                await self._publication.close()
            else:
                await asyncio.sleep(RETRY_S)

    def _allowed(self) -> bool:
        """A muted microphone is taken off this list; the camera tells whether the robot has a place at all."""
        return SourceLabel.CAMERA in self.session.view.may_publish

    def _broken(self) -> bool:
        return self._publication.state in {"failed", "closed"}

    async def _until(self, holds: Callable[[], bool]) -> None:
        """The state of a connection changes without a message, hence the second look each second."""
        while not holds():
            try:
                await self.session.until(lambda _: holds(), WATCH_S)
            except TimeoutError:
                continue

    async def _publish(self) -> bool:
        self._lost.clear()
        muted = SourceLabel.MICROPHONE not in self.session.view.may_publish
        tracks: dict[SourceLabel, MediaStreamTrack] = {
            SourceLabel.CAMERA: Camera(self._figure, self._voice, self._picture.frames_per_s)
        }
        if not muted:
            tracks[SourceLabel.MICROPHONE] = Microphone(self._voice)
        try:
            await self._publication.publish(tracks)
            await self.session.send(SetMedia(microphone=not muted, camera=True))
        except (Refused, Disconnected, ConnectionError, TimeoutError) as error:
            self._log.warning("robot_not_published", error=type(error).__name__)
            return False
        return True


def load_clips(lines: tuple[Line, ...]) -> dict[int, Clip]:
    """The sound of every line, by its number."""
    return {line.number: load_clip(line.path) for line in lines}
