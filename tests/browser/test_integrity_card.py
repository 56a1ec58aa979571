"""The card "完整性" on the archive page: the seal, a verification on the server, and what it finds."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from hearing_server.web.application import CLIENT_DIST
from tests.browser.screens import SIZES, assert_accessible, open_browser, picture, resize
from tests.integration.closed_court import closed_court
from tests.integration.http_court import PASSWORD
from tests.unit.hearing_server.sealing.harms import edit_transcript

pytestmark = pytest.mark.browser


async def test_clerk_sees_the_seal_and_has_it_verified(tmp_path: Path) -> None:
    async with closed_court(tmp_path, client=CLIENT_DIST) as here, open_browser() as browser:
        await here.ask()
        await here.work()
        width, height = SIZES["desk"]
        page = await browser.new_page(locale="zh-CN", viewport={"width": width, "height": height})
        origin = {"Origin": here.court.url}
        signing_in = {"login": "staff1", "password": PASSWORD}
        answer = await page.request.post(f"{here.court.url}/api/login", data=signing_in, headers=origin)
        assert answer.ok
        await page.goto(f"{here.court.url}/#/archive/{here.hearing}")
        card = page.locator("[data-test=integrity]")
        await card.locator("summary").click()
        seal = (await here.standing())["seals"][0]
        await expect(card).to_contain_text("已封存")
        await expect(card).to_contain_text(" ".join(seal["root"][at : at + 8] for at in range(0, 64, 8)))
        await expect(card).to_contain_text("校验通过：6 个文件")
        await assert_accessible(page, "integrity card")
        await picture(page, "integrity-whole")
        edit_transcript(here.recording, here.recording)
        await card.get_by_role("button", name="校验").click()
        await expect(card).to_contain_text("正在校验")
        await here.work()
        await expect(card).to_contain_text("校验没有通过")
        await expect(card).to_contain_text("transcript.jsonl 第 3 行（字段 text）")
        await assert_accessible(page, "integrity card with findings")
        await picture(page, "integrity-broken")
        await resize(page, "phone")
        place = await card.locator(".card").bounding_box()
        assert place is not None and place["x"] >= 0 and place["x"] + place["width"] <= SIZES["phone"][0]
        await picture(page, "integrity-phone")
