"""The sample hearing is held: the robots come, are let in, speak their lines in turn, and go.

Everything is asked of the court the way people ask it: through its HTTP API and its WebSocket. A part may be left to a person;
the play then waits for what that person does.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from hearing_server.demo.caption_log import CaptionLog
from hearing_server.demo.clip import Clip
from hearing_server.demo.comparison import Spoken
from hearing_server.demo.court_api import CourtApi
from hearing_server.demo.court_session import CourtSession
from hearing_server.demo.failures import Refused
from hearing_server.demo.figures.figure import Figure
from hearing_server.demo.robot import Picture, Robot
from hearing_server.demo.schedule import CAST, Scheduled
from hearing_server.demo.script import Line
from hearing_server.demo.steady_clock import SteadyClock
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.from_client import (
    Admit,
    AdvanceStage,
    CloseHearing,
    MarkReady,
    OpenHearing,
    SendToWaiting,
    VerifyIdentity,
)
from signaling.protocol.to_client import UtteranceChanged

PAUSE_S = 0.7
"""Between two lines."""
ACT_S = 60.0
PERSON_S = 3600.0
"""How long the play waits for a person's act."""
RETRY_S = 2.0
NOT_YET = {ErrorCode.RECORDER_UNAVAILABLE, ErrorCode.WRONG_STATE}
"""Refusals of the opening that may pass by themselves."""
TURN_S = 20.0
"""How long a person has for a line."""

STAGES: dict[int, str] = {
    1: "attendance_check",
    3: "discipline",
    4: "opening",
    8: "claims",
    14: "evidence",
    19: "witness",
    24: "mediation",
    27: "closing",
}
"""The stage that begins with a line, where the hearing's procedure has it."""
WITNESS_CALLED, WITNESS_DISMISSED = 19, 23
"""Lines after which the witness comes and goes."""


@dataclass(frozen=True, slots=True)
class Troupe:
    """What all hearings share: the drawn figures' size, the sounds and the clock."""

    lines: tuple[Line, ...]
    clips: dict[int, Clip]
    picture: Picture
    clock: SteadyClock


