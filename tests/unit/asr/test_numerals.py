import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.numerals import read_digits, read_number, spell


@given(st.integers(0, 10**12 - 1))
def test_every_number_spells_and_reads_back(value: int) -> None:
    assert read_number(spell(value)) == value


@pytest.mark.parametrize(
    ("spoken", "value"),
    [("两百五十万", 2_500_000), ("十", 10), ("一万零五百", 10_500), ("二十万零三百", 200_300), ("两万五千", 25_000)],
)
def test_numbers_as_people_say_them(spoken: str, value: int) -> None:
    assert read_number(spoken) == value


@pytest.mark.parametrize(
    "spoken", ["", "三五万", "百", "万", "一词", "二三十", "一百十五", "三百五", "零零七", "十万千"]
)
def test_what_is_no_exact_number_is_left_alone(spoken: str) -> None:
    assert read_number(spoken) is None


def test_digits_are_read_one_by_one() -> None:
    assert read_digits("幺三八〇零") == "13800"


def test_numbers_beyond_speech_are_refused() -> None:
    with pytest.raises(ValueError, match="not spelled"):
        spell(10**12)
