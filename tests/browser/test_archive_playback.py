"""Watching a recorded hearing in a real browser: pictures, voices and transcript on one clock, from sealed segments."""

import hashlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.async_api import Page, expect
from sqlalchemy import text

from hearing_server.domain.archive import Segment, Track
from hearing_server.domain.hearing import HearingStatus
from hearing_server.domain.transcript import Utterance, Word
from hearing_server.storage import archive, utterances
from hearing_server.web.application import CLIENT_DIST
from tests.browser.screens import SIZES, assert_accessible, assert_layout, open_browser
from tests.integration.http_court import PASSWORD, HttpCourt, open_office

pytestmark = [pytest.mark.browser, pytest.mark.live]

BEGAN_MS = 1_900_000_000_000
SEGMENT_S = 4
STARTS_S = (0, 4, 30, 34)
"""Where the segments lie; between 8 and 30 s is a recess."""

SPREAD = """
() => {
  const playing = [...document.querySelectorAll('video, audio')].filter((element) => !element.paused);
  const at = playing.map((element) => element.currentTime);
  return {playing: at.length, from: Math.min(...at), to: Math.max(...at)};
}
"""
IN_STEP_S = 0.08


def _picture() -> bytes:
    """A VP8 file of one segment's length, its own time from 0."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=15)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        stream.options = {"deadline": "realtime", "cpu-used": "8"}
        for number in range(SEGMENT_S * 15):
            image = np.full((180, 320, 3), number * 4 % 256, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


def _voice() -> bytes:
    """An Opus file of one segment's length: a quiet tone at 48 kHz, mono."""
    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        tone = (np.sin(np.arange(SEGMENT_S * 48_000) * 0.06) * 3000).astype(np.int16)
        for start in range(0, tone.size, 960):
            frame = av.AudioFrame.from_ndarray(tone[None, start : start + 960], format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


@dataclass
class Recording:
    """A closed hearing of two people with picture and voice, a recess in the middle, and an utterance per segment."""

    court: HttpCourt
    page: Page
    hearing: str

    async def position_s(self) -> float:
        return float(await self.page.get_by_label("播放位置").input_value())

    async def plays_in_step(self, elements: int) -> None:
        """That many elements play, and none is ahead of another by more than a listener could notice."""
        await self.page.wait_for_function(
            f"() => {{ const now = ({SPREAD})(); return now.playing === {elements} && now.to - now.from < {IN_STEP_S} }}"
        )


async def _seal(court: HttpCourt, hearing: str, person: str, source: str, content: bytes) -> None:
    """Stores the same file as every segment of one track, as the recorder's facts would."""
    track, codec = f"{source}-{person}", "vp8" if source == "camera" else "opus"
    async with court.office.database.transaction() as transaction:
        await archive.begin_track(transaction, Track(track, hearing, person, source, codec, BEGAN_MS))
        for number, start_s in enumerate(STARTS_S):
            # A trailing void element keeps each file's hash its own.
            whole = content + bytes((0xEC, 0x84)) + hashlib.sha256(f"{track}{number}".encode()).digest()[:4]
            path = f"tracks/{person}/{track}/{number:05}.mkv"
            file = court.recordings / hearing / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(whole)
            start_ms = BEGAN_MS + start_s * 1000
            segment = Segment(
                fact=f"{track}:{number}",
                hearing_id=hearing,
                participant_id=person,
                track=track,
                source=source,
                path=path,
                start_ms=start_ms,
                end_ms=start_ms + SEGMENT_S * 1000,
                size_bytes=len(whole),
                sha256=hashlib.sha256(whole).hexdigest(),
                packets_received=1,
                packets_written=1,
                packets_read_back=1,
                recovered=False,
            )
            await archive.add_segment(transaction, segment)


async def _close(court: HttpCourt, hearing: str, speakers: list[str]) -> None:
    async with court.office.database.transaction() as transaction:
        for number, (from_s, to_s) in enumerate(((0, 8), (30, 38))):
            await archive.begin_span(transaction, f"span:{number}", hearing, BEGAN_MS + from_s * 1000, "opened")
            await archive.end_span(transaction, hearing, BEGAN_MS + to_s * 1000, "recess")
        await archive.mark_stage(transaction, hearing, 1, "opening", BEGAN_MS)
        for number, start_s in enumerate(STARTS_S):
            start_ms = BEGAN_MS + start_s * 1000 + 500
            said = f"第{number + 1}句话。"
            words = (Word(said, start_ms, start_ms + 2000, 0.9),)
            spoken = Utterance(
                f"u{number}", hearing, speakers[number % 2], said, words, said, start_ms, start_ms + 2000, "m"
            )
            await utterances.add(transaction, spoken, start_ms)
        change = text("UPDATE hearings SET status = :status WHERE id = :id")
        await transaction.execute(change, {"status": HearingStatus.CLOSED.value, "id": hearing})


@asynccontextmanager
async def recording(tmp_path: Path) -> AsyncIterator[Recording]:
    async with open_office(tmp_path, client=CLIENT_DIST) as court, open_browser() as browser:
        clerk = await court.staff("clerk")
        account = (await clerk.must("GET", "/api/me"))["staff"]
        hearing = await court.hearing(clerk)
        await court.seat(clerk, hearing, "林书妍", "clerk", staff=account)
        people = [
            await court.seat(clerk, hearing, name, "party", side=side)
            for name, side in (("李秀英", "plaintiff"), ("王建国", "defendant"))
        ]
        picture, voice = _picture(), _voice()
        for person in people:
            await _seal(court, hearing, person, "camera", picture)
            await _seal(court, hearing, person, "microphone", voice)
        await _close(court, hearing, people)
        page = await (await browser.new_context(locale="zh-CN")).new_page()
        await page.goto(f"{court.url}/#/sign-in?then=%23%2Farchive%2F{hearing}")
        await page.get_by_label("登录名", exact=True).fill("staff1")
        await page.get_by_label("密码", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="登录", exact=True).click()
        await expect(page.get_by_role("heading", name="庭审回看")).to_be_visible()
        yield Recording(court, page, hearing)


async def test_pictures_and_voices_play_in_step_and_jump_over_the_recess(tmp_path: Path) -> None:
    async with recording(tmp_path) as here:
        await here.page.get_by_role("button", name="播放", exact=True).click()
        await here.plays_in_step(4)
        await expect(here.page.locator("li.current")).to_contain_text("第2句话。")
        await expect(here.page.locator("li.current")).to_contain_text("第3句话。")
        assert await here.position_s() >= 30
        await here.plays_in_step(4)
        shown = "() => [...document.querySelectorAll('video')].every((v) => v.getVideoPlaybackQuality().totalVideoFrames > 60)"
        await here.page.wait_for_function(shown)


async def test_a_line_is_heard_when_clicked_and_a_link_leads_to_its_second(tmp_path: Path) -> None:
    async with recording(tmp_path) as here:
        await here.page.get_by_role("button", name="第4句话。").click()
        await here.plays_in_step(4)
        assert 34.5 <= await here.position_s() < 37
        await expect(here.page.locator("li.current")).to_contain_text("第4句话。")
        await expect(here.page.get_by_text("正在发言")).to_be_visible()
        await here.page.get_by_role("button", name="暂停").click()
        await here.page.goto(f"{here.court.url}/#/archive/{here.hearing}?t=0:05")
        await expect(here.page.locator("li.current")).to_contain_text("第2句话。")
        assert await here.position_s() == 5
        await here.page.get_by_role("searchbox", name="在笔录里查找").fill("第3句")
        await expect(here.page.get_by_text("第 1 处，共 1 处")).to_be_visible()


async def test_playback_is_accessible_at_every_size_and_speed_is_kept(tmp_path: Path) -> None:
    async with recording(tmp_path) as here:
        await here.page.get_by_label("速度").select_option(label="2 倍")
        await here.page.get_by_role("button", name="播放", exact=True).click()
        await here.plays_in_step(4)
        rates = await here.page.evaluate("() => [...document.querySelectorAll('audio')].map((a) => a.playbackRate)")
        assert all(abs(rate - 2) < 0.2 for rate in rates)
        for size in SIZES:
            await assert_layout(here.page, f"playback {size}", size)
            await assert_accessible(here.page, f"playback {size}")
