import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.media.codec import Codec, payload_offset, picture_size, starts_keyframe
from tests.unit.signaling.media.rtp_peer import rtp, vp8_payload


def packet(payload: bytes) -> bytes:
    return rtp(1, 1, 1, payload, elements=[(2, b"abc")])


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"\x10\x00", True),
        (b"\x10\x01", False),  # inter frame
        (b"\x00\x00", False),  # not the first packet
        (b"\x11\x00", False),  # second partition
        (b"\x90\x80\x05\x00", True),  # seven-bit picture id
        (b"\x90\x80\x85\x05\x00", True),  # fifteen-bit picture id
        (b"\x90\xe0\x85\x05\x01\x20\x00", True),  # picture id, TL0PICIDX, TID
        (b"\x90\xe0\x85\x05\x01\x20\x01", False),
        (b"\x90", False),
        (b"", False),
    ],
)
def test_vp8_keyframes(payload: bytes, expected: bool) -> None:
    assert starts_keyframe(Codec.VP8, packet(payload)) is expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"\x67\x42\xe0", True),  # parameter set alone
        (b"\x65\x88", False),  # IDR slice without its parameter set in front
        (b"\x78\x00\x02\x67\x42\x00\x02\x65\x88", True),  # aggregation beginning with it
        (b"\x78\x00\x02\x09\x10\x00\x02\x67\x42", True),  # delimiter first
        (b"\x78\x00\x02\x61\x88", False),
        (b"\x7c\x85\x88", False),  # fragment
        (b"\x78\x00", False),
        (b"", False),
    ],
)
def test_h264_keyframes(payload: bytes, expected: bool) -> None:
    assert starts_keyframe(Codec.H264, packet(payload)) is expected


def test_audio_can_always_start() -> None:
    assert starts_keyframe(Codec.OPUS, packet(b""))


@given(st.binary(max_size=40), st.sampled_from(Codec))
def test_no_payload_makes_it_raise(payload: bytes, codec: Codec) -> None:
    starts_keyframe(codec, packet(payload))


@given(st.binary(min_size=12, max_size=40), st.sampled_from(Codec))
def test_no_header_makes_it_raise(header: bytes, codec: Codec) -> None:
    assert payload_offset(header) >= 12
    starts_keyframe(codec, header)


@pytest.mark.parametrize(
    ("payload", "size"),
    [
        (vp8_payload(1, 2, key=True, height=540), (960, 540)),
        (b"\x10\x00\x00\x00\x9d\x01\x2a\x40\x41\xb4\xc0", (320, 180)),  # the upper two bits are for scaling
        (vp8_payload(1, 2, key=True, height=540)[:-1], None),
        (vp8_payload(1, 2), None),
        (b"\x10\x00\x00\x00\x9d\x01\x2b\x40\x01\xb4\x00", None),
        (b"\x00\x00\x00\x00\x9d\x01\x2a\x40\x01\xb4\x00", None),  # not the first packet of the picture
    ],
)
def test_a_vp8_keyframe_says_how_large_it_is(payload: bytes, size: tuple[int, int] | None) -> None:
    assert picture_size(Codec.VP8, packet(payload)) == size


@given(st.binary(max_size=40), st.sampled_from(Codec))
def test_no_payload_makes_the_size_raise(payload: bytes, codec: Codec) -> None:
    picture_size(codec, packet(payload))
