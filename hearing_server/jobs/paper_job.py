"""The job that sets one of the court's papers in every language, for signing."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hearing_server.domain.export import Exported, ExportedFile, ExportError, ExportKind
from hearing_server.domain.job import Job
from hearing_server.exports.errors import ExportFailed
from hearing_server.exports.paper_words import LANGUAGES
from hearing_server.exports.papers import PaperFacts, fault_statement, integrity_sheet
from hearing_server.exports.shelf import Shelf, sync_folder
from hearing_server.exports.typesetting import typeset
from hearing_server.jobs.errors import JobFailed
from hearing_server.jobs.exported import publish_export
from hearing_server.jobs.paper_facts import read_paper_facts
from hearing_server.jobs.ports import JobStore
from hearing_server.jobs.runner import now_ms
from hearing_server.storage.database import Database

_PAPERS: dict[ExportKind, Callable[[PaperFacts, str], dict[str, Any]]] = {
    ExportKind.SHEET: integrity_sheet,
    ExportKind.FAULT_STATEMENT: fault_statement,
}


class PaperJob:
    """Work of the kind of job that ``kind`` names."""

    def __init__(self, kind: ExportKind, database: Database, store: JobStore, shelf: Shelf, court: str) -> None:
        self._kind = kind
        self._database = database
        self._store = store
        self._shelf = shelf
        self._court = court

    async def __call__(self, job: Job) -> None:
        at_ms = now_ms()
        try:
            facts = await read_paper_facts(self._database, job.hearing_id, self._court, at_ms)
            files = await asyncio.to_thread(self._set, facts)
        except ExportFailed as failure:
            raise JobFailed(failure.code.value) from failure
        except OSError as error:
            raise JobFailed(ExportError.DISK_FULL.value) from error
        await publish_export(self._store, self._shelf, job, self._kind, Exported(files, at_ms, facts.seal.number))

    def _set(self, facts: PaperFacts) -> tuple[ExportedFile, ...]:
        if self._kind is ExportKind.FAULT_STATEMENT and not facts.faults:
            raise ExportFailed(ExportError.RECORD_CHANGED)
        folder = self._shelf.folder(facts.hearing.id)
        folder.mkdir(exist_ok=True, mode=0o750)
        files = []
        for language in LANGUAGES:
            pdf = typeset(_PAPERS[self._kind](facts, language))
            name = f"{self._kind.value}.{language}.pdf"
            _write(folder / name, pdf)
            files.append(ExportedFile(name, language, len(pdf), hashlib.sha256(pdf).hexdigest()))
        sync_folder(folder)
        return tuple(files)


def _write(path: Path, data: bytes) -> None:
    """The whole file or none of it."""
    draft = path.with_name(path.name + ".part")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
