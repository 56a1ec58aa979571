import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from recorder.lettering import find_lettering
from recorder.tiles import layout
from tests.unit.recorder.recorder_process import (
    HEARING,
    ROOT,
    RecorderProcess,
    camera,
    closed,
    microphone,
    started,
    stopped,
)
from tests.unit.recorder.sent_media import (
    Picture,
    Sender,
    moving_picture,
    opus_payloads,
    tone,
    video,
    vp8_payloads,
)

PEOPLE = [
    {"participant": "judge-1", "name": "李某", "role_title": "审判长", "seat": 0},
    {"participant": "plaintiff-1", "name": "王某", "role_title": "原告", "seat": 1},
    {"participant": "witness-9", "name": "未到", "role_title": "证人", "seat": 2},
]


def flashes(at_s: float) -> bool:
    """For a tenth of a second, half-way through every second."""
    return 0.5 <= at_s % 1 < 0.6


def flashing(width: int, height: int) -> Callable[[float], Picture]:
    quiet = moving_picture(width, height)

    def draw(at_s: float) -> Picture:
        picture = quiet(at_s)
        picture[:height] = np.minimum(picture[:height], 110)
        if flashes(at_s):
            picture[:height] = 235
        return picture

    return draw


def compose(folder: Path, output: Path, people: Path, *flags: str) -> list[dict[str, Any]]:
    answer = subprocess.run(
        [sys.executable, "-m", "recorder.composite", folder, "--output", output, "--participants", people, *flags],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stderr == ""
    return [json.loads(line) for line in answer.stdout.splitlines()]


def brightness(path: Path, tile: int, of: int) -> list[tuple[float, float]]:
    """(seconds, mean brightness of the tile's upper half) of every picture."""
    place = layout(of)[tile]
    result = []
    with av.open(path, "r") as container:
        for frame in container.decode(container.streams.video[0]):
            luma = frame.to_ndarray(format="gray")
            inside = luma[place.y : place.y + place.height // 2, place.x + 8 : place.x + place.width - 8]
            result.append((float(frame.time or 0.0), float(inside.mean())))
    return result


def loudness(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(seconds, energy) of every 5 ms."""
    times, energies = [], []
    with av.open(path, "r") as container:
        for frame in container.decode(container.streams.audio[0]):
            samples = frame.to_ndarray()[0]
            for offset in range(0, len(samples) - 239, 240):
                times.append(float(frame.time or 0.0) + offset / 48000)
                energies.append(float(np.square(samples[offset : offset + 240]).mean()))
    return np.array(times), np.array(energies)


def onsets(times: NDArray[np.float64], values: NDArray[np.float64], threshold: float) -> list[float]:
    above = values > threshold
    return [float(times[i]) for i in range(1, len(above)) if above[i] and not above[i - 1]]


@pytest.fixture
def hearing(tmp_path: Path) -> Path:
    """Two people; pictures travel 200 ms longer than voices; different clocks, offsets of timestamps and links; a recess."""
    born_us = time.monotonic_ns() // 1000
    senders = {
        1: Sender(0x101, 111, 48000, born_us, timestamp=4_294_900_000, delay_us=30_000),
        2: Sender(0x102, 96, 90000, born_us, timestamp=123_456, delay_us=230_000),
        3: Sender(0x103, 111, 48000, born_us, timestamp=77, delay_us=80_000),
        4: Sender(0x104, 96, 90000, born_us, timestamp=3_999_999_999, delay_us=280_000),
    }
    sound, silence = tone(12, flashes), tone(12, lambda _: False)
    picture = video("libvpx", 12, flashing(320, 180), fps=30, keyframe_every=60)
    other = video("libvpx", 12, flashing(240, 180), fps=30, keyframe_every=60)
    sent = {1: sound, 2: picture, 3: silence, 4: other}
    opened = {
        1: microphone(1, senders[1]),
        2: camera(2, senders[2]),
        3: microphone(3, senders[3], "plaintiff-1"),
        4: camera(4, senders[4], participant="plaintiff-1"),
    }
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        for number, frames in sent.items():
            recorder.tell(opened[number])
            sender, ntp_offset_s = senders[number], -3600.0 if number < 3 else 12.0
            cut = vp8_payloads if number % 2 == 0 else opus_payloads
            first = [frame for frame in frames if frame.at_s < 7]
            recorder.packets(number, sender.packets(first, cut))
            # Reports travel like small packets do: with the least delay of the link.
            for at_s in (0.9, 3.1, 6.2):
                light = replace(sender, delay_us=30_000 if number < 3 else 80_000)
                recorder.report(number, light.report(at_s, ntp_offset_s))
            recorder.tell(closed(number, len(first)))
        recorder.tell(stopped("recess"))
        recorder.until_type("recording_stopped")
        recorder.finish()
    return tmp_path / HEARING


def test_flash_and_beep_stay_together(hearing: Path, tmp_path: Path) -> None:
    people, output = tmp_path / "people.json", tmp_path / "composite.mp4"
    people.write_text(json.dumps(PEOPLE))
    said = compose(hearing, output, people, "--fps", "30", "--title", "（2026）京01民初1号")
    last = said[-1]
    assert last["path"] == str(output) and last["size_bytes"] == output.stat().st_size
    assert not [line for line in said if "warning" in line] or find_lettering().warning
    beeps = onsets(*loudness(output), 0.002)
    assert len(beeps) == 7
    for tile in (0, 1):
        seen = brightness(output, tile, of=2)
        flashed = onsets(np.array([at for at, _ in seen]), np.array([value for _, value in seen]), 150)
        assert len(flashed) == 7
        offsets = [flash - beep for flash, beep in zip(flashed, beeps, strict=True)]
        assert max(map(abs, offsets)) <= 0.080, offsets
    with av.open(output, "r") as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264", "aac"]
        assert (container.streams.video[0].width, container.streams.video[0].height) == (1280, 720)
    answer = subprocess.run(["ffprobe", "-v", "error", output], capture_output=True, text=True, check=True)
    assert not answer.stderr


def test_a_killed_composite_goes_on_where_it_was(hearing: Path, tmp_path: Path) -> None:
    people, output = tmp_path / "people.json", tmp_path / "composite.mp4"
    people.write_text(json.dumps(PEOPLE))
    flags = ["--fps", "15", "--chunk-s", "1"]
    killed = subprocess.Popen(
        [sys.executable, "-m", "recorder.composite", hearing, "--output", output, "--participants", people, *flags],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    chunk = tmp_path / "composite.mp4.work" / "00001.mp4"
    with killed:
        while not chunk.exists():
            assert killed.poll() is None
        killed.kill()
    assert not output.exists()
    said = compose(hearing, output, people, *flags)
    assert said[0]["progress"] > 0.1
    assert [line["progress"] for line in said[:-1]] == sorted(line["progress"] for line in said[:-1])
    assert not chunk.parent.exists()
    with av.open(output, "r") as container:
        times = [float(frame.time or 0.0) for frame in container.decode(container.streams.video[0])]
    assert len(times) == round(said[-1]["duration_s"] * 15)
    assert np.allclose(np.diff(times), 1 / 15, atol=0.002)


def test_an_empty_recording_is_refused_in_a_sentence(tmp_path: Path) -> None:
    people = tmp_path / "people.json"
    people.write_text("[]")
    assert "manifest" in compose(tmp_path, tmp_path / "x.mp4", people)[-1]["error"]
