"""What was not recorded and should have been: the faults that a judge has to state (RCD-4, REC 4). A pause that the law allows, a muted
microphone and the ordinary loss of a network are none."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest

from hearing_server.domain.archive import Gap, Segment
from hearing_server.domain.recording import RecordingSpan, SuspensionCause

ORDINARY_LOSS_MS = 5_000
"""Until this length a gap of one track is what any network has; longer, and somebody was not heard or seen."""
TOGETHER_WITHIN_MS = 2_000
"""Gaps of one cause in several tracks that lie closer than this are one fault."""
EXPLAINED_WITHIN_MS = 10_000
"""A file that was rescued belongs to the fault that cut it off; only without one is it stated by itself."""
FOLLOWED_WITHIN_MS = 60_000
"""What the journal tells until then was done about it."""


class FaultCause(StrEnum):
    """Why something is missing."""

    SERVER_LOST = "server_lost"
    """The server was away."""
    RECORDER_LOST = "recorder_lost"
    """The recorder ended and was started again."""
    SPILL_FULL = "spill_full"
    """Memory and disk took nothing any more."""
    LINE_LOST = "line_lost"
    """A participant's line brought nothing for long."""
    UNDECODABLE = "undecodable"
    """What came could not be made into sound or picture, for long."""
    FILE_RESCUED = "file_rescued"
    """A file was cut off and rescued; what was in it up to then is kept."""
    NOT_ENDED = "not_ended"
    """No end of the recording is known."""


class Measure(StrEnum):
    """What was done, by the types of the journal's rows."""

    RECORDER_RESTORED = "recorder_restored"
    HEARING_INTERRUPTED = "hearing_interrupted"
    HEARING_RESUMED = "hearing_resumed"
    RECORDING_STARTED = "recording_started"


@dataclass(frozen=True, slots=True)
class Done:
    """A measure, and when it was taken."""

    measure: Measure
    at_ms: int


@dataclass(frozen=True, slots=True)
class Fault:
    """``tracks`` are pairs of participant and track id; empty when everything was concerned."""

    cause: FaultCause
    start_ms: int
    end_ms: int | None
    tracks: tuple[tuple[str, str], ...] = ()
    packets: int = 0
    done: tuple[Done, ...] = ()


_OF_GAP = {
    "server_lost": FaultCause.SERVER_LOST,
    "recorder_lost": FaultCause.RECORDER_LOST,
    "spill_full": FaultCause.SPILL_FULL,
    "network_loss": FaultCause.LINE_LOST,
    "undecodable": FaultCause.UNDECODABLE,
}
_ORDINARY = frozenset({FaultCause.LINE_LOST, FaultCause.UNDECODABLE})
_LAWFUL = frozenset({"closed", *(cause.value for cause in SuspensionCause)})


def faults_of(
    spans: Iterable[RecordingSpan], gaps: Iterable[Gap], segments: Iterable[Segment], done: Iterable[Done]
) -> list[Fault]:
    """In the order of time."""
    found = _together([*_of_spans(list(spans)), *_of_gaps(gaps)])
    found += _together([rescued for rescued in _of_segments(segments) if not _explained(rescued, found)])
    measures = sorted(done, key=lambda each: each.at_ms)
    found.sort(key=lambda fault: fault.start_ms)
    return [replace(fault, done=_done(fault, measures)) for fault in found]


def _of_spans(spans: list[RecordingSpan]) -> list[Fault]:
    spans = sorted(spans, key=lambda span: span.start_ms)
    faults = []
    for span, following in zip_longest(spans, spans[1:]):
        if span.end_ms is None:
            faults.append(Fault(FaultCause.NOT_ENDED, span.start_ms, None))
        elif span.end_cause not in _LAWFUL:
            faults.append(Fault(FaultCause.SERVER_LOST, span.end_ms, following.start_ms if following else None))
    return faults


def _of_gaps(gaps: Iterable[Gap]) -> list[Fault]:
    faults = []
    for gap in gaps:
        cause = _OF_GAP.get(gap.cause)
        if cause is None or (cause in _ORDINARY and gap.end_ms - gap.start_ms < ORDINARY_LOSS_MS):
            continue
        tracks = ((gap.participant_id, gap.track),) if gap.track else ()
        faults.append(Fault(cause, gap.start_ms, gap.end_ms, tracks, gap.packets))
    return faults


def _of_segments(segments: Iterable[Segment]) -> list[Fault]:
    return [
        Fault(FaultCause.FILE_RESCUED, each.end_ms, each.end_ms, ((each.participant_id, each.track),))
        for each in segments
        if each.recovered
    ]


def _explained(rescued: Fault, by: list[Fault]) -> bool:
    at_ms = rescued.start_ms
    return any(
        fault.cause not in _ORDINARY
        and fault.start_ms - EXPLAINED_WITHIN_MS <= at_ms
        and (fault.end_ms is None or at_ms <= fault.end_ms + EXPLAINED_WITHIN_MS)
        for fault in by
    )


def _together(faults: list[Fault]) -> list[Fault]:
    """Those of one cause that overlap or nearly do, as one."""
    merged: list[Fault] = []
    open_of: dict[FaultCause, int] = {}
    for fault in sorted(faults, key=lambda each: each.start_ms):
        at = open_of.get(fault.cause)
        before = merged[at] if at is not None else None
        if before is not None and at is not None and _near(before, fault):
            merged[at] = _one(before, fault)
        else:
            open_of[fault.cause] = len(merged)
            merged.append(fault)
    return merged


def _near(before: Fault, fault: Fault) -> bool:
    return before.end_ms is None or fault.start_ms <= before.end_ms + TOGETHER_WITHIN_MS


def _one(before: Fault, fault: Fault) -> Fault:
    end_ms = None if None in (before.end_ms, fault.end_ms) else max(before.end_ms or 0, fault.end_ms or 0)
    tracks = tuple(dict.fromkeys((*before.tracks, *fault.tracks)))
    return replace(before, end_ms=end_ms, tracks=tracks, packets=before.packets + fault.packets)


def _done(fault: Fault, measures: list[Done]) -> tuple[Done, ...]:
    """The first of each kind that followed."""
    if fault.cause in _ORDINARY:
        return ()
    until_ms = (fault.start_ms if fault.end_ms is None else fault.end_ms) + FOLLOWED_WITHIN_MS
    first: dict[Measure, Done] = {}
    for each in measures:
        if fault.start_ms <= each.at_ms <= until_ms:
            first.setdefault(each.measure, each)
    return tuple(first.values())
