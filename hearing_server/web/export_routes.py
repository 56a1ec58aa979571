"""Routes about copies of the record: the bundle, the integrity sheet, the fault statement."""

import asyncio

from aiohttp import web

from hearing_server.court import exports
from hearing_server.court.exports import ExportWork
from hearing_server.domain.errors import NotFound
from hearing_server.domain.export import Exported, ExportedFile, ExportError, ExportKind, ExportProgress
from hearing_server.domain.job import JobState
from hearing_server.web import export_models as models
from hearing_server.web.export_shelf import EXPORT_SHELF, FOLDER
from hearing_server.web.recording_files import RECORDING_FILES
from hearing_server.web.route_table import Call, Route, Who

MEDIA_TYPES = {"zip": "application/zip", "pdf": "application/pdf"}


async def read_exports(call: Call[None]) -> models.ExportsView:
    """What of the record can be taken away, and how far what is being made has come."""
    hearing, shelf = call.part("hearing"), call.request.app[EXPORT_SHELF]
    standing = await exports.read_exports(call.office, call.reader, hearing)
    views = []
    for kind, work in standing.work.items():
        if kind is ExportKind.FAULT_STATEMENT and not standing.faults:
            continue
        exported = await asyncio.to_thread(shelf.exported, hearing, kind)
        progress = await asyncio.to_thread(shelf.progress, hearing, kind)
        views.append(_view(hearing, kind, work, exported, progress, standing.seal))
    return models.ExportsView(
        exports=views if standing.may_take else [],
        sealed=standing.seal > 0,
        faults=standing.faults,
        recorded_bytes=standing.recorded_bytes,
        may_take=standing.may_take,
        may_make=standing.may_make,
    )


async def ask_export(call: Call[None]) -> models.ExportsView:
    """Have it made, or made again."""
    await exports.ask_export(call.office, call.reader, call.part("hearing"), _kind(call))
    return await read_exports(call)


async def remove_export(call: Call[None]) -> models.ExportsView:
    """Remove what was made; it can be made again."""
    hearing, kind = call.part("hearing"), _kind(call)
    await exports.note_removal(call.office, call.reader, hearing, kind)
    await asyncio.to_thread(call.request.app[EXPORT_SHELF].remove, hearing, kind)
    return await read_exports(call)


async def take_export(call: Call[None]) -> web.StreamResponse:
    """The file; each taking is journalled."""
    hearing, name = call.part("hearing"), call.part("name")
    case_number = await exports.admit_taking(call.office, call.reader, hearing)
    kind, file = await _find(call, hearing, name)
    if kind is ExportKind.BUNDLE:
        await exports.admit_bundle(call.office, call.reader, hearing)
    if call.request.method != "HEAD":
        await exports.note_taking(call.office, call.reader, hearing, name, file.sha256)
    files = call.request.app[RECORDING_FILES]
    media_type = MEDIA_TYPES[name.rpartition(".")[2]]
    return await files.answer(
        call.request, hearing, f"{FOLDER}/{name}", media_type, file.sha256, f"{case_number} {name}".strip()
    )


async def _find(call: Call[None], hearing: str, name: str) -> tuple[ExportKind, ExportedFile]:
    for kind in ExportKind:
        exported = await asyncio.to_thread(call.request.app[EXPORT_SHELF].exported, hearing, kind)
        for file in exported.files if exported is not None else ():
            if file.name == name:
                return kind, file
    raise NotFound("export")


def _kind(call: Call[None]) -> ExportKind:
    try:
        return ExportKind(call.part("kind"))
    except ValueError:
        raise NotFound("export") from None


def _view(
    hearing: str,
    kind: ExportKind,
    work: ExportWork,
    exported: Exported | None,
    progress: ExportProgress | None,
    seal: int,
) -> models.ExportView:
    running = work.state is JobState.RUNNING
    state = "none" if work.state is None or (work.state is JobState.DONE and exported is None) else work.state.value
    unfinished = work.state in (JobState.QUEUED, JobState.RUNNING, JobState.FAILED)
    return models.ExportView(
        kind=kind.value,
        state=state,
        progress=progress.part if running and progress is not None else 0.0,
        remaining_s=progress.remaining_s if running and progress is not None else None,
        error=_error(work.error) if unfinished else None,
        files=[
            models.ExportFileView(
                name=file.name,
                language=file.language,
                size_bytes=file.size_bytes,
                sha256=file.sha256,
                url=f"/api/hearings/{hearing}/files/{FOLDER}/{file.name}",
            )
            for file in (exported.files if exported is not None else ())
        ],
        made_at_ms=exported.made_at_ms if exported is not None else None,
        outdated=exported is not None and exported.seal < seal,
    )


def _error(told: str) -> ExportError | None:
    if not told:
        return None
    return ExportError(told) if told in set(ExportError) else ExportError.OTHER


_EXPORTS = "/api/hearings/{hearing}/exports"

ROUTES = (
    Route("GET", _EXPORTS, read_exports, answer=models.ExportsView, who=Who.READER),
    Route("POST", f"{_EXPORTS}/{{kind}}", ask_export, answer=models.ExportsView, who=Who.READER),
    Route("DELETE", f"{_EXPORTS}/{{kind}}", remove_export, answer=models.ExportsView, who=Who.READER),
    Route(
        "GET",
        f"/api/hearings/{{hearing}}/files/{FOLDER}/{{name}}",
        take_export,
        who=Who.READER,
        media_type="application/octet-stream",
    ),
)
