"""From one browser's packets to another's: what is forwarded, under which numbers, and what is not."""

import struct

import pytest

from signaling.media import rtcp
from signaling.media.header_extensions import ABS_SEND_TIME, AUDIO_LEVEL, MID, TRANSPORT_SEQUENCE
from signaling.media.subscribe_leg import SubscribeLeg
from signaling.protocol.grants import SourceLabel
from tests.unit.signaling.media.courtroom import CAMERA_SSRC, MICROPHONE_SSRC, Collected, Courtroom, publication_of
from tests.unit.signaling.media.rtp_peer import (
    DELTA,
    KEYFRAME,
    RtpPeer,
    opus,
    payload_of,
    publisher_offer,
    rtp,
    sequence_of,
    ssrc_of,
    subscriber_answer,
    vp8,
)


async def hearing(court: Courtroom) -> tuple[RtpPeer, RtpPeer]:
    """A speaker whose packet 100 made the source, and a listener who hears from 101 on."""
    _, speaker = await court.publisher()
    speaker.send_rtp(opus(100, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    _, listener = await court.subscriber("clerk", court.observed.started[0])
    return speaker, listener


async def seeing(court: Courtroom) -> tuple[RtpPeer, RtpPeer]:
    """A camera whose keyframe 101 was forwarded to a viewer."""
    _, speaker = await court.publisher()
    speaker.send_rtp(vp8(100, CAMERA_SSRC))
    await court.observed.sources_started(1)
    _, viewer = await court.subscriber("clerk", court.observed.started[0])
    await speaker.next_item(rtcp.KeyframeRequest)
    speaker.send_rtp(vp8(101, CAMERA_SSRC, KEYFRAME))
    assert payload_of(await viewer.next_rtp()).startswith(KEYFRAME)
    return speaker, viewer


async def test_a_subscriber_hears_what_a_publisher_says(court: Courtroom) -> None:
    speaker, listener = await hearing(court)
    source = court.observed.started[0]
    speaker.send_rtp(opus(101, MICROPHONE_SSRC, b"two"), opus(102, MICROPHONE_SSRC, b"three"))
    heard = [await listener.next_rtp(), await listener.next_rtp()]
    assert [payload_of(packet) for packet in heard] == [b"two", b"three"]
    assert sequence_of(heard[1]) == sequence_of(heard[0]) + 1
    assert heard[0][1] & 0x7F == 111 and ssrc_of(heard[0]) != MICROPHONE_SSRC
    assert source.level_dbov == 30
    assert (source.label, source.participant, source.codec) == (SourceLabel.MICROPHONE, "judge", "opus")


async def test_video_is_held_until_a_keyframe(court: Courtroom) -> None:
    _, speaker = await court.publisher()
    speaker.send_rtp(vp8(1, CAMERA_SSRC, KEYFRAME))
    await court.observed.sources_started(1)
    _, viewer = await court.subscriber("clerk", court.observed.started[0])
    await speaker.next_item(rtcp.KeyframeRequest)
    speaker.send_rtp(vp8(2, CAMERA_SSRC), vp8(3, CAMERA_SSRC, KEYFRAME), vp8(4, CAMERA_SSRC))
    first, second = await viewer.next_rtp(), await viewer.next_rtp()
    assert payload_of(first).startswith(KEYFRAME) and payload_of(second).startswith(DELTA)


async def test_a_keyframe_request_is_repeated_while_pictures_come_without_one(court: Courtroom) -> None:
    _, speaker = await court.publisher()
    speaker.send_rtp(vp8(1, CAMERA_SSRC))
    await court.observed.sources_started(1)
    await court.subscriber("clerk", court.observed.started[0])
    for sequence in (2, 3):
        assert await speaker.next_item(rtcp.KeyframeRequest) == rtcp.KeyframeRequest(CAMERA_SSRC)
        speaker.send_rtp(vp8(sequence, CAMERA_SSRC))
    await speaker.next_item(rtcp.KeyframeRequest)


async def test_extensions_of_any_browser_reach_subscribers_under_the_servers_numbers(court: Courtroom) -> None:
    """Firefox's 3 is the mid; copied through, Chromium would read it as something else."""
    firefox = {1: AUDIO_LEVEL, 3: MID, 4: ABS_SEND_TIME, 7: TRANSPORT_SEQUENCE}
    peer = await court.peer()
    offer = publisher_offer(peer, [("0", "audio", MICROPHONE_SSRC)], extensions=firefox)
    _, speaker = await court.publisher(offer=offer, peer=peer)
    elements = [(1, b"\x85"), (3, b"0"), (4, b"abc"), (7, b"\x00\x01")]
    speaker.send_rtp(rtp(1, 0, MICROPHONE_SSRC, b"one", payload_type=111, elements=elements))
    await court.observed.sources_started(1)
    _, listener = await court.subscriber("clerk", court.observed.started[0])
    speaker.send_rtp(rtp(2, 960, MICROPHONE_SSRC, b"two", payload_type=111, elements=elements))
    packet = await listener.next_rtp()
    block = packet[16 : 16 + 4 * packet[15]]
    assert block[0:2] == b"\x10\x85", "audio level is 1 for subscribers"
    assert block[2:4] == b"\x00\x00", "no mid"
    assert block[4] == 0x22 and block[5:8] != b"abc", "send time is 2 and the server's own"
    assert not any(block[8:]), "no transport sequence"


async def test_payload_types_are_those_the_subscriber_asked_for(court: Courtroom) -> None:
    _, speaker = await court.publisher()
    speaker.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    listener = await court.peer()
    leg = SubscribeLeg(court.endpoint, "clerk", "down", court.observed)
    leg.add(publication_of(court.observed.started[0]))
    offer = leg.offer()
    answer = subscriber_answer(listener, offer.sdp, payload_types=[("111", "109")])
    await leg.take_answer(offer.negotiation, answer)
    await listener.connect(offer.sdp)
    await court.observed.legs_connected(2)
    speaker.send_rtp(opus(2, MICROPHONE_SSRC))
    assert (await listener.next_rtp())[1] & 0x7F == 109


async def test_reordered_packets_keep_their_numbers(court: Courtroom) -> None:
    speaker, listener = await hearing(court)
    speaker.send_rtp(*(opus(n, MICROPHONE_SSRC, bytes((n,))) for n in (101, 103, 102, 104)))
    heard = [await listener.next_rtp() for _ in range(4)]
    begin = sequence_of(heard[0])
    assert [sequence_of(packet) - begin for packet in heard] == [0, 2, 1, 3]
    assert [payload_of(packet)[0] for packet in heard] == [101, 103, 102, 104]


async def test_what_was_sent_before_a_subscriber_came_is_never_sent_to_it(court: Courtroom) -> None:
    """Late packets would take numbers that are already used for others."""
    speaker, listener = await hearing(court)
    speaker.send_rtp(opus(101, MICROPHONE_SSRC, b"first"))
    assert payload_of(await listener.next_rtp()) == b"first"
    speaker.send_rtp(opus(99, MICROPHONE_SSRC, b"late"), opus(102, MICROPHONE_SSRC, b"next"))
    assert payload_of(await listener.next_rtp()) == b"next"


async def test_a_lost_packet_is_asked_for_and_its_retransmission_restored(court: Courtroom) -> None:
    speaker, viewer = await seeing(court)
    sink = Collected()
    court.observed.started[0].attach(sink)
    speaker.send_rtp(vp8(102, CAMERA_SSRC, DELTA + b"a"), vp8(104, CAMERA_SSRC, DELTA + b"c"))
    nack = await speaker.next_item(rtcp.Nack)
    assert nack == rtcp.Nack(CAMERA_SSRC, (103,))
    restored = struct.pack("!H", 103) + DELTA + b"b"
    elements = [(2, b"abc"), (3, b"\x01\x00")]
    probe = rtp(8, 0, CAMERA_SSRC + 1, b"", payload_type=97, elements=elements, padding=200)
    rtx = rtp(9, 103 * 3000, CAMERA_SSRC + 1, restored, payload_type=97, elements=elements, padding=4)
    speaker.send_rtp(probe, rtx, rtx.replace(b"\x00\x09", b"\x00\x0a", 1), vp8(105, CAMERA_SSRC))
    seen = [await viewer.next_rtp() for _ in range(4)]
    begin = sequence_of(seen[0])
    assert [sequence_of(packet) - begin for packet in seen] == [0, 2, 1, 3], "restored once, its duplicate dropped"
    assert payload_of(seen[2]) == DELTA + b"b" and seen[2][1] & 0x7F == 96 and not seen[2][0] & 0x20
    court.endpoint.tick()
    assert [sequence for _, sequence, _ in sink.received] == [102, 104, 103, 105]
    assert court.observed.started[0].packets_lost == 0


async def test_padding_keeps_the_numbering_but_is_no_media(court: Courtroom) -> None:
    speaker, viewer = await seeing(court)
    sink = Collected()
    court.observed.started[0].attach(sink)
    padding = rtp(102, 0, CAMERA_SSRC, b"", elements=[(2, b"abc")], padding=100)
    speaker.send_rtp(padding, vp8(103, CAMERA_SSRC))
    seen = [await viewer.next_rtp(), await viewer.next_rtp()]
    assert sequence_of(seen[1]) == sequence_of(seen[0]) + 1
    court.endpoint.tick()
    assert [sequence for _, sequence, _ in sink.received] == [103]


async def test_sender_reports_are_translated_into_the_subscribers_numbers(court: Courtroom) -> None:
    speaker, listener = await hearing(court)
    speaker.send_rtp(opus(101, MICROPHONE_SSRC))
    heard = await listener.next_rtp()
    offset = int.from_bytes(heard[4:8], "big") - 101 * 960
    speaker.send_rtcp(
        rtcp.sender_report(rtcp.SenderReport(MICROPHONE_SSRC, ntp=1 << 40, rtp=101 * 960, packets=2, octets=9))
    )
    report = await listener.next_item(rtcp.SenderReport)
    assert (report.ssrc, report.ntp) == (ssrc_of(heard), 1 << 40)
    assert report.rtp == (101 * 960 + offset) & 0xFFFFFFFF


async def test_a_new_subscriber_is_told_the_senders_clock_at_once(court: Courtroom) -> None:
    _, speaker = await court.publisher()
    sink = Collected()
    speaker.send_rtp(opus(100, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    source = court.observed.started[0]
    source.attach(sink)
    speaker.send_rtcp(rtcp.sender_report(rtcp.SenderReport(MICROPHONE_SSRC, 1 << 40, 96_000, 1, 1)))
    speaker.send_rtp(vp8(1, CAMERA_SSRC))
    await court.observed.sources_started(2)  # the report came before this packet
    assert [(ntp, timestamp) for _, ntp, timestamp in sink.reports] == [(1 << 40, 96_000)]
    _, listener = await court.subscriber("clerk", source)
    assert (await listener.next_item(rtcp.SenderReport)).ntp == 1 << 40


@pytest.mark.parametrize(
    "strange",
    [
        rtp(101, 0, MICROPHONE_SSRC, b"other payload type", payload_type=9),
        b"\x82" + opus(101, MICROPHONE_SSRC)[1:] + bytes(8),  # CSRCs
    ],
    ids=["payload type", "CSRC"],
)
async def test_what_was_not_negotiated_is_dropped(court: Courtroom, strange: bytes) -> None:
    speaker, listener = await hearing(court)
    speaker.send_rtp(strange, opus(102, MICROPHONE_SSRC, b"good"))
    assert payload_of(await listener.next_rtp()) == b"good"


async def test_replayed_and_forged_packets_are_dropped(court: Courtroom) -> None:
    speaker, listener = await hearing(court)
    packet = speaker.protect(opus(101, MICROPHONE_SSRC, b"once"))
    forged = packet[:-1] + bytes((packet[-1] ^ 1,))
    for datagram in (forged, packet, packet, packet[:20], packet[:12], b"\x80\xc8" + bytes(30), b"\x80"):
        speaker.send_raw(datagram)
    speaker.send_rtp(opus(102, MICROPHONE_SSRC, b"end"))
    assert [payload_of(await listener.next_rtp()) for _ in range(2)] == [b"once", b"end"]


async def test_a_subscribers_repeat_request_is_granted_bit_for_bit(court: Courtroom) -> None:
    """The same number with one other bit would break AES-GCM."""
    speaker, viewer = await seeing(court)
    speaker.send_rtp(vp8(102, CAMERA_SSRC))
    packet = await viewer.next_rtp()
    repeated = viewer.encrypted[-1]
    viewer.send_rtcp(rtcp.nack(ssrc_of(packet), [sequence_of(packet)]))
    viewer.send_rtcp(rtcp.nack(ssrc_of(packet), [sequence_of(packet)]))  # at once again: refused
    viewer.send_rtcp(rtcp.picture_loss(ssrc_of(packet)))
    await speaker.next_item(rtcp.KeyframeRequest)  # all of the above has been read
    speaker.send_rtp(vp8(103, CAMERA_SSRC))
    await viewer.next_rtp()
    assert viewer.encrypted.count(repeated) == 2


async def test_packets_from_before_a_start_are_not_repeated(court: Courtroom) -> None:
    speaker, listener = await hearing(court)
    speaker.send_rtp(opus(101, MICROPHONE_SSRC, b"one"))
    packet = await listener.next_rtp()
    earlier = sequence_of(packet) - 1
    listener.send_rtcp(rtcp.nack(ssrc_of(packet), [earlier, earlier - 1, 40_000]))
    listener.send_rtcp(rtcp.nack(ssrc_of(packet), [earlier + 1]))
    await court.observed.legs_connected(2)
    speaker.send_rtp(opus(102, MICROPHONE_SSRC, b"two"))
    while payload_of(packet) != b"two":
        packet = await listener.next_rtp()
    assert len(listener.encrypted) <= 3


async def test_reports_to_the_publisher_tell_arrivals_and_losses(court: Courtroom) -> None:
    speaker, _ = await hearing(court)
    speaker.send_rtcp(rtcp.sender_report(rtcp.SenderReport(MICROPHONE_SSRC, 0x5566_7788 << 16, 0, 1, 1)))
    speaker.send_rtp(*(opus(n, MICROPHONE_SSRC) for n in range(101, 121) if n % 4))
    feedback = await speaker.next_rtcp(205, 15)
    assert int.from_bytes(feedback[12:14], "big") in (100, 101)
    report = await speaker.next_item(rtcp.ReceptionReport)
    while report.lost == 0:
        report = await speaker.next_item(rtcp.ReceptionReport)
    assert (report.ssrc, report.lost, report.highest_sequence) == (MICROPHONE_SSRC, 4, 119)
    assert report.fraction_lost in (4 * 256 // 19, 4 * 256 // 20)
    assert report.last_report == 0x5566_7788
