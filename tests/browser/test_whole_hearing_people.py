"""Each of the four kinds of user, from the first press to the last, on a whole server with real media and real Vosk."""

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from hearing_server.demo.schedule import Scheduled
from hearing_server.web.models import (
    JoinLink,
    KioskCode,
    NewParticipant,
    PairingCode,
    RevisionList,
    SeatView,
)
from tests.browser.screens import assert_accessible, picture
from tests.browser.whole_court import PATIENCE_MS, Bench, CourtHouse, Tab, court_house

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]

BANNER_WITHIN_MS = 2_000

SOUNDING = """
async () => {
  const playing = [...document.querySelectorAll('audio')].filter((element) => !element.paused);
  window.loudness ??= new Map();
  for (const element of playing) {
    if (loudness.has(element)) continue;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(element.captureStream()).connect(analyser);
    loudness.set(element, analyser);
  }
  return [...loudness.values()].some((analyser) => {
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    return samples.some((sample) => Math.abs(sample) > 0.02);
  });
}
"""
"""Whether something can be heard right now, from what the page's players put out."""

LEFT_BEHIND = """
async () => ({
  kept: Object.keys(localStorage),
  session: Object.keys(sessionStorage),
  cookies: document.cookie,
  databases: (await indexedDB.databases()).map((database) => database.name),
  caches: await caches.keys(),
  tracks: observed.tracks.map((track) => track.readyState).filter((state) => state !== 'ended'),
  connections: observed.connections.map((each) => each.connectionState).filter((state) => state !== 'closed'),
  sockets: observed.sockets.filter((socket) => socket.readyState < 2).length,
})
"""
NOTHING_LEFT = {"kept": ["kiosk-device-token"], "session": [], "cookies": "", "databases": [], "caches": []}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CourtHouse]:
    async with court_house(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def house(standing_house: CourtHouse) -> AsyncIterator[CourtHouse]:
    """Server and browsers are shared; windows and hearings are a test's own."""
    yield standing_house
    await standing_house.clear()


async def look(page: Page, name: str) -> None:
    """A picture to look at, and accessibility."""
    await picture(page, name)
    await assert_accessible(page, name)


async def seated(tab: Tab, bench: Bench, *, speaks: bool = False) -> None:
    """Through the lobby, let in, in the courtroom."""
    await tab.enter(speaks=speaks)
    await bench.admit(tab.participant)
    await tab.shows("courtroom")


# ---------------------------------------------------------------------- the judge


async def test_judge_opens_recesses_resumes_closes_and_watches_the_archive(house: CourtHouse) -> None:
    scheduled = await house.schedule()
    judge = await house.tab(scheduled, "presiding_judge")
    plaintiff = await house.tab(scheduled, "plaintiff", voice="plaintiff")
    await judge.enter(promises=False)
    await plaintiff.enter(speaks=True)
    await judge.admit(plaintiff.participant)
    await look(judge.page, "judge before the opening")
    await judge.open_hearing()
    await judge.sees_and_hears([plaintiff.participant])
    await judge.until_told("utterance_changed")
    await _recess_and_resume(judge, plaintiff)
    await _spoken_again(judge)
    await judge.the("close-hearing").click()
    await judge.page.keyboard.press("Escape")
    await judge.says("hearing-status", "庭审中")
    await judge.close_hearing()
    for tab in (judge, plaintiff):
        await tab.says("ended", "庭审已结束")
        assert await tab.page.evaluate("observed.tracks.every((track) => track.readyState === 'ended')")
    await look(judge.page, "judge after closing")
    await _archive_plays(judge.page)


async def _recess_and_resume(judge: Tab, plaintiff: Tab) -> None:
    await look(judge.page, "judge in session")
    await judge.the("recess").click()
    await look(judge.page, "judge calls a recess")
    await judge.page.get_by_role("button", name="合议", exact=True).click()
    await judge.the("recess-confirm").click()
    for tab in (judge, plaintiff):
        await tab.says("hearing-status", "休庭：合议")
        await tab.says("hearing-status", "恢复")
        await tab.says("recording", "录音录像暂停")
    await look(plaintiff.page, "recess")
    await judge.the("resume").click()
    await judge.the("resume-confirm").click()
    for tab in (judge, plaintiff):
        await tab.says("hearing-status", "庭审中")
        await tab.says("recording", "正在录音录像")


async def _spoken_again(judge: Tab) -> None:
    known = {message["utterance"]["utterance"] for message in judge.told if message["type"] == "utterance_changed"}
    await judge.until_told("utterance_changed", lambda message: message["utterance"]["utterance"] not in known)


async def _archive_plays(page: Page) -> None:
    """A line that is clicked is sought and heard."""
    await page.get_by_role("link", name="回看庭审").click()
    line = page.locator("li[data-utterance]").last
    await expect(line).to_be_visible(timeout=PATIENCE_MS)
    wanted = await line.get_attribute("data-utterance") or ""
    await line.get_by_role("button").first.click()
    await expect(page.locator("li.current")).to_have_attribute("data-utterance", wanted, timeout=PATIENCE_MS)
    await page.wait_for_function(SOUNDING, timeout=PATIENCE_MS)
    moving = (
        "() => [...document.querySelectorAll('video')].some((v) => v.getVideoPlaybackQuality().totalVideoFrames > 5)"
    )
    await page.wait_for_function(moving, timeout=PATIENCE_MS)
    await look(page, "archive")


# ---------------------------------------------------------------------- the party


async def test_party_keeps_the_seat_over_a_reload_and_a_lost_network(house: CourtHouse) -> None:
    scheduled = await house.schedule()
    async with house.bench(scheduled) as bench:
        party = await house.tab(scheduled, "plaintiff", voice="plaintiff")
        other = await house.tab(scheduled, "defendant")
        await seated(party, bench, speaks=True)
        await seated(other, bench)
        await bench.open()
        await other.sees_and_hears([party.participant])
        assert "join" not in party.page.url and len(party.page.url) < 80, "the token left the address bar"

        await party.page.reload()
        await party.shows("courtroom")
        await expect(party.the("lobby")).to_have_count(0)
        await other.sees_and_hears([party.participant])
        (place,) = {bench.session.view.participants[party.participant].place}
        assert place == "courtroom"
        await _network_is_lost_and_comes_back(party)
        await other.sees_and_hears([party.participant])


async def _network_is_lost_and_comes_back(party: Tab) -> None:
    banner = party.page.get_by_text("网络中断，正在自动重连")
    before = len(party.told)
    began = time.monotonic()
    await party.page.context.set_offline(True)
    await expect(banner).to_be_visible(timeout=BANNER_WITHIN_MS)
    assert time.monotonic() - began < BANNER_WITHIN_MS / 1000
    await expect(party.page.get_by_text("您的座位保留着")).to_be_visible()
    await expect(party.the("controls")).to_be_in_viewport()
    await look(party.page, "network lost")
    await party.page.context.set_offline(False)
    await expect(banner).to_have_count(0, timeout=PATIENCE_MS)
    assert [message["resumed"] for message in party.told[before:] if message["type"] == "welcome"] == [True]


# ---------------------------------------------------------------------- the clerk


async def test_two_clerks_correct_what_is_said_and_settle_a_conflict(house: CourtHouse) -> None:
    scheduled = await house.schedule()
    second = await _second_clerk(house, scheduled)
    async with house.bench(scheduled) as bench:
        party = await house.tab(scheduled, "plaintiff", voice="plaintiff")
        clerk, colleague = await house.tab(scheduled, "clerk"), await house.tab(scheduled, second)
        await seated(party, bench, speaks=True)
        for tab in (clerk, colleague):
            await tab.enter(promises=False)
            await tab.shows("clerk-desk")
        await bench.open()
        lines = clerk.page.locator('[data-test^="line-"]')
        await expect(lines.nth(2)).to_be_visible(timeout=PATIENCE_MS)
        first, next_one, disputed = [(await lines.nth(at).get_attribute("data-test") or "")[5:] for at in range(3)]

        await clerk.the(f"line-{first}").locator('[data-test="edit"]').click()
        await clerk.the("text").fill("第一句，已经更正。")
        await clerk.page.keyboard.press("Enter")
        await expect(clerk.the(f"editor-{next_one}")).to_be_visible()
        await clerk.the("text").fill("第二句，说话人也改了。")
        await clerk.the("speaker").select_option(value=scheduled.participants["defendant"])
        await clerk.page.keyboard.press("Enter")
        await clerk.says(f"line-{next_one}", "被告")
        await _dispute(clerk, colleague, disputed)
        await party.pane("transcript")
        for text in ("第一句，已经更正。", "第二句，说话人也改了。", "第三句，书记员和同事都改了。"):
            await party.says("transcript", text)
        await _every_version_is_kept(house, scheduled, disputed)


async def _second_clerk(house: CourtHouse, scheduled: Scheduled) -> str:
    """Entered like everybody else, with a link of their own."""
    people = f"/api/hearings/{scheduled.hearing}/participants"
    seat = await house.api.post(people, NewParticipant(name="陈静", role="clerk"), SeatView)
    link = await house.api.post(f"{people}/{seat.participant}/link", None, JoinLink)
    scheduled.participants["second clerk"], scheduled.links["second clerk"] = seat.participant, link.url
    return "second clerk"


async def _dispute(clerk: Tab, colleague: Tab, line: str) -> None:
    """Both write the same line; who comes second sees both texts and merges them."""
    await expect(clerk.the(f"editor-{line}")).to_be_visible()
    await colleague.says(f"line-{line}", "林书妍正在修改")
    await clerk.the("text").fill("第三句，书记员改了。")
    await colleague.the(f"line-{line}").locator('[data-test="edit"]').click()
    await colleague.the("text").fill("第三句，同事改了。")
    await colleague.the("save").click()
    await colleague.says(f"line-{line}", "第三句，同事改了。")
    await clerk.shows("conflict")
    await clerk.says("conflict", "陈静先改了这一句")
    await clerk.says("conflict-theirs", "第三句，同事改了。")
    await clerk.says("conflict-mine", "第三句，书记员改了。")
    theirs, mine = [await clerk.the(f"conflict-{name}").bounding_box() for name in ("theirs", "mine")]
    assert theirs and mine and theirs["y"] == mine["y"] and theirs["x"] + theirs["width"] <= mine["x"], "side by side"
    await look(clerk.page, "conflict")
    await clerk.the("merge").click()
    await clerk.the("text").fill("第三句，书记员和同事都改了。")
    await clerk.the("save").click()
    for tab in (clerk, colleague):
        await tab.says(f"line-{line}", "第三句，书记员和同事都改了。")


async def _every_version_is_kept(house: CourtHouse, scheduled: Scheduled, line: str) -> None:
    path = f"/api/hearings/{scheduled.hearing}/transcript/{line}/revisions"
    kept = (await house.api.get(path, RevisionList)).revisions
    assert [(each.revision, each.edited_by_name) for each in kept] == [(0, None), (1, "陈静"), (2, "林书妍")]
    assert kept[0].text != kept[1].text


# ---------------------------------------------------------------------- the kiosk


async def test_kiosk_joins_by_code_and_leaves_no_trace(house: CourtHouse) -> None:
    scheduled = await house.schedule()
    async with house.bench(scheduled) as bench:
        kiosk = Tab(await house.page(), scheduled.participants["defendant"])
        await _pair(house, kiosk)
        before = await kiosk.page.context.storage_state()
        await kiosk.the("kiosk-join").click()
        await kiosk.shows("kiosk-code")
        await look(kiosk.page, "kiosk code")
        for digit in await _code(house, scheduled, "defendant"):
            await kiosk.the(f"digit-{digit}").click()
        await kiosk.the("kiosk-enter").click()
        await _pass_kiosk_lobby(kiosk)
        await look(kiosk.page, "kiosk waiting")
        await bench.admit(kiosk.participant)
        await kiosk.shows("courtroom")
        await look(kiosk.page, "kiosk in court")
        await bench.open()
        await kiosk.the("leave").click()
        await expect(kiosk.page.get_by_role("dialog")).to_contain_text("缺席判决")
        await kiosk.the("leave-confirm").click()
        await kiosk.shows("ended")
        await kiosk.the("kiosk-home").click()
        await kiosk.shows("kiosk-home-screen")
        left = await kiosk.page.evaluate(LEFT_BEHIND)
        assert left == {**NOTHING_LEFT, "tracks": [], "connections": [], "sockets": 0}
        assert await kiosk.page.context.storage_state() == before
        assert bench.session.view.participants[kiosk.participant].presence == "left"


async def _pair(house: CourtHouse, kiosk: Tab) -> None:
    pairing = await house.api.post("/api/kiosks/pairing", None, PairingCode)
    await kiosk.page.goto(f"{house.server.base_url}/#/kiosk")
    await kiosk.the("pair-code").fill(pairing.code)
    await kiosk.the("pair-name").fill("一楼大厅 1 号")
    await kiosk.the("pair").click()
    await kiosk.shows("kiosk-home-screen")
    await look(kiosk.page, "kiosk home")


async def _code(house: CourtHouse, scheduled: Scheduled, part: str) -> str:
    path = f"/api/hearings/{scheduled.hearing}/participants/{scheduled.participants[part]}/code"
    return (await house.api.post(path, None, KioskCode)).code


async def _pass_kiosk_lobby(kiosk: Tab) -> None:
    """One decision per screen."""
    await kiosk.the("start").click(timeout=PATIENCE_MS)
    await kiosk.says("camera-result", "看到您的画面了")
    for _ in range(3):
        await kiosk.the("next").click()
    await kiosk.the("pledge").check()
    await kiosk.the("enter").click()
    await kiosk.shows("waiting")
