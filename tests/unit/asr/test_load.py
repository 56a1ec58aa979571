import pytest

from asr.facts import RecognitionState
from asr.load import Effort, LoadBoard, effort


@pytest.mark.parametrize(
    ("lag_ms", "expected"),
    [
        (0, Effort.FULL),
        (900, Effort.FULL),
        (1_500, Effort.NO_PARTIALS),
        (4_000, Effort.LARGE_CHUNKS),
        (16_000, Effort.DEFER),
    ],
)
def test_partials_go_first_then_small_chunks_then_the_interval(lag_ms: float, expected: Effort) -> None:
    assert effort(lag_ms) is expected


def test_the_worst_microphone_is_the_state_and_changes_are_announced_once() -> None:
    said: list[tuple[RecognitionState, int]] = []
    board = LoadBoard(lambda state, lag_ms: said.append((state, lag_ms)))
    board.report(1, 200)
    board.report(2, 1_200)
    board.report(2, 1_300)
    board.report(1, 0)
    board.report(2, 800)
    board.report(2, 400)
    board.report(2, 20_000)
    board.report(2, 0)
    assert said == [
        (RecognitionState.LAGGING, 1200),
        (RecognitionState.LIVE, 400),
        (RecognitionState.DEFERRED, 20_000),
        (RecognitionState.LIVE, 0),
    ]
