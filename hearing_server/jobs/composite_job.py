"""The job that has the combined video of a closed hearing rendered. The rendering itself is ``recorder.composite``."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from hearing_server.domain.job import Job, RenderedComposite
from hearing_server.domain.role import title
from hearing_server.jobs.errors import JobFailed, LeaseLost
from hearing_server.jobs.ports import JobStore
from hearing_server.jobs.runner import now_ms
from hearing_server.jobs.tethered import tethered
from hearing_server.storage import cases, hearings, participants
from hearing_server.storage.database import Database

log = structlog.get_logger()

OUTPUT = "composite.mp4"
"""Inside the hearing's recordings folder."""
REPORT_EVERY_S = 1.0
STOP_WITHIN_S = 5.0
"""How long a rendering that is told to stop may take before it is killed; its finished chunks are kept either way."""


class _Line(BaseModel):
    """A line of the rendering's output; each kind has its own fields."""

    model_config = ConfigDict(frozen=True)

    progress: float | None = None
    remaining_s: float | None = None
    warning: str | None = None
    error: str | None = None
    path: str | None = None
    duration_s: float | None = None
    size_bytes: int | None = None
    sha256: str | None = None


class CompositeJob:
    """Work of kind ``JobKind.COMPOSITE``. Beginning again goes on with the chunks that were finished."""

    def __init__(self, database: Database, store: JobStore, recordings: Path, work: Path) -> None:
        """``recordings`` holds one folder per hearing; ``work`` is for what only the rendering reads."""
        self._database = database
        self._store = store
        self._recordings = recordings
        self._work = work

    async def __call__(self, job: Job) -> None:
        people = self._work / f"{job.id}.json"
        try:
            case_number = await self._write_people(job, people)
            rendered = await self._render(job, self._command(job, people, case_number))
        finally:
            await asyncio.to_thread(people.unlink, missing_ok=True)
        if not await self._store.publish_composite(job, rendered, now_ms()):
            raise LeaseLost

    async def _write_people(self, job: Job, path: Path) -> str:
        """Names for the plates, from the list of participants; answers the case number for the header."""
        async with self._database.reading() as transaction:
            hearing = await hearings.by_id(transaction, job.hearing_id)
            case = await cases.by_id(transaction, hearing.case_id) if hearing else None
            seated = await participants.of_hearing(transaction, job.hearing_id)
        if case is None:
            raise JobFailed("the hearing is gone")
        entries = [
            {
                "participant": person.id,
                "name": person.name,
                "role_title": title(person.role, person.side),
                "seat": person.seat,
            }
            for person in seated
        ]
        await asyncio.to_thread(_write, path, json.dumps(entries, ensure_ascii=False))
        return case.case_number

    def _command(self, job: Job, people: Path, case_number: str) -> list[str]:
        folder = self._recordings / job.hearing_id
        render = [sys.executable, "-m", "recorder.composite", str(folder), "--output", str(folder / OUTPUT)]
        named = ["--participants", str(people), "--title", case_number]
        return tethered([*render, *named], self._work / f"{job.hearing_id}.lock")

    async def _render(self, job: Job, command: list[str]) -> RenderedComposite:
        last_line, reported_at = _Line(), 0.0
        async with _running(command) as (output, process):
            async for line in output:
                if line.warning:
                    log.warning("composite_warning", hearing=job.hearing_id, message=line.warning)
                if line.progress is not None and time.monotonic() - reported_at >= REPORT_EVERY_S:
                    reported_at = time.monotonic()
                    if not await self._store.report_progress(job, line.progress, line.remaining_s, now_ms()):
                        raise LeaseLost
                last_line = line
            status = await process.wait()
        if last_line.error or status != 0:
            raise JobFailed(last_line.error or f"the rendering ended with status {status}")
        if last_line.duration_s is None or last_line.size_bytes is None or last_line.sha256 is None:
            raise JobFailed("the rendering ended without a result")
        return RenderedComposite(OUTPUT, last_line.duration_s, last_line.size_bytes, last_line.sha256)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    path.write_text(text)


@asynccontextmanager
async def _running(command: list[str]) -> AsyncIterator[tuple[AsyncIterator[_Line], asyncio.subprocess.Process]]:
    """The child, and its lines; when the block ends early, the child is ended first."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield _lines(process.stdout), process
    finally:
        if process.returncode is None:
            await _end(process)


async def _lines(output: asyncio.StreamReader) -> AsyncIterator[_Line]:
    async for raw in output:
        try:
            yield _Line.model_validate_json(raw)
        except ValidationError:
            raise JobFailed("the rendering said something unreadable") from None


async def _end(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
