"""Firefox and Chromium see and hear each other: they number header extensions and payload types differently."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from signaling.media.library_internals import host_addresses
from signaling.protocol.grants import SourceLabel
from tests.browser.firefox import INSTALLED, FirefoxPage, ScriptFailed, firefox
from tests.browser.media_room import PATIENCE_MS, Room, join, media_browser, open_room, sees_and_hears

REACHABLE = [each for each in host_addresses(ipv6=False) if ":" not in each]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.live,
    pytest.mark.skipif(not INSTALLED or not REACHABLE, reason="firefox-esr is not installed, or there is no network"),
]

WIDTH, HEIGHT, SMALL = 960, 540, 160


@pytest.fixture
async def court() -> AsyncIterator[tuple[Room, str]]:
    """Media at an address of this machine's network: Firefox never connects to 127.0.0.1."""
    async with open_room(REACHABLE[0]) as opened:
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


async def sees_and_hears_in_firefox(page: FirefoxPage, other: str, frames: int = 20) -> None:
    try:
        await page.evaluate(f"seesAndHears({json.dumps(other)}, {frames}, {PATIENCE_MS})")
    except ScriptFailed as error:
        raise AssertionError(json.dumps(await page.evaluate("report()"), indent=1)) from error


async def test_firefox_and_chromium_see_and_hear_each_other(
    room: Room, address: str, browser: Browser, tmp_path: Path
) -> None:
    async with firefox(tmp_path) as fox:
        clerk = await fox.open(f"{address}/?name=clerk")
        judge = await join(browser, address, "judge")
        await sees_and_hears(judge, "clerk")
        await sees_and_hears_in_firefox(clerk, "judge")
        ours, theirs = (
            {source.label: source for source in leg.sources}
            for leg in (room.members["judge"].publish, room.members["clerk"].publish)
            if leg is not None
        )
        for label in (SourceLabel.MICROPHONE, SourceLabel.CAMERA):  # else nothing would have been mapped
            assert ours[label].extensions != theirs[label].extensions
        assert ours[SourceLabel.CAMERA].payload_type != theirs[SourceLabel.CAMERA].payload_type


async def test_two_firefox_tabs_see_and_hear_each_other(room: Room, address: str, tmp_path: Path) -> None:
    async with firefox(tmp_path) as fox:
        judge = await fox.open(f"{address}/?name=judge")
        clerk = await fox.open(f"{address}/?name=clerk")
        await sees_and_hears_in_firefox(judge, "clerk")
        await sees_and_hears_in_firefox(clerk, "judge")


async def test_firefox_and_chromium_are_sent_each_others_layers(
    room: Room, address: str, browser: Browser, tmp_path: Path
) -> None:
    """Both send three layers by ``sendEncodings``; each is shown the other small, then large, then small."""
    async with firefox(tmp_path) as fox:
        clerk = await fox.open(f"{address}/?name=clerk&layers=all&width={WIDTH}&height={HEIGHT}")
        judge = await join(browser, address, "judge", layers="all", width=str(WIDTH), height=str(HEIGHT))
        await sees_and_hears(judge, "clerk")
        await sees_and_hears_in_firefox(clerk, "judge")
        await _all_layers_flow(room, "judge")
        await _all_layers_flow(room, "clerk")
        for size in ((SMALL, SMALL * 9 // 16), (WIDTH, HEIGHT), (SMALL, SMALL * 9 // 16)):
            await judge.evaluate("shown => show(shown)", _shown("clerk", *size))
            await clerk.evaluate(f"show({json.dumps(_shown('judge', *size))})")
            rank = 0 if size[0] == WIDTH else 2
            for name in ("judge", "clerk"):
                await _is_sent(room, judge, name, rank)
            await sees_and_hears(judge, "clerk")
            await sees_and_hears_in_firefox(clerk, "judge")


def _shown(participant: str, width: int, height: int) -> list[dict[str, str | int]]:
    return [{"participant": participant, "source": "camera", "width": width, "height": height}]


async def _all_layers_flow(room: Room, name: str) -> None:
    publish = room.members[name].publish
    assert publish is not None
    try:
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while {source.rid for source in publish.sources} != {"", "q", "h", "f"}:
                room.began.clear()
                await room.began.wait()
    except TimeoutError as error:
        came = [(source.rid, source.picture_size, source.bitrate_bps) for source in publish.sources]
        raise AssertionError(f"{name} sends {came}") from error


async def _is_sent(room: Room, page: Page, name: str, rank: int) -> None:
    """Returns when the picture flows to ``name`` from the layer of that rank (0 is the full one)."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while room.members[name].subscribe.picture_ranks != [rank]:
            await page.evaluate("measure()")
