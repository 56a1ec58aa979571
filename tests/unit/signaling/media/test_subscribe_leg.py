import asyncio
import re

import pytest

from signaling.media import rtcp
from signaling.media.errors import SdpError
from signaling.media.observer import LegCloseCause
from signaling.media.publish_leg import PublishLeg
from signaling.media.source import Source
from signaling.media.subscribe_leg import SubscribeLeg
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import SlotView
from tests.unit.signaling.media.courtroom import CAMERA_SSRC, MICROPHONE_SSRC, Courtroom, negotiate, publication_of
from tests.unit.signaling.media.rtp_peer import (
    DEADLINE_S,
    KEYFRAME,
    RtpPeer,
    opus,
    payload_of,
    sequence_of,
    ssrc_of,
    subscriber_answer,
    turn_of_the_loop,
    vp8,
)


async def microphone(court: Courtroom, participant: str, sequence: int = 100) -> tuple[PublishLeg, RtpPeer, Source]:
    leg, peer = await court.publisher(participant)
    count = len(court.observed.started)
    peer.send_rtp(opus(sequence, MICROPHONE_SSRC))
    await court.observed.sources_started(count + 1)
    return leg, peer, court.observed.started[-1]


async def test_a_new_leg_offers_one_warm_slot_of_each_kind(court: Courtroom) -> None:
    leg = SubscribeLeg(court.endpoint, "clerk", "down", court.observed)
    assert leg.needs_negotiation
    offer = leg.offer()
    assert not leg.needs_negotiation
    assert offer.slots == [
        SlotView(mid="0", participant=None, source=None),
        SlotView(mid="1", participant=None, source=None),
    ]
    assert re.findall(r"m=(\w+) 9", offer.sdp) == ["audio", "video"]
    assert "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\n" in offer.sdp
    assert offer.sdp.count("a=inactive") == 2 and "a=setup:actpass" in offer.sdp


async def test_slots_name_the_participant_and_what_is_sent(court: Courtroom) -> None:
    _, _, source = await microphone(court, "judge")
    leg = SubscribeLeg(court.endpoint, "clerk", "down", court.observed)
    leg.offer()
    leg.add(publication_of(source))
    assert leg.needs_negotiation
    offer = leg.offer()
    assert offer.negotiation == 2
    assert offer.slots[0] == SlotView(mid="0", participant="judge", source=SourceLabel.MICROPHONE)
    assert "a=msid:judge judge-microphone\r\n" in offer.sdp
    leg.add(publication_of(source))
    assert not leg.needs_negotiation, "adding twice changes nothing"


async def test_nothing_flows_before_the_answer(court: Courtroom) -> None:
    _, speaker, source = await microphone(court, "judge")
    leg, listener = await court.subscriber("clerk")
    leg.add(publication_of(source))
    offer = leg.offer()
    speaker.send_rtp(opus(101, MICROPHONE_SSRC, b"too early"))
    while source.packets_received < 2:
        await speaker.next_rtcp(205, 15)
    await leg.take_answer(offer.negotiation, subscriber_answer(listener, offer.sdp))
    speaker.send_rtp(opus(102, MICROPHONE_SSRC, b"agreed"))
    assert payload_of(await listener.next_rtp()) == b"agreed"


async def test_a_stale_answer_is_ignored(court: Courtroom) -> None:
    _, _, source = await microphone(court, "judge")
    leg, listener = await court.subscriber("clerk")
    leg.add(publication_of(source))
    stale = leg.offer()
    latest = leg.offer()
    await leg.take_answer(stale.negotiation, "nonsense")
    assert source.outgoing == ()
    await leg.take_answer(latest.negotiation, subscriber_answer(listener, latest.sdp))
    assert len(source.outgoing) == 1


async def test_an_m_line_the_subscriber_refuses_stays_dark(court: Courtroom) -> None:
    _, _, source = await microphone(court, "judge")
    leg, listener = await court.subscriber("clerk")
    leg.add(publication_of(source))
    offer = leg.offer()
    answer = subscriber_answer(listener, offer.sdp)
    await leg.take_answer(offer.negotiation, answer.replace("a=recvonly", "a=inactive", 1))
    assert source.outgoing == ()