@dataclass(slots=True)
class Play:
    """One performance. ``people`` are the parts taken by persons: ``presiding_judge`` or ``clerk``."""

    api: CourtApi
    scheduled: Scheduled
    troupe: Troupe
    people: frozenset[str]
    announce: Callable[[str], None]
    captions: CaptionLog = field(default_factory=CaptionLog)
    spoken: list[Spoken] = field(default_factory=list)
    _robots: dict[str, Robot] = field(default_factory=dict)

    async def perform(self) -> None:
        """From the lobby to the end of the hearing."""
        async with AsyncExitStack() as stack:
            await self._enter(stack)
            await self._let_in()
            await self._open()
            for line in self.troupe.lines:
                await self._line(line)
            await self._close()

    # ------------------------------------------------------------------ before the hearing

    async def _enter(self, stack: AsyncExitStack) -> None:
        parts = [part for part in CAST if part not in self.people]
        figures = await asyncio.gather(*(asyncio.to_thread(Figure, part, self.troupe.picture.width) for part in parts))
        for part, figure in zip(parts, figures, strict=True):
            seat = await self.api.join(self.scheduled.tokens[part])
            robot = Robot(
                part,
                self.api,
                seat,
                figure=figure,
                clips=self.troupe.clips,
                clock=self.troupe.clock,
                picture=self.troupe.picture,
            )
            self._robots[part] = await stack.enter_async_context(robot)
            await robot.wait_in_lobby()
        self._watcher.listen(self.captions.note)

    async def _let_in(self) -> None:
        """The clerk checks who everybody is and lets them in, all but the witness, then reports to the judge."""
        clerk = self._robots.get("clerk")
        if clerk is None:
            self.announce(
                "The clerk's place is yours: check identities, admit everybody but the witness, report ready."
            )
            await self._watcher.until(lambda view: view.status not in {"scheduled", "lobby_open"}, PERSON_S)
        else:
            for part in CAST:
                if part in self._robots or part in self.people:
                    await self._verify(clerk.session, part)
            for part in CAST:
                if part != "witness":
                    await self._admit(clerk.session, part)
            reason = "示范庭审" if self.people else ""
            await clerk.session.act(MarkReady(request=clerk.session.next_request(), gap_reason=reason))
        for part, robot in self._robots.items():
            if part != "witness":
                await robot.ready_to_speak(ACT_S)

    async def _verify(self, clerk: CourtSession, part: str) -> None:
        request = clerk.next_request()
        await clerk.act(VerifyIdentity(request=request, participant=self.scheduled.participants[part]))

    async def _admit(self, clerk: CourtSession, part: str) -> None:
        """A person may be late: their place is waited for. Who is in court by their office needs no admission."""
        participant = self.scheduled.participants[part]
        await clerk.until(lambda view: participant in view.participants, PERSON_S)
        if clerk.view.participants[participant].place != "courtroom":
            await clerk.act(Admit(request=clerk.next_request(), participant=participant))

    async def _open(self) -> None:
        judge = self._robots.get("presiding_judge")
        if judge is None:
            self.announce("The judge's place is yours: open the hearing.")
        else:
            await self._open_when_possible(judge.session)
        patience_s = ACT_S if judge else PERSON_S
        await self._watcher.until(lambda view: view.status == "in_session", patience_s)
        await self._watcher.until(
            lambda view: view.recording is not None and view.recording.state == "recording", ACT_S
        )
        self.announce("The hearing is open.")

    async def _open_when_possible(self, judge: CourtSession) -> None:
        """A server that has just started may still be loading its recogniser."""
        async with asyncio.timeout(ACT_S):
            while True:
                try:
                    await judge.act(OpenHearing(request=judge.next_request()))
                    return
                except Refused as refusal:
                    if refusal.code not in NOT_YET:
                        raise
                    self.announce(f"Not yet: {refusal.message}")
                    await asyncio.sleep(RETRY_S)

    # ------------------------------------------------------------------ the hearing

    async def _line(self, line: Line) -> None:
        await self._stage(line)
        robot = self._robots.get(line.role)
        if robot is None:
            await self._persons_turn(line)
        else:
            self.spoken.append(await robot.say(line))
        await asyncio.sleep(PAUSE_S)
        if line.number == WITNESS_CALLED:
            await self._call_witness()
        elif line.number == WITNESS_DISMISSED:
            await self._dismiss_witness()

    async def _stage(self, line: Line) -> None:
        stage = STAGES.get(line.number)
        hearing = self._watcher.view.hearing
        robot = self._robots.get("clerk") or self._robots.get("presiding_judge")
        if stage is None or hearing is None or robot is None:
            return
        if hearing.stage != stage and any(view.stage == stage for view in hearing.stages):
            await robot.session.act(AdvanceStage(request=robot.session.next_request(), stage=stage))

    async def _persons_turn(self, line: Line) -> None:
        """A person says the line in their own words, or lets it pass."""
        self.announce(f"Your turn: {line.text}")
        participant = self.scheduled.participants[line.role]
        try:
            await self._watcher.expect(
                UtteranceChanged, lambda message: message.utterance.participant == participant, TURN_S
            )
        except TimeoutError:
            self.announce("Nothing was heard; the hearing goes on.")

    async def _call_witness(self) -> None:
        """The judge's to do; the clerk may only on order."""
        judge = self._robots.get("presiding_judge")
        if judge is None:
            self.announce("Let the witness in.")
        else:
            participant = self.scheduled.participants["witness"]
            await judge.session.act(Admit(request=judge.session.next_request(), participant=participant))
        await self._robots["witness"].ready_to_speak(ACT_S if judge else PERSON_S)

    async def _dismiss_witness(self) -> None:
        judge = self._robots.get("presiding_judge")
        if judge is None:
            self.announce("The witness may go.")
        else:
            participant = self.scheduled.participants["witness"]
            await judge.session.act(SendToWaiting(request=judge.session.next_request(), participant=participant))

    async def _close(self) -> None:
        """After the last final caption, which comes a moment after the last word."""
        last = self.spoken[-1] if self.spoken else None
        if last is not None and not self._captioned(last):
            try:
                await self._watcher.expect(UtteranceChanged, lambda _: self._captioned(last), TURN_S)
            except TimeoutError:
                self.announce("No caption came for the last line.")
        judge = self._robots.get("presiding_judge")
        if judge is None:
            self.announce("Close the hearing when you wish.")
        else:
            request = judge.session.next_request()
            await judge.session.act(CloseHearing(request=request, reason="示范庭审到此结束"))
        await self._watcher.until(lambda view: view.status == "closed", ACT_S if judge else PERSON_S)
        self.announce("The hearing is closed.")

    def _captioned(self, last: Spoken) -> bool:
        return any(
            view.participant == last.participant and view.end_ms > last.speech_start_ms
            for view in self.captions.originals.values()
        )

    @property
    def _watcher(self) -> CourtSession:
        """The session through which the play follows the hearing."""
        robot = self._robots.get("clerk") or self._robots["presiding_judge"]
        return robot.session
