"""How fast and how well in step the archive player is. ``python -m benchmarks.archive_player [--hours 2] [--seeks 20] [--minutes 1]``

A real Chromium on this machine opens two archives over HTTP, of segments that our own recorder sealed. In the long one (two hours, six
people with picture and voice, 640 × 360 at 15 frames a second) it measures the first picture after a click on the link, the size of the
index, and seeks all over the hearing until all six pictures show the new moment. In the other everybody flashes and beeps at once; there it
measures how far elements are from the player's clock, and how far pictures and voices really are from each other, playing and after seeks.
The last line is one JSON object.
"""

import argparse
import asyncio
import base64
import gzip
import io
import json
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
from playwright.async_api import Browser, Page

from benchmarks.archive_player.offsets import pairs_ms, spread_ms
from tests.archived_hearing.court import ArchivedHearing, archived_hearing, open_page
from tests.archived_hearing.filing import Plan
from tests.archived_hearing.scenes import FPS, PEOPLE, RATE_HZ, beep_act
from tests.browser.screens import open_browser

INSTRUMENTS = (Path(__file__).parent / "instruments.js").read_text()
PIECE_S = 60.0
BEEPS_S = 80.0
ORDINARY_S = 22.0
PEOPLE_COUNT = 6
OPENINGS = 5
PLAYED_AFTER_SEEK_MS = 6_000
SEEKS_IN_STEP = 6

Figures = dict[str, Any]


async def first_pictures(browser: Browser, here: ArchivedHearing) -> list[float]:
    """From following the link to the first picture on the screen, in milliseconds; each time in a window that has nothing cached."""
    found = []
    for number in range(OPENINGS):
        page = await open_page(browser)
        await here.sign_in(page)
        state = await page.context.storage_state()
        await page.context.close()
        context = await browser.new_context(
            storage_state=state, viewport={"width": 1440, "height": 900}, bypass_csp=True
        )
        page = await context.new_page()
        await page.add_init_script(INSTRUMENTS + "; window.shown = player.firstPicture();")
        at_s = 7 + number * 1003
        await page.goto(f"{here.court.url}/#/archive/{here.hearing}?t={at_s}")
        found.append(float(await page.evaluate("() => window.shown")))
        await context.close()
    return found


async def seeks(page: Page, duration_s: float, count: int, dice: random.Random) -> list[float]:
    """Milliseconds until all pictures are there, all over the hearing."""
    await page.evaluate(INSTRUMENTS)
    await page.evaluate("() => player.seek(1)")
    return [
        float(await page.evaluate("(s) => player.seek(s)", dice.uniform(10, duration_s - 10))) for _ in range(count)
    ]


