"""Acts of the bench that move the hearing: open, recess, resume, close, advance the stage; and interruptions by themselves."""

from hearing_server.court.deed import Deed
from hearing_server.court.errors import RecorderUnavailable
from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.session import Session
from hearing_server.domain.errors import WrongState
from hearing_server.domain.hearing import HearingStatus
from hearing_server.domain.permissions import Act
from hearing_server.domain.role import Role
from hearing_server.domain.stage_templates import final_statements_asked, require_stage, stages_of
from hearing_server.storage import archive
from signaling.protocol.court_words import RecordingState
from signaling.protocol.from_client import AdvanceStage, CallRecess, CloseHearing, OpenHearing, ResumeHearing
from signaling.protocol.worker import StartRecording, StartTranscription, StopRecording, StopTranscription


async def open_hearing(live: LiveHearing, session: Session, message: OpenHearing) -> None:
    """宣布开庭: the countdown starts; when it ends the court is in session and recorded (RCD-1)."""
    async with live.act(session, Act.OPEN_HEARING) as deed:
        opens_at_ms = deed.now_ms + live.resources.terms.opening_countdown_ms
        announced = deed.hearing.announce_opening(opens_at_ms)
        live.require_room()
        if not live.standing.recorder_ready:
            raise RecorderUnavailable
        if not (live.standing.transcriber_ready or message.without_transcription):
            raise WrongState("transcriber_not_ready")
        await deed.change_hearing(announced)
        await deed.note("opening_announced", {"without_transcription": message.without_transcription})
    _open_when_due(live, opens_at_ms)


def take_up_countdown(live: LiveHearing) -> None:
    """After a restart in the middle of a countdown it ends as announced."""
    if live.hearing.opens_at_ms is not None:
        _open_when_due(live, live.hearing.opens_at_ms)


def _open_when_due(live: LiveHearing, opens_at_ms: int) -> None:
    async def open_now() -> None:
        async with live.lock:
            if live.hearing.opens_at_ms == opens_at_ms:
                await _end_countdown(live)

    live.resources.agenda.at(opens_at_ms, "end of the opening countdown", open_now)


async def _end_countdown(live: LiveHearing) -> None:
    async with live.deed("server") as deed:
        if not live.standing.recorder_ready:  # lost while counting
            live.state.recording, live.state.recording_message = RecordingState.FAILED, "recorder_not_ready"
            await deed.change_hearing(deed.hearing.call_off_opening())
            await deed.note("opening_called_off", {"cause": "recorder_unavailable"})
            return
        await deed.change_hearing(deed.hearing.change(Act.OPEN_HEARING, deed.now_ms))
        await deed.note("hearing_opened", {"openness": deed.hearing.openness})
        await _begin_stage(deed, stages_of(deed.hearing.template)[0].id)
        _start_recording(live, deed, "opened")


async def call_recess(live: LiveHearing, session: Session, message: CallRecess) -> None:
    """休庭: the recording is suspended (REC 3)."""
    async with live.act(session, Act.CALL_RECESS) as deed:
        await deed.change_hearing(
            deed.hearing.change(
                Act.CALL_RECESS, deed.now_ms, reason=message.reason, resumes_at_ms=message.resumes_at_ms
            )
        )
        await deed.note("recess_called", {"reason": message.reason, "resumes_at_ms": message.resumes_at_ms})
        _stop_recording(live, deed, "recess")


async def resume_hearing(live: LiveHearing, session: Session, message: ResumeHearing) -> None:
    """After a recess the recording starts again; after an interruption it has never stopped."""
    async with live.act(session, Act.RESUME_HEARING) as deed:
        was_recorded = deed.hearing.is_recorded
        resumed = deed.hearing.change(Act.RESUME_HEARING, deed.now_ms)
        if not live.standing.recorder_ready:
            raise RecorderUnavailable
        await deed.change_hearing(resumed)
        await deed.note("hearing_resumed")
        if not was_recorded:
            _start_recording(live, deed, "resumed")


