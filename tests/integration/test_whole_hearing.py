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
