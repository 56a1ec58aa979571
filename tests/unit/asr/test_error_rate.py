import pytest

from asr.error_rate import character_error_rate, comparable, edit_distance


def test_punctuation_spaces_and_width_do_not_count() -> None:
    assert comparable("请 原告，陈述：ＡＢＣ（１２）。") == "请原告陈述abc12"
    assert character_error_rate("双方是否申请回避", "双方 是否 申请，回避？") == 0


@pytest.mark.parametrize(
    ("reference", "hypothesis", "edits"),
    [("", "", 0), ("abc", "", 3), ("", "abc", 3), ("kitten", "sitting", 3), ("质证", "制证", 1)],
)
def test_edits_are_the_least_possible(reference: str, hypothesis: str, edits: int) -> None:
    assert edit_distance(reference, hypothesis) == edits


def test_rate_is_edits_per_reference_character() -> None:
    assert character_error_rate("质证意见", "制证意见") == 0.25
    assert character_error_rate("", "多余") == 1.0
    assert character_error_rate("。", "") == 0.0
