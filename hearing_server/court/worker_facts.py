"""Facts from the worker: stored once though they may arrive more than once, then shown, then acknowledged.

Notices, which concern only the moment, stand in ``worker_notices``.
"""

import secrets
from dataclasses import replace
from typing import assert_never

from hearing_server.court.bench import watch_for_recorder
from hearing_server.court.deed import Deed
from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.views import utterance_view
from hearing_server.domain.archive import Gap, Segment, Track
from hearing_server.domain.hearing import HearingStatus
from hearing_server.domain.transcript import Utterance, Word, text_sha256
from hearing_server.storage import archive, journal, utterances
from signaling.protocol.court_words import ConnectionState, RecordingState
from signaling.protocol.facts import (
    MediaConnected,
    MediaDisconnected,
    RecorderCaughtUp,
    RecorderFellBehind,
    RecorderLost,
    RecorderRestored,
    RecordingGap,
    RecordingStarted,
    RecordingStopped,
    SegmentSealed,
    TrackEnded,
    TrackPublished,
    TranscriberLost,
    TranscriberRestored,
    TranscriptionGap,
    UtteranceRecognised,
    WorkerFact,
)

_ENVELOPE = {"type", "fact", "room", "hearing", "at_ms", "lease"}
_EVIDENCE = (TrackPublished, TrackEnded, SegmentSealed, RecordingGap, UtteranceRecognised)
"""What is filed whenever it comes; other facts also say how things stand, which a late one does not."""
_SPEECH = {"text", "raw_text", "words"}
"""Never in the journal; the hash of the text is."""
_SEALED_ANEW = (RecordingStopped, SegmentSealed, RecordingGap, UtteranceRecognised)
"""Facts that belong under the seal also when they come after the hearing was closed."""


async def store_fact(live: LiveHearing, fact: WorkerFact, *, late: bool = False) -> None:
    """Commit the fact and what follows from it in one transaction. A fact that is there already changes nothing; a late one is
    of before the room went to another worker."""
    async with live.lock, live.deed("worker") as deed:
        if await journal.has_fact(deed.transaction, fact.fact):
            return
        await deed.note(fact.type, _journal_data(fact), at_ms=fact.at_ms, fact=fact.fact)
        if not late or isinstance(fact, _EVIDENCE):
            await _apply(live, deed, fact)
    if live.hearing.status is not HearingStatus.CLOSED:
        return
    if isinstance(fact, _SEALED_ANEW):
        await live.resources.jobs.enqueue_seal(live.hearing.id)
    if isinstance(fact, RecordingStopped) and not late:
        await live.resources.jobs.enqueue_composite(live.hearing.id)
        async with live.lock:
            await live.reload()


def _journal_data(fact: WorkerFact) -> dict[str, object]:
    data: dict[str, object] = fact.model_dump(mode="json", exclude=_ENVELOPE | _SPEECH)
    if isinstance(fact, UtteranceRecognised):
        data |= {"text_sha256": text_sha256(fact.text), "words": len(fact.words)}
    return data


async def _apply(live: LiveHearing, deed: Deed, fact: WorkerFact) -> None:
    match fact:
        case MediaConnected() | MediaDisconnected():
            deed.afterwards.append(lambda: _show_leg(live, fact))
        case TrackPublished() | TrackEnded():
            await _store_track(deed, fact)
        case RecordingStarted() | RecordingStopped():
            await _store_span(live, deed, fact)
        case SegmentSealed():
            if fact.participant in deed.people:
                await archive.add_segment(deed.transaction, _segment(fact))
        case RecordingGap():
            await archive.add_gap(deed.transaction, _gap(fact))
        case RecorderLost() | RecorderRestored() | RecorderFellBehind() | RecorderCaughtUp():
            deed.afterwards.append(lambda: _show_recorder(live, fact))
        case TranscriberLost() | TranscriberRestored() | TranscriptionGap():
            pass  # journalled; what the courtroom shows comes with the transcriber's state
        case UtteranceRecognised():
            await _store_utterance(live, deed, fact)
        case _:
            assert_never(fact)


def _show_leg(live: LiveHearing, fact: MediaConnected | MediaDisconnected) -> None:
    if fact.participant not in live.people:
        return
    line = live.line(fact.participant)
    if isinstance(fact, MediaConnected):
        line.legs.add(fact.direction)
        line.connection = ConnectionState.CONNECTED
        return
    line.legs.discard(fact.direction)
    if not line.legs and line.connection is ConnectionState.CONNECTED:
        meant = fact.cause in ("closed", "removed", "replaced")
        line.connection = ConnectionState.NONE if meant else ConnectionState.LOST


