"""The staff pages in a real browser, against the court's own HTTP API: what a clerk and a judge do before a hearing."""

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from hearing_server.web.application import CLIENT_DIST
from tests.browser.screens import SIZES, assert_accessible, assert_layout, open_browser
from tests.integration.http_court import PASSWORD, HttpCourt, Visitor, open_office

pytestmark = pytest.mark.browser


@dataclass
class Office:
    """A browser at a court's staff pages."""

    page: Page
    court: HttpCourt

    def button(self, name: str | re.Pattern[str], *, exact: bool = True) -> Locator:
        return self.page.get_by_role("button", name=name, exact=exact)

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name, exact=True)

    async def go(self, route: str) -> None:
        await self.page.goto(f"{self.court.url}/#/{route}")

    async def fill(self, **fields: str) -> None:
        for label, text in fields.items():
            await self.page.get_by_label(label, exact=True).fill(text)

    async def sign_in(self, login: str, password: str = PASSWORD) -> None:
        await expect(self.heading("工作人员登录")).to_be_visible()
        await self.fill(登录名=login, 密码=password)
        await self.button("登录").click()

    async def said(self, sentence: str) -> None:
        await expect(self.page.get_by_text(sentence).first).to_be_visible()

    async def inspect(self, name: str) -> None:
        """Accessibility and layout of the screen as it stands, at every size."""
        for size in SIZES:
            await assert_layout(self.page, f"{name} {size}", size)
        await assert_accessible(self.page, name)


@asynccontextmanager
async def office_with(tmp_path: Path, *roles: str) -> AsyncIterator[Office]:
    """Signed in as a new member of staff with these roles, at the day's list; nobody is signed in without roles."""
    async with open_office(tmp_path, client=CLIENT_DIST) as court, open_browser() as browser:
        # The browser's clock is the machine's, and schedules compare the two.
        await court.clock.move(int(time.time() * 1000) - court.clock.now_ms())
        context = await browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
        office = Office(await context.new_page(), court)
        if roles:
            await court.staff(*roles, name="林书妍")
            await office.go("sign-in")
            await office.sign_in("staff1")
            await expect(office.heading("庭审安排")).to_be_visible()
        yield office


async def account_of(visitor: Visitor, login: str) -> str:
    """Id of the account with that login name."""
    accounts = (await visitor.must("GET", "/api/staff"))["staff"]
    return next(str(account["staff"]) for account in accounts if account["login"] == login)


async def test_first_administrator_makes_accounts_for_judge_and_clerk(tmp_path: Path) -> None:
    async with office_with(tmp_path) as office:
        await office.go(office.court.setup_url.partition("#/")[2])
        await office.button("建立管理员并登录").click()
        await office.said("请填写姓名。")
        await office.inspect("setup")
        await office.fill(姓名="管理员", 登录名="root", 密码=PASSWORD, 再输一次密码="another password")
        await office.button("建立管理员并登录").click()
        await office.said("两次输入的密码不一样。")
        await office.fill(再输一次密码=PASSWORD)
        await office.button("建立管理员并登录").click()
        await expect(office.heading("工作人员账号")).to_be_visible()
        for duty, name, login in (("法官", "周正清", "zhou"), ("书记员", "林书妍", "lin")):
            await office.page.get_by_role("checkbox", name=duty).check()
            await office.fill(姓名=name, 登录名=login, 初始密码=PASSWORD)
            await office.button("建立账号").click()
            await office.said(f"已建立{name}的账号")
        await office.inspect("accounts")
        await office.button("退出登录").click()
        await office.sign_in("zhou", "not the password")
        await office.said("登录名或密码不对")
        await office.inspect("sign-in refused")
        await office.sign_in("zhou")
        await office.said("今天没有庭审。")
        await office.inspect("empty day")