async def close_hearing(live: LiveHearing, session: Session, message: CloseHearing) -> None:
    """闭庭. The combined video is asked for once the recorder has sealed everything."""
    async with live.act(session, Act.CLOSE_HEARING) as deed:
        closed = deed.hearing.change(Act.CLOSE_HEARING, deed.now_ms, reason=message.reason)
        held = {mark.stage for mark in await archive.stage_marks(deed.transaction, deed.hearing.id)}
        if not final_statements_asked(deed.hearing.template, held) and not closed.reason:
            raise WrongState("final_statements_not_asked")
        await deed.change_hearing(closed)
        for person in list(deed.people.values()):
            await deed.change_person(person.finish())
        await deed.note("hearing_closed", {"reason": closed.reason})
        _stop_recording(live, deed, "closed")


async def advance_stage(live: LiveHearing, session: Session, message: AdvanceStage) -> None:
    async with live.act(session, Act.ADVANCE_STAGE) as deed:
        require_stage(deed.hearing.template, message.stage)
        await _begin_stage(deed, message.stage)


async def _begin_stage(deed: Deed, stage: str) -> None:
    await deed.change_hearing(deed.hearing.advance(stage))
    row = await deed.note("stage_advanced", {"stage": stage})
    await archive.mark_stage(deed.transaction, deed.hearing.id, row.number, stage, deed.now_ms)


def _start_recording(live: LiveHearing, deed: Deed, cause: str) -> None:
    deed.commands.append(StartRecording(room=live.room, cause=cause))
    deed.commands.append(StartTranscription(room=live.room, vocabulary=live.vocabulary()))


def _stop_recording(live: LiveHearing, deed: Deed, cause: str) -> None:
    deed.commands.append(StopTranscription(room=live.room))
    deed.commands.append(StopRecording(room=live.room, cause=cause))


# ------------------------------------------------------------------ interruptions by themselves


RECORDER = "recorder"


def watch_for_loss(live: LiveHearing, participant: str) -> None:
    """Somebody's line dropped: look again after the time the court waits for them (ABS-3)."""
    person, terms = live.person(participant), live.resources.terms
    live.state.lost_at_ms[participant] = live.resources.clock.now_ms()
    if person.role is Role.PRESIDING_JUDGE:
        _interrupt_later(live, terms.judge_lost_ms, "judge_lost")
    elif person.is_in_courtroom and person.side:
        _interrupt_later(live, terms.party_lost_ms, "party_lost")


def watch_for_recorder(live: LiveHearing) -> None:
    """The recorder was lost: the same time as for the judge."""
    live.state.lost_at_ms[RECORDER] = live.resources.clock.now_ms()
    _interrupt_later(live, live.resources.terms.judge_lost_ms, "recorder_lost")


def _interrupt_later(live: LiveHearing, wait_ms: int, cause: str) -> None:
    lost_at_ms = live.resources.clock.now_ms()

    async def interrupt_if_still_lost() -> None:
        async with live.lock:
            missing = _missing(live, cause)
            lost = all(live.state.lost_at_ms.get(each, lost_at_ms) <= lost_at_ms for each in missing)
            if live.hearing.status is HearingStatus.IN_SESSION and missing and lost:
                async with live.deed("server") as deed:
                    await deed.change_hearing(deed.hearing.change(Act.INTERRUPT, deed.now_ms, reason=cause))
                    await deed.note("hearing_interrupted", {"cause": cause, "lost_at_ms": lost_at_ms})

    live.resources.agenda.at(lost_at_ms + wait_ms, f"interruption: {cause}", interrupt_if_still_lost)


def _missing(live: LiveHearing, cause: str) -> set[str]:
    """Whose absence stops the hearing now: all of a role or side, none of whom is here. Who came back and was lost again since
    then has a later timer of their own."""
    in_court = [person for person in live.people.values() if person.is_in_courtroom]
    match cause:
        case "judge_lost":
            judges = [person for person in in_court if person.role is Role.PRESIDING_JUDGE]
            return set() if any(person.is_here for person in judges) else {person.id for person in judges}
        case "party_lost":
            here = {person.side for person in in_court if person.is_here}
            return {person.id for person in in_court if person.side and person.keeps_seat and person.side not in here}
        case _:
            return {RECORDER} if live.state.recording is RecordingState.FAILED else set()