async def test_m_lines_are_appended_and_a_free_one_is_used_again(court: Courtroom) -> None:
    _, _, judge = await microphone(court, "judge")
    _, _, plaintiff = await microphone(court, "plaintiff")
    _, speaker, witness = await microphone(court, "witness")
    leg, listener = await court.subscriber("clerk", judge, plaintiff)
    first = leg.offer()
    assert [slot.participant for slot in first.slots] == ["judge", None, "plaintiff"]
    leg.remove(publication_of(judge))
    assert "a=inactive" in (await negotiate(leg, listener)).split("m=")[1]
    leg.add(publication_of(witness))
    second = leg.offer()
    assert [slot.participant for slot in second.slots] == ["witness", None, "plaintiff"]
    ssrcs = [int(found) for found in re.findall(r"a=ssrc:(\d+)", first.sdp + second.sdp)]
    assert len(set(ssrcs)) == 3, "another person, another SSRC"
    await leg.take_answer(second.negotiation, subscriber_answer(listener, second.sdp))
    speaker.send_rtp(opus(101, MICROPHONE_SSRC, b"sworn"))
    packet = await listener.next_rtp()
    assert payload_of(packet) == b"sworn" and ssrc_of(packet) == ssrcs[2]


async def test_a_removed_source_is_silent_at_once(court: Courtroom) -> None:
    _, speaker, source = await microphone(court, "judge")
    _, other, witness = await microphone(court, "witness")
    leg, listener = await court.subscriber("clerk", source, witness)
    leg.remove(publication_of(source))
    speaker.send_rtp(opus(101, MICROPHONE_SSRC, b"private"))
    while source.packets_received < 2:
        await speaker.next_rtcp(205, 15)
    other.send_rtp(opus(101, MICROPHONE_SSRC, b"public"))
    assert payload_of(await listener.next_rtp()) == b"public"


@pytest.mark.parametrize("gone_first", [True, False])
async def test_a_publisher_who_reconnects_continues_in_the_same_slot(court: Courtroom, gone_first: bool) -> None:
    leg_before, before, old = await microphone(court, "judge", 60_000)
    leg, listener = await court.subscriber("clerk", old)
    before.send_rtp(opus(60_001, MICROPHONE_SSRC, b"before"))
    last = await listener.next_rtp()
    if gone_first:
        await leg_before.close(LegCloseCause.REPLACED)
        leg.remove(publication_of(old))
    _, again, new = await microphone(court, "judge", 5)
    leg.add(publication_of(new))
    leg.remove(publication_of(old))
    assert not leg.needs_negotiation, "the subscriber sees no change"
    again.send_rtp(opus(6, MICROPHONE_SSRC, b"after"))
    first = await listener.next_rtp()
    assert payload_of(first) == b"after"
    assert ssrc_of(first) == ssrc_of(last) and sequence_of(first) == sequence_of(last) + 1
    step = (int.from_bytes(first[4:8], "big") - int.from_bytes(last[4:8], "big")) & 0xFFFFFFFF
    assert 0 < step < 48_000 * 10, "the timestamps go on as well"


async def test_a_reconnected_camera_waits_for_its_keyframe(court: Courtroom) -> None:
    _, before = await court.publisher("judge")
    before.send_rtp(vp8(1, CAMERA_SSRC))
    await court.observed.sources_started(1)
    leg, viewer = await court.subscriber("clerk", court.observed.started[0])
    await before.next_item(rtcp.KeyframeRequest)
    before.send_rtp(vp8(2, CAMERA_SSRC, KEYFRAME))
    last = await viewer.next_rtp()
    _, again = await court.publisher("judge")
    again.send_rtp(vp8(900, CAMERA_SSRC))
    await court.observed.sources_started(2)
    leg.add(publication_of(court.observed.started[1]))
    await again.next_item(rtcp.KeyframeRequest)
    again.send_rtp(vp8(901, CAMERA_SSRC), vp8(902, CAMERA_SSRC, KEYFRAME + b"new"))
    first = await viewer.next_rtp()
    assert payload_of(first).startswith(KEYFRAME + b"new")
    assert sequence_of(first) == sequence_of(last) + 1


