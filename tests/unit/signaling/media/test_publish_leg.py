import asyncio

import pytest

from signaling.media import rtcp
from signaling.media.errors import SdpError
from signaling.media.publish_leg import PublishLeg
from signaling.protocol.grants import SourceLabel
from tests.unit.signaling.media.courtroom import (
    CAMERA_SSRC,
    EVERYTHING,
    LABELS,
    MICROPHONE_SSRC,
    SCREEN_SSRC,
    Collected,
    Courtroom,
)
from tests.unit.signaling.media.rtp_peer import (
    KEYFRAME,
    first_value,
    opus,
    payload_of,
    publisher_offer,
    sequence_of,
    vp8,
)

MICROPHONE = frozenset({SourceLabel.MICROPHONE})
BOTH = [("0", "audio", MICROPHONE_SSRC), ("1", "video", CAMERA_SSRC)]


async def test_a_source_says_whose_it_is_and_what(court: Courtroom) -> None:
    leg, speaker = await court.publisher()
    speaker.send_rtp(opus(7, MICROPHONE_SSRC), vp8(9, CAMERA_SSRC))
    await court.observed.sources_started(2)
    microphone, camera = leg.sources
    assert (microphone.participant, microphone.connection) == ("judge", "up-judge")
    assert (microphone.kind, microphone.codec, microphone.clock_rate_hz, microphone.channels) == (
        "audio",
        "opus",
        48_000,
        2,
    )
    assert (microphone.ssrc, microphone.payload_type, microphone.audio_level_extension) == (MICROPHONE_SSRC, 111, 1)
    assert (camera.label, camera.kind, camera.codec, camera.channels) == (SourceLabel.CAMERA, "video", "VP8", 0)
    assert camera.track == (microphone.track + 1) & 0xFFFFFFFF
    assert camera.packets_received == 1 and camera.packets_lost == 0


