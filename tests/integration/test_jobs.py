"""The combined video as a durable job: done once, whatever dies meanwhile."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import psutil
import pytest

from hearing_server.court.composites import CompositeWatch
from hearing_server.court.job_queue import JobQueue
from hearing_server.domain.case import Case, Procedure
from hearing_server.domain.hearing import Hearing, HearingStatus, Openness
from hearing_server.domain.job import (
    LEASE_MS,
    MAX_ATTEMPTS,
    CompositeStanding,
    Job,
    JobKind,
    JobState,
    RenderedComposite,
)
from hearing_server.domain.journal import JournalRow
from hearing_server.domain.participant import Participant
from hearing_server.domain.role import Role
from hearing_server.jobs.errors import JobFailed
from hearing_server.jobs.runner import JobRunner
from hearing_server.storage import cases, hearings, journal, participants
from hearing_server.storage.database import Database
from hearing_server.storage.jobs import JobDesk, composite_of
from tests.fakes.set_clock import SetClock
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

RENDERED = RenderedComposite("composite.mp4", 4.0, 1000, "a" * 64)


@dataclass
class Closed:
    """A closed hearing whose combined video was asked for."""

    folder: Path
    database: Database
    clock: SetClock

    @property
    def desk(self) -> JobDesk:
        return JobDesk(self.database)

    async def standing(self) -> CompositeStanding:
        async with self.database.reading() as transaction:
            standing = await composite_of(transaction, HEARING)
        assert standing is not None
        return standing

    async def rows(self, type: str) -> list[JournalRow]:
        async with self.database.reading() as transaction:
            return [row for row in await journal.page(transaction, HEARING, 0, 100) if row.type == type]

    async def becomes(self, state: JobState, within_s: float = 120.0) -> CompositeStanding:
        deadline = time.monotonic() + within_s
        while (standing := await self.standing()).state is not state:
            assert time.monotonic() < deadline, standing
        return standing


@asynccontextmanager
async def closed_hearing(folder: Path) -> AsyncIterator[Closed]:
    database, clock = Database(f"sqlite+aiosqlite:///{folder / 'hearings.sqlite3'}"), SetClock()
    await database.open()
    try:
        async with database.transaction() as transaction:
            await cases.add(transaction, Case("case-1", "（2029）示01民初1号", "买卖合同", Procedure.CIVIL, None, 0))
            hearing = Hearing(HEARING, "case-1", "civil", Openness.PUBLIC, "", 0, HearingStatus.CLOSED)
            await hearings.add(transaction, hearing)
            await participants.add(transaction, Participant("judge-1", HEARING, 1, "王法官", Role.PRESIDING_JUDGE))
        await JobQueue(database, clock).enqueue_composite(HEARING)
        yield Closed(folder, database, clock)
    finally:
        await database.close()


def record_four_seconds(recordings: Path) -> None:
    born_us = time.monotonic_ns() // 1000 - 4_000_000
    sender, sound = Sender(0x101, 111, 48000, born_us, timestamp=77, delay_us=30_000), tone(4)
    with RecorderProcess(recordings) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, sender))
        recorder.packets(1, sender.packets(sound, opus_payloads))
        recorder.tell(closed(1, len(sound)))
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        recorder.finish()


def seconds_in(video: Path) -> float:
    with av.open(video, "r") as container:
        assert container.duration is not None
        return container.duration / av.time_base


def first_children(pid: int) -> list[psutil.Process]:
    """The rendering, as soon as it is there."""
    while not (children := psutil.Process(pid).children(recursive=True)):
        assert psutil.pid_exists(pid)
    return children


async def jobs_process(folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hearing_server.jobs",
        "--data-dir",
        str(folder),
        "--lease-s",
        "1.5",
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
    )


async def test_killed_runner_is_followed_by_one_that_finishes_once(tmp_path: Path) -> None:
    await asyncio.to_thread(record_four_seconds, tmp_path / "recordings")
    async with closed_hearing(tmp_path) as hearing:
        first = await jobs_process(tmp_path)
        await hearing.becomes(JobState.RUNNING)
        children = await asyncio.to_thread(first_children, first.pid)
        first.kill()
        await first.wait()
        _, alive = await asyncio.to_thread(psutil.wait_procs, children, 60)
        assert not alive
        assert not await hearing.rows("composite_rendered")
        second = await jobs_process(tmp_path)
        try:
            standing = await hearing.becomes(JobState.DONE)
        finally:
            second.terminate()
            assert await second.wait() == 0
        rendered = standing.rendered
        assert rendered is not None and rendered.duration_s > 3.5
        output = tmp_path / "recordings" / HEARING / rendered.path
        assert abs(await asyncio.to_thread(seconds_in, output) - rendered.duration_s) < 0.2
        row = (await hearing.rows("composite_rendered"))[0]
        assert rendered.sha256 in row.data and '"attempt":2' in row.data
        assert len(await hearing.rows("composite_rendered")) == 1
        assert not list((tmp_path / "jobs").glob("*.json"))


async def test_stopped_runner_gives_its_job_back_at_once(tmp_path: Path) -> None:
    await asyncio.to_thread(record_four_seconds, tmp_path / "recordings")
    async with closed_hearing(tmp_path) as hearing:
        process = await jobs_process(tmp_path)
        await hearing.becomes(JobState.RUNNING)
        process.terminate()
        assert await process.wait() == 0
        assert (await hearing.standing()).state is JobState.QUEUED
        claimed = await hearing.desk.claim("other", hearing.clock.now_ms())
        assert claimed is not None and claimed.attempt == 1


STARTER = """
import os, subprocess, sys
jobs = [sys.executable, "-m", "hearing_server.jobs", "--data-dir", sys.argv[1], "--parent", str(os.getpid())]
print(subprocess.Popen(jobs, stdout=subprocess.DEVNULL, start_new_session=True).pid, flush=True)
sys.stdin.read()
"""


async def test_runner_does_not_outlive_the_server_that_started_it(tmp_path: Path) -> None:
    starter = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        STARTER,
        str(tmp_path),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert starter.stdout is not None
    runner = psutil.Process(int(await starter.stdout.readline()))
    starter.kill()
    await starter.wait()
    _, alive = await asyncio.to_thread(psutil.wait_procs, [runner], 60)
    assert not alive


async def test_asking_twice_makes_one_job(tmp_path: Path) -> None:
    async with closed_hearing(tmp_path) as hearing:
        await JobQueue(hearing.database, hearing.clock).enqueue_composite(HEARING)
        assert await hearing.desk.claim("one", hearing.clock.now_ms()) is not None
        assert await hearing.desk.claim("two", hearing.clock.now_ms()) is None


async def test_a_runner_that_lost_its_lease_writes_nothing_any_more(tmp_path: Path) -> None:
    async with closed_hearing(tmp_path) as hearing:
        desk, now_ms = hearing.desk, hearing.clock.now_ms()
        old = await desk.claim("old", now_ms)
        assert old is not None
        assert await desk.claim("new", now_ms + LEASE_MS - 1) is None
        new = await desk.claim("new", now_ms + LEASE_MS)
        assert new is not None and new.attempt == old.attempt + 1
        assert not await desk.renew(old, now_ms)
        assert not await desk.report_progress(old, 0.9, 1.0, now_ms)
        assert not await desk.publish_composite(old, RENDERED, now_ms)
        assert not await desk.fail(old, "late", now_ms)
        assert not await desk.release(old, now_ms)
        assert (await hearing.standing()).progress == 0.0
        assert await desk.publish_composite(new, RENDERED, now_ms)
        assert not await desk.publish_composite(new, RENDERED, now_ms)
        assert len(await hearing.rows("composite_rendered")) == 1


async def test_renewed_lease_is_not_taken_over(tmp_path: Path) -> None:
    async with closed_hearing(tmp_path) as hearing:
        desk, now_ms = hearing.desk, hearing.clock.now_ms()
        job = await desk.claim("one", now_ms)
        assert job is not None
        assert await desk.renew(job, now_ms + LEASE_MS - 1)
        assert await desk.claim("two", now_ms + LEASE_MS) is None


async def test_failing_job_is_tried_again_later_and_then_given_up(tmp_path: Path) -> None:
    async with closed_hearing(tmp_path) as hearing:
        desk, now_ms = hearing.desk, hearing.clock.now_ms()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            job = await desk.claim("one", now_ms)
            assert job is not None and job.attempt == attempt
            assert await desk.fail(job, "disk full", now_ms)
            assert await desk.claim("one", now_ms) is None
            now_ms += 3_600_000
        assert await desk.claim("one", now_ms) is None
        assert (await hearing.standing()).state is JobState.FAILED
        assert len(await hearing.rows("composite_failed")) == 1
        await JobQueue(hearing.database, hearing.clock).enqueue_composite(HEARING)
        again = await desk.claim("one", now_ms)
        assert again is not None and again.attempt == 1


async def test_job_that_kills_its_runner_each_time_is_given_up(tmp_path: Path) -> None:
    async with closed_hearing(tmp_path) as hearing:
        desk, now_ms = hearing.desk, hearing.clock.now_ms()
        for _ in range(MAX_ATTEMPTS):
            assert await desk.claim("one", now_ms) is not None
            now_ms += LEASE_MS
        assert await desk.claim("one", now_ms) is None
        assert (await hearing.standing()).state is JobState.FAILED


@pytest.mark.parametrize("error", [JobFailed("no picture"), ValueError("a fault")])
async def test_runner_outlives_a_job_that_fails(tmp_path: Path, error: Exception) -> None:
    async def work(_: Job) -> None:
        raise error

    async with closed_hearing(tmp_path) as hearing:
        runner = JobRunner(hearing.desk, {JobKind.COMPOSITE: work})
        assert await runner.do_next()
        assert not await runner.do_next()
        assert (await hearing.standing()).state is JobState.RUNNING


async def test_runner_drops_a_job_that_was_taken_over(tmp_path: Path) -> None:
    async with closed_hearing(tmp_path) as hearing:
        dropped = asyncio.Event()

        async def work(job: Job) -> None:
            taken = await hearing.desk.claim("other", 2**52)
            assert taken is not None and taken.attempt == job.attempt + 1
            try:
                await asyncio.Event().wait()
            finally:
                dropped.set()

        runner = JobRunner(hearing.desk, {JobKind.COMPOSITE: work}, renew_every_s=0.01)
        assert await runner.do_next()
        assert dropped.is_set()


async def test_watch_tells_of_progress_and_of_the_end(tmp_path: Path) -> None:
    told: list[str] = []

    async def changed(hearing: str) -> None:
        told.append(hearing)

    async with closed_hearing(tmp_path) as hearing:
        watch = CompositeWatch(hearing.database, hearing.clock, changed)
        desk, now_ms = hearing.desk, hearing.clock.now_ms()
        await watch.look()
        job = await desk.claim("one", now_ms)
        assert job is not None
        steps: list[Callable[[], Awaitable[object]]] = [
            lambda: desk.report_progress(job, 0.5, 10.0, now_ms),
            lambda: desk.publish_composite(job, RENDERED, now_ms),
        ]
        for step in steps:
            await watch.look()
            before = len(told)
            await watch.look()
            assert len(told) == before
            await step()
            await watch.look()
            assert len(told) == before + 1
        assert set(told) == {HEARING}


async def test_job_taken_while_the_runner_is_stopped_is_given_back(tmp_path: Path) -> None:
    async with closed_hearing(tmp_path) as hearing:
        taken, told = asyncio.Event(), asyncio.Event()

        class SlowDesk(JobDesk):
            async def claim(self, runner: str, now_ms: int, kinds: Collection[JobKind] = tuple(JobKind)) -> Job | None:
                job = await super().claim(runner, now_ms, kinds)
                taken.set()
                await told.wait()
                return job

        async def work(_: Job) -> None:
            raise AssertionError("nothing is begun")

        running = asyncio.ensure_future(JobRunner(SlowDesk(hearing.database), {JobKind.COMPOSITE: work}).run())
        await taken.wait()
        assert (await hearing.standing()).state is JobState.RUNNING
        running.cancel()
        told.set()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert (await hearing.standing()).state is JobState.QUEUED
