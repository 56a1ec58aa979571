"""What a judge has to state, and what not (RCD-4)."""

from dataclasses import replace

from hearing_server.domain.archive import Gap, Segment
from hearing_server.domain.fault import Done, Fault, FaultCause, Measure, faults_of
from hearing_server.domain.recording import RecordingSpan

BEGUN = RecordingSpan(0, "opened", 60_000, "recess")
ENDED = RecordingSpan(90_000, "resumed", 200_000, "closed")
SEGMENT = Segment(
    "f", "h", "judge", "m1", "microphone", "tracks/judge/m1/00000.mkv", 0, 9_000, 1, "0" * 64, 9, 9, 9, False
)


def gap(cause: str, start_ms: int, end_ms: int, participant: str = "judge", track: str = "m1") -> Gap:
    return Gap(f"{cause}{start_ms}{participant}", "h", participant, track, start_ms, end_ms, 10, cause)


def test_recess_pause_and_ordinary_loss_are_no_faults() -> None:
    gaps = [gap("network_loss", 1_000, 5_999), gap("paused", 59_990, 60_000), gap("undecodable", 7_000, 7_100)]
    assert faults_of([BEGUN, ENDED], gaps, [SEGMENT], []) == []
    assert faults_of([], [], [], []) == []


def test_long_silence_of_a_line_is_a_fault_of_its_track() -> None:
    found = faults_of([BEGUN, ENDED], [gap("network_loss", 1_000, 6_000)], [], [])
    assert found == [Fault(FaultCause.LINE_LOST, 1_000, 6_000, (("judge", "m1"),), 10)]


def test_gaps_of_one_loss_of_the_recorder_are_one_fault_with_what_was_done() -> None:
    gaps = [gap("recorder_lost", 1_000, 2_500), gap("recorder_lost", 1_200, 2_600, "party", "c1")]
    done = [
        Done(Measure.HEARING_INTERRUPTED, 500),
        Done(Measure.RECORDER_RESTORED, 2_400),
        Done(Measure.RECORDER_RESTORED, 9_000),
    ]
    (found,) = faults_of([BEGUN, ENDED], gaps, [replace(SEGMENT, recovered=True)], done)
    assert (found.start_ms, found.end_ms, found.packets) == (1_000, 2_600, 20)
    assert found.tracks == (("judge", "m1"), ("party", "c1"))
    assert found.done == (Done(Measure.RECORDER_RESTORED, 2_400),)


def test_lost_server_is_a_fault_of_everything_until_recording_goes_on() -> None:
    spans = [replace(BEGUN, end_cause="server_lost"), replace(ENDED, start_cause="server_restarted")]
    (found,) = faults_of(spans, [gap("server_lost", 60_500, 89_000)], [], [])
    assert (found.cause, found.start_ms, found.end_ms) == (FaultCause.SERVER_LOST, 60_000, 90_000)


def test_recording_without_an_end_and_a_rescued_file_are_stated() -> None:
    spans = [replace(BEGUN, end_ms=None, end_cause=None)]
    (found,) = faults_of(spans, [], [], [])
    assert (found.cause, found.end_ms) == (FaultCause.NOT_ENDED, None)
    (rescued,) = faults_of([BEGUN, ENDED], [], [replace(SEGMENT, recovered=True)], [])
    assert (rescued.cause, rescued.start_ms) == (FaultCause.FILE_RESCUED, 9_000)