async def test_clerk_brings_a_case_from_entry_to_an_open_waiting_room(tmp_path: Path) -> None:
    async with office_with(tmp_path, "clerk") as office:
        page = office.page
        await page.get_by_role("link", name="案件", exact=True).click()
        await office.said("还没有案件。")
        await office.button(re.compile("新建案件")).first.click()
        await office.button("建立案件").click()
        await office.said("请填写案号。")
        await office.inspect("new case")
        await page.get_by_label("案号").fill("（2026）京0105民初1234号")
        await page.get_by_label("案件名称").fill("李秀英诉王建国民间借贷纠纷")
        await office.button("建立案件").click()
        await office.said("这个案件还没有庭审。")
        await office.inspect("case")
        await office.button("排期并添加参加人").click()
        await office.said("还没有参加人。")
        await page.get_by_label("姓名", exact=True).fill("周正清")
        await page.keyboard.press("Enter")
        await office.said("已添加周正清。")
        await page.get_by_label("工作人员账号").select_option(label="林书妍（staff1）")
        await office.button("添加").click()
        await office.said("已添加林书妍。")
        for name in ("李秀英", "王建国", "赵强"):
            await page.get_by_label("姓名", exact=True).fill(name)
            await page.keyboard.press("Enter")
            await office.said(f"已添加{name}。")
        await expect(page.locator("tbody tr")).to_have_count(5)
        seats = await page.locator("tbody tr").all_inner_texts()
        assert [seat.split()[:2] for seat in seats] == [
            ["审判长", "周正清"],
            ["书记员", "林书妍"],
            ["原告", "李秀英"],
            ["被告", "王建国"],
            ["证人", "赵强"],
        ]
        await office.button("确认排期").click()
        await office.button("开放候审室").click()
        await office.said("候审中")
        await office.inspect("hearing")


async def test_links_are_shown_withdrawn_replaced_and_printed(tmp_path: Path) -> None:
    async with office_with(tmp_path, "clerk") as office:
        page, court = office.page, office.court
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        for name, side in (("李秀英", "plaintiff"), ("王建国", "defendant")):
            await court.seat(clerk, hearing, name, "party", side=side)
        await office.go(f"staff/hearing/{hearing}")
        await office.button(re.compile("李秀英")).first.click()
        url = await page.get_by_label("参加链接").input_value()
        await expect(page.get_by_role("img", name="李秀英参加庭审的二维码")).to_be_visible()
        await office.inspect("link")
        await office.button("关闭").click()
        assert (await clerk.must("POST", "/api/join", {"token": url.rpartition("/")[2]}))["name"] == "李秀英"

        await office.button("收回链接：李秀英").click()
        await office.button("收回链接").click()
        await office.said("李秀英的链接已收回。")
        assert await clerk.refused("POST", "/api/join", {"token": url.rpartition("/")[2]}) == (401, "token_revoked")

        await office.button(re.compile("开庭码：王建国")).click()
        await expect(page.get_by_text(re.compile(r"^\d{3} \d{3}$"))).to_be_visible()
        await office.inspect("kiosk code")
        await office.button("关闭").click()

        await office.button("打印全部参加单").click()
        await expect(office.heading("参加在线庭审通知")).to_have_count(2)
        await office.inspect("print sheet")
        await page.reload()
        await office.said("这里还没有可以打印的链接。")
        await page.get_by_role("link", name="返回庭审准备").click()
        await office.button("打印全部参加单").click()
        await office.said("打印要生成新链接")
        await office.inspect("print again")


async def test_cancelling_asks_for_a_reason_and_removing_asks_first(tmp_path: Path) -> None:
    async with office_with(tmp_path, "clerk") as office:
        clerk = await office.court.staff("clerk")
        hearing = await office.court.hearing(clerk)
        await office.court.seat(clerk, hearing, "赵强", "witness")
        await office.go(f"staff/hearing/{hearing}")
        await office.button("移除：赵强").click()
        await office.button("保留").click()
        await expect(office.page.get_by_text("赵强")).to_be_visible()
        await office.button("移除：赵强").click()
        await office.button("移除").click()
        await office.said("已移除赵强。")
        await office.button("取消这次庭审").click()
        dialog = office.page.get_by_role("dialog")
        await dialog.get_by_role("button", name="取消这次庭审").click()
        await office.said("请写明理由。")
        await dialog.get_by_label("理由").fill("当事人撤诉")
        await dialog.get_by_role("button", name="取消这次庭审").click()
        await expect(dialog).to_have_count(0)
        await expect(office.button("添加")).to_have_count(0)
        assert (await clerk.must("GET", f"/api/hearings/{hearing}"))["status"] == "cancelled"


