import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.media.errors import SdpError
from signaling.media.session_description import MAX_CHARACTERS, MAX_SECTIONS, parse_session_description

FIREFOX = """v=0
o=mozilla...THIS_IS_SDPARTA-99.0 5 0 IN IP4 0.0.0.0
s=-
t=0 0
a=fingerprint:sha-256 aa:bb
a=group:BUNDLE 0 1
a=ice-options:trickle
m=audio 9 UDP/TLS/RTP/SAVPF 109 9
c=IN IP4 0.0.0.0
a=sendonly
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2/recvonly urn:ietf:params:rtp-hdrext:csrc-audio-level
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1
a=ice-ufrag:u
a=ice-pwd:p
a=mid:0
a=rtcp-mux
a=rtpmap:109 opus/48000/2
a=rtpmap:9 G722/8000/1
a=setup:actpass
a=ssrc:100 cname:{x}
m=video 0 UDP/TLS/RTP/SAVPF 120 124
a=bundle-only
a=sendrecv
a=mid:1
a=rtcp-mux
a=rtcp-fb:120 nack pli
a=rtcp-fb:* transport-cc
a=rtpmap:120 VP8/90000
a=rtpmap:124 rtx/90000
a=fmtp:124 apt=120
a=setup:actpass
a=ssrc:200 cname:{x}
a=ssrc:201 cname:{x}
a=ssrc-group:FID 200 201
"""


def test_what_firefox_writes_is_understood() -> None:
    description = parse_session_description(FIREFOX.replace("\n", "\r\n"))
    audio, video = description.sections
    assert description.bundle == ("0", "1")
    assert audio.fingerprints == video.fingerprints == (("sha-256", "AA:BB"),)
    assert audio.extensions == {
        1: "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        3: "urn:ietf:params:rtp-hdrext:sdes:mid",
    }, "what is only received is not what will be sent"
    assert [codec.name for codec in audio.codecs] == ["opus", "g722"]
    assert audio.codecs[0].parameters["useinbandfec"] == "1"
    assert not video.rejected and video.sends, "port 0 only says that it travels in the bundle"
    assert video.codecs[0].feedback == {"nack pli", "transport-cc"}
    assert video.codecs[1].parameters == {"apt": "120"}
    assert video.ssrcs == (200, 201) and video.repairs == {200: 201}


def test_port_zero_is_a_rejection() -> None:
    video = parse_session_description(FIREFOX.replace("a=bundle-only\n", "")).sections[1]
    assert video.rejected and not video.sends and not video.receives


@pytest.mark.parametrize(
    "sdp",
    [
        "",
        "hello",
        "v=0",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111",
        "v=0\nm=audio nine UDP/TLS/RTP/SAVPF 111\na=mid:0",
        "v=0\nm=audio\na=mid:0",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\nm=video 9 UDP/TLS/RTP/SAVPF 96\na=mid:0",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:" + "x" * 33,
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=rtpmap:111 opus",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=rtpmap:300 opus/48000",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=ssrc:99999999999 cname:x",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=ssrc",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=ssrc-group",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=extmap:x y",
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=fingerprint:sha-256",
        "v=0\n" + "a=x\n" * 10_000,
        "v=0\n" + "".join(f"m=audio 9 UDP/TLS/RTP/SAVPF 0\na=mid:{n}\n" for n in range(MAX_SECTIONS + 1)),
        "v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\na=x:" + "y" * MAX_CHARACTERS,
    ],
)
def test_what_cannot_be_used_is_refused(sdp: str) -> None:
    with pytest.raises(SdpError):
        parse_session_description(sdp)


@given(st.data())
def test_a_damaged_description_is_understood_or_refused(data: st.DataObject) -> None:
    lines = FIREFOX.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at] = data.draw(st.sampled_from([lines[at][: len(lines[at]) // 2], lines[at][::-1], ""])) + data.draw(
            st.text(max_size=8)
        )
    try:
        parse_session_description("\n".join(lines))
    except SdpError:
        return
