from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.h264 import H264Depacketiser
from recorder.h264_parameters import picture_size
from recorder.opus import duration_samples
from recorder.picture import DepacketiseError, VideoFormat
from recorder.rtp import parse_rtp
from recorder.vp8 import Vp8Depacketiser
from tests.unit.recorder.sent_media import h264_payloads, moving_picture, tone, video, vp8_payloads


@pytest.mark.parametrize(("width", "height"), [(320, 180), (322, 182), (1280, 720), (96, 96)])
def test_the_picture_size_is_read_from_the_stream(width: int, height: int) -> None:
    h264, vp8 = H264Depacketiser(), Vp8Depacketiser()
    (first,) = video("libx264", 0.1, moving_picture(width, height), fps=10)
    assert h264.picture(list(h264_payloads(first.data))).keyframe
    assert h264.format and (h264.format.width, h264.format.height) == (width, height)
    (first,) = video("libvpx", 0.1, moving_picture(width, height), fps=10)
    assert vp8.picture(list(vp8_payloads(first.data))).data == first.data
    assert vp8.format == VideoFormat(width, height, b"")


def test_only_the_first_payload_begins_a_picture() -> None:
    for codec, depacketiser, cut in (
        ("libx264", H264Depacketiser(), h264_payloads),
        ("libvpx", Vp8Depacketiser(), vp8_payloads),
    ):
        for frame in video(codec, 0.4, moving_picture(640, 360), fps=10):
            payloads = list(cut(frame.data))
            assert depacketiser.begins_picture(payloads[0])
            if codec == "libvpx":
                assert not any(map(depacketiser.begins_picture, payloads[1:]))


def test_a_high_profile_parameter_set_with_scaling_lists_is_read() -> None:
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 638, 476, "yuv420p"
    encoder.time_base = Fraction(1, 15)
    encoder.options = {"profile": "high", "x264-params": "cqm=jvt:repeat-headers=1:interlaced=1"}
    frame = av.VideoFrame(638, 476, "yuv420p")
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    units = [u for u in bytes(packets[0]).replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if u]
    assert picture_size(next(unit for unit in units if unit[0] & 0x1F == 7)) == (638, 476)


def test_opus_durations_follow_the_table_of_contents() -> None:
    assert duration_samples(tone(0.1)[0].data) == 960
    assert duration_samples(bytes([0b11111_000])) == 960
    assert duration_samples(bytes([0b00011_001])) == 2 * 2880
    assert duration_samples(bytes([0b10000_011, 4])) == 4 * 120
    assert duration_samples(b"") == 0


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_nonsense_is_refused_and_never_crashes(payloads: list[bytes]) -> None:
    for depacketiser in (H264Depacketiser(), Vp8Depacketiser()):
        for payload in payloads:
            depacketiser.begins_picture(payload)
        try:
            depacketiser.picture(payloads)
        except DepacketiseError:
            continue


@given(st.binary(max_size=100))
def test_a_packet_is_parsed_within_its_bounds(data: bytes) -> None:
    fields = parse_rtp(data)
    assert fields is None or len(fields.payload) <= len(data) - 12