async def long_hearing(browser: Browser, folder: Path, hours: float, count: int) -> Figures:
    repeats = max(1, round(hours * 3600 / PIECE_S))
    async with archived_hearing(folder, PEOPLE[:PEOPLE_COUNT], PIECE_S, Plan(repeats), width=640) as here:
        index = await here.clerk.must("GET", f"/api/hearings/{here.hearing}/archive")
        files = sum(len(track["times_ms"]) // 2 for track in index["tracks"])
        opened = await first_pictures(browser, here)
        page = await open_page(browser)
        await here.sign_in(page)
        dice = random.Random(11)
        standing = await seeks(page, PIECE_S * repeats, count, dice)
        await page.get_by_role("button", name="播放", exact=True).click()
        playing = await seeks(page, PIECE_S * repeats, count, dice)
        held_s = await page.evaluate(HELD_S)
        await page.context.close()
    text = json.dumps(own_hashes(index, dice), separators=(",", ":")).encode()
    return {
        "files": files,
        "index_kb": round(len(text) / 1024),
        "index_gzip_kb": round(len(gzip.compress(text, 6)) / 1024),
        "first_picture_ms": opened,
        "seek_ms": standing,
        "seek_while_playing_ms": playing,
        "held_s_worst_element": held_s,
    }


HELD_S = """
() => Math.max(...[...document.querySelectorAll('video, audio')].map((element) => {
  let held = 0;
  for (let at = 0; at < element.buffered.length; at += 1) held += element.buffered.end(at) - element.buffered.start(at);
  return held;
}))
"""
"""Seconds of media in memory, of the element that holds most."""


async def in_step(browser: Browser, folder: Path, minutes: float) -> Figures:
    repeats = max(1, round(minutes * 60 / BEEPS_S + 1))
    async with archived_hearing(folder, PEOPLE[:PEOPLE_COUNT], BEEPS_S, Plan(repeats), width=320, beeps=True) as here:
        page = await open_page(browser)
        await here.sign_in(page)
        await page.evaluate(INSTRUMENTS)
        plain = base64.b64encode(await asyncio.to_thread(ordinary_file)).decode()
        bias = await page.evaluate("([data, ms]) => player.ordinaryFile(data, ms)", [plain, ORDINARY_S * 1000])
        added_ms = statistics.median(pairs_ms(bias["flashes"], bias["beeps"]) or [0.0])
        await page.get_by_role("button", name="播放", exact=True).click()
        played = await page.evaluate("(ms) => player.distances(ms)", minutes * 60_000)
        sensed = [await page.evaluate("(ms) => player.flashesAndBeeps(ms)", minutes * 60_000)]
        dice, after = random.Random(5), []
        for _ in range(SEEKS_IN_STEP):
            await page.evaluate("(s) => player.seek(s)", dice.uniform(2, BEEPS_S - 10))
            after.append(await page.evaluate("(ms) => player.distances(ms)", PLAYED_AFTER_SEEK_MS // 2))
            sensed.append(await page.evaluate("(ms) => player.flashesAndBeeps(ms)", PLAYED_AFTER_SEEK_MS))
        await page.context.close()
    playing, seeking = sensed[:1], sensed[1:]
    return {
        "video_from_clock_ms": played["video"],
        "audio_from_clock_ms": played["audio"],
        "between_elements_ms": played["between"],
        "between_elements_after_seek_ms": [value for one in after for value in one["between"]],
        "instruments_add_ms": round(added_ms, 1),
        "voice_after_picture_ms": [
            value - added_ms for one in playing for value in pairs_ms(one["flashes"], one["beeps"])
        ],
        "voice_after_picture_after_seek_ms": [
            value - added_ms for one in seeking for value in pairs_ms(one["flashes"], one["beeps"])
        ],
        "between_voices_ms": [value for one in sensed for value in spread_ms(one["beeps"])],
        "between_pictures_ms": [value for one in sensed for value in spread_ms(one["flashes"])],
    }


def ordinary_file() -> bytes:
    """The same flashes and beeps in one WebM file, which the browser keeps together by its own means."""
    act = beep_act(0, ORDINARY_S, 320)
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        picture = container.add_stream("libvpx", rate=FPS)
        picture.width, picture.height, picture.pix_fmt = 320, 180, "yuv420p"
        picture.options = {"deadline": "realtime", "cpu-used": "8"}
        voice = container.add_stream("libopus", rate=RATE_HZ, layout="mono")
        for number in range(round(ORDINARY_S * FPS)):
            container.mux(picture.encode(av.VideoFrame.from_ndarray(act.draw(number / FPS), format="yuv420p")))
            start = number * RATE_HZ // FPS
            samples = act.samples[start : start + RATE_HZ // FPS]
            frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE_HZ, start
            container.mux(voice.encode(frame))
        container.mux(picture.encode())
        container.mux(voice.encode())
    return file.getvalue()


def own_hashes(index: Figures, dice: random.Random) -> Figures:
    """The index as it would be if its files were not links to a few: every hash its own."""
    tracks = [
        track | {"sha256": base64.b64encode(dice.randbytes(len(track["times_ms"]) * 16)).decode()}
        for track in index["tracks"]
    ]
    return index | {"tracks": tracks}


def summary(values: Sequence[float]) -> Figures:
    """Median, 95th percentile and worst, by their size."""
    sizes = sorted(abs(value) for value in values)
    if not sizes:
        return {"count": 0}
    p95 = sizes[min(len(sizes) - 1, round(len(sizes) * 0.95))]
    return {
        "count": len(sizes),
        "median": round(statistics.median(values), 1),
        "p95": round(p95, 1),
        "worst": round(sizes[-1], 1),
    }


async def run(hours: float, count: int, minutes: float) -> Figures:
    figures: Figures = {"load_before": round(os.getloadavg()[0], 1)}
    with tempfile.TemporaryDirectory() as folder:
        async with open_browser() as browser:
            (Path(folder) / "long").mkdir()
            figures |= await long_hearing(browser, Path(folder) / "long", hours, count)
            (Path(folder) / "beeps").mkdir()
            figures |= await in_step(browser, Path(folder) / "beeps", minutes)
    return {name: summary(value) if isinstance(value, list) else value for name, value in figures.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the archive player.")
    parser.add_argument("--hours", type=float, default=2.0, help="length of the long hearing")
    parser.add_argument("--seeks", type=int, default=20, help="seeks in it, standing and again while it plays")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long it plays while offsets are taken")
    arguments = parser.parse_args()
    figures = asyncio.run(run(arguments.hours, arguments.seeks, arguments.minutes))
    for name, value in figures.items():
        shown = "  ".join(f"{key} {part:>8}" for key, part in value.items()) if isinstance(value, dict) else value
        print(f"{name:36} {shown}")
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
