"""The peer: a Chromium on a virtual screen shows the same pictures in four tiles, and ffmpeg takes them from there as H.264.

Sound is left out, and the pictures come from files and not over WebRTC: both are in the peer's favour.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from recorder.recording_folder import read_recording
from tests.browser.screens import CHROMIUM

DISPLAY = ":87"
WIDTH, HEIGHT, FPS = 1280, 720, 15
SETTLE_S = 5.0
STYLE = "body{margin:0;background:#000;display:grid;grid-template-columns:1fr 1fr;height:100vh}video{width:100%;height:50vh}"


def is_possible() -> bool:
    """Installs Debian's Xvfb where it may."""
    if shutil.which("Xvfb") is None and os.geteuid() == 0 and shutil.which("apt-get") is not None:
        command = "apt-get update -qq && apt-get install -y -qq --no-install-recommends xvfb"
        subprocess.run(["sh", "-c", command], check=False, stdout=sys.stderr)
    return all(shutil.which(program) for program in ("Xvfb", "ffmpeg", CHROMIUM))


def capture(folder: Path, seconds: float) -> float:
    """CPU seconds that the screen, the browser and the encoder take for ``seconds`` of the hearing in ``folder``."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        page = _page(folder, work)
        environment = {**os.environ, "DISPLAY": DISPLAY}
        screen = stack.enter_context(_running(["Xvfb", DISPLAY, "-screen", "0", f"{WIDTH}x{HEIGHT}x24"], environment))
        time.sleep(1)
        browser = stack.enter_context(
            _running(
                [
                    *(
                        CHROMIUM,
                        "--no-sandbox",
                        "--disable-gpu",
                        "--kiosk",
                        "--no-first-run",
                        f"--user-data-dir={work}/profile",
                    ),
                    *(f"--window-size={WIDTH},{HEIGHT}", "--autoplay-policy=no-user-gesture-required", page.as_uri()),
                ],
                environment,
            )
        )
        time.sleep(SETTLE_S)
        before = {**_cpu_s(screen), **_cpu_s(browser)}
        encoder = subprocess.Popen(
            [
                *("ffmpeg", "-loglevel", "error", "-y", "-f", "x11grab", "-framerate", str(FPS)),
                *("-video_size", f"{WIDTH}x{HEIGHT}", "-i", DISPLAY, "-t", str(seconds)),
                *(
                    "-c:v",
                    "libx264",
                    "-preset",
                    "veryfast",
                    "-crf",
                    "26",
                    "-pix_fmt",
                    "yuv420p",
                    str(work / "capture.mp4"),
                ),
            ],
            env=environment,
            stdin=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(encoder.pid, 0)
        encoder.returncode = os.waitstatus_to_exitcode(status)
        if encoder.returncode != 0:
            raise RuntimeError("ffmpeg could not capture the screen")
        after = {**_cpu_s(screen), **_cpu_s(browser)}
        shown_s = sum(spent_s - before.get(pid, 0.0) for pid, spent_s in after.items())
        return shown_s + used.ru_utime + used.ru_stime


def _page(folder: Path, work: Path) -> Path:
    """Every camera's longest file, joined into WebM without being encoded again, in a loop."""
    videos = []
    for number, track in enumerate(track for track in read_recording(folder).tracks if track.source == "camera"):
        segment = max(track.segments, key=lambda each: each.end_ms - each.start_ms)
        target = work / f"{number}.webm"
        command = ["ffmpeg", "-loglevel", "error", "-y", "-i", str(folder / segment.path), "-c", "copy", str(target)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        videos.append(f'<video src="{target.name}" muted autoplay loop></video>')
    page = work / "page.html"
    page.write_text(f"<!doctype html><style>{STYLE}</style>{''.join(videos)}")
    return page


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[psutil.Process]:
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _cpu_s(process: psutil.Process) -> dict[int, float]:
    """By process id, of it and everything it started."""
    spent = {}
    for each in (process, *process.children(recursive=True)):
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent[each.pid] = times.user + times.system
    return spent
