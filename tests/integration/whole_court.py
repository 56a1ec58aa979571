"""A hearing that robots hold on a whole server: real WebRTC, real recorder, real Vosk.

async with hearing_in_session(server) as court, Listener(court.session("clerk")) as listener:
    spoken = await court.say(9)
    await court.recognised(spoken)
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pydantic import BaseModel

from asr.error_rate import comparable, edit_distance
from hearing_server.demo.comparison import Spoken, belonging
from hearing_server.demo.court_api import CourtApi
from hearing_server.demo.court_session import CourtSession
from hearing_server.demo.courtroom_view import CourtroomView
from hearing_server.demo.figures.figure import Figure
from hearing_server.demo.media_link import Subscription
from hearing_server.demo.robot import Picture, Robot, load_clips
from hearing_server.demo.schedule import Scheduled, schedule_hearing
from hearing_server.demo.script import sample_hearing
from hearing_server.demo.steady_clock import SteadyClock
from hearing_server.demo.summary import read_journal
from hearing_server.web.models import JournalRow, NewStaffMember, ServerInfo, StaffMember
from signaling.protocol.court_words import RecordingState, TranscriptionState
from signaling.protocol.from_client import Admit, CloseHearing, MarkReady, OpenHearing, VerifyIdentity
from signaling.protocol.snapshot import UtteranceView
from signaling.protocol.to_client import MediaLost, ServerMessage
from tests.integration.whole_server import TOKEN, until

PARTS = ("presiding_judge", "clerk", "plaintiff", "defendant")
PICTURE = Picture(width=160, frames_per_s=8)
"""Small, so that the robots do not take the processors from the server they test."""
PATIENCE_S = 40.0
ERROR_RATE = 0.1
SAYINGS = 3
LINES = {line.number: line for line in sample_hearing()}

Said = TypeVar("Said", bound=BaseModel)


class Reached(Protocol):
    """A server, in however many processes."""

    @property
    def base_url(self) -> str: ...

    @property
    def setup_token(self) -> str:
        """Printed by the very first start."""


@dataclass(slots=True)
class WholeCourt:
    """A hearing in session. ``told`` is everything each part was told by its socket, in order."""

    api: CourtApi
    """Signed in as the clerk who entered the case."""
    scheduled: Scheduled
    robots: dict[str, Robot]
    told: dict[str, list[ServerMessage]] = field(default_factory=dict)

    @property
    def hearing(self) -> str:
        return self.scheduled.hearing

    @property
    def secrets(self) -> list[str]:
        """What lets somebody in."""
        return [*self.scheduled.tokens.values(), *(robot.seat.session_token for robot in self.robots.values())]

    def session(self, part: str) -> CourtSession:
        return self.robots[part].session

    def heard(self, part: str, kind: type[Said], since: int = 0) -> list[Said]:
        """What a part was told of a kind, after the first ``since`` messages."""
        return [message for message in self.told[part][since:] if isinstance(message, kind)]

    async def until(self, part: str, holds: Callable[[CourtroomView], bool], timeout_s: float = PATIENCE_S) -> None:
        await self.session(part).until(holds, timeout_s)

    # ------------------------------------------------------------------ acts

    async def say(self, number: int) -> Spoken:
        """A line of the sample hearing, by the robot whose it is."""
        line = LINES[number]
        return await self.robots[line.role].say(line)

    async def recognised(self, spoken: Spoken, timeout_s: float = PATIENCE_S) -> list[UtteranceView]:
        """The record's utterances of a line, once they hold as many characters as were said."""
        said = comparable(spoken.line.text)

        def text(view: CourtroomView) -> str:
            return comparable("".join(_words(each) for each in belonging(spoken, view.utterances.values())))

        await self.until("clerk", lambda view: len(text(view)) >= 0.8 * len(said), timeout_s)
        return belonging(spoken, self.session("clerk").view.utterances.values())

    async def understood(self, number: int) -> Spoken:
        """Says a line and returns when its words are in the record. Robots share the machine with what they test, and where one
        stutters a character is lost with the sound: then the line is said again, `SAYINGS` times at most."""
        rates = []
        for _ in range(SAYINGS):
            spoken = await self.say(number)
            rates.append(error_rate(spoken, await self.recognised(spoken)))
            if rates[-1] <= ERROR_RATE:
                return spoken
        raise AssertionError(f"line {number} was not understood: {rates}")

    async def remembers(self, spoken: Spoken) -> None:
        """What was understood is in the record still."""
        assert error_rate(spoken, await self.recognised(spoken)) <= ERROR_RATE

    async def close(self) -> None:
        """Closed, and everything sealed."""
        judge = self.session("presiding_judge")
        await judge.act(CloseHearing(request=judge.next_request(), reason="测试结束"))
        await self.until("clerk", lambda view: view.status == "closed")
        await self.until("clerk", lambda view: _recording(view) == RecordingState.FINALISED)

    async def journal(self) -> list[JournalRow]:
        """Every row; the chain holds."""
        rows, check = await read_journal(self.api, self.hearing)
        assert check.valid
        return rows

    # ------------------------------------------------------------------ the opening

    async def open(self) -> None:
        """The clerk lets everybody in, the judge opens."""
        clerk, judge = self.session("clerk"), self.session("presiding_judge")
        people = [self.scheduled.participants[part] for part in self.robots]
        for participant in people:
            await clerk.act(VerifyIdentity(request=clerk.next_request(), participant=participant))
        for participant in people:
            if clerk.view.participants[participant].place != "courtroom":
                await clerk.act(Admit(request=clerk.next_request(), participant=participant))
        await clerk.act(MarkReady(request=clerk.next_request(), gap_reason="证人稍后到庭"))
        for robot in self.robots.values():
            await robot.ready_to_speak(PATIENCE_S)
        await self.until("presiding_judge", _can_be_opened)
        await judge.act(OpenHearing(request=judge.next_request()))
        await self.until("clerk", is_in_order)


