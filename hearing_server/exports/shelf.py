"""Where exports lie: ``exports/`` in the hearing's recordings folder. Each has a description beside it that is written last, so that
what is described is whole; whoever deletes the folder has deleted the exports and nothing else."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hearing_server.domain.export import Exported, ExportedFile, ExportKind, ExportProgress

FOLDER = "exports"


class Shelf:
    """``recordings`` holds one folder per hearing. Blocking."""

    def __init__(self, recordings: Path) -> None:
        self._recordings = recordings

    def folder(self, hearing: str) -> Path:
        return self._recordings / hearing / FOLDER

    def exported(self, hearing: str, kind: ExportKind) -> Exported | None:
        """None unless it is there, whole."""
        told = _read(self._description(hearing, kind))
        if told is None:
            return None
        try:
            files = tuple(ExportedFile(**file) for file in told["files"])
            found = Exported(files, int(told["made_at_ms"]), int(told["seal"]))
            sizes = [(self.folder(hearing) / file.name).stat().st_size for file in files]
        except (KeyError, TypeError, ValueError, FileNotFoundError):
            return None
        return found if sizes == [file.size_bytes for file in files] else None

    def put(self, hearing: str, kind: ExportKind, exported: Exported) -> None:
        """The files themselves lie there already."""
        _write(self._description(hearing, kind), asdict(exported))

    def remove(self, hearing: str, kind: ExportKind) -> bool:
        """The description first. False when there was none. What a runner is writing at the moment stays."""
        there = _read(self._description(hearing, kind)) is not None
        self._description(hearing, kind).unlink(missing_ok=True)
        for path in sorted(self.folder(hearing).glob(f"{kind.value}.*")):
            if path.suffix in (".zip", ".pdf"):
                path.unlink(missing_ok=True)
        return there

    def progress(self, hearing: str, kind: ExportKind) -> ExportProgress | None:
        """Of the job that is making it."""
        told = _read(self._progress(hearing, kind))
        try:
            return None if told is None else ExportProgress(float(told["part"]), told["remaining_s"])
        except (KeyError, TypeError, ValueError):
            return None

    def tell(self, hearing: str, kind: ExportKind, progress: ExportProgress | None) -> None:
        """How far it is; None once there is nothing to tell any more."""
        if progress is None:
            self._progress(hearing, kind).unlink(missing_ok=True)
        else:
            _write(self._progress(hearing, kind), asdict(progress))

    def _description(self, hearing: str, kind: ExportKind) -> Path:
        return self.folder(hearing) / f"{kind.value}.json"

    def _progress(self, hearing: str, kind: ExportKind) -> Path:
        return self.folder(hearing) / f"{kind.value}.progress.json"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _write(path: Path, value: dict[str, object]) -> None:
    """The whole file or none of it, durable on return."""
    path.parent.mkdir(exist_ok=True, mode=0o750)
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes renames in it durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
