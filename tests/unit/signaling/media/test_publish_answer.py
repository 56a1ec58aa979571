import pytest

from signaling.media.codec import Codec
from signaling.media.publish_answer import taken_sections
from signaling.media.session_description import parse_session_description
from signaling.protocol.grants import SourceLabel

LABELS = {"0": SourceLabel.MICROPHONE, "1": SourceLabel.CAMERA}
HEAD = "v=0\na=group:BUNDLE 0 1 2\n"


def video(codecs: str, mid: str = "1", more: str = "a=rtcp-mux") -> str:
    return f"m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99\na=mid:{mid}\na=sendonly\n{more}\n{codecs}\n"


VP8 = "a=rtpmap:96 VP8/90000\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96"
HIGH = "a=rtpmap:98 H264/90000\na=fmtp:98 packetization-mode=1;profile-level-id=640c1f"
MODE_0 = "a=rtpmap:98 H264/90000\na=fmtp:98 packetization-mode=0;profile-level-id=42e01f"
BASELINE = "a=rtpmap:99 H264/90000\na=fmtp:99 packetization-mode=1;profile-level-id=42E034"


def taken(sdp: str) -> list[tuple[str, Codec, int, int | None]]:
    sections = taken_sections(parse_session_description(HEAD + sdp), LABELS)
    return [(s.mid, s.codec, s.payload_type, s.rtx_payload_type) for s in sections.values()]


@pytest.mark.parametrize(
    ("sdp", "expected"),
    [
        (video(VP8), [("1", Codec.VP8, 96, 97)]),
        (video(VP8 + "\n" + BASELINE), [("1", Codec.VP8, 96, 97)]),
        (video(BASELINE), [("1", Codec.H264, 99, None)]),
        (video(HIGH + "\n" + BASELINE), [("1", Codec.H264, 99, None)]),
        (video(HIGH), []),
        (video(MODE_0), []),
        (video("a=rtpmap:96 VP9/90000"), []),
    ],
)
def test_the_codec_is_vp8_else_constrained_baseline(sdp: str, expected: object) -> None:
    assert taken(sdp) == expected


@pytest.mark.parametrize(
    ("what", "sdp"),
    [
        ("undeclared", video(VP8, mid="2")),
        ("of another kind than its label", video(VP8, mid="0")),
        ("without rtcp-mux", video(VP8, more="a=x")),
        ("outside the bundle", video(VP8).replace("a=mid:1", "a=mid:9")),
        ("rejected by the client itself", video(VP8).replace("m=video 9", "m=video 0")),
        ("not over DTLS", video(VP8).replace("UDP/TLS/RTP/SAVPF", "RTP/AVP")),
    ],
)
def test_an_m_line_that_cannot_be_used_is_not_taken(what: str, sdp: str) -> None:
    assert taken(sdp) == [], what


def test_a_second_camera_is_not_taken() -> None:
    offer = parse_session_description(HEAD + video(VP8) + video(VP8, mid="2"))
    both = {"1": SourceLabel.CAMERA, "2": SourceLabel.CAMERA}
    assert list(taken_sections(offer, both)) == ["1"]


RID = "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
LAYERS = "a=rid:q send\na=rid:h send\na=rid:f send\na=simulcast:send q;~h;f"


def layers(more: str) -> tuple[str, ...]:
    (section,) = taken_sections(parse_session_description(HEAD + video(VP8 + "\n" + more)), LABELS).values()
    return section.rids


def test_layers_are_taken_if_packets_can_say_theirs() -> None:
    assert layers(RID + "\n" + LAYERS) == ("q", "h", "f")
    assert layers(LAYERS) == ()


def test_three_layers_are_enough() -> None:
    assert layers(RID + "\n" + LAYERS.replace("a=rid:q", "a=rid:a send\na=rid:q").replace("q;", "a;q;")) == (
        "a",
        "q",
        "h",
    )


@pytest.mark.parametrize(
    "simulcast",
    [
        "a=simulcast:recv q;h",
        "a=simulcast:send",
        "a=simulcast:send x;y",
        "a=simulcast:",
        "a=rid:",
        "a=simulcast:send ;;,",
    ],
)
def test_layers_that_are_not_declared_or_not_sent_are_none(simulcast: str) -> None:
    assert layers(RID + "\na=rid:q send\na=rid:h recv\n" + simulcast) == ()


def test_of_alternatives_the_first_is_taken_and_names_are_plain() -> None:
    declared = RID + '\na=rid:q send\na=rid:h send\na=rid:h" send\n'
    assert layers(declared + 'a=simulcast:send q,h;h";q') == ("q",)
