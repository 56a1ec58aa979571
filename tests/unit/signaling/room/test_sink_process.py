import asyncio
import errno
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import uvloop

from signaling.room import sink_backlog, sink_process
from signaling.room.sink_process import SinkProcess
from signaling.sink_stream.control import CloseTrack, OpenTrack, Start, Stop

ECHO = Path(__file__).with_name("echo_sink.py")


class Observed:
    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.lost: list[str] = []
        self.restored: list[int] = []
        self.overflowed: list[tuple[int, int, int]] = []
        self.behind: list[int | None] = []
        """None when it fell behind, then for how many milliseconds."""
        self._changed = asyncio.Event()

    def sink_said(self, message: dict[str, Any]) -> None:
        self.said.append(message)
        self._changed.set()

    def sink_lost(self, reason: str) -> None:
        self.lost.append(reason)
        self._changed.set()

    def sink_restored(self, away_ms: int) -> None:
        self.restored.append(away_ms)
        self._changed.set()

    def sink_overflowed(self, track: OpenTrack, first: int, last: int) -> None:
        self.overflowed.append((track.track, first, last))

    def sink_fell_behind(self) -> None:
        self.behind.append(None)
        self._changed.set()

    def sink_caught_up(self, behind_ms: int) -> None:
        self.behind.append(behind_ms)
        self._changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def types(self) -> list[str]:
        return [message["type"] for message in self.said]

    def sequences(self) -> list[int]:
        return [n for message in self.said if message["type"] == "echo_packets" for n in message["sequences"]]


def track(number: int) -> OpenTrack:
    return OpenTrack(
        number, "r", "h", "p", "c", "microphone", "audio", "opus", 48000, 2, 1234, 111, 1, "李某", "原告"
    )  # fmt: skip


def says_ready(message: dict[str, Any]) -> bool:
    return bool(message["type"] == "echo_ready")


@asynccontextmanager
async def running(mode: str, spill_folder: Path | None = None) -> AsyncIterator[tuple[SinkProcess, Observed]]:
    observed = Observed()
    sink = SinkProcess("echo", [sys.executable, str(ECHO), mode], says_ready, observed, spill_folder)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(sink.run())
        await sink.wait_ready()
        yield sink, observed
        await sink.close()
        await task


async def test_tells_a_child_everything_in_order() -> None:
    async with running("acknowledge") as (sink, observed):
        sink.start(Start("r", "h", 1000, 2000, "opened"))
        sink.open_track(track(7))
        sink.sender_report(7, 5, 6, 77)
        sink.packets(7, [(10, 1, b"one"), (11, 2, b"two")])
        sink.close_track(CloseTrack(7, 2, 0))
        sink.stop(Stop("r", "h", "closed"))
        await sink.barrier()
    wanted = ["start", "open_track", "report", "packets", "close_track", "stop"]
    said = [t.removeprefix("echo_") for t in observed.types() if t.removeprefix("echo_") in wanted]
    assert said == wanted
    assert observed.types()[-1] == "echo_end", "the child ends by itself when its input ends"
    assert sink.kept_bytes == 0 and not observed.lost


async def test_a_killed_child_loses_nothing_that_it_had_not_finished() -> None:
    async with running("hold") as (sink, observed):
        sink.start(Start("r", "h", 1000, 2000, "opened"))
        sink.open_track(track(7))
        sink.packets(7, [(10, 1, b"one")])
        await sink.barrier()
        first = sink.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await observed.until(lambda: bool(observed.lost))
        sink.packets(7, [(12, 2, b"two")])
        await observed.until(lambda: bool(observed.restored))
        await sink.barrier()
        assert sink.pid != first
        assert observed.sequences() == [1, 1, 2], "the successor is given what was unfinished, then what is new"
        assert observed.types().count("echo_start") == 2 and observed.types().count("echo_open_track") == 2
        assert observed.lost == ["signal 9"]


def test_a_child_that_dies_while_it_is_written_to_is_only_started_again() -> None:
    """On the loop the server runs on, whose closed pipes raise another exception than those of asyncio."""

    async def die_three_times() -> None:
        async with running("acknowledge") as (sink, observed):
            sink.open_track(track(7))
            for times in range(1, 4):
                assert sink.pid is not None
                os.kill(sink.pid, signal.SIGKILL)
                number = times * 10_000
                while len(observed.lost) < times:
                    number += 1
                    sink.packets(7, [(number, number, bytes(1000))])
                    await asyncio.sleep(0)
                await observed.until(lambda times=times: len(observed.restored) == times)  # type: ignore[misc]
            await sink.barrier()
            assert observed.lost == ["signal 9"] * 3

    uvloop.run(die_three_times())


