"""The job that seals the record of a closed hearing, and the one that has the seal stamped. Each may be cut off anywhere and begun
again: what stands in the folder already is not done twice."""

import asyncio
import secrets
from pathlib import Path

from hearing_server.domain.job import Job, JobKind
from hearing_server.domain.seal import SealRecord
from hearing_server.jobs.errors import JobFailed, LeaseLost
from hearing_server.jobs.ports import JobStore
from hearing_server.jobs.record_reader import read_record, read_subject
from hearing_server.jobs.runner import now_ms
from hearing_server.sealing.anchor import Anchor, AnchoredRoot
from hearing_server.sealing.court_keys import CourtKeys
from hearing_server.sealing.errors import SealingError
from hearing_server.sealing.record_lines import RecordLines
from hearing_server.sealing.sealed_folder import Seal, SealedFolder, Subject
from hearing_server.sealing.time_stamp_authority import TimeStampAuthority
from hearing_server.storage import copies, journal, seals
from hearing_server.storage.database import Database, Transaction
from hearing_server.storage.jobs import queue
from recorder.verification.keys import decoded
from recorder.verification.time_stamp import stamped_content


class SealJob:
    """Work of kind ``JobKind.SEAL``."""

    def __init__(
        self,
        database: Database,
        store: JobStore,
        recordings: Path,
        keys: CourtKeys,
        court: str,
        *,
        anchors: tuple[Anchor, ...],
        stamps: bool,
    ) -> None:
        """``court`` is its name in the statement; ``stamps``: whether there is an authority to stamp the seal."""
        self._database = database
        self._store = store
        self._recordings = recordings
        self._keys = keys
        self._court = court
        self._anchors = anchors
        self._stamps = stamps

    async def __call__(self, job: Job) -> None:
        subject = await read_subject(self._database, job.hearing_id, self._court)
        try:
            record = await read_record(self._database, job.hearing_id)
            seal = await asyncio.to_thread(self._seal, subject, record)
        except SealingError as error:
            raise JobFailed(str(error)) from error

        async def publish(transaction: Transaction) -> None:
            await self._publish(transaction, job, seal)

        if not await self._store.finish(job, now_ms(), publish):
            raise LeaseLost

    def _seal(self, subject: Subject, record: RecordLines) -> Seal:
        folder = SealedFolder(self._recordings / subject.hearing)
        with folder.alone():
            seal = folder.seal(subject, record, self._keys.current(), now_ms())
            for anchor in self._anchors:
                if not folder.entries()[seal.number - 1]["anchors"]:
                    root = AnchoredRoot(subject.hearing, seal.number, seal.root)
                    folder.add("anchors", seal.number, anchor.place(root, now_ms()))
        return seal

    async def _publish(self, transaction: Transaction, job: Job, seal: Seal) -> None:
        statement, hearing = seal.statement, job.hearing_id
        record = SealRecord(
            hearing_id=hearing,
            number=seal.number,
            root=seal.root,
            leaves=statement["leaves"],
            journal_rows=statement["lines"]["journal.jsonl"],
            key_id=statement["key"],
            sealed_at_ms=statement["sealed_at_ms"],
        )
        if await seals.add(transaction, record):
            data = {"number": seal.number, "root": seal.root, "leaves": record.leaves, "key": record.key_id}
            await journal.append(transaction, hearing, now_ms(), "record_sealed", "server", data)
        if self._stamps:
            await queue(transaction, secrets.token_hex(10), JobKind.STAMP, hearing, now_ms())
        await copies.want_record(transaction, hearing)
        await seals.queue_check(transaction, secrets.token_hex(10), hearing, now_ms())


class StampJob:
    """Work of kind ``JobKind.STAMP``: the newest seal, if it has no stamp yet."""

    def __init__(
        self, database: Database, store: JobStore, recordings: Path, authority: TimeStampAuthority | None
    ) -> None:
        self._database = database
        self._store = store
        self._recordings = recordings
        self._authority = authority

    async def __call__(self, job: Job) -> None:
        if self._authority is None:
            raise JobFailed("no time stamp authority is set up")
        folder = SealedFolder(self._recordings / job.hearing_id)
        try:
            entries = await asyncio.to_thread(folder.entries)
            if not entries:
                raise JobFailed("the hearing is not sealed")
            stamp = next(iter(entries[-1]["stamps"]), None)
            if stamp is None:
                stamp = await self._authority.stamp(decoded(entries[-1]["signature"]))
                await asyncio.to_thread(_add, folder, len(entries), stamp)
        except SealingError as error:
            raise JobFailed(str(error)) from error
        content = stamped_content(decoded(stamp["response"]))
        if content is None:
            raise JobFailed("the stamp cannot be read")
        number, authority, at_ms = len(entries), self._authority.url, content.at_ms

        async def publish(transaction: Transaction) -> None:
            await seals.stamped(transaction, job.hearing_id, number, authority, at_ms)
            data = {"number": number, "authority": authority, "stamped_at_ms": at_ms}
            await journal.append(transaction, job.hearing_id, now_ms(), "seal_stamped", "server", data)
            await copies.want_record(transaction, job.hearing_id)

        if not await self._store.finish(job, now_ms(), publish):
            raise LeaseLost


def _add(folder: SealedFolder, number: int, stamp: dict[str, str]) -> None:
    with folder.alone():
        folder.add("stamps", number, stamp)