async def test_a_request_for_a_picture_reaches_the_camera_once_in_half_a_second(court: Courtroom) -> None:
    _, camera = await court.publisher()
    camera.send_rtp(vp8(1, CAMERA_SSRC))
    await court.observed.sources_started(1)
    _, viewer = await court.subscriber("clerk", court.observed.started[0])
    await camera.next_item(rtcp.KeyframeRequest)
    camera.send_rtp(vp8(2, CAMERA_SSRC, KEYFRAME))
    ssrc = ssrc_of(await viewer.next_rtp())
    for _ in range(20):
        viewer.send_rtcp(rtcp.picture_loss(ssrc))
    camera.send_rtp(*(vp8(n, CAMERA_SSRC) for n in range(3, 10)))
    assert await camera.next_item(rtcp.KeyframeRequest) == rtcp.KeyframeRequest(CAMERA_SSRC)
    camera.send_rtp(vp8(10, CAMERA_SSRC, KEYFRAME))
    await camera.next_item(rtcp.ReceptionReport)
    left = [item for _ in range(camera.rtcp.qsize()) for item in rtcp.read(camera.rtcp.get_nowait())]
    assert not any(isinstance(item, rtcp.KeyframeRequest) for item in left)


async def test_media_and_nonsense_from_a_subscriber_are_ignored(court: Courtroom) -> None:
    _, speaker, source = await microphone(court, "judge")
    _, listener = await court.subscriber("clerk", source)
    listener.send_rtp(opus(1, 4242))
    listener.send_rtcp(b"\x81\xc9\x00\x01\x00\x00\x00\x01")
    listener.send_raw(b"\x80\xc9" + bytes(40))
    speaker.send_rtp(opus(101, MICROPHONE_SSRC, b"heard"))
    assert payload_of(await listener.next_rtp()) == b"heard"
    assert len(court.observed.started) == 1


async def test_an_answer_that_does_not_fit_changes_nothing(court: Courtroom) -> None:
    _, _, source = await microphone(court, "judge")
    leg, listener = await court.subscriber("clerk", source)
    offer = leg.offer()
    good = subscriber_answer(listener, offer.sdp)
    for damage in (
        "",
        good.replace("a=mid:1", "a=mid:7"),
        re.sub(r"a=setup.*\r\n", "", good),
        good.split("m=video")[0],
    ):
        with pytest.raises(SdpError):
            await leg.take_answer(offer.negotiation, damage)
    assert len(source.outgoing) == 1


async def test_the_evidence_counts_what_was_sent_and_what_was_reported_lost(court: Courtroom) -> None:
    _, speaker, source = await microphone(court, "judge")
    leg, listener = await court.subscriber("clerk", source)
    speaker.send_rtp(*(opus(n, MICROPHONE_SSRC) for n in range(101, 111)))
    packets = [await listener.next_rtp() for _ in range(10)]
    speaker.send_rtcp(rtcp.sender_report(rtcp.SenderReport(MICROPHONE_SSRC, 7 << 16, 1, 1, 1)))
    await listener.next_item(rtcp.SenderReport)
    report = rtcp.ReceptionReport(ssrc_of(packets[0]), 1, 4, sequence_of(packets[-1]), 480, 7, 0)
    listener.send_rtcp(rtcp.receiver_report([report]))
    listener.send_rtcp(rtcp.nack(ssrc_of(packets[0]), [sequence_of(packets[0])]))
    async with asyncio.timeout(DEADLINE_S):
        while len(listener.encrypted) < 11:  # the repeat shows that the report was read
            await turn_of_the_loop()
    await leg.close(LegCloseCause.REMOVED)
    closed, cause, evidence = court.observed.closed[0]
    assert (closed, cause) == (leg, LegCloseCause.REMOVED)
    assert (evidence.packets, evidence.lost, evidence.jitter_ms) == (10, 4, 10)
    assert evidence.octets == sum(len(packet) for packet in packets)
    assert evidence.round_trip_ms is not None and evidence.last_packet_age_ms is not None
    assert 0 <= evidence.round_trip_ms < 1000 > evidence.last_packet_age_ms
    assert source.outgoing == ()