def is_in_order(view: CourtroomView) -> bool:
    """In session, recorded and transcribed."""
    return (
        view.status == "in_session"
        and _recording(view) == RecordingState.RECORDING
        and view.transcription is not None
        and view.transcription.state == TranscriptionState.LIVE
    )


def _recording(view: CourtroomView) -> str:
    return view.recording.state if view.recording is not None else ""


def _can_be_opened(view: CourtroomView) -> bool:
    """The model is loaded, and the recorder has said that it can write."""
    return (
        view.transcription is not None
        and view.transcription.model != ""
        and view.transcription.state == TranscriptionState.OFF
    )


def _words(utterance: UtteranceView) -> str:
    return "".join(word.text for word in utterance.words)


def error_rate(spoken: Spoken, utterances: list[UtteranceView]) -> float:
    """Edits per character said; the recogniser's own words are compared."""
    said = comparable(spoken.line.text)
    heard = comparable("".join(_words(each) for each in sorted(utterances, key=lambda each: each.start_ms)))
    return edit_distance(said, heard) / len(said)


# ---------------------------------------------------------------------- people


@asynccontextmanager
async def signed_in_clerk(server: Reached) -> AsyncIterator[CourtApi]:
    """The first administrator makes a clerk's account, and the clerk signs in."""
    async with CourtApi(server.base_url) as api:
        password = secrets.token_urlsafe(16)
        await api.set_up(server.setup_token, "管理员", "admin", password)
        await api.sign_in("admin", password)
        clerk = NewStaffMember(name="书记员", login="clerk", password=password, roles=["clerk"])
        await api.post("/api/staff", clerk, StaffMember)
        await api.sign_in("clerk", password)
        yield api


@asynccontextmanager
async def hearing_in_session(server: Reached) -> AsyncIterator[WholeCourt]:
    """Judge, clerk, plaintiff and defendant sit in an open, recorded, transcribed hearing; their clients come back by
    themselves, as the browser client does."""
    async with signed_in_clerk(server) as api, hearing_of(server, api) as court:
        yield court


@asynccontextmanager
async def hearing_of(
    server: Reached, api: CourtApi, number: int = 1, parts: Iterable[str] = PARTS
) -> AsyncIterator[WholeCourt]:
    """The same, by a clerk who is signed in already, with some of the parts."""
    async with AsyncExitStack() as stack:
        scheduled = await schedule_hearing(api, number)
        court = WholeCourt(api, scheduled, {})
        clips, clock = load_clips(tuple(LINES.values())), SteadyClock()
        for part in parts:
            own = await stack.enter_async_context(CourtApi(server.base_url))
            seat = await own.join(scheduled.tokens[part])
            figure = await asyncio.to_thread(Figure, part, PICTURE.width)
            robot = Robot(part, own, seat, figure=figure, clips=clips, clock=clock, picture=PICTURE)
            court.robots[part] = await stack.enter_async_context(robot)
            told: list[ServerMessage] = []
            court.told[part] = told
            robot.session.listen(lambda _, message, told=told: told.append(message))  # type: ignore[misc]
            await robot.wait_in_lobby()
        await recorder_ready(api)
        await court.open()
        yield court


