"""The whole sample hearing, as ``make demo`` holds it: what is captioned, recorded and rendered is what was said and sent."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import av
import pytest

from hearing_server.demo.result import HearingResult
from recorder.verify import verify_folder
from tests.integration.whole_court import assert_discreet
from tests.integration.whole_server import free_port

LONGEST_S = 420
WORD_TIME_MS = 150
ERROR_RATE = 0.05
COMPOSITE_TOLERANCE_S = 2.0


@pytest.mark.timeout(LONGEST_S + 60)
async def test_the_sample_hearing_is_recognised_recorded_and_rendered_whole(tmp_path: Path) -> None:
    result = await _demonstration(tmp_path)
    assert (result.participants, result.problems, result.lost) == (5, [], 0)
    assert result.utterances >= 28
    assert result.character_error_rate <= ERROR_RATE
    assert result.word_time_ms.compared >= 0.9 * result.word_time_ms.spoken
    assert result.word_time_ms.max <= WORD_TIME_MS, result.word_time_ms
    assert result.caption_ms.first_partial_p50 is not None and result.caption_ms.final_p95 is not None
    assert result.journal.valid
    (folder,) = (path for path in (tmp_path / "data" / "recordings").iterdir() if path.is_dir())
    assert verify_folder(folder, folder.name) == []
    segments = sorted(folder.glob("tracks/*/*/*.mkv"))
    assert len(segments) == result.segments
    for segment in segments:
        await asyncio.to_thread(_decodes, segment)
    await _assert_composite(folder, result)


async def _demonstration(folder: Path) -> HearingResult:
    """``hearing-server demo --json`` as a child process: exit code 0, and the object of its last line."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEARING_")}
    environment |= {"HEARING_PORT": str(free_port(socket.SOCK_STREAM)), "HEARING_OPENING_COUNTDOWN_S": "0.5"}
    printed_path, log_path = folder / "stdout.log", folder / "stderr.log"
    with printed_path.open("wb") as printed, log_path.open("wb") as log:
        demonstration = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hearing_server.cli", "demo", "--json", "--data-dir", str(folder / "data")),
            env=environment,
            stdout=printed,
            stderr=log,
        )
        try:
            async with asyncio.timeout(LONGEST_S):
                code = await demonstration.wait()
        finally:
            if demonstration.returncode is None:
                demonstration.kill()
                await demonstration.wait()
    printout, log_text = printed_path.read_text(encoding="utf-8"), log_path.read_text(encoding="utf-8")
    assert code == 0, printout + log_text
    assert_discreet(log_text, [])
    return HearingResult.model_validate(json.loads(printout.splitlines()[-1]))


def _decodes(segment: Path) -> None:
    """Every frame, by PyAV. A segment may begin between two keyframes: its pictures then need the one before, so that for
    pictures only the packets are read."""
    with av.open(segment, "r") as container:
        stream = container.streams[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        assert packets, segment
        if stream.type == "audio":
            decoder = av.CodecContext.create(stream.codec_context.name, "r")
            decoder.extradata = stream.codec_context.extradata
            assert isinstance(decoder, av.AudioCodecContext)
            assert sum(len(decoder.decode(packet)) for packet in packets) >= len(packets) - 1


async def _assert_composite(folder: Path, result: HearingResult) -> None:
    """As long as what was recorded, and decoded to its end by PyAV and by ffmpeg's own reader."""
    film_path = folder / "composite.mp4"
    recorded = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    began_ms, ended_ms = (
        next(line["at_ms"] for line in recorded if line["type"] == kind)
        for kind in ("recording_started", "recording_stopped")
    )
    recorded_s = (ended_ms - began_ms) / 1000
    assert result.composite is not None
    assert abs(result.composite.duration_s - recorded_s) <= COMPOSITE_TOLERANCE_S
    pictures_s, sound_s = await asyncio.to_thread(_decoded_seconds, film_path)
    assert abs(pictures_s - recorded_s) <= COMPOSITE_TOLERANCE_S
    assert abs(sound_s - recorded_s) <= COMPOSITE_TOLERANCE_S
    probed = await asyncio.create_subprocess_exec(
        *("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(film_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    found, errors = await probed.communicate()
    assert (probed.returncode, errors) == (0, b"")
    assert abs(float(found) - recorded_s) <= COMPOSITE_TOLERANCE_S


def _decoded_seconds(film_path: Path) -> tuple[float, float]:
    """(pictures, sound), each by the frames that come out of the decoder."""
    with av.open(film_path, "r") as film:
        rate = film.streams.video[0].average_rate
        assert rate is not None
        pictures_s = sum(1 for _ in film.decode(video=0)) / float(rate)
    with av.open(film_path, "r") as film:
        samples = sum(frame.samples for frame in film.decode(audio=0))
        return pictures_s, samples / film.streams.audio[0].rate
