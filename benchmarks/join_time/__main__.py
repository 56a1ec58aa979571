"""How soon somebody who presses "join" sees the first picture, and how late pictures are, beside Janus.

``python -m benchmarks.join_time [--runs 20] [--seconds 20]``: one Chromium, our server as people start it with its own browser client,
and Janus' video room with a page of its own, turn and turn about. In both a person sends a picture of a clock; the other one, who
has gone through everything that comes before the button (socket open, camera and microphone on), presses it, sends and receives.
The last line is one JSON object. See docs/media-plane.md.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from playwright.async_api import Browser, Page

from benchmarks.media.janus import JanusSession, install, janus_process
from hearing_server.demo.schedule import Scheduled, schedule_hearing
from signaling.media.library_internals import host_addresses
from tests.browser.screens import open_browser
from tests.browser.whole_court import Tab
from tests.integration.whole_court import recorder_ready, signed_in_clerk
from tests.integration.whole_server import whole_server

FOLDER = Path(__file__).parent
PATIENCE_MS = 45_000
JANUS_ROOM = 1
SWITCHES = (
    "--use-fake-device-for-media-stream=fps=15",
    "--use-fake-ui-for-media-stream",
    "--disable-features=WebRtcHideLocalIpsWithMdns",  # as for any page that was given the camera
)
STAGES = (
    ("asked", "until media is asked for"),
    ("offered", "request to offer"),
    ("answered", "offer to answer"),
    ("ice connected", "ICE"),
    ("transport connected", "DTLS"),
    ("received", "keyframe arrives"),
    ("shown", "decoded and shown"),
)
"""Marks in their order, and what lies between each and the one before."""


FORGET_VISIT = """
() => Object.keys(sessionStorage).filter((key) => key.startsWith('entered:')).forEach((key) => sessionStorage.removeItem(key))
"""
"""The next visit begins in the lobby again, with the same seat."""


class Visitor:
    """A window that measures itself."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def first_picture(self) -> dict[str, float]:
        """Milliseconds from the button to each mark."""
        await self.page.wait_for_function(
            "() => measured.marks.some(([what]) => what === 'shown')", timeout=PATIENCE_MS
        )
        marks: list[tuple[str, float]] = await self.page.evaluate("measured.marks")
        first: dict[str, float] = {}
        for what, at in marks:
            first.setdefault(what, at - marks[0][1])
        return first

    async def delays_ms(self, seconds: float) -> list[float]:
        await self.page.evaluate("measured.reading = true")
        await asyncio.sleep(seconds)
        await self.page.evaluate("measured.reading = false")
        delays: list[float] = await self.page.evaluate("measured.delays.splice(0)")
        return [delay for delay in delays if delay < 5_000]  # a bar between black and white is no time of day


async def window(browser: Browser, *scripts: str) -> Page:
    context = await browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    for script in scripts:
        await context.add_init_script(path=FOLDER / script)
    return await context.new_page()


# ---------------------------------------------------------------------- our court


class Court:
    """The judge sits in the courtroom; the plaintiff was admitted and comes again and again."""

    def __init__(self, browser: Browser, scheduled: Scheduled) -> None:
        self._browser = browser
        self._scheduled = scheduled
        self._plaintiff: Tab | None = None

    async def open(self) -> None:
        judge = await self._tab("presiding_judge", "clock_camera.js")
        await judge.enter(promises=False)
        self._plaintiff = await self._tab("plaintiff", "instruments.js")
        await self._plaintiff.enter()
        await judge.admit(self._plaintiff.participant)
        await Visitor(self._plaintiff.page).first_picture()

    async def _tab(self, part: str, script: str) -> Tab:
        tab = Tab(await window(self._browser, script), self._scheduled.participants[part])
        await tab.page.goto(self._scheduled.links[part])
        return tab

    async def join(self) -> Visitor:
        """Up to the button and over it."""
        assert self._plaintiff is not None, "opened"
        page = self._plaintiff.page
        await page.evaluate(FORGET_VISIT)
        await page.reload()
        await self._plaintiff.enter()
        return Visitor(page)

    async def leave(self) -> None:
        """The next visit begins with a reload."""


@asynccontextmanager
async def our_court(browser: Browser, host: str, folder: Path) -> AsyncIterator[Court]:
    async with whole_server(folder, HEARING_MEDIA_HOST=host) as server, signed_in_clerk(server) as api:
        await recorder_ready(api)
        court = Court(browser, await schedule_hearing(api, 1))
        await court.open()
        yield court


# ---------------------------------------------------------------------- Janus