async def test_journal_shows_every_step_in_words_and_that_the_chain_holds(tmp_path: Path) -> None:
    async with office_with(tmp_path, "clerk") as office:
        clerk = await office.court.staff("clerk")
        hearing = await office.court.hearing(clerk)
        await office.go(f"staff/hearing/{hearing}/journal")
        await office.said("您的账号没有这项权限。")
        await office.court.seat(clerk, hearing, "林书妍", "clerk", staff=await account_of(clerk, "staff1"))
        await office.button("再试一次").click()
        await office.said("核验通过")
        assert await office.page.locator("th.type").all_inner_texts() == [
            "庭审已登记",
            "庭审状态变化",
            "拒绝无权操作",
            "添加参加人",
        ]
        await office.inspect("journal")


async def test_kiosk_is_paired_by_code_and_withdrawn(tmp_path: Path) -> None:
    async with office_with(tmp_path, "clerk") as office:
        await office.go("staff/kiosks")
        await office.said("还没有登记设备。")
        await office.button(re.compile("登记新设备")).first.click()
        figures = await office.page.locator(".figures").inner_text()
        await office.inspect("pairing")
        device = await office.court.visitor()
        await device.must("POST", "/api/kiosk/pair", {"code": figures.replace(" ", ""), "name": "一楼大厅 1 号"})
        await office.said("设备“一楼大厅 1 号”已登记。")
        await office.button("关闭").click()
        await office.button("停用 一楼大厅 1 号").click()
        await office.button("停用").click()
        await office.said("“一楼大厅 1 号”已停用。")
        await office.inspect("kiosks")


async def test_judge_enters_todays_hearing_with_one_press_and_sees_no_clerks_buttons(tmp_path: Path) -> None:
    async with office_with(tmp_path, "judge") as office:
        court = office.court
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk, status="draft")
        await court.seat(clerk, hearing, "林书妍", "presiding_judge", staff=await account_of(clerk, "staff1"))
        soon = {"scheduled_at_ms": court.clock.now_ms() + 60_000, "courtroom": "第三法庭"}
        await clerk.must("PUT", f"/api/hearings/{hearing}", soon)
        await clerk.must("POST", f"/api/hearings/{hearing}/status", {"status": "scheduled"})
        await office.page.reload()
        await office.said("您的下一场庭审")
        await office.inspect("judge's day")
        await office.page.get_by_role("link", name="查看：").click()
        await expect(office.heading("参加人")).to_be_visible()
        for name in ("添加", "打印全部参加单", "取消这次庭审"):
            await expect(office.button(name)).to_have_count(0)
        await office.page.get_by_role("link", name="进入法庭").click()
        await expect(office.page).to_have_url(re.compile(rf"#/hearing/{hearing}$"))


async def test_staff_pages_lead_to_sign_in_and_back(tmp_path: Path) -> None:
    async with office_with(tmp_path) as office:
        await office.court.staff("clerk")
        await office.go("staff/kiosks")
        await expect(office.heading("工作人员登录")).to_be_visible()
        await office.sign_in("staff1")
        await expect(office.heading("共享法庭设备")).to_be_visible()


@pytest.mark.parametrize("text", ["large", "elder", "elder-plus"])
async def test_large_letters_break_no_staff_page(tmp_path: Path, text: str) -> None:
    async with office_with(tmp_path, "clerk") as office:
        clerk = await office.court.staff("clerk")
        hearing = await office.court.hearing(clerk)
        await office.court.seat(clerk, hearing, "李秀英", "party", side="plaintiff")
        await office.page.evaluate("text => localStorage.setItem('text-size', text)", text)
        for route in ("staff", "staff/cases", f"staff/hearing/{hearing}", f"staff/hearing/{hearing}/journal"):
            await office.go(route)
            await office.page.reload()
            await office.page.wait_for_load_state("networkidle")
            await office.inspect(f"{route} {text}")
