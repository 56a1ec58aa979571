import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from recorder.player_index import player_index
from recorder.verify import verify_folder
from tests.unit.recorder.recorder_process import (
    HEARING,
    ROOT,
    RecorderProcess,
    closed,
    microphone,
    started,
    stopped,
)
from tests.unit.recorder.sent_media import Sender, opus_payloads, tone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two recorded segments with a recess between them."""
    born_us = time.monotonic_ns() // 1000
    voice = Sender(0x21, 111, 48000, born_us)
    packets = voice.packets(tone(3), opus_payloads)
    with RecorderProcess(tmp_path) as recorder:
        for part, cause in ((packets[:70], "recess"), (packets[90:], "closed")):
            recorder.tell(started(born_us))
            recorder.tell(microphone(1, voice))
            recorder.packets(1, part)
            recorder.tell(closed(1, len(part)))
            recorder.tell(stopped(cause))
            recorder.until_type("recording_stopped")
        recorder.finish()
    return tmp_path / HEARING


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("tracks/*/*/*.mkv"))


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def flip_a_bit(folder: Path) -> None:
    rewrite(segments(folder)[0], lambda data: data[:200] + bytes([data[200] ^ 1]) + data[201:])


def delete_a_segment(folder: Path) -> None:
    segments(folder)[1].unlink()


def swap_segments(folder: Path) -> None:
    first, second = segments(folder)
    first.rename(first.with_suffix(".x"))
    second.rename(first)
    first.with_suffix(".x").rename(second)


def add_a_segment(folder: Path) -> None:
    shutil.copy(segments(folder)[0], segments(folder)[0].with_name("00009.mkv"))


def delete_a_line(folder: Path) -> None:
    def without_the_second(data: bytes) -> bytes:
        first, _, *others = data.splitlines(keepends=True)
        return b"".join([first, *others])

    rewrite(folder / "manifest.jsonl", without_the_second)


def alter_a_line(folder: Path) -> None:
    rewrite(folder / "manifest.jsonl", lambda data: data.replace(b'"cause":"recess"', b'"cause":"closed"', 1))


def take_a_line_of_another_hearing(folder: Path) -> None:
    rewrite(folder / "manifest.jsonl", lambda data: data.replace(b'"hearing":"hearing-1"', b'"hearing":"hearing-2"'))


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        (flip_a_bit, "00000.mkv was changed"),
        (delete_a_segment, "00001.mkv is missing"),
        (swap_segments, "00001.mkv was exchanged"),
        (add_a_segment, "00009.mkv is not in the manifest"),
        (delete_a_line, "manifest.jsonl, line 2: what came before is missing or out of order"),
        (alter_a_line, "was altered"),
        (take_a_line_of_another_hearing, "was altered"),
    ],
)
def test_every_harm_is_named(folder: Path, harm: Callable[[Path], None], named: str) -> None:
    assert verify_folder(folder) == []
    harm(folder)
    answer = subprocess.run(
        [sys.executable, "-m", "recorder.verify", folder], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1 and named in answer.stdout and not answer.stderr


def test_a_whole_folder_under_another_name_is_noticed(folder: Path) -> None:
    assert verify_folder(folder, "hearing-1") == []
    assert "belongs to hearing hearing-1, not to hearing-2" in verify_folder(folder, "hearing-2")[0]


def test_the_player_is_given_spans_tracks_and_segments(folder: Path) -> None:
    index = player_index(folder)
    assert len(index.spans) == 2 and index.spans[0].end_ms <= index.spans[1].start_ms
    (track,) = index.tracks
    assert (track.participant, track.source, track.mime_type) == ("judge-1", "microphone", "audio/webm;codecs=opus")
    assert [segment.path for segment in track.segments] == [
        path.relative_to(folder).as_posix() for path in segments(folder)
    ]
    assert track.segments[1].start_ms - track.segments[0].end_ms == pytest.approx(400, abs=2)
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    ended = [line for line in lines if line["type"] == "track_closed"]
    assert [line["detail"]["received"] for line in ended] == [70, 60]


def test_manifest_dates_a_segment_by_itself(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    for line in (line for line in lines if line["type"] == "segment_sealed"):
        detail = line["detail"]
        for rtp, at_us in detail["clock_map"]:
            start_us = at_us - (rtp - detail["first_rtp"]) * 1_000_000 / detail["clock_rate_hz"]
            assert start_us / 1000 == pytest.approx(line["fact"]["start_ms"], abs=1)
        assert len(detail["sm3"]) == 64 and detail["clock_map"]
