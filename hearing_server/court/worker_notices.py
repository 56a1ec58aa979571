"""Notices from the worker: what concerns only the moment and is stored nowhere but for the room's clock and how the lines were."""

from typing import assert_never

from hearing_server.court.bench import watch_for_recorder
from hearing_server.court.lines import keep_lines
from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.outbox import Refusal
from hearing_server.court.resources import WorkerStanding
from signaling.protocol.court_words import ConnectionState, RecordingState, TranscriptionState
from signaling.protocol.line_figures import LinesMeasured
from signaling.protocol.snapshot import TranscriptionView
from signaling.protocol.to_client import (
    CaptionPartial,
    MediaLost,
    PublishAnswer,
    ServerMessage,
    Speaking,
    SubscribeOffer,
)
from signaling.protocol.worker import (
    CaptionHeard,
    MediaRefused,
    PublishAnswered,
    RecorderState,
    RoomLost,
    RoomOpened,
    SpeakingChanged,
    StartRecording,
    StartTranscription,
    SubscribeOffered,
    TranscriberState,
)

RoomNotice = (
    RoomOpened | PublishAnswered | SubscribeOffered | MediaRefused | SpeakingChanged | CaptionHeard | LinesMeasured
)


async def hear_notice(live: LiveHearing, notice: RoomNotice) -> None:
    """Pass on to whoever it concerns and may know."""
    match notice:
        case RoomOpened():
            await _room_opened(live, notice)
        case PublishAnswered():
            _say(
                live,
                notice.participant,
                PublishAnswer(type="publish_answer", connection=notice.connection, sdp=notice.sdp),
            )
        case SubscribeOffered():
            _say(
                live,
                notice.participant,
                SubscribeOffer(
                    type="subscribe_offer",
                    connection=notice.connection,
                    negotiation=notice.negotiation,
                    sdp=notice.sdp,
                    slots=notice.slots,
                ),
            )
        case MediaRefused():
            _say(live, notice.participant, Refusal(notice.code, "media_refused"))
        case SpeakingChanged():
            live.state.speaking = notice.participants
            live.mention(Speaking(type="speaking", participants=notice.participants), captions=False)
        case CaptionHeard():
            partial = CaptionPartial(
                type="caption_partial", utterance=notice.utterance, participant=notice.participant, text=notice.text
            )
            live.mention(partial, captions=True)
        case LinesMeasured():
            await keep_lines(live, notice)
        case _:
            assert_never(notice)


def _say(live: LiveHearing, participant: str, message: ServerMessage | Refusal) -> None:
    if participant in live.people and (session := live.line(participant).session):
        session.say(message)


async def _room_opened(live: LiveHearing, notice: RoomOpened) -> None:
    """The anchor of the hearing clock goes into the journal. A room that was made anew knows nobody: its members are told
    again, the clients connect again, and what should be recorded is. A front that started again finds rooms as they were."""
    async with live.lock:
        before, live.state.anchor_monotonic_us = live.state.anchor_monotonic_us, notice.anchor_monotonic_us
        if before == notice.anchor_monotonic_us:
            return
        made_anew = before is not None
        cause = "worker_lost" if live.state.room_lost else "server_restarted"
        tell_clients = made_anew or live.state.media_refused
        live.state.room_lost = live.state.media_refused = False
        if made_anew:
            for participant in live.people:
                live.line(participant).grants = None
                live.line(participant).legs.clear()
        async with live.deed("worker") as deed:
            anchor = {"anchor_utc_ms": notice.anchor_utc_ms, "anchor_monotonic_us": notice.anchor_monotonic_us}
            await deed.note("room_opened", anchor)
            if live.hearing.is_recorded and notice.recording:
                live.state.recording, live.state.transcribing = RecordingState.RECORDING, True
                live.state.transcription = live.standing.transcriber
            elif live.hearing.is_recorded:
                deed.commands.extend(_recording_again(live, cause))
        if tell_clients:
            for session in live.sessions:
                session.say(MediaLost(type="media_lost"))


def _recording_again(live: LiveHearing, cause: str) -> list[StartRecording | StartTranscription]:
    """What a room needs that should be recording and was just made."""
    return [
        StartRecording(room=live.room, cause=cause),
        StartTranscription(room=live.room, vocabulary=live.vocabulary()),
    ]


async def lose_room(live: LiveHearing, lost: RoomLost) -> None:
    """Its members have no media until it is open again on another worker, which is tried at once and then every second."""
    async with live.lock:
        state = live.state
        state.room_open, state.room_lost = False, True
        for participant in live.people:
            line = live.line(participant)
            line.grants = None
            line.legs.clear()
            if line.connection is not ConnectionState.NONE:
                line.connection = ConnectionState.LOST
        if live.hearing.is_recorded:
            state.recording, state.recording_message = RecordingState.FAILED, "recorder_lost"
            watch_for_recorder(live)
        async with live.deed("server") as deed:
            await deed.note("room_lost", {"worker": lost.worker, "cause": lost.cause})


def hear_recorder(standing: WorkerStanding, live_hearings: list[LiveHearing], notice: RecorderState) -> None:
    """Whether a hearing can be opened; a running one shows it too. The caller announces."""
    standing.recorder_ready = notice.ready
    for live in live_hearings:
        state = live.state
        if not notice.ready and live.hearing.is_recorded:
            state.recording, state.recording_message = RecordingState.FAILED, "recorder_lost"
        elif notice.ready and state.recording_message == "recorder_not_ready":
            state.recording, state.recording_message = RecordingState.OFF, ""


def hear_transcriber(standing: WorkerStanding, live_hearings: list[LiveHearing], notice: TranscriberState) -> None:
    """State of the shared recogniser, or of one room's. The caller announces."""
    view = TranscriptionView(state=notice.state, model=notice.model, demo_model=notice.demo_model, lag_ms=notice.lag_ms)
    if not notice.room:
        standing.transcriber = view
    for live in live_hearings:
        if notice.room in ("", live.room):
            live.state.transcription = transcription_of(live, view)


def transcription_of(live: LiveHearing, view: TranscriptionView) -> TranscriptionView:
    """A room that is not being transcribed shows the model, and that it is off."""
    if live.state.transcribing or view.state in (TranscriptionState.LOADING, TranscriptionState.FAILED):
        return view
    return view.model_copy(update={"state": TranscriptionState.OFF, "lag_ms": 0})
