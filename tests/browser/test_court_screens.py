"""Lobby, waiting room, courtroom, clerk's desk and kiosk in a real browser, against a canned court: every screen is accessible
and laid out at every size, and what people do on them has its effect."""

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.canned_court import RULES, canned_court
from tests.browser.screens import SIZES, assert_accessible, assert_layout, open_browser, picture, resize

pytestmark = pytest.mark.browser

FAKE_DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")

SHOWN_SEATS = """
() => [...document.querySelectorAll('[data-test^="seat-"]')]
  .map((seat) => [seat.dataset.test, seat.getBoundingClientRect().width])
  .filter(([, width]) => width > 0)
"""
SMALLEST_STAGE = 0.4
"""Of the height of the window, whatever else is on it."""

BROKEN_FRAME = f"""
() => {{
  const broken = [];
  const controls = document.querySelector('[data-test=controls]')?.getBoundingClientRect();
  if (!controls || controls.bottom > innerHeight + 1 || controls.height < 44) broken.push('controls outside the window');
  const buttons = document.querySelectorAll('[data-test=controls] > button');
  if (buttons.length < 2 || buttons.length > 6) broken.push(`${{buttons.length}} controls`);
  const stage = document.querySelector('[data-test=stage]');
  if (stage && stage.getBoundingClientRect().height < innerHeight * {SMALLEST_STAGE}) broken.push('stage too small');
  return broken;
}}
"""


