"""How well everybody's line is, on the screens of those who look after the hearing: in words and bars, at every size, accessible."""

import pytest
from playwright.async_api import expect

from tests.browser.screens import picture, resize
from tests.browser.test_court_screens import Visitor, visitor

pytestmark = pytest.mark.browser


async def _pictures(person: Visitor, name: str) -> None:
    for size in ("desk", "phone"):
        await resize(person.page, size)
        await picture(person.page, f"lines-{name}-{size}")


@pytest.mark.parametrize("who", ["judge", "clerk"])
async def test_the_roster_says_how_everybodys_line_is(who: str) -> None:
    async with visitor() as person:
        await person.enter(who, "session")
        await person.press("show-people")
        for name, level, words in (
            ("clerk" if who == "judge" else "judge", "good", "线路良好"),
            ("plaintiff", "fair", "线路尚可"),
            ("defendant", "bad", "线路很差"),
            ("observer", "none", "没有线路"),
        ):
            row = person.page.locator(person.marked(f"person-{name}"))
            await expect(row.locator(person.marked(f"bars-{level}"))).to_have_text(words)
        await person.inspect(f"roster of the {who}")
        await _pictures(person, f"roster-{who}")


@pytest.mark.parametrize(("who", "way"), [("clerk", ("show-people", "show-lines")), ("technician", ("show-lines",))])
async def test_the_lines_are_told_in_numbers_worst_first(who: str, way: tuple[str, ...]) -> None:
    async with visitor() as person:
        await person.enter(who, "session")
        await person.press(*way)
        shown = person.page.locator(f"{person.marked('lines')} .people > li")
        await expect(shown).to_have_count(4)
        await expect(shown.first).to_contain_text("王建国")
        worst = await shown.first.inner_text()
        for words in ("线路很差", "发出", "收到", "往返 420 毫秒", "设备自述", "未经核实", "画面停顿 2 次"):
            assert words in worst
        assert "丢包 12." in worst, "140 lost of 1140 sent"
        label = await shown.first.get_by_role("img").first.get_attribute("aria-label")
        assert label is not None and label.startswith("最近 5 分钟的速率") and label.endswith("有丢包的时段 60 个")
        await person.inspect(f"lines of the {who}")
        await _pictures(person, f"panel-{who}")


async def test_the_panel_speaks_english() -> None:
    async with visitor(locale="en-GB") as judge:
        await judge.enter("judge", "session")
        await judge.press("show-people", "show-lines")
        first = judge.page.locator(f"{judge.marked('lines')} .people > li").first
        await expect(first).to_contain_text("Connection very weak")
        await expect(first).to_contain_text("nobody checked it")
        await judge.inspect("lines in English")
        await _pictures(judge, "panel-english")


async def test_a_party_is_shown_nobodys_line() -> None:
    async with visitor() as party:
        asked: list[str] = []
        party.page.on("request", lambda request: asked.append(request.url))
        await party.enter("plaintiff", "session")
        await expect(party.page.locator(party.marked("controls"))).to_be_visible()
        assert await party.page.locator(party.marked("show-lines")).count() == 0
        assert not [url for url in asked if "/quality" in url]
