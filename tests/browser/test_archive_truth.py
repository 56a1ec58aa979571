"""Playback tells what was there: lost signals, cameras switched off, recesses, altered files; and who watches stands over every picture."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from hearing_server.storage import journal
from tests.archived_hearing.court import ArchivedHearing, archived_hearing, open_page
from tests.archived_hearing.filing import Plan, file_gap
from tests.archived_hearing.scenes import PEOPLE
from tests.browser.screens import SIZES, assert_accessible, assert_layout, open_browser, picture

pytestmark = pytest.mark.browser

SECONDS = 12.0
REPEATS, RECESS_AFTER = 6, 4
JUDGE, CLERK, PLAINTIFF, DEFENDANT = range(4)
"""In the order of the parts."""
OFF_IN, LOST_IN, LATE_UNTIL = 1, 2, 1
"""In that repeat the plaintiff's camera is off, in that one the defendant is gone; the plaintiff's voice goes on."""
RECESS_AT_S = RECESS_AFTER * SECONDS + 30


@asynccontextmanager
async def watched(folder: Path, search: str = "") -> AsyncIterator[tuple[ArchivedHearing, Page]]:
    """A hearing of four people in which things went wrong, open on a desk."""
    people: list[str] = []

    def left_out(participant: str, source: str, repeat: int) -> bool:
        if participant not in people:
            people.append(participant)
        person = people.index(participant)
        if person == PLAINTIFF:
            return source == "camera" and repeat == OFF_IN
        return person == DEFENDANT and repeat == LOST_IN

    plan = Plan(REPEATS, RECESS_AFTER, left_out)
    async with archived_hearing(folder, PEOPLE[:4], SECONDS, plan, width=320) as here, open_browser() as browser:
        await _journal(here)
        page = await open_page(browser, SIZES["desk"])
        await here.sign_in(page, search)
        yield here, page


async def _journal(here: ArchivedHearing) -> None:
    """Everybody came before the recording; the defendant's line broke in one repeat and was noticed late."""
    began_ms = here.recorded.began_ms
    lost_ms, back_ms = began_ms + round(SECONDS * LOST_IN * 1000), began_ms + round(SECONDS * (LOST_IN + 1) * 1000)
    async with here.court.office.database.transaction() as transaction:
        for person in here.people:
            told = {"participant": person, "direction": "publish"}
            await journal.append(transaction, here.hearing, began_ms - 5_000, "media_connected", "worker", told)
        lost = {"silent_ms": 4_000}
        defendant = f"participant:{here.people[DEFENDANT]}"
        await journal.append(transaction, here.hearing, lost_ms + 4_100, "line_lost", defendant, lost)
        await journal.append(transaction, here.hearing, back_ms, "session_opened", defendant, {"resumed": True})
    track = next(
        fact for fact in here.recorded.facts if fact["participant"] == here.people[JUDGE] and "video" in fact["track"]
    )
    gap = (began_ms + 3_000, began_ms + 5_000, "network_loss")
    await file_gap(here.court, here.hearing, here.people[JUDGE], track["track"], *gap)


def tile(page: Page, person: int) -> Locator:
    return page.locator("figure.tile").nth(person)


async def go(page: Page, position_s: float) -> None:
    await page.get_by_label("播放位置").evaluate(
        "(slider, s) => { slider.value = s; slider.dispatchEvent(new Event('input', {bubbles: true})); }",
        str(position_s),
    )


async def test_what_is_missing_is_named_instead_of_a_frozen_picture(tmp_path: Path) -> None:
    async with watched(tmp_path) as (_, page):
        await expect(tile(page, JUDGE)).to_have_attribute("data-state", "ready")
        await go(page, 4)
        await expect(tile(page, JUDGE)).to_contain_text("信号中断")
        await expect(tile(page, JUDGE).locator("video")).to_have_css("visibility", "hidden")
        await expect(tile(page, CLERK)).to_have_attribute("data-state", "ready")
        await go(page, SECONDS * OFF_IN + 6)
        await expect(tile(page, PLAINTIFF)).to_contain_text("摄像头已关闭")
        await go(page, SECONDS * LOST_IN + 6)
        await expect(tile(page, DEFENDANT)).to_contain_text("信号中断")
        await picture(page, "archive-signal-lost")
        await page.get_by_label("跳过休庭").uncheck()
        await go(page, RECESS_AT_S)
        await expect(tile(page, CLERK)).to_contain_text("休庭，暂停录制")
        await picture(page, "archive-recess")
        await page.get_by_role("button", name="播放", exact=True).click()
        await page.get_by_label("跳过休庭").check()
        await expect(tile(page, CLERK)).to_have_attribute("data-state", "ready")
        assert float(await page.get_by_label("播放位置").input_value()) >= SECONDS * RECESS_AFTER + 600


