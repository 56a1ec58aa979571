"""What was recognised is judged by what was said, by whom, and when."""

from pathlib import Path

import pytest

from hearing_server.demo.caption_log import CaptionLog
from hearing_server.demo.comparison import Spoken, caption_delays, character_error_rate, percentile, word_times
from hearing_server.demo.script import Line, SpokenWord
from signaling.protocol.snapshot import UtteranceView, WordView
from signaling.protocol.to_client import CaptionPartial, UtteranceChanged

LINE = Line(
    1,
    "plaintiff",
    Path("x.wav"),
    "请求偿还本金",
    (SpokenWord("请求", 0.3, 0.8), SpokenWord("偿还", 0.8, 1.3), SpokenWord("本金", 1.3, 1.9)),
)
SPOKEN = Spoken(LINE, "p", 10_000.0)


def heard(*words: tuple[str, int, int], participant: str = "p", name: str = "u1") -> UtteranceView:
    return UtteranceView(
        utterance=name,
        revision=0,
        participant=participant,
        text="",
        words=[WordView(text=text, start_ms=start, end_ms=end, confidence=1.0) for text, start, end in words],
        start_ms=words[0][1],
        end_ms=words[-1][2],
        status="asr",
        edited_by=None,
    )


EXACT = heard(("请求", 10_300, 10_800), ("偿还", 10_800, 11_300), ("本金", 11_300, 11_900))


def test_the_same_words_have_no_errors() -> None:
    assert character_error_rate([SPOKEN], [EXACT]) == 0.0
    times = word_times([SPOKEN], [EXACT])
    assert (times.compared, times.spoken, times.median_ms, times.largest_ms) == (3, 3, 0.0, 0.0)


def test_one_wrong_character_of_six_is_a_sixth() -> None:
    wrong = heard(("请求", 10_300, 10_800), ("常还", 10_800, 11_300), ("本金", 11_340, 11_900))
    assert character_error_rate([SPOKEN], [wrong]) == pytest.approx(1 / 6)
    times = word_times([SPOKEN], [wrong])
    assert times.compared == 2
    assert times.largest_ms == pytest.approx(40.0)


def test_the_right_words_under_the_wrong_speaker_count_as_missing_and_invented() -> None:
    assert character_error_rate([SPOKEN], [EXACT.model_copy(update={"participant": "q"})]) == 2.0


def test_a_line_recognised_in_two_pieces_is_compared_as_one() -> None:
    pieces = [heard(("请求", 10_300, 10_800)), heard(("偿还", 10_810, 11_300), ("本金", 11_300, 11_880), name="u2")]
    assert character_error_rate([SPOKEN], pieces) == 0.0
    assert word_times([SPOKEN], pieces).compared == 3


def test_silence_is_every_character_wrong_and_no_word_compared() -> None:
    assert character_error_rate([SPOKEN], []) == 1.0
    assert word_times([SPOKEN], []).compared == 0


def test_caption_delays_run_from_the_start_and_from_the_end_of_speech() -> None:
    log = CaptionLog()
    for arrived_ms, text in ((10_650.0, ""), (10_700.0, "请"), (10_900.0, "请求")):
        log.note(arrived_ms, CaptionPartial(type="caption_partial", utterance="u1", participant="p", text=text))
    log.note(12_300.0, UtteranceChanged(type="utterance_changed", sequence=1, utterance=EXACT))
    corrected = EXACT.model_copy(update={"revision": 1})
    log.note(19_000.0, UtteranceChanged(type="utterance_changed", sequence=2, utterance=corrected))
    first, final = caption_delays([SPOKEN], log)
    assert first == [pytest.approx(400.0)]
    assert final == [pytest.approx(400.0)]


def test_a_percentile_is_a_value_that_occurred() -> None:
    assert percentile([5.0, 1.0, 3.0, 2.0, 4.0], 0.5) == 3.0
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 95.0
    assert percentile([7.0], 0.95) == 7.0
    assert percentile([], 0.5) is None