async def test_finished_packets_are_not_given_again() -> None:
    async with running("acknowledge") as (sink, observed):
        sink.open_track(track(7))
        sink.packets(7, [(10, 1, b"one")])
        await sink.barrier()
        assert sink.pid is not None
        os.kill(sink.pid, signal.SIGKILL)
        await observed.until(lambda: bool(observed.restored))
        sink.packets(7, [(12, 2, b"two")])
        await sink.barrier()
        assert observed.sequences() == [1, 2]


async def test_a_stopped_child_costs_bounded_memory_and_the_loss_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sink_backlog, "KEPT_BYTES_LIMIT", 1_000_000)
    async with running("acknowledge") as (sink, observed):
        sink.open_track(track(7))
        await sink.barrier()
        assert sink.pid is not None
        os.kill(sink.pid, signal.SIGSTOP)
        for n in range(1, 3001):
            sink.packets(7, [(n, n, bytes(1000))])
        assert sink.kept_bytes <= 1_000_000
        assert observed.overflowed and observed.overflowed[0][1] == 1
        os.kill(sink.pid, signal.SIGCONT)
        await sink.barrier()
        dropped = {n for _, first, last in observed.overflowed for n in range(first, last + 1)}
        assert set(observed.sequences()) | dropped == set(range(1, 3001))


@asynccontextmanager
async def stopped(sink: SinkProcess) -> AsyncIterator[None]:
    """The child stands still, and 3,000 packets come."""
    sink.open_track(track(7))
    await sink.barrier()
    assert sink.pid is not None
    os.kill(sink.pid, signal.SIGSTOP)
    try:
        for n in range(1, 3001):
            sink.packets(7, [(n, n, bytes(1000))])
            if n % 100 == 0:
                await asyncio.sleep(0.001)
        yield
    finally:
        with suppress(ProcessLookupError):  # a test may have killed it
            os.kill(sink.pid, signal.SIGCONT)


async def test_what_memory_has_no_room_for_waits_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sink_backlog, "KEPT_BYTES_LIMIT", 1_000_000)
    async with running("acknowledge", tmp_path) as (sink, observed):
        async with stopped(sink):
            assert sink.kept_bytes <= 1_000_000 and sink.spilled_bytes > 1_500_000
            assert observed.behind == [None]
        await sink.barrier()
        assert observed.sequences() == list(range(1, 3001)) and observed.overflowed == []
        assert len(observed.behind) == 2 and observed.behind[1] is not None
        assert (sink.kept_bytes, sink.spilled_bytes) == (0, 0)
    assert os.listdir(tmp_path) == []


async def test_what_waits_on_disk_goes_to_the_successor_of_a_killed_child(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sink_backlog, "KEPT_BYTES_LIMIT", 1_000_000)
    async with running("acknowledge", tmp_path) as (sink, observed):
        async with stopped(sink):
            assert sink.pid is not None
            os.kill(sink.pid, signal.SIGKILL)
        await observed.until(lambda: bool(observed.restored))
        await sink.barrier()
        assert list(dict.fromkeys(observed.sequences())) == list(range(1, 3001)) and observed.overflowed == []


@pytest.mark.parametrize("fault", ["full", "too small"])
async def test_a_disk_that_takes_nothing_costs_what_memory_cannot_hold_and_it_is_told(
    fault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(sink_backlog, "KEPT_BYTES_LIMIT", 1_000_000)
    if fault == "full":
        monkeypatch.setattr(os, "pwrite", refuse)
    else:
        monkeypatch.setattr(sink_process, "SPILL_BYTES_LIMIT", 500_000)
    async with running("acknowledge", tmp_path) as (sink, observed):
        async with stopped(sink):
            await observed.until(lambda: bool(observed.overflowed))
        await sink.barrier()
        dropped = {n for _, first, last in observed.overflowed for n in range(first, last + 1)}
        assert set(observed.sequences()) | dropped == set(range(1, 3001))
        assert (sink.kept_bytes, sink.spilled_bytes) == (0, 0)


async def test_what_came_in_one_standstill_is_more_than_one_frame() -> None:
    """A frame beyond the limit would end the child, and then its successor."""
    async with running("acknowledge") as (sink, observed):
        sink.open_track(track(7))
        sink.packets(7, [(n, n, bytes(1500)) for n in range(1, 4001)])
        await sink.barrier()
        assert observed.sequences() == list(range(1, 4001))
        assert observed.lost == [] and sink.kept_bytes == 0


async def test_a_stop_reaches_a_child_for_a_hearing_that_only_its_predecessor_was_told_to_start() -> None:
    async with running("acknowledge") as (sink, observed):
        sink.stop(Stop("r", "h", "closed"))
        await sink.barrier()
        assert [message["type"] for message in observed.said if message.get("hearing") == "h"] == [
            "echo_stop",
            "recording_stopped",
        ]
