"""A sink that stands still, as on a disk that takes nothing or a machine that is overloaded (check 14): memory stays bounded, what is
dropped is counted, and the hearing's media does not wait. The sinks are stopped with SIGSTOP: to the worker a disk that does not answer
looks just so, for the recorder then reads its pipe no more."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from signaling.protocol.facts import (
    RecorderCaughtUp,
    RecorderFellBehind,
    RecordingGap,
    RecordingStopped,
    SegmentSealed,
    TrackPublished,
    TranscriptionGap,
)
from signaling.protocol.worker import StartTranscription, StopRecording
from signaling.room import sink_backlog
from signaling.room.sink_process import SinkProcess
from tests.abuse.recorded_court import RecordedCourt, recorded_court, stay
from tests.abuse.test_hostile_members import CAMERA, VOICE, hostile_publisher
from tests.abuse.what_is_left import resident_bytes, settles
from tests.unit.signaling.media.rtp_peer import RtpPeer, rtp, vp8_payload

ALLOWED_S = 0.020
BALLAST = 10
"""Pictures, and voice packets of the same size, that somebody else sends between two of the judge's."""
BALLAST_BYTES = 1000
A_SECOND = 800
"""About how many of each are sent in a second: the clocks in the packets go no faster than ours."""


class Ballast:
    """What fills the queues: another party in court, whom nobody here receives."""

    def __init__(self, court: RecordedCourt, peer: RtpPeer) -> None:
        self._court, self._peer = court, peer
        self.sent = 0

    @classmethod
    async def carried(cls, court: RecordedCourt) -> "Ballast":
        ballast = cls(court, await hostile_publisher(court))
        ballast.send()
        for _ in range(2):
            await court.next(TrackPublished, participant="plaintiff")
        return ballast

    def send(self) -> None:
        self.sent += 1
        picture = vp8_payload(self.sent, self.sent & 0xFF, key=True, height=180) + bytes(BALLAST_BYTES)
        voice = b"\xfc\xff\xfe" + bytes(BALLAST_BYTES)
        self._peer.send_rtp(
            rtp(self.sent, self.sent * 90_000 // A_SECOND, CAMERA, picture, marker=True),
            rtp(self.sent, self.sent * 48_000 // A_SECOND, VOICE, voice, payload_type=111),
        )

    async def p99_s(self, rounds: int, pause_s: float) -> float:
        """Of the time from the judge's sending to the clerk's receiving."""
        loop, took_s = asyncio.get_running_loop(), list[float]()
        leg = self._court.leg("plaintiff", "publish")
        assert leg is not None
        for number in range(rounds):
            if number % 50 == 0:
                stay(self._peer, leg)
            for _ in range(BALLAST):
                self.send()
            began_s = loop.time()
            await self._court.talk()
            took_s.append(loop.time() - began_s)
            await asyncio.sleep(pause_s)
        return sorted(took_s)[int(len(took_s) * 0.99)]


async def stand_still(court: RecordedCourt, sink: SinkProcess, rounds: int, pause_s: float, limit: int) -> str:
    """Returns the figures."""
    ballast = await Ballast.carried(court)
    idle_s = await ballast.p99_s(rounds // 4, pause_s)
    pid, memory = sink.pid, resident_bytes()
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        stopped_s = await ballast.p99_s(rounds, pause_s)
        kept, grown = sink.kept_bytes, resident_bytes() - memory
    finally:
        os.kill(pid, signal.SIGCONT)
    figures = (
        f"p99 {idle_s * 1000:.1f} ms, {sink.name} stopped {stopped_s * 1000:.1f} ms, kept {kept}, +{grown >> 10} kB"
    )
    assert limit * 0.6 < kept <= limit, figures  # whole frames are dropped
    assert grown < 50 << 20, figures
    assert stopped_s <= idle_s + ALLOWED_S, figures
    assert await settles(lambda: sink.kept_bytes < limit // 10), (figures, sink.kept_bytes, "it catches up")
    return figures


async def recorder_stands_still(folder: Path, rounds: int, pause_s: float, limit: int) -> str:
    async with recorded_court(folder) as court:
        figures = await stand_still(court, court.hall.recorder, rounds, pause_s, limit)
        received = {source.label: source.packets_received for source in sources_of(court, "plaintiff")}
        await court.bus.send(StopRecording(room="r", cause="closed"))
        await court.next(RecordingStopped)
        assert court.publishing.ended is None
        gaps = [each for each in court.facts(RecordingGap, "plaintiff") if each.cause == "spill_full"]
        sealed = court.facts(SegmentSealed, "plaintiff")
        for label, packets in received.items():
            recorded = sum(s.packets_received for s in sealed if s.source is label)
            kind = "audio" if label == "microphone" else "video"
            missing = sum(gap.packets for gap in gaps if gap.track.startswith(kind))
            assert missing > 0 and recorded + missing == packets - 1, (label, recorded, missing, packets)
        return f"{figures}, {len(gaps)} gaps told of {sum(gap.packets for gap in gaps)} packets"


def sources_of(court: RecordedCourt, participant: str) -> list:  # type: ignore[type-arg]
    return court.hall.rooms()[0]._members[participant].sources()


async def test_a_recorder_that_stands_still_costs_bounded_memory_and_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sink_backlog, "KEPT_BYTES_LIMIT", 1_000_000)
    print(await recorder_stands_still(tmp_path, 120, 0.01, 1_000_000))  # noqa: T201


async def test_a_recorder_that_stands_still_loses_nothing_while_there_is_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sink_backlog, "KEPT_BYTES_LIMIT", 300_000)
    async with recorded_court(tmp_path, spills=True) as court:
        await stand_still(court, court.hall.recorder, 120, 0.01, 300_000)
        received = {source.label: source.packets_received for source in sources_of(court, "plaintiff")}
        assert await settles(lambda: court.hall.recorder.spilled_bytes == 0)
        await court.bus.send(StopRecording(room="r", cause="closed"))
        await court.next(RecordingStopped)
        sealed = court.facts(SegmentSealed, "plaintiff")
        for label, packets in received.items():
            assert sum(s.packets_received for s in sealed if s.source is label) == packets - 1
        told = [type(each) for each in court.heard if isinstance(each, RecorderFellBehind | RecorderCaughtUp)]
        assert told == [RecorderFellBehind, RecorderCaughtUp] * (len(told) // 2) and told
        assert not [each for each in court.facts(RecordingGap, "plaintiff") if each.cause == "spill_full"]


@pytest.mark.soak
async def test_the_same_with_the_whole_queue(tmp_path: Path) -> None:
    print(await recorder_stands_still(tmp_path, 2400, 0.01, sink_backlog.KEPT_BYTES_LIMIT))  # noqa: T201


async def test_a_transcriber_that_stands_still_costs_bounded_memory_and_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sink_backlog, "KEPT_BYTES_LIMIT", 500_000)
    async with recorded_court(tmp_path) as court:
        await court.bus.send(StartTranscription(room="r", vocabulary=[]))
        print(await stand_still(court, court.hall.transcriber, 120, 0.01, 500_000))  # noqa: T201
        assert [each for each in court.heard if isinstance(each, TranscriptionGap) and each.cause == "overload"]
        assert not [each for each in court.heard if isinstance(each, RecordingGap)]
