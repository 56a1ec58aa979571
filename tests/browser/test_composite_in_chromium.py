"""The combined video as it is downloaded: ffprobe finds nothing wrong with it, and Chromium plays it and seeks in it over the court's own
route, by range requests."""

import asyncio
import hashlib
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from hearing_server.domain.job import JobKind, RenderedComposite
from hearing_server.jobs.runner import now_ms
from hearing_server.storage.jobs import JobDesk, queue_composite
from hearing_server.web.application import CLIENT_DIST
from tests.browser.screens import open_browser
from tests.integration.closed_court import ClosedCourt, closed_court
from tests.integration.http_court import PASSWORD
from tests.unit.recorder.recorder_process import HEARING, RecorderProcess, camera, microphone, started, stopped
from tests.unit.recorder.sent_media import Sender, moving_picture, opus_payloads, tone, video, vp8_payloads
from tests.unit.recorder.test_composite import compose

pytestmark = pytest.mark.browser

PLAY = """
async address => {
  const video = document.createElement('video');
  video.muted = true;
  video.src = address;
  document.body.append(video);
  const once = (name) => new Promise((done, failed) => {
    video.addEventListener(name, done, {once: true});
    video.addEventListener('error', () => failed(new Error(video.error.message)), {once: true});
  });
  await once('loadedmetadata');
  const seeked = once('seeked');
  video.currentTime = 4;
  await seeked;
  await video.play();
  await once('ended');
  const played = video.getVideoPlaybackQuality();
  return {duration: video.duration, width: video.videoWidth, height: video.videoHeight,
    shown: played.totalVideoFrames, corrupted: played.corruptedVideoFrames};
}
"""


def recorded(folder: Path) -> Path:
    """Eight seconds of one person; the combined video of it."""
    born_us = time.monotonic_ns() // 1000
    voice, face = Sender(1, 111, 48000, born_us), Sender(2, 96, 90000, born_us)
    with RecorderProcess(folder) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.tell(camera(2, face))
        recorder.packets(1, voice.packets(tone(8), opus_payloads))
        pictures = video("libvpx", 8, moving_picture(320, 180), keyframe_every=60)
        recorder.packets(2, face.packets(pictures, vp8_payloads))
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        recorder.finish()
    people, output = folder / "people.json", folder / "composite.mp4"
    people.write_text(json.dumps([{"participant": "judge-1", "name": "李某", "role_title": "审判长", "seat": 0}]))
    compose(folder / HEARING, output, people)
    return output


def probed(path: Path) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json", str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stderr == ""
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


async def published(here: ClosedCourt, film: Path) -> None:
    """As if the job had just rendered it."""
    data = await asyncio.to_thread(film.read_bytes)
    await asyncio.to_thread((here.recording / "composite.mp4").write_bytes, data)
    desk = JobDesk(here.court.office.database)
    async with here.court.office.database.transaction() as transaction:
        await queue_composite(transaction, "film", here.hearing, now_ms())
    job = await desk.claim("test", now_ms(), [JobKind.COMPOSITE])
    assert job is not None
    rendered = RenderedComposite("composite.mp4", 8.0, len(data), hashlib.sha256(data).hexdigest())
    assert await desk.publish_composite(job, rendered, now_ms())


async def test_combined_video_is_sound_and_plays_over_the_courts_route(tmp_path: Path) -> None:
    film = await asyncio.to_thread(recorded, tmp_path / "film")
    found = await asyncio.to_thread(probed, film)
    picture, sound = found["streams"]
    assert (picture["codec_name"], picture["pix_fmt"], sound["codec_name"]) == ("h264", "yuv420p", "aac")
    assert abs(float(found["format"]["duration"]) - 8) < 0.3 and int(picture["nb_read_frames"]) > 80
    async with closed_court(tmp_path / "court", client=CLIENT_DIST) as here, open_browser() as browser:
        await published(here, film)
        page = await browser.new_page(locale="zh-CN")
        origin, signing_in = {"Origin": here.court.url}, {"login": "staff1", "password": PASSWORD}
        assert (await page.request.post(f"{here.court.url}/api/login", data=signing_in, headers=origin)).ok
        await page.goto(f"{here.court.url}/#/archive/{here.hearing}")
        played = await page.evaluate(PLAY, f"/api/hearings/{here.hearing}/files/composite")
        assert (played["width"], played["height"]) == (1280, 720) and abs(played["duration"] - 8) < 0.3
        assert played["shown"] > 30 and played["corrupted"] == 0
