"""Order in the courtroom on the screens: the bench lets a party show a screen and takes that back, locks a camera, mutes everybody."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from hearing_server.demo.schedule import Scheduled
from hearing_server.demo.summary import read_journal
from tests.browser.screens import assert_accessible, assert_courtroom, picture, resize
from tests.browser.whole_court import PATIENCE_MS, CourtHouse, Tab, court_house
from tests.integration.whole_server import until

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]

SCREEN_FRAMES = """
async () => {
  const track = document.querySelector('[data-test="shared-screen"] video')?.srcObject?.getVideoTracks()[0];
  for (const connection of observed.connections) {
    for (const entry of (await connection.getStats()).values()) {
      if (entry.type === 'inbound-rtp' && entry.trackIdentifier === track?.id) return entry.framesDecoded ?? 0;
    }
  }
  return 0;
}
"""
SHARE_OF_STAGE = """
() => {
  const area = (name) => {
    const {width, height} = document.querySelector(`[data-test="${name}"]`).getBoundingClientRect();
    return width * height;
  };
  return area('shared-screen') / area('stage');
}
"""


class InSession:
    def __init__(self, house: CourtHouse, scheduled: Scheduled, judge: Tab, plaintiff: Tab) -> None:
        self.house, self.scheduled, self.judge, self.plaintiff = house, scheduled, judge, plaintiff

    async def press(self, name: str) -> None:
        """A button for the plaintiff on the judge's list of people, by keyboard."""
        await self.judge.pane("people")
        button = self.judge.the(f"person-{self.plaintiff.participant}").locator(f'[data-test="{name}"]')
        await expect(button).to_be_visible(timeout=PATIENCE_MS)
        await button.focus()
        await self.judge.page.keyboard.press("Enter")

    async def journal(self) -> list[str]:
        rows, _ = await read_journal(self.house.api, self.scheduled.hearing)
        return [row.type for row in rows]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def court(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[InSession]:
    async with court_house(tmp_path_factory.mktemp("order")) as house:
        scheduled = await house.schedule()
        judge = await house.tab(scheduled, "presiding_judge")
        plaintiff = await house.tab(scheduled, "plaintiff", voice="plaintiff")
        await judge.enter(promises=False)
        await plaintiff.enter(speaks=True)
        await judge.admit(plaintiff.participant)
        await plaintiff.shows("courtroom")
        await judge.open_hearing()
        yield InSession(house, scheduled, judge, plaintiff)


async def test_a_party_shows_a_screen_with_leave_and_it_ends_with_the_leave(court: InSession) -> None:
    judge, plaintiff = court.judge, court.plaintiff
    await expect(plaintiff.the("share")).to_have_count(0)
    await court.press("allow-share")
    await plaintiff.shows("share")
    await plaintiff.says("share-allowed", "共享屏幕")
    await plaintiff.the("share").click()
    await plaintiff.says("shared-screen", "您正在向法庭共享屏幕")
    await judge.shows("shared-screen")
    await judge.page.wait_for_function(f"async () => await ({SCREEN_FRAMES})() >= 5", timeout=PATIENCE_MS)
    assert await judge.page.evaluate(SHARE_OF_STAGE) > 0.5
    await judge.sees_and_hears([plaintiff.participant])
    for tab, name in ((judge, "screen shown, judge"), (plaintiff, "screen shown, its owner")):
        await picture(tab.page, name)
        await assert_accessible(tab.page, name)
        await assert_courtroom(tab.page, name)
    folder = court.house.server.recordings(court.scheduled.hearing) / "tracks" / plaintiff.participant
    await until(lambda: len(list(folder.glob("video-*/*.mkv*"))) >= 2, "camera and screen are recorded, each by itself")
    await court.press("allow-share")
    await expect(judge.the("shared-screen")).to_have_count(0, timeout=PATIENCE_MS)
    for gone in ("share", "shared-screen"):
        await expect(plaintiff.the(gone)).to_have_count(0, timeout=PATIENCE_MS)
    journal = await court.journal()
    assert {"share_allowed", "share_withdrawn"} <= set(journal)
    await judge.sees_and_hears([plaintiff.participant])


async def test_a_locked_camera_says_so_and_comes_back_only_by_its_owners_hand(court: InSession) -> None:
    judge, plaintiff = court.judge, court.plaintiff
    await court.press("lock-camera")
    await plaintiff.says("camera-locked", "摄像头")
    await plaintiff.says("camera", "摄像头已被锁定")
    await judge.says(f"person-{plaintiff.participant}", "摄像头已被锁定")
    await picture(plaintiff.page, "camera locked, party")
    await assert_accessible(plaintiff.page, "camera locked")
    await court.press("unlock-camera")
    await plaintiff.says("camera", "开摄像头")
    await plaintiff.the("camera").click()
    await judge.sees_and_hears([plaintiff.participant])


async def test_everybody_is_muted_with_one_press_and_one_alone_may_speak(court: InSession) -> None:
    judge, plaintiff = court.judge, court.plaintiff
    await judge.pane("people")
    await judge.the("mute-everyone").focus()
    await judge.page.keyboard.press("Enter")
    await plaintiff.says("mic", "法官已静音")
    await picture(judge.page, "everybody muted, judge")
    await court.press("speak-alone")
    await plaintiff.says("unmute-asked", "允许您发言")
    await plaintiff.the("unmute").click()
    await plaintiff.says("mic", "关麦克风")
    await judge.sees_and_hears([plaintiff.participant])


async def test_on_a_phone_the_screen_comes_first(court: InSession) -> None:
    judge, plaintiff = court.judge, court.plaintiff
    await court.press("allow-share")
    await plaintiff.the("share").click(timeout=PATIENCE_MS)
    await judge.shows("shared-screen")
    await judge.page.get_by_role("button", name="收起").click()
    await resize(judge.page, "phone")
    await judge.page.wait_for_function(f"async () => await ({SCREEN_FRAMES})() >= 5", timeout=PATIENCE_MS)
    await picture(judge.page, "screen shown, phone")
    await assert_accessible(judge.page, "screen shown, phone")
    await assert_courtroom(judge.page, "screen shown, phone")
    await plaintiff.the("share").click()
    await expect(judge.the("shared-screen")).to_have_count(0, timeout=PATIENCE_MS)
    await resize(judge.page, "desk")
    await court.press("allow-share")
    await expect(plaintiff.the("share")).to_have_count(0, timeout=PATIENCE_MS)