async def test_a_file_that_is_not_as_it_was_sealed_is_not_played(tmp_path: Path) -> None:
    async with watched(tmp_path) as (here, page):
        folder = here.court.recordings / here.hearing / "tracks" / here.people[CLERK]
        file = sorted(folder.glob("video-*/*.mkv"))[-1]
        changed = bytearray(file.read_bytes())
        changed[len(changed) // 2] ^= 1
        file.unlink()  # other files are links to the same bytes
        file.write_bytes(changed)
        await go(page, 600 + SECONDS * REPEATS - 0.5)
        await expect(tile(page, CLERK)).to_contain_text("文件与封存时不一致")
        await expect(tile(page, JUDGE)).to_have_attribute("data-state", "ready")


async def test_viewer_time_and_number_stand_over_every_picture_and_in_the_journal(tmp_path: Path) -> None:
    async with watched(tmp_path) as (here, page):
        rows = await here.court.journal(here.hearing, "archive_viewed")
        assert len(rows) == 1
        for person in range(4):
            await expect(tile(page, person).locator("svg.mark text").first).to_have_text(
                f"陈静 查看 · 第{rows[0].number}号"
            )
            await expect(tile(page, person).locator("svg.mark text").last).to_have_text(
                re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d$")
            )
            inside = await tile(page, person).evaluate(
                """tile => { const a = tile.querySelector('svg.mark').getBoundingClientRect();
                   const b = tile.querySelector('video').getBoundingClientRect();
                   return a.left <= b.left + 1 && a.right >= b.right - 1 && a.top <= b.top + 1 && a.bottom >= b.bottom - 1; }"""
            )
            assert inside
        await page.get_by_role("button", name="全屏", exact=True).click()
        await expect(page.get_by_role("button", name="退出全屏")).to_be_visible()
        full = await page.evaluate("() => document.fullscreenElement.querySelectorAll('figure.tile svg.mark').length")
        assert full == 4
        await page.get_by_role("button", name="退出全屏").click()


async def test_the_keyboard_does_everything_and_a_copied_link_lands_on_its_second(tmp_path: Path) -> None:
    async with watched(tmp_path, "?t=7") as (_, page):
        slider = page.get_by_label("播放位置")
        await expect(slider).to_have_value("7")
        await page.keyboard.press("ArrowRight")
        await expect(slider).to_have_value("12")
        await page.keyboard.press("ArrowLeft")
        await page.keyboard.press("ArrowLeft")
        await expect(slider).to_have_value("2")
        await page.keyboard.press("Shift+ArrowUp")
        await expect(page.get_by_label("速度")).to_have_value("1.25")
        await page.keyboard.press("Control+ArrowRight")
        await page.keyboard.press("Control+ArrowRight")
        second_stage = await slider.input_value()
        await expect(page.locator(".stage.now")).to_have_text("诉辩")
        await page.keyboard.press("Control+ArrowLeft")
        assert float(await slider.input_value()) < float(second_stage)
        await page.keyboard.press("Space")
        await expect(page.get_by_role("button", name="暂停")).to_be_visible()
        await page.keyboard.press("Space")
        await expect(page.get_by_role("button", name="播放", exact=True)).to_be_visible()
        await page.get_by_role("searchbox").focus()
        at = await slider.input_value()
        await page.keyboard.press("ArrowRight")
        assert await slider.input_value() == at
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await go(page, 31.4)
        await page.get_by_role("button", name="复制这一刻的链接").click()
        link = await page.evaluate("() => navigator.clipboard.readText()")
        assert link.endswith("?t=31")
        second = await page.context.new_page()
        await second.goto(link)
        await expect(second.get_by_label("播放位置")).to_have_value("31")
        await expect(tile(second, JUDGE)).to_have_attribute("data-state", "ready")


async def test_every_size_is_accessible_and_keeps_its_layout(tmp_path: Path) -> None:
    async with watched(tmp_path, "?t=6") as (_, page):
        await expect(tile(page, JUDGE)).to_have_attribute("data-state", "ready")
        for language in ("zh-CN", "en"):
            for size in SIZES:
                await assert_layout(page, f"archive {size}", size)
                await assert_accessible(page, f"archive {size}")
                await picture(page, f"archive-{language}-{size}")
            if language == "zh-CN":
                await page.set_viewport_size({"width": 1440, "height": 900})
                await page.get_by_role("button", name="English").click()
