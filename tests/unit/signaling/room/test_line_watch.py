"""What is measured of a line is what was sent over it: real DTLS, real packets, figures against what the test itself counted."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from signaling.media import rtcp
from signaling.media.endpoint import MediaEndpoint
from signaling.media.publish_leg import PublishLeg
from signaling.room.line_watch import UNKNOWN, LineWatch
from signaling.room.member import Member
from tests.unit.signaling.media.courtroom import MICROPHONE_SSRC, Courtroom
from tests.unit.signaling.media.rtp_peer import DEADLINE_S, opus, sequence_of, ssrc_of, turn_of_the_loop
from tests.unit.signaling.media.test_layers import camera_in, viewer

NTP = 0x1234_5678_9ABC_DEF0
LSR = NTP >> 16 & 0xFFFFFFFF


@pytest.fixture
async def court() -> AsyncIterator[Courtroom]:
    court = Courtroom(await MediaEndpoint.open("127.0.0.1"))
    yield court
    await court.close()


async def test_figures_of_both_directions_are_those_of_what_was_sent(court: Courtroom) -> None:
    member = Member("judge")
    member.publish, speaker = await court.publisher("judge")
    watch = LineWatch(100.0)
    speaker.send_rtp(*(opus(n, MICROPHONE_SSRC) for n in range(101, 111) if n not in (104, 105)))
    await court.observed.sources_started(1)
    (source,) = member.publish.sources
    listening = Member("clerk")
    listening.subscribe, listener = await court.subscriber("clerk", source)
    speaker.send_rtp(*(opus(n, MICROPHONE_SSRC, b"x" * 100) for n in range(111, 131)))
    heard = [await listener.next_rtp() for _ in range(20)]
    speaker.send_rtcp(rtcp.sender_report(rtcp.SenderReport(MICROPHONE_SSRC, NTP, 1, 1, 1)))
    await listener.next_rtcp(200)
    report = rtcp.ReceptionReport(ssrc_of(heard[0]), 1, 4, sequence_of(heard[-1]), 480, LSR, 0)
    listener.send_rtcp(rtcp.receiver_report([report]))
    listener.send_rtcp(rtcp.receiver_estimate(640_000))
    listener.send_rtcp(rtcp.nack(ssrc_of(heard[0]), [sequence_of(heard[0]), sequence_of(heard[1])]))
    async with asyncio.timeout(DEADLINE_S):
        while len(listener.encrypted) < 22:  # the repeats show that all of it was read
            await turn_of_the_loop()

    lines, span_ms = watch.measure([member, listening, Member("nobody")], 105.0)

    assert span_ms == 5_000
    published, subscribed = lines
    assert (published.participant, published.subscribe) == ("judge", None)
    assert (subscribed.participant, subscribed.publish) == ("clerk", None)
    assert published.publish is not None and subscribed.subscribe is not None
    sent, received = published.publish, subscribed.subscribe
    octets = sum(len(opus(n, MICROPHONE_SSRC)) for n in range(8)) + 20 * len(opus(1, MICROPHONE_SSRC, b"x" * 100))
    assert (sent.packets, sent.lost, sent.kbps) == (28, 2, round(octets * 8 / 5_000))
    assert sent.round_trip_ms == UNKNOWN and sent.estimate_kbps == UNKNOWN
    assert (received.packets, received.lost, received.jitter_ms) == (20, 4, 10)
    assert received.kbps == round(20 * len(opus(1, MICROPHONE_SSRC, b"x" * 100)) * 8 / 5_000)
    assert (received.asked, received.repeated, received.estimate_kbps) == (2, 2, 640)
    assert 0 <= received.round_trip_ms < 1_000

    lines, _ = watch.measure([member, listening], 110.0)
    assert [figures.packets for line in lines for figures in (line.publish, line.subscribe) if figures] == [0, 0]


async def test_pictures_are_counted_by_the_layer_that_is_sent(court: Courtroom) -> None:
    camera, publication, sources = await camera_in(court)
    member, viewing = Member("judge"), Member("clerk")
    member.publish = next(leg for leg in court.observed.connected if isinstance(leg, PublishLeg))
    viewing.subscribe, viewing_peer = await viewer(court, camera, publication)
    for second in (1, 2):  # the rate of a layer is measured each second; q has come meanwhile, and nothing else
        for source in sources.values():
            source.second(second * 1_000_000_000)
        if second == 1:
            camera.send("q", 2)
            camera.report_clocks(2)
            await viewing_peer.next_rtp()
    lines, _ = LineWatch(0.0).measure([member, viewing], 5.0)
    published, subscribed = lines[0].publish, lines[1].subscribe
    assert published is not None and subscribed is not None
    assert (subscribed.full, subscribed.half, subscribed.quarter, subscribed.withheld) == (0, 0, 1, 0)
    assert (published.full, published.half, published.quarter, published.keyframes_asked > 0) == (0, 0, 1, True)
    viewing.subscribe.show({})
    lines, _ = LineWatch(0.0).measure([viewing], 5.0)
    assert lines[0].subscribe is not None and lines[0].subscribe[8:12] == (0, 0, 0, 1), "what is not shown is withheld"
