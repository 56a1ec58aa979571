"""Recorder and transcriber are killed in the middle of a hearing that real clients hold: the hearing does not notice, and what
is lost is on record."""

import asyncio
import logging
import signal
import sys
import time
from pathlib import Path

from recorder.verify import verify_folder
from signaling.protocol.to_client import (
    CaptionPartial,
    Goodbye,
    MediaLost,
    RecordingChanged,
    TranscriptionChanged,
    Welcome,
)
from tests.integration.whole_court import (
    ERROR_RATE,
    Listener,
    WholeCourt,
    assert_discreet,
    error_rate,
    gaps_by_track,
    hearing_in_session,
    is_in_order,
    measured_stalls,
)
from tests.integration.whole_server import WholeServer, is_gone, until, whole_server

logger = logging.getLogger(__name__)

BACK_MS = 2_000
START_SHARE = 3
"""A machine so busy that merely starting the process takes a second is given this many times as long."""
LOSS_MS = 1_000
PAUSE_S = 0.3
"""Of one line: a single wrong character is more than 5 % of it."""


async def test_a_killed_recorder_is_back_within_two_seconds_and_nothing_is_lost(tmp_path: Path) -> None:
    async with (
        whole_server(tmp_path) as server,
        hearing_in_session(server) as court,
        Listener(court.session("clerk")) as listener,
    ):
        others = [court.scheduled.participants[part] for part in ("presiding_judge", "plaintiff", "defendant")]
        await listener.hears(others)
        folder = server.recordings(court.hearing)
        await until(lambda: any(folder.glob("tracks/*/*/*.mkv")), "a sealed segment", timeout_s=30)
        sealed = {path: path.read_bytes() for path in folder.glob("tracks/*/*/*.mkv")}
        recorder, since = server.child("recorder"), {part: len(told) for part, told in court.told.items()}
        with listener.watching() as pauses:
            async with measured_stalls() as stalls, asyncio.TaskGroup() as tasks:
                tasks.create_task(court.say(10))
                recorder.send_signal(signal.SIGKILL)
                await until(lambda: is_gone(recorder), "the recorder is dead")
                await _told_and_back(court, since["presiding_judge"])
        assert max(pauses.values()) <= PAUSE_S + stalls[0], (pauses, stalls)
        assert {participant for participant, _ in pauses} >= set(others)
        _undisturbed(court, since)
        await court.close()
        rows = await court.journal()
        assert [row.type for row in rows if row.type.startswith("recorder_")] == ["recorder_lost", "recorder_restored"]
        (away_ms,) = [row.data["away_ms"] for row in rows if row.type == "recorder_restored"]
        start_ms = await _bare_start_ms("recorder", "--root", str(tmp_path / "bare"))
        assert isinstance(away_ms, int) and away_ms <= max(BACK_MS, START_SHARE * start_ms), (away_ms, start_ms)
        gaps = gaps_by_track(rows)
        assert max(gaps.values(), default=0) <= LOSS_MS, gaps
        logger.info(
            "recorder away %s ms, longest pause %.3f s (stall %.3f s), gaps %s",
            away_ms,
            max(pauses.values()),
            stalls[0],
            gaps,
        )
        assert verify_folder(folder, court.hearing) == []
        assert {path: path.read_bytes() for path in sealed} == sealed
    assert_discreet(server.log(), court.secrets)


async def _bare_start_ms(*module: str) -> float:
    """How long this machine takes at this moment to start and end the sink process with nothing to do."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *module,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    return (time.monotonic() - began) * 1000


async def _told_and_back(court: WholeCourt, since: int) -> None:
    """The judge sees it, with a sentence, and sees that it is over."""

    def states() -> list[str]:
        return [said.recording.state for said in court.heard("presiding_judge", RecordingChanged, since)]

    await court.until("presiding_judge", lambda _: "failed" in states())
    await court.until("presiding_judge", is_in_order)
    failed = next(said.recording for said in court.heard("presiding_judge", RecordingChanged, since))
    assert failed.message


def _undisturbed(court: WholeCourt, since: dict[str, int]) -> None:
    for part, before in since.items():
        for disturbance in (Welcome, Goodbye, MediaLost):
            assert not court.heard(part, disturbance, before), (part, disturbance)


async def test_a_killed_transcriber_is_back_within_two_seconds_and_hears_on(tmp_path: Path) -> None:
    async with whole_server(tmp_path) as server, hearing_in_session(server) as court:
        before = await court.say(6)
        await court.recognised(before)
        since = {part: len(told) for part, told in court.told.items()}
        async with asyncio.TaskGroup() as tasks:
            interrupted = tasks.create_task(court.say(9))
            await _captioned(court, "plaintiff")
            await _kill_transcriber(server)
        await court.until("clerk", is_in_order)
        states = [
            said.transcription.state
            for said in court.heard("presiding_judge", TranscriptionChanged, since["presiding_judge"])
        ]
        assert states[0] == "failed" and states[-1] == "live", states
        await court.understood(12)
        in_between = interrupted.result()
        assert error_rate(in_between, await court.recognised(in_between)) <= ERROR_RATE
        _undisturbed(court, since)
        rows = await court.journal()
        (away_ms,) = [row.data["away_ms"] for row in rows if row.type == "transcriber_restored"]
        start_ms = await _bare_start_ms("asr")
        assert isinstance(away_ms, int) and away_ms <= max(BACK_MS, START_SHARE * start_ms), (away_ms, start_ms)
        logger.info("transcriber away %s ms", away_ms)
        assert [row.type for row in rows].count("transcriber_lost") == 1
        assert [row.data for row in rows if row.type in ("transcription_gap", "recorder_lost")] == []
        utterances = court.session("clerk").view.utterances.values()
        assert len({(each.participant, each.start_ms) for each in utterances}) == len(utterances), "said twice"
    assert_discreet(server.log(), court.secrets)


async def _captioned(court: WholeCourt, part: str) -> None:
    """Something of what a part is saying stands on the clerk's screen."""
    participant = court.scheduled.participants[part]
    await court.session("clerk").expect(
        CaptionPartial, lambda said: said.participant == participant and said.text != ""
    )


async def _kill_transcriber(server: WholeServer) -> None:
    transcriber = server.child("asr")
    transcriber.send_signal(signal.SIGKILL)
    await until(lambda: is_gone(transcriber), "the transcriber is dead")
