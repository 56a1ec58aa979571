import base64
import shutil
import time
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from recorder.player_index import player_index
from tests.unit.recorder.recorder_process import HEARING, RecorderProcess, camera, microphone, started, stopped
from tests.unit.recorder.sent_media import Sender, moving_picture, opus_payloads, tone, video, vp8_payloads

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

PLAY = """
async tracks => {
  const video = document.createElement('video');
  video.muted = true;
  const media = new MediaSource();
  video.src = URL.createObjectURL(media);
  await new Promise(opened => media.addEventListener('sourceopen', opened, {once: true}));
  const ranges = [];
  const buffers = tracks.map(track => media.addSourceBuffer(track.mime_type));
  for (const [index, track] of tracks.entries()) {
    const buffer = buffers[index];
    for (const segment of track.segments) {
      buffer.timestampOffset = segment.at_s;
      const bytes = Uint8Array.from(atob(segment.data), character => character.charCodeAt(0));
      await new Promise((done, failed) => {
        buffer.addEventListener('updateend', done, {once: true});
        buffer.addEventListener('error', failed, {once: true});
        buffer.appendBuffer(bytes);
      });
    }
    ranges.push(Array.from({length: buffer.buffered.length}, (_, i) => [buffer.buffered.start(i), buffer.buffered.end(i)]));
  }
  media.endOfStream();
  video.currentTime = 9.5;
  await video.play();
  await new Promise(ended => video.addEventListener('ended', ended, {once: true}));
  const played = video.getVideoPlaybackQuality();
  return {ranges, width: video.videoWidth, shown: played.totalVideoFrames, corrupted: played.corruptedVideoFrames};
}
"""


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_segments_play_through_media_source_extensions(tmp_path: Path) -> None:
    born_us = time.monotonic_ns() // 1000
    voice, face = Sender(1, 111, 48000, born_us), Sender(2, 96, 90000, born_us)
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.tell(camera(2, face))
        recorder.packets(1, voice.packets(tone(12), opus_payloads))
        recorder.packets(
            2, face.packets(video("libvpx", 12, moving_picture(320, 180), keyframe_every=150), vp8_payloads)
        )
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        recorder.finish()
    folder = tmp_path / HEARING
    index = player_index(folder)
    zero_ms = min(track.segments[0].start_ms for track in index.tracks)
    tracks = [
        {
            "mime_type": track.mime_type,
            "segments": [
                {
                    "at_s": (segment.start_ms - zero_ms) / 1000,
                    "data": base64.b64encode((folder / segment.path).read_bytes()).decode(),
                }
                for segment in track.segments
            ],
        }
        for track in index.tracks
    ]
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        result = await page.evaluate(PLAY, tracks)
        await browser.close()
    for (start, end), *more in result["ranges"]:
        assert not more and start == pytest.approx(0, abs=0.1) and end == pytest.approx(12, abs=0.1)
    assert result["width"] == 320 and result["corrupted"] == 0
    assert result["shown"] >= 30
