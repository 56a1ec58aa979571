"""Copies on the archive page, and how long a recording is kept on the page of its hearing."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from hearing_server.domain.copies import CopyTrouble, StoreName, StoreTrouble
from hearing_server.storage import copies
from hearing_server.web.application import CLIENT_DIST
from tests.browser.screens import SIZES, assert_accessible, open_browser, picture, resize
from tests.integration.http_court import PASSWORD
from tests.integration.kept_court import KeptCourt, kept_court

pytestmark = pytest.mark.browser


async def sign_in(page: Page, kept: KeptCourt, login: str) -> None:
    body, origin = {"login": login, "password": PASSWORD}, {"Origin": kept.here.court.url}
    answer = await page.request.post(f"{kept.here.court.url}/api/login", data=body, headers=origin)
    assert answer.ok


async def test_clerk_sees_the_copies_and_has_them_compared(tmp_path: Path) -> None:
    async with kept_court(tmp_path, CLIENT_DIST) as kept, open_browser() as browser:
        hearing, database = kept.here.hearing, kept.here.court.office.database
        await kept.copy_all()
        width, height = SIZES["desk"]
        page = await browser.new_page(locale="zh-CN", viewport={"width": width, "height": height})
        await sign_in(page, kept, "staff1")
        await page.goto(f"{kept.here.court.url}/#/archive/{hearing}")
        await page.locator("[data-test=integrity] summary").click()
        panel = page.locator("[data-test=copies]")
        await expect(panel).to_contain_text("已存储，已备份")
        await picture(page, "copies-whole")
        (kept.here.recording / "leaves.txt").write_bytes(b"changed")
        await panel.get_by_role("button", name="对账").click()
        await expect(panel).to_contain_text("正在对账")
        await kept.work()
        await expect(panel).to_contain_text("对账发现 1 处，已修复 1 处")
        await expect(panel).to_contain_text("录制文件夹的 leaves.txt 内容不一致")
        trouble = StoreTrouble(hearing, StoreName.BACKUP, CopyTrouble.UNREACHABLE, 1_900_000_000_000)
        async with database.transaction() as transaction:
            await copies.raise_trouble(transaction, trouble)
        await page.reload()
        await page.locator("[data-test=integrity] summary").click()
        await expect(panel).to_contain_text("存储异常")
        await expect(panel).to_contain_text("连不上或出错，正在重试")
        await assert_accessible(page, "copies that fail")
        await picture(page, "copies-failing")
        await resize(page, "phone")
        await picture(page, "copies-phone")


async def test_clerk_keeps_and_judge_releases(tmp_path: Path) -> None:
    async with kept_court(tmp_path, CLIENT_DIST) as kept, open_browser() as browser:
        await kept.copy_all()
        await kept.age(21)
        page = await browser.new_page(locale="zh-CN")
        await sign_in(page, kept, "staff1")
        await page.goto(f"{kept.here.court.url}/#/staff/hearing/{kept.here.hearing}")
        card = page.locator("[data-test=keeping]")
        await expect(card).to_contain_text("不会删除")
        await card.get_by_label("保管期限").select_option("short")
        await expect(card).to_contain_text("保管到")
        await card.get_by_role("button", name="保全").click()
        await page.get_by_label("原因").fill("当事人申请再审")
        await page.get_by_role("dialog").get_by_role("button", name="保全").click()
        await expect(card).to_contain_text("已保全：当事人申请再审")
        await expect(card.get_by_role("button", name="解除保全")).to_have_count(0)
        await assert_accessible(page, "keeping")
        await picture(page, "keeping-held")
