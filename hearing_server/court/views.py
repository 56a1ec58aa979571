"""Domain values as the messages a client shows, cut to what the recipient may see. Nothing is decided here but the wording."""

from hearing_server.court.live_state import NO_TRANSCRIPTION, Line, LiveState
from hearing_server.court.sight import Sight
from hearing_server.court.terms import CourtTerms
from hearing_server.domain.case import Case
from hearing_server.domain.hearing import Hearing
from hearing_server.domain.participant import Participant
from hearing_server.domain.recording import recorded_ms
from hearing_server.domain.stage_templates import stages_of
from hearing_server.domain.transcript import Utterance
from signaling.protocol.court_words import Language, RecordingState
from signaling.protocol.snapshot import (
    HearingView,
    ParticipantView,
    RecordingView,
    StageView,
    TranscriptionView,
    UtteranceView,
    WordView,
)

NO_RECORDING = RecordingView(state=RecordingState.OFF, started_at_ms=None, elapsed_ms=0, message="")

REASONS: dict[str, tuple[str, str]] = {
    "judge_lost": ("审判长连线中断", "The presiding judge lost the connection"),
    "party_lost": ("一方当事人连线中断", "A party lost the connection"),
    "recorder_lost": ("录音录像发生故障", "The recording failed"),
}
"""Interruptions the server makes by itself; everything else is in the words of whoever gave the reason."""

RECORDING_MESSAGES: dict[str, tuple[str, str]] = {
    "recorder_lost": ("录音录像中断，正在自动恢复。", "The recording broke off and is being restored."),
    "recorder_behind": (
        "录音录像写入变慢，内容已暂存，正在补写，没有丢失。",
        "The recording is written slowly. What waits is kept, nothing is lost.",
    ),
    "copies_failing": (
        "录制正常，但副本存不进存储设备，正在重试，请通知技术人员。",
        "The recording runs, but its copy cannot be stored. It is tried again; call the technical officer.",
    ),
    "recorder_not_ready": ("录音录像未就绪，暂不能开庭。", "The recorder is not ready; the hearing cannot be opened."),
}


def in_language(words: tuple[str, str], language: Language) -> str:
    """Chinese first, English second."""
    return words[1] if language is Language.ENGLISH else words[0]


def stage_views(template: str) -> list[StageView]:
    """The whole template, in order."""
    return [
        StageView(
            stage=stage.id,
            title_zh=stage.title_zh,
            title_en=stage.title_en,
            wording_zh=stage.wording_zh,
        )
        for stage in stages_of(template)
    ]


def hearing_view(hearing: Hearing, case: Case, terms: CourtTerms, sight: Sight, language: Language) -> HearingView:
    reason = in_language(REASONS[hearing.reason], language) if hearing.reason in REASONS else hearing.reason
    return HearingView(
        hearing=hearing.id,
        case_number=case.case_number,
        case_title=case.title,
        court_name=terms.court_name,
        courtroom=hearing.courtroom,
        status=hearing.status,
        allowed_status=[str(status) for status in hearing.allowed()] if sight.proceedings else [],
        stage=hearing.stage if sight.proceedings else None,
        stages=stage_views(hearing.template) if sight.proceedings else [],
        scheduled_at_ms=hearing.scheduled_at_ms,
        opened_at_ms=hearing.opened_at_ms,
        opens_at_ms=hearing.opens_at_ms,
        resumes_at_ms=hearing.resumes_at_ms,
        reason=reason if sight.proceedings else "",
        help_phone=terms.help_phone,
    )


def participant_view(person: Participant, line: Line) -> ParticipantView:
    return ParticipantView(
        participant=person.id,
        name=person.name,
        role=person.role,
        side=person.side,
        place=person.place,
        presence=person.presence,
        connection=line.connection,
        microphone=line.microphone and not person.muted_by_court,
        camera=line.camera and not person.camera_locked,
        screen=line.screen,
        muted_by_court=person.muted_by_court,
        camera_locked=person.camera_locked,
        share_allowed=person.share_allowed,
        hand_raised_at_ms=person.hand_raised_at_ms,
        seat=person.seat,
    )


def recording_view(state: LiveState, sight: Sight, language: Language, now_ms: int) -> RecordingView:
    """The warning is for judge and clerk; that something is wrong is seen by everybody in court."""
    if not sight.proceedings:
        return NO_RECORDING
    shown, key = state.recording, state.recording_message if sight.everybody else ""
    if key == "recorder_behind" and shown is RecordingState.RECORDING:
        shown = RecordingState.DEGRADED
    if state.copies_failing and sight.faults and shown is RecordingState.RECORDING and not key:
        shown, key = RecordingState.DEGRADED, "copies_failing"
    message = RECORDING_MESSAGES.get(key)
    return RecordingView(
        state=shown,
        started_at_ms=state.spans[0].start_ms if state.spans else None,
        elapsed_ms=recorded_ms(state.spans, now_ms),
        message=in_language(message, language) if message else "",
    )


def utterance_view(utterance: Utterance) -> UtteranceView:
    return UtteranceView(
        utterance=utterance.id,
        revision=utterance.revision,
        participant=utterance.participant_id,
        text=utterance.text,
        words=[
            WordView(text=word.text, start_ms=word.start_ms, end_ms=word.end_ms, confidence=word.confidence)
            for word in utterance.words
        ],
        start_ms=utterance.start_ms,
        end_ms=utterance.end_ms,
        status=utterance.status,
        edited_by=utterance.edited_by,
    )


def transcription_view(state: LiveState, sight: Sight) -> TranscriptionView:
    return state.transcription if sight.captions else NO_TRANSCRIPTION
