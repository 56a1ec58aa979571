"""Packets are counted from the journal, and nothing that is gone goes unnoticed."""

from hearing_server.demo.result import (
    CaptionDelays,
    HearingResult,
    HearingResults,
    JournalCheck,
    TrackCount,
    WordTimeErrors,
)
from hearing_server.demo.summary import lost_packets, track_counts
from hearing_server.web.models import JournalRow


def row(number: int, kind: str, **data: object) -> JournalRow:
    return JournalRow(number=number, at_ms=number, type=kind, actor="worker", data=dict(data), hash="0" * 64)


def sealed(number: int, source: str, received: int, written: int, read_back: int) -> JournalRow:
    return row(
        number,
        "segment_sealed",
        participant="p1",
        source=source,
        track=source,
        start_ms=1_000 * number,
        packets_received=received,
        packets_written=written,
        packets_read_back=read_back,
    )


ROWS = [
    row(1, "hearing_opened"),
    sealed(2, "microphone", 500, 500, 500),
    sealed(3, "camera", 900, 900, 900),
    sealed(4, "microphone", 250, 250, 250),
]


def test_segments_of_one_source_are_added_up() -> None:
    assert track_counts(ROWS, {"p1": "plaintiff"}) == [
        TrackCount(participant="plaintiff", kind="audio", received=750, written=750, read_back=750),
        TrackCount(participant="plaintiff", kind="video", received=900, written=900, read_back=900),
    ]
    assert lost_packets(ROWS, track_counts(ROWS, {})) == 0


def test_a_packet_not_written_or_not_read_back_is_lost() -> None:
    rows = [sealed(1, "microphone", 500, 498, 498), sealed(2, "camera", 500, 500, 497)]
    assert lost_packets(rows, track_counts(rows, {})) == 5


def gap(number: int, cause: str, packets: int, start_ms: int) -> JournalRow:
    return row(
        number, "recording_gap", participant="p1", track="microphone", packets=packets, cause=cause, start_ms=start_ms
    )


def test_a_gap_in_the_journal_is_lost() -> None:
    rows = [*ROWS, gap(5, "recorder_lost", 7, 5_000), gap(6, "network_loss", 2, 6_000)]
    assert lost_packets(rows, track_counts(rows, {})) == 9


def test_packets_of_a_gap_are_lost_once() -> None:
    rows = [sealed(1, "microphone", 500, 497, 497), gap(2, "undecodable", 3, 5_000)]
    assert lost_packets(rows, track_counts(rows, {})) == 3


def test_the_frame_in_which_recording_begins_or_ends_is_not_lost() -> None:
    rows = [sealed(1, "microphone", 500, 493, 493), gap(2, "undecodable", 5, 960), gap(3, "paused", 2, 9_000)]
    assert lost_packets(rows, track_counts(rows, {})) == 0


def result(lost: int, problems: list[str]) -> HearingResult:
    return HearingResult(
        participants=5,
        utterances=28,
        character_error_rate=0.01,
        caption_ms=CaptionDelays(first_partial_p50=300.0, final_p95=500.0),
        word_time_ms=WordTimeErrors(compared=90, spoken=100, median=20.0, max=90.0, worst_line=3),
        tracks=[],
        segments=40,
        composite=None,
        journal=JournalCheck(rows=100, valid=True),
        lost=lost,
        problems=problems,
    )


def test_a_hearing_is_sound_only_without_losses_and_problems() -> None:
    assert result(0, []).sound
    assert not result(1, []).sound
    assert not result(0, ["There is no composite video."]).sound


def test_several_hearings_are_summed() -> None:
    both = HearingResults.of([result(0, []), result(3, [])])
    assert (both.participants, both.utterances, both.lost, len(both.hearings)) == (10, 56, 3, 2)
