"""The recordings folder as reconciliation and the end of the time of keeping need it. Blocking; every step is confined to the folder."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from hearing_server.stores.source_files import BESIDE_THE_MEDIA, PASSING
from recorder.confined import ConfinedFolder
from recorder.sidecar import NAME as SIDECAR
from recorder.verification.folder import MEDIA

SET_ASIDE = ".set-aside"
"""Beside the hearings' folders; no hearing is named like that."""
BESIDE_SEGMENTS = (SIDECAR, "levels.bin")
EMPTY = ".empty"
"""End of the names of files that a crash left before any media was in them; recovery put them aside."""


def file_size(recordings: Path, hearing: str, path: str) -> int | None:
    """None when there is no plain file."""
    *folders, name = path.split("/")
    try:
        with ConfinedFolder.root(recordings) as root, root.below(hearing, *folders) as folder:
            descriptor = folder.open(name, os.O_RDONLY)
            try:
                return os.fstat(descriptor).st_size
            finally:
                os.close(descriptor)
    except OSError:
        return None


def lying_media(recordings: Path, hearing: str) -> list[str]:
    """Every file among the media, but for those that are being made and sidecars, which only the seal lists."""
    names = (name for name in _files(recordings / hearing) if name.startswith(f"{MEDIA}/"))
    return [
        name
        for name in names
        if not name.endswith((*PASSING, EMPTY)) and name.rpartition("/")[2] not in BESIDE_SEGMENTS
    ]


def set_aside(recordings: Path, hearing: str, path: str) -> None:
    """Moves a file that is not what was sealed out of the way; it is kept."""
    target = recordings / SET_ASIDE / hearing / f"{path}.{secrets.token_hex(4)}"
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    os.rename(recordings / hearing / path, target)
    _sync(target.parent)
    _sync((recordings / hearing / path).parent)


def restore(recordings: Path, hearing: str, path: str, data: bytes) -> bool:
    """The whole file under its name, durable; False when there is one, which stays."""
    *folders, name = path.split("/")
    with ConfinedFolder.root(recordings) as root, root.below(hearing, *folders, create=True) as folder:
        beside = f"{name}.{secrets.token_hex(4)}.new"
        with os.fdopen(folder.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            folder.link(beside, name)
        except FileExistsError:
            return False
        finally:
            folder.remove(beside)
        folder.sync()
    return True


def deletable(recordings: Path, hearing: str) -> list[tuple[str, int]]:
    """Names and sizes of everything of a recording but the written record, what was set aside included; sorted."""
    kept = set(BESIDE_THE_MEDIA)
    own = [f"{hearing}/{name}" for name in _files(recordings / hearing) if name not in kept]
    aside = [f"{SET_ASIDE}/{hearing}/{name}" for name in _files(recordings / SET_ASIDE / hearing)]
    return sorted((name, (recordings / name).lstat().st_size) for name in own + aside)


def delete(recordings: Path, names: list[str]) -> None:
    """``names`` as `deletable` gave them; what is gone already is no error. Folders that are empty then go too."""
    folders = set()
    for name in names:
        path = recordings / name
        path.unlink(missing_ok=True)
        folders.add(path.parent)
    for folder in sorted(folders, key=lambda each: len(each.parts), reverse=True):
        _remove_empty(folder, recordings)


def _remove_empty(folder: Path, recordings: Path) -> None:
    while folder.parent != recordings and folder != recordings and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
    if folder.is_dir():
        _sync(folder)


def _files(root: Path) -> Iterator[str]:
    """Relative names, links among them but never followed."""
    for folder, _, names in os.walk(root):
        for name in names:
            yield Path(folder, name).relative_to(root).as_posix()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
