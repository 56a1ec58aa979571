"""What an endpoint counts of all its legs, and how it looks at one packet in 256."""

import asyncio
import time

from signaling.media.forward_latency import EVERY
from signaling.media.observer import LegCloseCause
from signaling.protocol.worker_figures import MediaTotals
from tests.unit.signaling.media.courtroom import CAMERA_SSRC, MICROPHONE_SSRC, Courtroom
from tests.unit.signaling.media.rtp_peer import KEYFRAME, opus, vp8


def totals(court: Courtroom, direction: str) -> MediaTotals:
    return next(each for each in court.endpoint.totals() if each.direction == direction)


async def test_totals_are_those_of_present_and_ended_legs(court: Courtroom) -> None:
    _, speaker = await court.publisher("judge")
    speaker.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    source = court.observed.started[0]
    leg, listener = await court.subscriber("clerk", source)
    again, second = await court.subscriber("plaintiff", source)
    speaker.send_rtp(*(opus(n, MICROPHONE_SSRC) for n in range(2, 12) if n != 5))
    for peer in (listener, second):
        for _ in range(9):
            await peer.next_rtp()
    before = totals(court, "subscribe")
    assert (before.packets, before.connected, before.closed) == (18, 2, {})
    await leg.close(LegCloseCause.REMOVED)
    await leg.close(LegCloseCause.REMOVED)
    after = totals(court, "subscribe")
    assert (after.packets, after.octets, after.connected) == (18, before.octets, 1)
    assert after.closed == {"removed": 1}
    published = totals(court, "publish")
    assert (published.packets, published.lost, published.connected) == (10, 1, 1)
    speaker.send_rtp(opus(5, MICROPHONE_SSRC), opus(12, MICROPHONE_SSRC))
    while source.packets_received < 12:
        await second.next_rtp()
    assert source.packets_lost == 0
    assert totals(court, "publish").lost == 1, "a total never goes back"
    assert (again.counts.packets, again.counts.lost) == (11, 0)


async def test_one_packet_in_256_is_timed_and_none_is_lost_by_it(court: Courtroom) -> None:
    _, speaker = await court.publisher("judge")
    speaker.send_rtp(vp8(1, CAMERA_SSRC, KEYFRAME))
    await court.observed.sources_started(1)
    source = court.observed.started[0]
    _, listener = await court.subscriber("clerk", source)
    sent = 1
    while sent < 4 * EVERY:
        speaker.send_rtp(*(vp8(n, CAMERA_SSRC, KEYFRAME) for n in range(sent + 1, sent + 17)))
        sent += 16
        while source.packets_received < sent:
            await listener.next_rtp()
    timed = court.endpoint.latency.seconds.taken()
    assert 3 <= sum(timed.counts) <= 6, "checks, handshakes and reports count towards the 256, and are not timed"
    assert 0 < timed.total < 10 * sum(timed.counts)
    assert source.packets_received == sent and source.packets_lost == 0


async def test_a_loop_that_was_held_up_is_seen(court: Courtroom) -> None:
    time.sleep(0.4)  # noqa: ASYNC251 - this is what holds a loop up
    async with asyncio.timeout(5):
        while True:
            if sum(court.endpoint.counts.lag_s.taken().counts):
                break
            await asyncio.sleep(0.01)  # the endpoint's own timer has no event
    assert court.endpoint.counts.lag_s.taken().total > 0.2
