"""The card "下载资料" on the archive page: having copies made, watching that, taking and removing them."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from hearing_server.domain.export import ExportKind, ExportProgress
from hearing_server.domain.job import JobKind
from hearing_server.exports.shelf import Shelf
from hearing_server.jobs.runner import now_ms
from hearing_server.storage.jobs import JobDesk
from hearing_server.web.application import CLIENT_DIST
from tests.browser.screens import SIZES, assert_accessible, open_browser, picture, resize
from tests.integration.closed_court import ClosedCourt, closed_court
from tests.integration.http_court import PASSWORD
from tests.integration.test_exports import lose_recorder, of_kind, path, sealed, work

pytestmark = pytest.mark.browser


async def opened(here: ClosedCourt, page: Page) -> None:
    """The archive, as the clerk, with the card open."""
    origin = {"Origin": here.court.url}
    answer = await page.request.post(
        f"{here.court.url}/api/login", data={"login": "staff1", "password": PASSWORD}, headers=origin
    )
    assert answer.ok
    await page.goto(f"{here.court.url}/#/archive/{here.hearing}")
    await page.locator("[data-test=exports] > summary").click()


async def test_clerk_has_copies_made_and_takes_them(tmp_path: Path) -> None:
    async with closed_court(tmp_path, client=CLIENT_DIST) as here, open_browser() as browser:
        width, height = SIZES["desk"]
        page = await browser.new_page(locale="zh-CN", viewport={"width": width, "height": height})
        await opened(here, page)
        card = page.locator("[data-test=exports]")
        await expect(card).to_contain_text("庭审记录封存之后，才能生成资料。")
        await sealed(here)
        await lose_recorder(here)
        await page.reload()
        await card.locator("> summary").click()
        await expect(card).to_contain_text("录制期间有 1 起故障")
        await card.get_by_role("button", name="生成 庭审资料包").click()
        await expect(card).to_contain_text("等待生成…")
        lost = await JobDesk(here.court.office.database, lease_ms=0).claim("lost", now_ms(), [JobKind.BUNDLE])
        assert lost is not None
        shelf = Shelf(here.court.recordings)
        await asyncio.to_thread(shelf.tell, here.hearing, ExportKind.BUNDLE, ExportProgress(0.42, 130.0))
        await expect(card).to_contain_text("正在生成：42%，还要约 2 分钟")
        await assert_accessible(page, "export card while a bundle is made")
        await picture(page, "exports-running")
        for name in ("完整性确认单", "录制故障说明"):
            await card.get_by_role("button", name=f"生成 {name}").click()
            await expect(card.get_by_role("button", name=f"生成 {name}")).to_be_disabled()
        await work(here)
        await expect(card.get_by_role("link", name="下载中文版")).to_have_count(2)
        await picture(page, "exports-made")
        async with page.expect_download() as downloading:
            await card.get_by_role("link", name="下载（").click()
        download = await downloading.value
        saved = tmp_path / "saved.zip"
        await download.save_as(saved)
        (file,) = (await of_kind(here, "bundle"))["files"]
        assert download.suggested_filename.endswith("bundle.zip") and "民初" in download.suggested_filename
        assert hashlib.sha256(saved.read_bytes()).hexdigest() == file["sha256"]
        await resize(page, "phone")
        place = await card.locator("> .card").bounding_box()
        assert place is not None and place["x"] >= 0 and place["x"] + place["width"] <= SIZES["phone"][0]
        await assert_accessible(page, "export card on a phone")
        await picture(page, "exports-phone")
        await resize(page, "desk")
        remove = card.get_by_role("button", name="删除 庭审资料包")
        await remove.focus()
        await page.keyboard.press("Enter")
        await page.get_by_role("dialog").get_by_role("button", name="删除").click()
        await expect(card).to_contain_text("已删除“庭审资料包”。")
        assert (await of_kind(here, "bundle"))["files"] == []


async def test_what_failed_says_what_to_do_in_english_too(tmp_path: Path) -> None:
    async with closed_court(tmp_path, client=CLIENT_DIST) as here, open_browser() as browser:
        await sealed(here)
        await here.clerk.must("POST", path(here, "/bundle"), {})
        await work(here, tmp_path / "no page")
        page = await browser.new_page(locale="en-US", viewport={"width": 1440, "height": 900})
        await opened(here, page)
        card = page.locator("[data-test=exports]")
        await expect(card).to_contain_text("run web_client/build.py. It is tried again by itself.")
        await assert_accessible(page, "export card with a failure")
        await picture(page, "exports-failed")
