"""What the routes need of exports that were made. The composition root hands in the real one; all calls block and are made in threads."""

from typing import Protocol

from aiohttp import web

from hearing_server.domain.export import Exported, ExportKind, ExportProgress


class ExportShelf(Protocol):
    def exported(self, hearing: str, kind: ExportKind) -> Exported | None:
        """None unless it is there, whole."""

    def progress(self, hearing: str, kind: ExportKind) -> ExportProgress | None:
        """Of the job that is making it."""

    def remove(self, hearing: str, kind: ExportKind) -> bool:
        """False when there was none."""


FOLDER = "exports"
"""In a hearing's recordings folder."""
EXPORT_SHELF: web.AppKey[ExportShelf] = web.AppKey("export_shelf", ExportShelf)
