"""Two real browsers see and hear each other through the media endpoint; the signalling here is as small as it can be."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from playwright.async_api import Browser

from signaling.media.observer import LegCloseCause
from signaling.protocol.grants import SourceLabel
from tests.browser.media_room import PATIENCE_MS, Member, Room, join, media_browser, open_room, sees_and_hears
from tests.browser.whole_court import microphone_file
from tests.unit.signaling.media.courtroom import Collected

pytestmark = [pytest.mark.browser, pytest.mark.live]

SETTLED = 20
"""Packets; before, the encoder learns that it is silent."""
_log = structlog.get_logger(__name__)


@pytest.fixture
async def court() -> AsyncIterator[tuple[Room, str]]:
    async with open_room() as opened:
        yield opened


@pytest.fixture
def room(court: tuple[Room, str]) -> Room:
    return court[0]


@pytest.fixture
def address(court: tuple[Room, str]) -> str:
    return court[1]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with media_browser() as browser:
        yield browser


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_two_tabs_see_and_hear_each_other(room: Room, address: str, browser: Browser, codec: str) -> None:
    judge = await join(browser, address, "judge", codec=codec)
    clerk = await join(browser, address, "clerk", codec=codec)
    await sees_and_hears(judge, "clerk")
    await sees_and_hears(clerk, "judge")
    codecs = {source.codec for m in room.members.values() if m.publish for source in m.publish.sources}
    assert codecs == {"opus", codec}


async def test_who_sends_h264_and_who_sends_vp8_are_seen_side_by_side(
    room: Room, address: str, browser: Browser
) -> None:
    judge = await join(browser, address, "judge", codec="VP8")
    party = await join(browser, address, "party", codec="H264")
    clerk = await join(browser, address, "clerk", codec="VP8")
    for page, others in ((judge, ("party", "clerk")), (party, ("judge", "clerk")), (clerk, ("judge", "party"))):
        for other in others:
            await sees_and_hears(page, other)
    codecs = {
        name: {source.codec for source in member.publish.sources if source.kind == "video"}
        for name, member in room.members.items()
        if member.publish is not None
    }
    assert codecs == {"judge": {"VP8"}, "party": {"H264"}, "clerk": {"VP8"}}


async def test_a_publisher_who_comes_back_is_seen_in_the_same_place(room: Room, address: str, browser: Browser) -> None:
    judge = await join(browser, address, "judge")
    clerk = await join(browser, address, "clerk")
    await sees_and_hears(judge, "clerk")
    history = await judge.evaluate("history")
    await clerk.evaluate("publishAgain()")
    newer, replaced = room.members["clerk"].publish, room.members["clerk"].replaced
    assert newer is not None and replaced is not None
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while len(newer.sources) < 2:
            room.began.clear()
            await room.began.wait()
    await replaced.close(LegCloseCause.REPLACED)
    await sees_and_hears(judge, "clerk")
    assert await judge.evaluate("history") == history, "the subscriber noticed a change"
    assert room.causes == [LegCloseCause.REPLACED]


async def test_the_place_of_one_who_left_is_used_again(room: Room, address: str, browser: Browser) -> None:
    judge = await join(browser, address, "judge")
    clerk = await join(browser, address, "clerk")
    await sees_and_hears(judge, "clerk")
    await clerk.close()
    await judge.wait_for_function("!Object.values(slots).includes('clerk-camera')")
    witness = await join(browser, address, "witness")
    await sees_and_hears(judge, "witness")
    await sees_and_hears(witness, "judge")
    assert await judge.evaluate("down.getTransceivers().length") == 2


async def test_a_shared_screen_is_added_to_the_same_connection(room: Room, address: str, browser: Browser) -> None:
    judge = await join(browser, address, "judge")
    clerk = await join(browser, address, "clerk")
    await sees_and_hears(judge, "clerk")
    await clerk.evaluate("shareScreen()")
    await judge.wait_for_function("decoded('clerk-screen') > 5", timeout=PATIENCE_MS)
    publish = room.members["clerk"].publish
    assert publish is not None
    assert {source.label for source in publish.sources} == set(SourceLabel)


async def test_a_tab_with_ipv6_and_one_without_meet_on_the_same_port(browser: Browser) -> None:
    """The judge is told the one address of the machine, the clerk the other."""
    async with open_room("::", announced=["::1"]) as (room, address):
        judge = await join(browser, address, "judge")
        await room.began.wait()
        room.endpoint.announced = ("127.0.0.1",)
        clerk = await join(browser, address, "clerk")
        await sees_and_hears(judge, "clerk")
        await sees_and_hears(clerk, "judge")
        hosts = {member.name: _hosts(member) for member in room.members.values()}
        assert hosts == {"judge": {"::1"}, "clerk": {"::ffff:127.0.0.1"}}


async def test_a_silent_microphone_sends_little_and_nothing_counts_as_lost(
    room: Room, address: str, tmp_path: Path
) -> None:
    """Opus DTX (RFC 7587 section 3.1.3): a packet each 400 ms instead of each 20."""
    silence = f"--use-file-for-fake-audio-capture={microphone_file(tmp_path, '')}"
    async with media_browser(silence) as browser:
        clerk = await join(browser, address, "clerk")
        await join(browser, address, "judge")
        await clerk.wait_for_function(f"inbound['judge-microphone']?.packetsReceived > {SETTLED}", timeout=PATIENCE_MS)
        publish, heard = room.members["judge"].publish, "inbound['judge-microphone']"
        assert publish is not None
        (microphone,) = (source for source in publish.sources if source.label == SourceLabel.MICROPHONE)
        sink = Collected()
        microphone.attach(sink)
        before = await clerk.evaluate(heard)
        await clerk.wait_for_function(f"{heard}.timestamp - {before['timestamp']} >= 5000", timeout=PATIENCE_MS)
        after = await clerk.evaluate(heard)
        sent = after["packetsReceived"] - before["packetsReceived"]
        seconds = (after["timestamp"] - before["timestamp"]) / 1000
        microphone.detach(sink)
        _log.info("silent", packets=sent, seconds=seconds)
        assert 0 < sent / seconds < 10
        assert after["packetsLost"] == before["packetsLost"] == microphone.packets_lost == 0
        numbers = [extended for _, extended, _ in sink.received]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "the recorder saw a hole"


def _hosts(member: Member) -> set[object]:
    """Where a tab's media comes from."""
    legs = (member.publish, member.subscribe)
    return {leg.transport.address[0] for leg in legs if leg is not None and leg.transport.address is not None}
