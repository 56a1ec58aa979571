"""Real browsers publish and receive simulcast layers: each is sent the one it shows, and changes of layer are not seen."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from signaling.media.subscribe_leg import SubscribeLeg
from tests.browser.media_room import PATIENCE_MS, Room, join, media_browser, open_room, sees_and_hears
from tests.browser.narrow_path import NarrowPath
from tests.integration.whole_server import until

pytestmark = [pytest.mark.browser, pytest.mark.live]

LARGE = {"participant": "judge", "source": "camera", "width": 960, "height": 540}
SMALL = {"participant": "judge", "source": "camera", "width": 160, "height": 90}
QUARTER, FULL = 135, 540


@pytest.fixture
async def court() -> AsyncIterator[tuple[Room, str]]:
    async with open_room() as opened:
        yield opened


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with media_browser() as browser:
        yield browser


async def judge(browser: Browser, address: str) -> Page:
    """Sends before others open the one camera: a size that one tab has asked for is what the next one gets."""
    page = await join(browser, address, "judge", layers="all", width="960", height="540")
    await page.wait_for_function("layersSent.size > 0", timeout=PATIENCE_MS)
    return page


async def all_layers_flow(speaker: Page) -> None:
    """The browser begins with one layer, and adds others as its estimate of the uplink grows."""
    await speaker.wait_for_function("layersSent.size === 3", timeout=3 * PATIENCE_MS)


async def show(page: Page, *shown: dict[str, Any]) -> None:
    await page.evaluate("shown => show(shown)", shown)


async def sees_height(page: Page, height: int, within_ms: int = 3 * PATIENCE_MS) -> None:
    """A machine that has no time to decode looks like a narrow downlink, for which better layers wait a minute."""
    await page.wait_for_function(f"height('judge-camera') === {height}", timeout=within_ms)


async def camera(page: Page) -> dict[str, Any]:
    await page.evaluate("measure()")
    stats: dict[str, Any] = await page.evaluate("inbound['judge-camera']")
    return stats


async def test_each_receiver_is_sent_the_layer_it_shows_and_changes_are_seamless(
    court: tuple[Room, str], browser: Browser
) -> None:
    _, address = court
    speaker = await judge(browser, address)
    clerk, party = await join(browser, address, "clerk"), await join(browser, address, "party")
    for page in (clerk, party):
        await sees_and_hears(page, "judge")
    await all_layers_flow(speaker)
    await show(clerk, SMALL)
    await show(party, LARGE)
    await sees_height(clerk, QUARTER)
    await sees_height(party, FULL)
    settled = await camera(clerk), await camera(party)
    for small, large in ((party, clerk), (clerk, party)):
        await show(small, SMALL)
        await show(large, LARGE)
        await sees_height(small, QUARTER)
        await sees_height(large, FULL)
        for page in (small, large):
            await sees_and_hears(page, "judge", frames=15)
    for page, before in zip((clerk, party), settled, strict=True):
        after = await camera(page)
        assert after["freezeCount"] == before["freezeCount"], "a change of layer was seen"
        assert after["framesDropped"] <= before["framesDropped"] + 2
        assert after["keyFramesDecoded"] >= before["keyFramesDecoded"] + 2


async def test_a_hidden_picture_is_not_sent_and_comes_back(court: tuple[Room, str], browser: Browser) -> None:
    room, address = court
    await judge(browser, address)
    clerk = await join(browser, address, "clerk")
    await sees_and_hears(clerk, "judge")
    await show(clerk)
    await until(lambda: _video_outlet_source(room.members["clerk"].subscribe) == "", "the picture stopped")
    hidden = await camera(clerk)
    await clerk.wait_for_function("energy('judge-microphone') > 0", timeout=PATIENCE_MS)
    await show(clerk, SMALL)
    await sees_and_hears(clerk, "judge", frames=5)
    assert (await camera(clerk))["framesDecoded"] >= hidden["framesDecoded"] + 5


async def test_a_layer_that_stops_is_replaced_by_another(court: tuple[Room, str], browser: Browser) -> None:
    _, address = court
    speaker = await judge(browser, address)
    clerk = await join(browser, address, "clerk")
    await sees_and_hears(clerk, "judge")
    await all_layers_flow(speaker)
    await show(clerk, LARGE)
    await sees_height(clerk, FULL)
    await speaker.evaluate("stopLayer('f')")
    await sees_height(clerk, FULL // 2)
    await sees_and_hears(clerk, "judge")


@pytest.mark.soak
async def test_a_narrow_downlink_gets_the_low_layer_within_three_seconds_and_recovers_within_fifteen(
    court: tuple[Room, str], browser: Browser
) -> None:
    """300 kbit/s with a queue of 300 ms, for 20 s."""
    room, address = court
    path = NarrowPath(room.endpoint.sendto)
    room.endpoint.sendto = path
    speaker = await judge(browser, address)
    clerk = await join(browser, address, "clerk")
    await sees_and_hears(clerk, "judge", frames=60)
    await all_layers_flow(speaker)
    await show(clerk, LARGE)
    await sees_height(clerk, FULL)
    leg = room.members["clerk"].subscribe
    down = leg.transport.address
    assert down is not None
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    path.narrow(down, 300_000)
    await sees_height(clerk, QUARTER, within_ms=3_000)
    switches = _switches(leg)
    voice = await _voice(clerk)
    while loop.time() - began_s < 20:
        await sees_and_hears(clerk, "judge", frames=5)
    assert _switches(leg) - switches <= 2, "no swinging to and fro"
    assert await _voice(clerk) - voice < 0.01 * 20, "voices were disturbed by what follows the fall"
    path.widen(down)
    await sees_height(clerk, FULL, within_ms=15_000)


def _video_outlet_source(leg: SubscribeLeg) -> str:
    """Name of the layer that flows, empty for none."""
    outlet = next(slot.outlet for slot in leg.downlink.slots if slot.kind == "video" and slot.outlet is not None)
    return outlet.source.rid if outlet.source is not None else ""


def _switches(leg: SubscribeLeg) -> int:
    return sum(slot.switches for slot in leg.downlink.slots if slot.kind == "video")


async def _voice(page: Page) -> float:
    """Seconds of sound the receiver had to make up, silence left out."""
    await page.evaluate("measure()")
    samples: float = await page.evaluate(
        "(v => v.concealedSamples - v.silentConcealedSamples)(inbound['judge-microphone'])"
    )
    return samples / 48_000
