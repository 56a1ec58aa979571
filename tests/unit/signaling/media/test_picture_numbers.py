import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.media import picture_numbers
from signaling.media.picture_numbers import numbers_of, shift_between, shifted
from tests.unit.signaling.media.rtp_peer import rtp, vp8_payload


def test_numbers_are_read_where_chromium_writes_them() -> None:
    packet = rtp(1, 0, 7, vp8_payload(0x1234, 0x56), elements=[(2, b"abc")])
    at, picture, base_at, base = numbers_of(packet)
    assert (picture, base) == (0x1234, 0x56)
    assert packet[at : at + 2] == b"\x92\x34" and packet[base_at] == 0x56


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x10", b"\x10\x00picture", b"\x90\x80\x12\x00picture", b"\x90\x40\x00\x00picture", b"\x90\xc0\x92"],
    ids=["empty", "short", "no extension", "7 bits", "no picture id", "cut off"],
)
def test_what_has_no_long_picture_id_has_no_numbers(payload: bytes) -> None:
    assert numbers_of(rtp(1, 0, 7, payload)) == picture_numbers.NONE


@given(st.binary(max_size=40))
def test_no_bytes_make_the_reader_raise(payload: bytes) -> None:
    numbers_of(rtp(1, 0, 7, payload))


def test_the_first_picture_of_another_layer_follows_on_the_last() -> None:
    last, first = (20, 0x7FFF, 22, 0xFF), (20, 300, 22, 9)
    shift = shift_between(last, first)
    assert shifted(first, shift) == (20, 0, 22, 0), "both wrap around"
    assert shift_between((20, 299, 22, 8), first) is None, "they follow by themselves"
    assert shift_between(picture_numbers.NONE, first) is None
    assert shift_between(last, picture_numbers.NONE) is None
