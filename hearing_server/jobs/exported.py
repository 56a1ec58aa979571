"""How an export that was made becomes known: its description beside the files, and a row of the journal."""

import asyncio

from hearing_server.domain.export import Exported, ExportKind
from hearing_server.domain.job import Job
from hearing_server.exports.shelf import Shelf
from hearing_server.jobs.errors import LeaseLost
from hearing_server.jobs.ports import JobStore
from hearing_server.jobs.runner import now_ms
from hearing_server.storage import journal
from hearing_server.storage.database import Transaction


async def publish_export(store: JobStore, shelf: Shelf, job: Job, kind: ExportKind, exported: Exported) -> None:
    """The files lie in their place. Raises `LeaseLost`: then whoever has the job now makes them again."""
    files = {file.name: file.sha256 for file in exported.files}

    async def publish(transaction: Transaction) -> None:
        data = {"export": kind.value, "seal": exported.seal, "files": files}
        await journal.append(transaction, job.hearing_id, now_ms(), "export_made", "server", data)

    await asyncio.to_thread(shelf.put, job.hearing_id, kind, exported)
    if not await store.finish(job, now_ms(), publish):
        raise LeaseLost