async def recorder_ready(api: CourtApi) -> None:
    """Asked for again and again, as the lobby does; nobody is told."""
    async with asyncio.timeout(PATIENCE_S):
        while not (await api.get("/api/server", ServerInfo)).recorder_ready:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.1)


# ---------------------------------------------------------------------- listening


class Listener:
    """Keeps one receiving connection up, as the browser client does: a new one when the server lost the old one. Use as an
    asynchronous context."""

    def __init__(self, session: CourtSession) -> None:
        self._session = session
        self._lost = asyncio.Event()
        self._subscription: Subscription | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Listener":
        self._stop = self._session.listen(self._on_message)
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop()
        assert self._keeper is not None
        self._keeper.cancel()
        await asyncio.gather(self._keeper, return_exceptions=True)

    async def hears(self, participants: list[str], timeout_s: float = PATIENCE_S) -> None:
        """Returns when sound and pictures of all of them are decoded, on a connection made since the last loss."""
        wanted = {(participant, kind) for participant in participants for kind in ("audio", "video")}
        await until(lambda: not self._lost.is_set() and wanted <= set(self._flowing()), f"hears {wanted}", timeout_s)

    @contextmanager
    def watching(self) -> Iterator[dict[tuple[str, str], float]]:
        """Afterwards it holds the longest pause of each (participant, kind), in seconds, between two frames inside."""
        pauses: dict[tuple[str, str], float] = {}
        watched = self._subscription
        assert watched is not None
        for reception in watched.receptions.values():
            reception.longest_pause_s = 0.0
        yield pauses
        assert self._subscription is watched, "the connection was made anew"
        now_s = asyncio.get_running_loop().time()
        for mid, slot in watched.slots.items():
            reception = watched.receptions[mid]
            if slot.participant is not None and reception.last_s is not None:
                pauses[slot.participant, reception.kind] = max(reception.longest_pause_s, now_s - reception.last_s)

    def _flowing(self) -> Iterator[tuple[str, str]]:
        if self._subscription is not None:
            for mid, slot in self._subscription.slots.items():
                reception = self._subscription.receptions.get(mid)
                if slot.participant is not None and reception is not None and reception.frames:
                    yield slot.participant, reception.kind

    def _on_message(self, _: float, message: ServerMessage) -> None:
        if isinstance(message, MediaLost):
            self._lost.set()

    async def _keep(self) -> None:
        while True:
            async with Subscription(self._session) as self._subscription:
                self._lost.clear()
                await self._lost.wait()


@asynccontextmanager
async def measured_stalls() -> AsyncIterator[list[float]]:
    """Afterwards it holds the longest time in seconds in which this process itself did nothing: what it measures of others
    cannot be finer."""
    loop = asyncio.get_running_loop()
    longest = [0.0]

    async def beat() -> None:
        before_s = loop.time()
        while True:
            await asyncio.sleep(0.01)
            longest[0], before_s = max(longest[0], loop.time() - before_s), loop.time()

    beating = asyncio.create_task(beat())
    try:
        yield longest
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)


# ---------------------------------------------------------------------- the record


def gaps_by_track(rows: list[JournalRow]) -> dict[str, int]:
    """Milliseconds of each track that the journal says are not in the archive."""
    gaps: dict[str, int] = {}
    for row in rows:
        if row.type == "recording_gap":
            start_ms, end_ms, track = (row.data[name] for name in ("start_ms", "end_ms", "track"))
            assert isinstance(start_ms, int) and isinstance(end_ms, int) and isinstance(track, str)
            gaps[track] = gaps.get(track, 0) + end_ms - start_ms
    return gaps


def assert_discreet(log: str, secrets: Iterable[str]) -> None:
    """No fault of the program, none of the ``secrets``, and nothing of what was said or who was there: all of that is
    Chinese here."""
    assert "Traceback" not in log, log[log.index("Traceback") - 2000 :][:6000]
    assert not re.search(r"[\u4e00-\u9fff]|\\\\u[4-9][0-9a-f]{3}", log), "names or speech"
    assert not TOKEN.search(log), "a token"
    assert not [secret for secret in secrets if secret in log], "a secret"
