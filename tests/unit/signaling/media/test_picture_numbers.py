import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.media import picture_numbers
from signaling.media.picture_numbers import LONG, SHORT, numbers_of, shift_between, shifted
from tests.unit.signaling.media.rtp_peer import rtp, vp8_payload


def test_numbers_are_read_where_chromium_writes_them() -> None:
    packet = rtp(1, 0, 7, vp8_payload(0x1234, 0x56), elements=[(2, b"abc")])
    at, picture, base_at, base, largest = numbers_of(packet)
    assert (picture, base, largest) == (0x1234, 0x56, LONG)
    assert packet[at : at + 2] == b"\x92\x34" and packet[base_at] == 0x56


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x10", b"\x10\x00picture", b"\x90\x40\x00\x00picture", b"\x90\xc0\x92", b"\x90\xc0\x12"],
    ids=["empty", "short", "no extension", "no picture id", "cut off", "7 bits cut off"],
)
def test_what_has_no_picture_id_has_no_numbers(payload: bytes) -> None:
    assert numbers_of(rtp(1, 0, 7, payload)) == picture_numbers.NONE


@given(st.binary(max_size=40))
def test_no_bytes_make_the_reader_raise(payload: bytes) -> None:
    numbers_of(rtp(1, 0, 7, payload))


def test_the_first_picture_of_another_layer_follows_on_the_last() -> None:
    last, first = (20, 0x7FFF, 22, 0xFF, LONG), (20, 300, 22, 9, LONG)
    shift = shift_between(last, first)
    assert shifted(first, shift) == (20, 0, 22, 0, LONG), "both wrap around"
    assert shift_between((20, 299, 22, 8, LONG), first) is None, "they follow by themselves"
    assert shift_between(picture_numbers.NONE, first) is None
    assert shift_between(last, picture_numbers.NONE) is None


def test_short_numbers_are_read_with_and_without_tl0picidx() -> None:
    assert numbers_of(rtp(1, 0, 7, b"\x90\xc0\x12\x56\x01picture")) == (14, 0x12, 15, 0x56, SHORT)
    assert numbers_of(rtp(1, 0, 7, b"\x90\x80\x12\x01picture")) == (14, 0x12, 0, 0, SHORT)
    assert numbers_of(rtp(1, 0, 7, b"\x90\x80\x12")) == (14, 0x12, 0, 0, SHORT), "nothing but the descriptor"


def test_short_numbers_follow_modulo_128_in_the_publishers_form() -> None:
    last, first = (14, 127, 15, 3, SHORT), (14, 40, 15, 200, SHORT)
    assert shifted(first, shift_between(last, first)) == (14, 0, 15, 4, SHORT)
    assert shift_between((14, 39, 15, 199, SHORT), first) is None, "they follow by themselves"
    long = (14, 300, 16, 3, LONG)
    assert shifted(first, shift_between(long, first))[1] == 301 & SHORT, "each layer keeps its own length"
    assert shifted(long, shift_between(first, long))[1] == 41