async def _store_track(deed: Deed, fact: TrackPublished | TrackEnded) -> None:
    if fact.participant not in deed.people:
        return
    if isinstance(fact, TrackPublished):
        track = Track(fact.track, fact.hearing, fact.participant, fact.source.value, fact.codec, fact.at_ms)
        await archive.begin_track(deed.transaction, track)
    else:
        await archive.end_track(
            deed.transaction,
            fact.hearing,
            fact.participant,
            fact.track,
            ended_at_ms=fact.at_ms,
            packets_received=fact.packets_received,
            packets_lost=fact.packets_lost,
        )


async def _store_span(live: LiveHearing, deed: Deed, fact: RecordingStarted | RecordingStopped) -> None:
    """The sheet of starts and stops (RCD-2)."""
    if isinstance(fact, RecordingStarted):
        last_ms = await archive.segments_end_ms(deed.transaction, fact.hearing)
        await archive.end_span(deed.transaction, fact.hearing, min(last_ms or fact.at_ms, fact.at_ms), "server_lost")
        await archive.begin_span(deed.transaction, fact.fact, fact.hearing, fact.at_ms, fact.cause)
        state = RecordingState.RECORDING
    else:
        await archive.end_span(deed.transaction, fact.hearing, fact.at_ms, fact.cause)
        state = RecordingState.SUSPENDED if deed.hearing.is_live else RecordingState.FINALISED
    spans = await archive.spans(deed.transaction, fact.hearing)

    def show() -> None:
        live.state.recording, live.state.recording_message, live.state.spans = state, "", spans

    deed.afterwards.append(show)


def _segment(fact: SegmentSealed) -> Segment:
    return Segment(
        fact=fact.fact,
        hearing_id=fact.hearing,
        participant_id=fact.participant,
        track=fact.track,
        source=fact.source.value,
        path=fact.path,
        start_ms=fact.start_ms,
        end_ms=fact.end_ms,
        size_bytes=fact.size_bytes,
        sha256=fact.sha256,
        packets_received=fact.packets_received,
        packets_written=fact.packets_written,
        packets_read_back=fact.packets_read_back,
        recovered=fact.recovered,
    )


def _gap(fact: RecordingGap) -> Gap:
    return Gap(
        fact=fact.fact,
        hearing_id=fact.hearing,
        participant_id=fact.participant,
        track=fact.track,
        start_ms=fact.start_ms,
        end_ms=fact.end_ms,
        packets=fact.packets,
        cause=fact.cause,
    )


def _show_recorder(
    live: LiveHearing, fact: RecorderLost | RecorderRestored | RecorderFellBehind | RecorderCaughtUp
) -> None:
    state = live.state
    if not live.hearing.is_recorded:
        return
    match fact:
        case RecorderLost():
            state.recording, state.recording_message = RecordingState.FAILED, "recorder_lost"
            watch_for_recorder(live)
        case RecorderRestored() if state.recording is RecordingState.FAILED:
            state.recording, state.recording_message = RecordingState.RECORDING, ""
        case RecorderFellBehind() if not state.recording_message:
            state.recording_message = "recorder_behind"
        case RecorderCaughtUp() if state.recording_message == "recorder_behind":
            state.recording_message = ""
        case _:
            pass  # of a failure that was dealt with, or that says more than this


async def _store_utterance(live: LiveHearing, deed: Deed, fact: UtteranceRecognised) -> None:
    """The recogniser's original is revision 0 and stays (TRN-6)."""
    if fact.participant not in deed.people or not fact.text.strip():
        return
    utterance = Utterance(
        id=fact.utterance,
        hearing_id=fact.hearing,
        participant_id=fact.participant,
        text=fact.text,
        words=tuple(Word(word.text, word.start_ms, word.end_ms, word.confidence) for word in fact.words),
        raw_text=fact.raw_text,
        start_ms=fact.start_ms,
        end_ms=fact.end_ms,
        model=fact.model,
    )
    if await utterances.by_id(deed.transaction, utterance.id) is not None:
        utterance = replace(utterance, id=f"{utterance.id[:40]}-{secrets.token_hex(8)}")  # words are never dropped
    await utterances.add(deed.transaction, utterance, fact.at_ms)
    view = utterance_view(utterance)
    deed.afterwards.append(lambda: live.show_utterance(view))
