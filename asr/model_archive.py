"""Unpacks a model's zip archive, trusting nothing in it."""

import os
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from asr.errors import UnsafeArchive

MOST_ENTRIES = 2_000


def unpack(archive: Path, to: Path, most_bytes: int) -> None:
    """Puts the one folder the archive holds at ``to``, which appears whole or not at all.

    Raises `UnsafeArchive` for absolute names, ``..``, links, devices, more than ``most_bytes``, or content that is no model.
    """
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}-") as scratch:
        try:
            with zipfile.ZipFile(archive) as source:
                _extract(source, Path(scratch), most_bytes)
        except zipfile.BadZipFile as error:
            raise UnsafeArchive(f"{archive.name} is no zip archive: {error}") from error
        model = _model_folder(Path(scratch))
        os.replace(model, to)


def holds_model(folder: Path) -> bool:
    """Whether it looks like a folder Vosk can load."""
    return (folder / "am" / "final.mdl").is_file() or (folder / "final.mdl").is_file()


def _extract(source: zipfile.ZipFile, to: Path, most_bytes: int) -> None:
    entries = source.infolist()
    if len(entries) > MOST_ENTRIES:
        raise UnsafeArchive(f"{len(entries)} entries are too many for a model")
    remaining = most_bytes
    for entry in entries:
        target = to / _safe_name(entry)
        if entry.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open(entry) as packed, target.open("xb") as file:
            while piece := packed.read(1024 * 1024):
                remaining -= len(piece)
                if remaining < 0:
                    # Counted while it unpacks: the sizes an archive claims for itself prove nothing.
                    raise UnsafeArchive(f"unpacks to more than {most_bytes} bytes")
                file.write(piece)


def _safe_name(entry: zipfile.ZipInfo) -> PurePosixPath:
    name = PurePosixPath(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if name.is_absolute() or ".." in name.parts or "\\" in entry.filename or ":" in entry.filename or not name.parts:
        raise UnsafeArchive(f"an entry points outside: {entry.filename!r}")
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise UnsafeArchive(f"an entry is neither file nor folder: {entry.filename!r}")
    return name


def _model_folder(scratch: Path) -> Path:
    for folder in (scratch, *sorted(child for child in scratch.iterdir() if child.is_dir())):
        if holds_model(folder):
            if folder != scratch:
                return folder
            inner = scratch / "model"
            inner.mkdir()
            for child in list(scratch.iterdir()):
                if child != inner:
                    shutil.move(child, inner / child.name)
            return inner
    raise UnsafeArchive("the archive holds no speech model")
