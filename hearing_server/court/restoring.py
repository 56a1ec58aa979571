"""Loading a hearing from the database, and taking it up again after the server was down in the middle of it."""

from dataclasses import replace

from hearing_server.court.attendance import wait_for_return
from hearing_server.court.bench import take_up_countdown
from hearing_server.court.live_hearing import OPEN_AGAIN_MS, LiveHearing
from hearing_server.court.resources import Resources
from hearing_server.court.worker_notices import transcription_of
from hearing_server.domain.errors import NotFound
from hearing_server.domain.hearing import Hearing, HearingStatus
from hearing_server.domain.recording import RecordingSpan
from hearing_server.storage import archive, cases, hearings, participants
from signaling.protocol.court_words import RecordingState
from signaling.protocol.worker import StopRecording


async def load(hearing: str, resources: Resources) -> LiveHearing:
    """Raises ``NotFound``."""
    async with resources.database.reading() as transaction:
        loaded = await hearings.by_id(transaction, hearing)
        case = await cases.by_id(transaction, loaded.case_id) if loaded else None
        if loaded is None or case is None:
            raise NotFound("hearing", (hearing,))
        people = await participants.of_hearing(transaction, hearing)
        spans = await archive.spans(transaction, hearing)
        if not loaded.is_recorded:  # the server went down before it heard of the end
            end_ms = await archive.segments_end_ms(transaction, hearing)
            spans = [
                replace(span, end_ms=max(end_ms or 0, span.start_ms)) if span.end_ms is None else span for span in spans
            ]
    live = LiveHearing(loaded, case, people, resources)
    live.state.spans = spans
    live.state.recording = _recording_state(loaded, spans)
    live.state.transcription = transcription_of(live, live.standing.transcriber)
    async with live.lock:
        await live.load_composite()
        await live.load_copies()
    return live


def _recording_state(hearing: Hearing, spans: list[RecordingSpan]) -> RecordingState:
    if not spans:
        return RecordingState.OFF
    if hearing.is_recorded:
        return RecordingState.STARTING
    if hearing.is_live:
        return RecordingState.SUSPENDED
    return RecordingState.FINALISED


async def restore(live: LiveHearing) -> None:
    """The server was down: everybody's line is lost and their seats are kept from now on; what should be recorded is
    recorded again, in new segments of the same hearing, as soon as its room is open."""
    async with live.lock:
        async with live.deed("server") as deed:
            for person in list(deed.people.values()):
                if person.is_here:
                    await deed.change_person(person.lose_line())
            await deed.note("server_restarted", {"status": deed.hearing.status.value})
        for person in live.people.values():
            if person.keeps_seat:
                wait_for_return(live, person.id)
        if live.hearing.status is HearingStatus.READY:
            take_up_countdown(live)


async def finish_recording(live: LiveHearing) -> None:
    """The server went down between the end of recording and the word that everything is sealed: the recorder is asked to
    finish what it finds on disk and to tell of it."""
    if live.hearing.is_recorded:
        return
    async with live.lock:
        if not await live.open_room():
            later_ms = live.resources.clock.now_ms() + OPEN_AGAIN_MS
            live.resources.agenda.at(later_ms, "end of a recording", lambda: finish_recording(live))
            return
        cause = "recess" if live.hearing.is_live else "closed"
        await live.send(StopRecording(room=live.room, cause=cause))
