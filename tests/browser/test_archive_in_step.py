"""A longer hearing in the player: pictures and voices keep to one clock, playing and after seeks, and memory stays bounded."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.archived_hearing.court import archived_hearing, open_page
from tests.archived_hearing.filing import Plan
from tests.archived_hearing.scenes import PEOPLE
from tests.browser.screens import open_browser

pytestmark = [pytest.mark.browser, pytest.mark.live]

PIECE_S, REPEATS = 20.0, 30
SETTLED_MS, WATCHED_MS = 3_000, 4_000
APART_MS = 40
"""What the levelling never lets stand."""
HELD_S = 150
"""A window before and behind the position, whole files."""

HELD = """
() => Math.max(...[...document.querySelectorAll('video, audio')].map((element) => {
  let held = 0;
  for (let at = 0; at < element.buffered.length; at += 1) held += element.buffered.end(at) - element.buffered.start(at);
  return held;
}))
"""
DISTANCES = """
async (forMs) => {
  const until = performance.now() + forMs;
  const rows = [];
  while (performance.now() < until) {
    await new Promise((passed) => setTimeout(passed, 100));
    const playing = [...document.querySelectorAll('video, audio')].filter((one) => one.dataset.aheadMs);
    rows.push(playing.map((one) => Number(one.dataset.aheadMs)));
  }
  return rows;
}
"""
PUSH = """
() => {
  const elements = [...document.querySelectorAll('video, audio')];
  elements.forEach((element, at) => { element.currentTime += at % 2 ? 0.12 : -0.12; });
}
"""
"""Every second element jumps ahead, every other one behind, as a decoder does that was starved."""


async def median_distances_ms(page: Page) -> list[float]:
    """Of each element, over a few seconds: one late reading on a busy machine is none."""
    rows = [row for row in await page.evaluate(DISTANCES, WATCHED_MS) if len(row) == 6]
    assert len(rows) > 10
    return [sorted(column)[len(column) // 2] for column in zip(*rows, strict=True)]


async def go(page: Page, position_s: float) -> None:
    await page.get_by_label("播放位置").evaluate(
        "(slider, s) => { slider.value = s; slider.dispatchEvent(new Event('input', {bubbles: true})); }",
        str(position_s),
    )


async def all_play(page: Page) -> None:
    await page.wait_for_function(
        "() => [...document.querySelectorAll('video, audio')].filter((one) => !one.paused && !one.seeking).length === 6"
    )


async def test_six_elements_stay_on_one_clock_and_only_a_window_is_in_memory(tmp_path: Path) -> None:
    plan = Plan(REPEATS)
    async with (
        archived_hearing(tmp_path, PEOPLE[:3], PIECE_S, plan, width=320, beeps=True) as here,
        open_browser() as browser,
    ):
        page = await open_page(browser)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "/files/" in request.url else None)
        await here.sign_in(page)
        await expect(page.locator("figure.tile").first).to_have_attribute("data-state", "ready")
        await page.get_by_role("button", name="播放", exact=True).click()
        for position_s in (3.0, 111.0, 57.5):
            await go(page, position_s)
            await all_play(page)
            await page.wait_for_timeout(SETTLED_MS)
            assert all(abs(one) < APART_MS for one in await median_distances_ms(page))
        await page.evaluate(PUSH)
        await page.wait_for_timeout(SETTLED_MS)
        assert all(abs(one) < APART_MS for one in await median_distances_ms(page))
        await page.get_by_label("速度").select_option(label="3 倍")
        for position_s in (20.0, 90.0, 160.0, 200.0):
            await go(page, position_s)
            await all_play(page)
        assert float(await page.evaluate(HELD)) < HELD_S
        assert len(asked) < 6 * PIECE_S * REPEATS / 10  # never the whole hearing
        assert all("start_ms=" in url for url in asked)