class VideoRoom:
    def __init__(self, browser: Browser, page: str, janus: str) -> None:
        self._browser = browser
        self._address = f"{page}/?janus={janus}&room={JANUS_ROOM}"
        self._joined: Page | None = None

    async def open(self) -> None:
        page = await window(self._browser, "clock_camera.js")
        await self._press(page)
        await page.wait_for_function("() => window.joined", timeout=PATIENCE_MS)

    async def _press(self, page: Page) -> None:
        await page.goto(self._address)
        await page.locator("#join:enabled").click(timeout=PATIENCE_MS)

    async def join(self) -> Visitor:
        self._joined = await window(self._browser, "instruments.js")
        await self._press(self._joined)
        return Visitor(self._joined)

    async def leave(self) -> None:
        assert self._joined is not None, "joined"
        await self._joined.context.close()


@asynccontextmanager
async def video_room(browser: Browser, host: str) -> AsyncIterator[VideoRoom]:
    async def page(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(FOLDER / "janus_page.html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with janus_process(host) as (_, address):
            await _make_room(address)
            room = VideoRoom(browser, f"http://127.0.0.1:{runner.addresses[0][1]}", address)
            await room.open()
            yield room
    finally:
        await runner.cleanup()


async def _make_room(address: str) -> None:
    async with ClientSession() as client, client.ws_connect(address, protocols=("janus-protocol",)) as socket:
        session = JanusSession(socket)
        listening = asyncio.create_task(session.listen())
        await session.begin()
        await session.tell(
            await session.attach(), {"request": "create", "room": JANUS_ROOM, "publishers": 20, "bitrate": 0}
        )
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


# ---------------------------------------------------------------------- measuring


async def run(runs: int, seconds: float) -> None:
    addresses = host_addresses(ipv6=False)
    if not addresses or not install():
        raise SystemExit("this comparison needs Janus (Debian: apt-get install janus) and a network address")
    print(f"load {' '.join(f'{each:.2f}' for each in os.getloadavg())}", flush=True)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-join-")))
        browser = await stack.enter_async_context(open_browser(*SWITCHES))
        rooms: dict[str, Court | VideoRoom] = {
            "ours": await stack.enter_async_context(our_court(browser, addresses[0], folder)),
            "janus": await stack.enter_async_context(video_room(browser, addresses[0])),
        }
        joins: dict[str, list[dict[str, float]]] = {name: [] for name in rooms}
        for turn in range(runs):
            for name, room in rooms.items():
                visitor = await room.join()
                joins[name].append(await visitor.first_picture())
                print(f"{turn + 1:3} {name:6} {joins[name][-1]['shown']:7.0f} ms", flush=True)
                await room.leave()
        visitors = {name: await room.join() for name, room in rooms.items()}
        for visitor in visitors.values():
            await visitor.first_picture()
        await asyncio.sleep(3)  # until both have settled
        delays = dict(
            zip(visitors, await asyncio.gather(*(v.delays_ms(seconds) for v in visitors.values())), strict=True)
        )
    print(json.dumps(summary(joins, delays)))


def summary(joins: dict[str, list[dict[str, float]]], delays: dict[str, list[float]]) -> dict[str, Any]:
    medians = {name: statistics.median(each["shown"] for each in runs) for name, runs in joins.items()}
    late = {name: statistics.median(each) for name, each in delays.items()}
    for name, runs in joins.items():
        print(f"{name}: {medians[name]:.0f} ms from the button to the first picture, median of {len(runs)}")
        for stage, ms in stages(runs).items():
            print(f"    {stage:<20} {ms:6.0f} ms")
        print(f"    pictures are {late[name]:.0f} ms late, median of {len(delays[name])}")
    return {
        "join_ms": {name: round(ms) for name, ms in medians.items()},
        "ratio_to_janus": round(medians["ours"] / medians["janus"], 3),
        "stages_ms": {name: {stage: round(ms) for stage, ms in stages(runs).items()} for name, runs in joins.items()},
        "delay_ms": {name: round(ms, 1) for name, ms in late.items()},
        "delay_over_janus_ms": round(late["ours"] - late["janus"], 1),
    }


def stages(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """Medians of what lies between two marks; marks that a browser did not set are skipped."""
    spans: dict[str, list[float]] = {stage: [] for _, stage in STAGES}
    for marks in runs:
        before = 0.0
        for mark, stage in STAGES:
            if mark in marks:
                spans[stage].append(marks[mark] - before)
                before = marks[mark]
    return {stage: statistics.median(each) for stage, each in spans.items() if each}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="time to the first picture, beside Janus")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0, help="of looking at how late pictures are")
    arguments = parser.parse_args()
    sys.exit(asyncio.run(run(arguments.runs, arguments.seconds)))
