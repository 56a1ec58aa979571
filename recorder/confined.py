"""Files below one folder, reached by names made of ids only.

Every step is taken with ``openat`` from an open folder and never follows a symbolic link, so neither a crafted id nor a
link put into the archive leads a write out of it.
"""

import os
import re
from pathlib import Path
from typing import Self

from recorder.errors import UnsafeNameError

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def checked_id(text: str) -> str:
    """The id itself. Raises `UnsafeNameError` when it may not stand in a path."""
    if not _ID.fullmatch(text):
        raise UnsafeNameError(f"{text!r:.60} is not an id of letters, digits, _ and -")
    return text


def _checked_name(name: str) -> str:
    if len(name) > 160 or not _NAME.fullmatch(name):
        raise UnsafeNameError(f"{name!r:.60} may not be a file name")
    return name


class ConfinedFolder:
    """One open folder. All names are checked; all calls raise `OSError` like the system calls they are."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def root(cls, path: Path) -> Self:
        """The folder everything below is confined to; made when it is not there."""
        path.mkdir(parents=True, exist_ok=True)
        return cls(os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    def below(self, *names: str, create: bool = False) -> "ConfinedFolder":
        """The folder reached by ``names``, each one a folder in the one before."""
        descriptor = os.dup(self._descriptor)
        try:
            for name in names:
                if create:
                    _make_folder(_checked_name(name), descriptor)
                deeper = os.open(_checked_name(name), _FOLDER_FLAGS, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = deeper
        except BaseException:
            os.close(descriptor)
            raise
        return ConfinedFolder(descriptor)

    def open(self, name: str, flags: int) -> int:
        """A descriptor of a file directly in this folder."""
        return os.open(_checked_name(name), flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640, dir_fd=self._descriptor)

    def read(self, name: str) -> bytes:
        with os.fdopen(self.open(name, os.O_RDONLY), "rb") as file:
            return file.read()

    def names(self) -> list[str]:
        """Names in this folder that this package could have made, sorted."""
        return sorted(name for name in os.listdir(self._descriptor) if _NAME.fullmatch(name))

    def has(self, name: str) -> bool:
        try:
            os.stat(_checked_name(name), dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def rename(self, old: str, new: str) -> None:
        names = _checked_name(old), _checked_name(new)
        os.rename(*names, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def link(self, old: str, new: str) -> None:
        """Gives the file a further name. Raises `FileExistsError` when there is such a file, which stays as it is."""
        names = _checked_name(old), _checked_name(new)
        os.link(*names, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor, follow_symlinks=False)

    def remove(self, name: str) -> None:
        os.unlink(_checked_name(name), dir_fd=self._descriptor)

    def sync(self) -> None:
        """Makes names that were made, renamed or removed durable."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _make_folder(name: str, parent: int) -> None:
    try:
        os.mkdir(name, 0o750, dir_fd=parent)
    except FileExistsError:
        return
    os.fsync(parent)
