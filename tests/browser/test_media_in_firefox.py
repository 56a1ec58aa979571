"""Firefox and Chromium see and hear each other: they number header extensions and payload types differently."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from signaling.media.library_internals import host_addresses
from signaling.protocol.grants import SourceLabel
from tests.browser.firefox import INSTALLED, FirefoxPage, ScriptFailed, firefox
from tests.browser.media_room import PATIENCE_MS, Room, join, media_browser, open_room, sees_and_hears

REACHABLE = [each for each in host_addresses(ipv6=False) if ":" not in each]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not INSTALLED or not REACHABLE, reason="firefox-esr is not installed, or there is no network"),
]


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
