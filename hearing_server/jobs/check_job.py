"""The job that verifies a sealed recording: the same verifier that parties run, and then the database against what was sealed."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from hearing_server.domain.job import Job
from hearing_server.jobs.errors import JobFailed, LeaseLost
from hearing_server.jobs.ports import JobStore
from hearing_server.jobs.record_reader import read_record
from hearing_server.jobs.runner import now_ms
from hearing_server.jobs.tethered import tethered
from hearing_server.sealing.court_keys import CourtKeys
from hearing_server.sealing.record_lines import RecordLines
from hearing_server.storage import journal, seals
from hearing_server.storage.database import Database, Transaction
from recorder.verification.findings import Finding, Report
from recorder.verification.sealed_lines import split_lines
from recorder.verification.wording import sentence

REPORT_EVERY_S = 1.0


class CheckJob:
    """Work of kind ``JobKind.CHECK``."""

    def __init__(
        self,
        database: Database,
        store: JobStore,
        recordings: Path,
        work: Path,
        keys: CourtKeys,
        authority: Path | None,
    ) -> None:
        """``authority``: the trusted certificates of the time stamp authority; ``work`` is for locks."""
        self._database = database
        self._store = store
        self._recordings = recordings
        self._work = work
        self._keys = keys
        self._authority = authority

    async def __call__(self, job: Job) -> None:
        found = await self._verify(job)
        folder = self._recordings / job.hearing_id
        record = await read_record(self._database, job.hearing_id)
        report = await asyncio.to_thread(_against_database, folder, record)
        findings = [Finding(**each) for each in found["findings"]] + report.findings
        notices = [Finding(**each) for each in found["notices"]]
        counts = {"files": found["files"], "lines": found["lines"]}
        text = json.dumps({"findings": _told(findings), "notices": _told(notices), **counts}, ensure_ascii=False)

        async def publish(transaction: Transaction) -> None:
            await seals.set_report(transaction, job.hearing_id, text)
            data = {"findings": len(findings), **counts}
            await journal.append(transaction, job.hearing_id, now_ms(), "integrity_checked", "server", data)

        if not await self._store.finish(job, now_ms(), publish):
            raise LeaseLost

    async def _verify(self, job: Job) -> dict[str, Any]:
        await asyncio.to_thread(self._work.mkdir, parents=True, exist_ok=True, mode=0o750)
        keys = [f"--key={key.id}" for key in await asyncio.to_thread(self._keys.published)]
        authority = [f"--authority={self._authority}"] if self._authority else []
        command = [
            sys.executable,
            "-m",
            "recorder.verify",
            str(self._recordings / job.hearing_id),
            "--json",
            "--progress",
        ]
        named = [f"--hearing={job.hearing_id}", *keys, *authority]
        process = await asyncio.create_subprocess_exec(
            *tethered([*command, *named], self._work / f"{job.hearing_id}.check.lock"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdout is not None and process.stderr is not None
            async with asyncio.TaskGroup() as reading:
                output = reading.create_task(process.stdout.read())
                reading.create_task(self._report(job, process.stderr))
            status = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if status not in (0, 1):
            raise JobFailed(f"the verifier ended with status {status}")
        found: dict[str, Any] = json.loads(output.result())
        return found

    async def _report(self, job: Job, progress: asyncio.StreamReader) -> None:
        reported_at = 0.0
        async for line in progress:
            try:
                part = float(line)
            except ValueError:
                continue  # a warning of the interpreter
            if time.monotonic() - reported_at >= REPORT_EVERY_S:
                reported_at = time.monotonic()
                if not await self._store.report_progress(job, part, None, now_ms()):
                    raise LeaseLost


def _against_database(folder: Path, record: RecordLines) -> Report:
    """Findings where the database tells of something else than what was sealed."""
    report = Report()
    for name, lines in (("journal.jsonl", record.journal), ("transcript.jsonl", record.transcript)):
        known = set(lines)
        try:
            sealed = split_lines((folder / name).read_bytes())
        except FileNotFoundError:
            continue  # told by the verifier
        for number, line in enumerate(sealed, 1):
            if line.decode("utf-8", "replace") not in known:
                report.find("database_differs", name, number)
    return report


def _told(findings: list[Finding]) -> list[dict[str, object]]:
    return [
        {
            "code": finding.code,
            "file": finding.file,
            "line": finding.line,
            "field": finding.field,
            "zh-CN": sentence(finding, "zh-CN"),
            "en": sentence(finding, "en"),
        }
        for finding in findings
    ]