async def test_packets_of_a_source_that_is_not_granted_are_no_source(court: Courtroom) -> None:
    leg, witness = await court.publisher("witness", allowed=MICROPHONE)
    witness.send_rtp(vp8(1, CAMERA_SSRC, KEYFRAME), opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    assert [source.label for source in leg.sources] == [SourceLabel.MICROPHONE]


async def test_packets_of_an_undeclared_track_are_no_source(court: Courtroom) -> None:
    peer = await court.peer()
    offer = publisher_offer(peer, [*BOTH, ("2", "video", SCREEN_SSRC)])
    leg, _ = await court.publisher(offer=offer, peer=peer)
    peer.send_rtp(vp8(1, SCREEN_SSRC, KEYFRAME, mid="2"), vp8(1, 9999, KEYFRAME), opus(1, MICROPHONE_SSRC))
    peer.send_rtp(vp8(1, 8888, KEYFRAME, mid="1"))  # claims the camera's m-line, which has another SSRC
    peer.send_rtp(opus(2, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    while leg.sources[0].packets_received < 2:
        await peer.next_rtcp(205, 15)
    assert [source.ssrc for source in leg.sources] == [MICROPHONE_SSRC]


async def test_answers_reject_the_undeclared_and_hold_the_ungranted(court: Courtroom) -> None:
    peer = await court.peer()
    leg = PublishLeg(court.endpoint, "witness", "up", court.observed)
    offer = publisher_offer(peer, [*BOTH, ("2", "video", SCREEN_SSRC)])
    answer = await leg.answer(offer, LABELS, MICROPHONE)
    audio, camera, screen = answer.split("m=")[1:]
    assert audio.startswith("audio 9") and "a=recvonly" in audio
    assert camera.startswith("video 9") and "a=inactive" in camera
    assert screen.startswith("video 0") and "a=inactive" in screen
    assert "a=group:BUNDLE 0 1\r\n" in answer and "a=ice-lite" in answer


async def test_an_answer_agrees_to_layers_to_their_names_and_to_silence_that_is_not_sent(court: Courtroom) -> None:
    peer = await court.peer()
    leg = PublishLeg(court.endpoint, "witness", "up", court.observed)
    offer = publisher_offer(peer, [("0", "audio", MICROPHONE_SSRC), ("1", "video", None)], rids=("q", "h"))
    audio, video = (await leg.answer(offer, LABELS, EVERYTHING)).split("m=")[1:]
    assert "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\n" in audio and "a=rid" not in audio
    assert "a=rid:q recv\r\na=rid:h recv\r\na=simulcast:recv q;h\r\n" in video
    assert "sdes:rtp-stream-id" in video and "sdes:repaired-rtp-stream-id" in video


async def test_an_empty_grant_means_nothing_at_all(court: Courtroom) -> None:
    leg, peer = await court.publisher("observer", allowed=frozenset())
    peer.send_rtp(opus(1, MICROPHONE_SSRC), vp8(1, CAMERA_SSRC, KEYFRAME))
    await peer.next_rtcp(205, 15)  # both were read: congestion control was told
    assert leg.sources == () and court.observed.started == []


async def test_the_mute_lock_works_at_once_and_leaves_no_trace_in_the_numbers(court: Courtroom) -> None:
    leg, speaker = await court.publisher()
    sink = Collected()
    speaker.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    source = leg.sources[0]
    source.attach(sink)
    _, listener = await court.subscriber("clerk", source)
    speaker.send_rtp(opus(2, MICROPHONE_SSRC, b"before"))
    before = await listener.next_rtp()
    leg.set_allowed(frozenset({SourceLabel.CAMERA}))
    speaker.send_rtp(*(opus(n, MICROPHONE_SSRC, b"muted") for n in range(3, 53)), vp8(1, CAMERA_SSRC))
    await court.observed.sources_started(2)  # everything before it has been read
    leg.set_allowed(EVERYTHING)
    speaker.send_rtp(opus(51, MICROPHONE_SSRC, b"muted, late"), opus(53, MICROPHONE_SSRC, b"after"))
    after = await listener.next_rtp()
    assert payload_of(before) == b"before" and payload_of(after) == b"after"
    assert sequence_of(after) == sequence_of(before) + 1, "no gap, so nothing to ask for"
    assert source.packets_received == 3 and source.packets_lost == 0
    court.endpoint.tick()
    assert [sequence for _, sequence, _ in sink.received] == [2, 53]


async def test_a_locked_camera_comes_back_with_a_keyframe(court: Courtroom) -> None:
    leg, speaker = await court.publisher()
    speaker.send_rtp(vp8(1, CAMERA_SSRC))
    await court.observed.sources_started(1)
    _, viewer = await court.subscriber("clerk", leg.sources[0])
    await speaker.next_item(rtcp.KeyframeRequest)
    speaker.send_rtp(vp8(2, CAMERA_SSRC, KEYFRAME + b"one"))
    await viewer.next_rtp()
    leg.set_allowed(MICROPHONE)
    leg.set_allowed(EVERYTHING)
    speaker.send_rtp(vp8(3, CAMERA_SSRC))
    await speaker.next_item(rtcp.KeyframeRequest)
    speaker.send_rtp(vp8(4, CAMERA_SSRC), vp8(5, CAMERA_SSRC, KEYFRAME + b"two"))
    assert payload_of(await viewer.next_rtp()).startswith(KEYFRAME + b"two")


async def test_a_screen_is_added_on_the_same_transport(court: Courtroom) -> None:
    leg, peer = await court.publisher()
    labels = {**LABELS, "2": SourceLabel.SCREEN}
    offer = publisher_offer(peer, [*BOTH, ("2", "video", SCREEN_SSRC)])
    peer.send_rtp(vp8(1, CAMERA_SSRC))
    await court.observed.sources_started(1)
    answer = await leg.answer(offer, labels, EVERYTHING)
    assert first_value(answer, "ice-ufrag") == leg.transport.ufrag
    assert answer.count("a=recvonly") == 3
    peer.send_rtp(vp8(1, SCREEN_SSRC))
    await court.observed.sources_started(2)
    assert {source.label for source in leg.sources} == {SourceLabel.CAMERA, SourceLabel.SCREEN}
    assert court.observed.ended == []


async def test_a_source_ends_when_its_m_line_stops_sending(court: Courtroom) -> None:
    leg, peer = await court.publisher()
    sink = Collected()
    peer.send_rtp(vp8(1, CAMERA_SSRC), opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(2)
    camera = court.observed.started[0]
    camera.attach(sink)
    offer = publisher_offer(peer, BOTH)
    head, audio, video = offer.split("m=")
    await leg.answer("m=".join((head, audio, video.replace("a=sendonly", "a=inactive"))), LABELS, EVERYTHING)
    assert court.observed.ended == [camera] and sink.closed == [camera]
    assert [source.label for source in leg.sources] == [SourceLabel.MICROPHONE]


async def test_a_goodbye_ends_its_source(court: Courtroom) -> None:
    _, peer = await court.publisher()
    peer.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    peer.send_rtcp(b"\x81\xcb\x00\x01" + MICROPHONE_SSRC.to_bytes(4, "big"))
    await court.observed.sources_ended(1)


async def test_without_announced_ssrc_the_mid_decides_and_a_busy_m_line_cannot_be_taken_over(court: Courtroom) -> None:
    peer = await court.peer()
    offer = publisher_offer(peer, [("0", "audio", None), ("1", "video", None), ("2", "video", None)])
    labels = {**LABELS, "2": SourceLabel.SCREEN}
    leg, _ = await court.publisher(offer=offer, peer=peer, labels=labels)
    peer.send_rtp(vp8(1, 55), vp8(1, 66, mid="2"), vp8(1, 77, mid="2"), opus(1, 88))
    await court.observed.sources_started(2)
    assert [(source.ssrc, source.label) for source in leg.sources] == [
        (66, SourceLabel.SCREEN),
        (88, SourceLabel.MICROPHONE),
    ], "55 could be either video, 77 comes while 66 is alive, 88 can only be the microphone"


@pytest.mark.parametrize("damage", ["", "v=0\r\n", "x" * 200_000, "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"])
async def test_a_useless_offer_changes_nothing(court: Courtroom, damage: str) -> None:
    leg, peer = await court.publisher()
    peer.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    with pytest.raises(SdpError):
        await leg.answer(damage, LABELS, EVERYTHING)
    assert len(leg.sources) == 1


async def test_the_certificate_of_a_connection_cannot_change(court: Courtroom) -> None:
    leg, peer = await court.publisher()
    with pytest.raises(SdpError):
        await leg.answer(publisher_offer(peer, BOTH, fingerprint="AA:BB"), LABELS, EVERYTHING)


async def test_the_server_can_be_the_dtls_client(court: Courtroom) -> None:
    peer = await court.peer()
    leg = PublishLeg(court.endpoint, "judge", "up", court.observed)
    answer = await leg.answer(publisher_offer(peer, BOTH, setup="passive"), LABELS, EVERYTHING)
    assert first_value(answer, "setup") == "active"
    await peer.check(answer)
    await asyncio.gather(peer.shake_hands(answer, server_role=True), court.observed.legs_connected(1))
    peer.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    assert len(leg.sources) == 1


@pytest.mark.parametrize("participant", ["", "a b", "a\r\nb", "x" * 65, "法官"])
async def test_a_participant_id_that_would_break_the_sdp_is_refused(court: Courtroom, participant: str) -> None:
    with pytest.raises(ValueError, match="token"):
        PublishLeg(court.endpoint, participant, "up", court.observed)
