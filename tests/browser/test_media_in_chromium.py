"""Two real browsers see and hear each other through the media endpoint; the signalling here is as small as it can be."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from signaling.media.observer import LegCloseCause
from signaling.protocol.grants import SourceLabel
from tests.browser.media_room import PATIENCE_MS, Member, Room, join, media_browser, open_room, sees_and_hears

pytestmark = pytest.mark.browser


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


def _hosts(member: Member) -> set[object]:
    """Where a tab's media comes from."""
    legs = (member.publish, member.subscribe)
    return {leg.transport.address[0] for leg in legs if leg is not None and leg.transport.address is not None}
