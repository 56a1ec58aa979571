"""The screens of a hearing as they really look, people, pictures and captions on them, at every size and in the elder's letters.
The pictures that are taken stay in ``screenshots-out`` to be looked at."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import expect

from hearing_server.demo.court_api import CourtApi
from hearing_server.demo.figures.figure import Figure
from hearing_server.demo.robot import Picture, Robot, load_clips
from hearing_server.demo.schedule import Scheduled
from hearing_server.demo.steady_clock import SteadyClock
from tests.browser.screens import (
    LARGE_TARGET_PX,
    SIZES,
    TARGET_PX,
    assert_accessible,
    assert_courtroom,
    assert_layout,
    picture,
    resize,
)
from tests.browser.whole_court import LINES, PATIENCE_MS, Bench, CourtHouse, Tab, court_house

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(300)]

PICTURE = Picture(width=640, frames_per_s=10)
CAMERA_S = 4
CAMERA_FRAMES_PER_S = 30
"""At which Chromium plays the file."""
ROBOTS = ("presiding_judge", "defendant", "witness")
CONVERSATION = (5, 8, 12, 21, 11, 13, 22, 16, 17)
"""Lines of the robots, said in turn while the screens are looked at."""


@dataclass
class FullCourt:
    """Judge, defendant and witness are robots; clerk, plaintiff and observer have windows."""

    house: CourtHouse
    scheduled: Scheduled
    robots: dict[str, Robot]
    tabs: dict[str, Tab]

    @property
    def bench(self) -> Bench:
        judge = self.robots["presiding_judge"]
        return Bench(judge.session, judge.participant)

    async def talk(self) -> None:
        """Until cancelled."""
        while True:
            for number in CONVERSATION:
                line = LINES[number]
                await self.robots[line.role].say(line)


async def inspect(tab: Tab, name: str, *, elder: bool = False) -> None:
    """Layout at every size, accessibility where the layout differs, and a picture of each."""
    for size in SIZES:
        await assert_layout(tab.page, f"{name} {size}", size, LARGE_TARGET_PX if elder else TARGET_PX)
        if await tab.the("controls").count():
            await assert_courtroom(tab.page, f"{name} {size}")
        await picture(tab.page, f"{name} {size}")
        if size != "large":
            await assert_accessible(tab.page, f"{name} {size}")
    await resize(tab.page, "desk")


async def letters(tab: Tab, name: str) -> None:
    """The text size is chosen in the frame of the screen, whose settings fold away where there is little room."""
    for unfolds in (True, False):
        fold = tab.page.get_by_role("button", name="设置", expanded=not unfolds)
        if await fold.is_visible():
            await fold.click()
        if unfolds:
            await tab.page.get_by_text(name, exact=True).click()


@asynccontextmanager
async def full_court(house: CourtHouse) -> AsyncIterator[FullCourt]:
    """Everybody has opened their link; nobody is in the courtroom yet but the judge."""
    scheduled = await house.schedule()
    async with AsyncExitStack() as stack:
        clips, clock, robots = load_clips(tuple(LINES.values())), SteadyClock(), {}
        for part in ROBOTS:
            own = await stack.enter_async_context(CourtApi(house.server.base_url))
            figure = await asyncio.to_thread(Figure, part, PICTURE.width)
            seat = await own.join(scheduled.tokens[part])
            robot = Robot(part, own, seat, figure=figure, clips=clips, clock=clock, picture=PICTURE)
            robots[part] = await stack.enter_async_context(robot)
            await robot.wait_in_lobby()
        tabs = {
            part: await house.tab(scheduled, part, camera=await _camera(house.folder, part))
            for part in ("clerk", "plaintiff")
        }
        tabs["observer"] = await house.tab(scheduled, "observer")
        yield FullCourt(house, scheduled, robots, tabs)


async def _camera(folder: Path, part: str) -> Path:
    """A figure as the file that Chromium takes for a camera: pictures in JPEG, one after the other."""
    return await asyncio.to_thread(_film, folder / f"camera-{part}.mjpeg", part)


def _film(file: Path, part: str) -> Path:
    figure, film = Figure(part, PICTURE.width), io.BytesIO()
    for number in range(CAMERA_S * CAMERA_FRAMES_PER_S):
        frame = figure.picture(number / CAMERA_FRAMES_PER_S, 0.0, False)
        Image.fromarray(frame.to_ndarray(format="rgb24")).save(film, "jpeg", quality=85)
    file.write_bytes(film.getvalue())
    return file


async def test_screens_of_a_full_courtroom_hold_at_every_size(tmp_path: Path) -> None:
    async with court_house(tmp_path) as house, full_court(house) as court:
        plaintiff, clerk, observer = (court.tabs[part] for part in ("plaintiff", "clerk", "observer"))
        await _lobby(plaintiff)
        await observer.enter(devices=False)
        await clerk.enter(promises=False)
        await court.bench.admit(court.scheduled.participants["defendant"])
        await court.bench.admit(plaintiff.participant)
        await court.bench.open()
        await court.bench.admit(court.scheduled.participants["witness"])
        talk = asyncio.create_task(court.talk())
        try:
            await _in_court(court)
        finally:
            talk.cancel()
            await asyncio.gather(talk, return_exceptions=True)


async def _lobby(party: Tab) -> None:
    """Each step in ordinary and in the elder's letters, then the waiting room."""
    await expect(party.the("start")).to_be_visible(timeout=PATIENCE_MS)
    await inspect(party, "lobby who")
    await party.the("start").click()
    await party.says("camera-result", "看到您的画面了")
    await inspect(party, "lobby devices")
    await letters(party, "长辈版")
    await inspect(party, "lobby devices elder", elder=True)
    await letters(party, "标准")
    await party.the("next").click()
    await inspect(party, "lobby rules")
    await party.the("pledge").check()
    await party.the("enter").click()
    await party.shows("waiting")
    await inspect(party, "waiting")
    await letters(party, "长辈版")
    await inspect(party, "waiting elder", elder=True)
    await letters(party, "标准")


async def _in_court(court: FullCourt) -> None:
    plaintiff, clerk, observer = (court.tabs[part] for part in ("plaintiff", "clerk", "observer"))
    robots = [robot.participant for robot in court.robots.values()]
    await plaintiff.sees_and_hears(robots)
    await plaintiff.until_told("utterance_changed")
    await inspect(plaintiff, "party with transcript")
    await plaintiff.the("show-transcript").click()
    await inspect(plaintiff, "party")
    await letters(plaintiff, "长辈版")
    await inspect(plaintiff, "party elder", elder=True)
    await letters(plaintiff, "特大")
    await inspect(plaintiff, "party elder plus", elder=True)
    await inspect(observer, "observer")
    await clerk.the("show-people").click()
    await inspect(clerk, "clerk desk")
    await clerk.the("switch-desk").click()
    await clerk.shows("stage")
    await inspect(clerk, "clerk court")
    for pane in ("people", "proceedings"):
        await clerk.pane(pane)
        await inspect(clerk, f"clerk {pane}")