class Visitor:
    """Somebody's browser window at the canned court."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def marked(self, name: str) -> str:
        return f"[data-test={name}]"

    async def press(self, *names: str) -> None:
        for name in names:
            await self.page.click(self.marked(name))

    async def arrive(self, who: str, scene: str) -> None:
        await self.page.goto(f"{self.url}/#/join/{who}.{scene}")
        await expect(self.page.locator(self.marked("lobby"))).to_be_visible()

    async def enter(self, who: str, scene: str) -> None:
        """Through the lobby, as quickly as it lets one."""
        await self.arrive(who, scene)
        await self.press("start")
        while await self.page.locator(self.marked("next")).count():
            await self.press("next")
        if await self.page.locator(self.marked("pledge")).count():
            await self.page.check(self.marked("pledge"))
        await self.press("enter")

    async def inspect(self, name: str, *, frame: bool = True) -> None:
        """Layout at every size, then accessibility. ``frame``: a screen that fills the window, with a control bar."""
        for size in SIZES:
            await assert_layout(self.page, f"{name} {size}", size)
            if frame:
                broken = await self.page.evaluate(BROKEN_FRAME)
                assert broken == [], f"{name} {size}: {broken}"
        await assert_accessible(self.page, name)


@asynccontextmanager
async def visiting(
    browser: Browser, url: str, *, text_size: str = "normal", locale: str = "zh-CN"
) -> AsyncIterator[Visitor]:
    context = await browser.new_context(locale=locale, permissions=["camera", "microphone"])
    remember = f"if (!localStorage.getItem('text-size')) localStorage.setItem('text-size', '{text_size}')"
    await context.add_init_script(remember)
    try:
        yield Visitor(await context.new_page(), url)
    finally:
        await context.close()


@asynccontextmanager
async def visitor(text_size: str = "normal", locale: str = "zh-CN") -> AsyncIterator[Visitor]:
    async with (
        canned_court() as url,
        open_browser(*FAKE_DEVICES) as browser,
        visiting(browser, url, text_size=text_size, locale=locale) as somebody,
    ):
        yield somebody


async def test_device_check_says_in_words_what_it_found_and_never_blocks() -> None:
    async with visitor() as party:
        await party.arrive("plaintiff", "waiting")
        await party.inspect("who", frame=False)
        await party.press("start")
        await expect(party.page.locator(party.marked("camera-result"))).to_contain_text("看到您的画面了")
        await expect(party.page.locator(party.marked("microphone-result"))).to_contain_text("听到您的声音了")
        await party.inspect("devices", frame=False)
        await party.press("next")
        await expect(party.page.locator(party.marked("enter"))).to_be_disabled()
        await party.inspect("rules", frame=False)
        await party.page.check(party.marked("pledge"))
        await party.press("enter")
        await expect(party.page.locator(party.marked("waiting-sentence"))).to_contain_text("还没有开庭")
        await party.inspect("waiting room", frame=False)


async def test_link_token_leaves_the_address_bar() -> None:
    async with visitor() as party:
        await party.arrive("plaintiff", "waiting")
        assert party.page.url.endswith("#/hearing/h1")


async def test_observer_is_asked_for_no_device() -> None:
    async with visitor() as observer:
        asked: list[str] = []
        await observer.page.expose_function("tell", lambda what: asked.append(what))
        watch = "navigator.mediaDevices.getUserMedia = () => { tell('asked'); return Promise.reject(new Error()) }"
        await observer.page.add_init_script(watch)
        await observer.enter("observer", "session")
        await expect(observer.page.locator(observer.marked("courtroom"))).to_be_visible()
        assert await observer.page.locator(observer.marked("mic")).count() == 0
        await observer.inspect("observer")
        assert asked == []


@pytest.mark.parametrize(
    ("who", "scene", "pressed"),
    [
        ("plaintiff", "session", ()),
        ("defendant", "alarm", ()),
        ("judge", "session", ()),
        ("judge", "alarm", ("show-people",)),
        ("judge", "session", ("show-proceedings",)),
        ("clerk", "session", ()),
        ("plaintiff", "crowd", ()),
    ],
)
async def test_court_screens_hold_at_every_size(who: str, scene: str, pressed: tuple[str, ...]) -> None:
    async with visitor() as person:
        await person.enter(who, scene)
        await expect(person.page.locator(person.marked("controls"))).to_be_visible()
        await person.press(*pressed)
        await person.inspect(f"{who} {scene} {pressed}")


@pytest.mark.parametrize("text_size", ["large", "elder"])
async def test_large_type_leaves_the_stage_its_room(text_size: str) -> None:
    async with visitor(text_size) as party:
        await party.enter("plaintiff", "session")
        await expect(party.page.locator(party.marked("controls"))).to_be_visible()
        await party.inspect(f"party {text_size}")


async def test_a_large_courtroom_is_turned_page_by_page_and_leads_to_the_speaker() -> None:
    async with visitor() as plaintiff:
        page = plaintiff.page
        await resize(page, "desk")
        await plaintiff.enter("plaintiff", "crowd")
        speaker, place = page.locator("[data-test=seat-party27]"), page.locator(plaintiff.marked("page"))
        judge = page.locator("[data-test=seat-judge]")
        await expect(place).to_have_text(re.compile("第 1 页，共 [2-9] 页"))
        seen: set[str] = set()
        while True:
            await expect(judge).to_be_visible()
            shown = await page.evaluate(SHOWN_SEATS)
            assert all(width >= 150 for _, width in shown)
            seen |= {name for name, _ in shown}
            if await page.locator(plaintiff.marked("page-next")).is_disabled():
                break
            await plaintiff.press("page-next")
        assert len(seen) == 32, "everybody who has a seat, once or on every page"
        while not await page.locator(plaintiff.marked("page-before")).is_disabled():
            await plaintiff.press("page-before")
        await expect(speaker).to_be_hidden()
        await picture(page, "large courtroom, first page")
        await page.locator(plaintiff.marked("page-speaker")).focus()
        await page.keyboard.press("Enter")
        await expect(speaker).to_be_visible()
        await expect(page.locator(plaintiff.marked("page-speaker"))).to_have_count(0)
        await resize(page, "phone")
        await picture(page, "large courtroom, phone")


async def test_english_fits_the_same_screens() -> None:
    async with visitor(locale="en-GB") as judge:
        await judge.enter("judge", "session")
        await expect(judge.page.get_by_role("button", name="Mute", exact=True)).to_be_visible()
        await judge.inspect("judge in English")


@pytest.mark.parametrize(("width", "height"), [(320, 640), (720, 450)])
async def test_narrowest_window_and_double_size_do_not_scroll_sideways(width: int, height: int) -> None:
    async with visitor() as party:
        await party.page.set_viewport_size({"width": width, "height": height})
        await party.enter("plaintiff", "session")
        await expect(party.page.locator(party.marked("controls"))).to_be_visible()
        assert await party.page.evaluate("document.documentElement.scrollWidth") <= width
        assert await party.page.evaluate(BROKEN_FRAME) == []


async def test_uncertain_words_are_marked_until_a_person_wrote_them() -> None:
    async with visitor() as clerk:
        await clerk.enter("clerk", "session")
        line = clerk.page.locator("[data-test=line-u3]")
        await expect(line.locator("mark").first).to_be_visible()
        await line.locator(clerk.marked("edit")).click()
        await clerk.page.fill(clerk.marked("text"), "被告，你对原告的诉讼请求有什么意见？")
        await clerk.page.keyboard.press("Enter")
        await expect(clerk.page.locator("[data-test=editor-u4]")).to_be_visible()
        await expect(line).to_contain_text("被告，你对原告")
        assert await line.locator("mark").count() == 0


async def test_enter_that_chooses_a_word_of_an_input_method_does_not_save() -> None:
    async with visitor() as clerk:
        await clerk.enter("clerk", "session")
        await clerk.page.click("[data-test=line-u3] [data-test=edit]")
        composing = "(area) => area.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
        await clerk.page.locator(clerk.marked("text")).evaluate(composing)
        await expect(clerk.page.locator("[data-test=editor-u3]")).to_be_visible()


async def test_stale_correction_is_shown_side_by_side_and_merged() -> None:
    async with visitor() as clerk:
        await clerk.enter("clerk", "session")
        await clerk.page.click("[data-test=line-u5] [data-test=edit]")
        await clerk.page.fill(clerk.marked("text"), "原告，被告所说的三万元你是否收到过？")
        await clerk.page.keyboard.press("Enter")
        await expect(clerk.page.locator(clerk.marked("conflict-theirs"))).to_contain_text("你是否已经收到")
        await expect(clerk.page.locator(clerk.marked("conflict-mine"))).to_contain_text("你是否收到过")
        await clerk.inspect("conflict")
        await clerk.press("merge")
        await expect(clerk.page.locator(clerk.marked("text"))).to_have_value(
            "原告，被告所说的三万元，你是否已经收到过？"
        )
        await clerk.press("save")
        await expect(clerk.page.locator("[data-test=line-u5]")).to_contain_text("你是否已经收到过？")


async def test_closing_asks_twice() -> None:
    async with visitor() as judge:
        await judge.enter("judge", "session")
        await judge.press("show-proceedings", "close-hearing")
        await expect(judge.page.locator(judge.marked("close-next"))).to_be_disabled()
        await judge.page.check(judge.marked("close-asked"))
        await judge.press("close-next")
        await expect(judge.page.locator(judge.marked("close-sure"))).to_be_visible()
        await assert_accessible(judge.page, "close")


async def test_lost_line_is_said_at_once_and_the_seat_is_kept() -> None:
    async with visitor() as party:
        await party.enter("plaintiff", "session")
        await expect(party.page.locator(party.marked("controls"))).to_be_visible()
        await party.page.context.set_offline(True)
        banner = party.page.locator(party.marked("net-banner"))
        await expect(banner).to_contain_text("您的座位保留着", timeout=2000)
        await party.page.context.set_offline(False)
        await expect(banner).not_to_contain_text("您的座位保留着")


async def test_kiosk_leaves_nothing_of_the_person_behind() -> None:
    async with visitor() as person:
        await person.page.goto(f"{person.url}/#/kiosk")
        await person.inspect("kiosk pairing", frame=False)
        await person.page.fill(person.marked("pair-code"), "12345678")
        await person.page.fill(person.marked("pair-name"), "一楼大厅 1 号")
        await person.press("pair")
        await expect(person.page.locator(person.marked("kiosk-join"))).to_be_visible()
        await person.inspect("kiosk home", frame=False)
        await person.press("kiosk-join", *(f"digit-{digit}" for digit in "123456"))
        await person.inspect("kiosk code", frame=False)
        await person.press("kiosk-enter", "start", "next", "next", "next")
        await person.page.check(person.marked("pledge"))
        await person.press("enter")
        await expect(person.page.locator(person.marked("waiting"))).to_be_visible()
        await person.page.get_by_role("button", name="离开").click()
        await person.press("kiosk-home")
        await expect(person.page.locator(person.marked("kiosk-join"))).to_be_visible()
        kept = await person.page.evaluate("[sessionStorage.length, Object.keys(localStorage).sort()]")
        assert kept == [0, ["kiosk-device-token"]]
        assert person.page.url.endswith("#/kiosk")


async def test_acknowledgement_names_the_wording_that_was_shown() -> None:
    async with visitor() as party:
        sent: list[str] = []
        party.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
        await party.enter("plaintiff", "waiting")
        await expect(party.page.locator(party.marked("waiting"))).to_be_visible()
        assert any(hashlib.sha256(RULES.encode()).hexdigest() in frame for frame in sent)
