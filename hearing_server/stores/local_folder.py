"""A store in a folder: another disk, or a network file system. Whole files appear under their names at once, and only once."""

import asyncio
import errno
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from hearing_server.stores.errors import ObjectMissing, StoreFull, StoreRefused, StoreUnreachable
from hearing_server.stores.port import ReadBack, StoredObject, read_back_of
from recorder.confined import ConfinedFolder
from recorder.errors import UnsafeNameError

UNFINISHED = ".new"
THREADS = 4
"""Of its own: a network file system that hangs must not take the threads of everybody else."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})

T = TypeVar("T")


class LocalFolderStore:
    """``root`` must be there: a disk that is not mounted is not written beside."""

    def __init__(self, root: Path, timeout_s: float) -> None:
        self._root = root
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(THREADS, "store folder")

    async def put(self, key: str, data: bytes) -> bool:
        return await self._do(lambda: self._put(key, data))

    async def read(self, key: str) -> bytes:
        return await self._do(lambda: self._read(key))

    async def read_back(self, key: str) -> ReadBack:
        return await self._do(lambda: read_back_of(self._read(key, cold=True)))

    async def objects(self, prefix: str) -> AsyncIterator[StoredObject]:
        for each in await self._do(lambda: list(self._objects(prefix))):
            yield each

    async def remove(self, key: str) -> None:
        await self._do(lambda: self._remove(key))

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _do(self, act: Callable[[], T]) -> T:
        """A call that hangs in the kernel keeps its thread; whoever asked is told in time."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.get_running_loop().run_in_executor(self._threads, act)
        except TimeoutError:
            raise StoreUnreachable("the folder does not answer") from None
        except UnsafeNameError:
            raise StoreRefused("no name for a file") from None
        except OSError as error:
            if error.errno in _FULL:
                raise StoreFull("no space is left") from None
            if error.errno in _REFUSED:
                raise StoreRefused("the folder may not be written or read") from None
            raise StoreUnreachable(f"the folder fails: {errno.errorcode.get(error.errno or 0, 'unknown')}") from None

    # -------------------------------------------------------------- in a thread

    def _put(self, key: str, data: bytes) -> bool:
        with self._folder_of(key, create=True) as folder:
            name = key.rpartition("/")[2]
            if folder.has(name):
                return False
            beside = f"{name}.{secrets.token_hex(4)}{UNFINISHED}"
            try:
                with os.fdopen(folder.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                folder.link(beside, name)
            except FileExistsError:
                return False
            finally:
                if folder.has(beside):
                    folder.remove(beside)
            folder.sync()
        return True

    def _read(self, key: str, *, cold: bool = False) -> bytes:
        try:
            with self._folder_of(key) as folder:
                descriptor = folder.open(key.rpartition("/")[2], os.O_RDONLY)
                with os.fdopen(descriptor, "rb") as file:
                    if cold and hasattr(os, "posix_fadvise"):  # from the disk rather than from what was just written
                        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                    return file.read()
        except FileNotFoundError:
            self._must_be_there()
            raise ObjectMissing from None

    def _objects(self, prefix: str) -> Iterator[StoredObject]:
        self._must_be_there()
        for folder, _, names in os.walk(self._root / prefix.rstrip("/")):
            for name in sorted(names):
                path = Path(folder, name)
                if not name.endswith(UNFINISHED) and not path.is_symlink():
                    yield StoredObject(path.relative_to(self._root).as_posix(), path.stat().st_size)

    def _remove(self, key: str) -> None:
        try:
            with self._folder_of(key) as folder:
                folder.remove(key.rpartition("/")[2])
                folder.sync()
        except FileNotFoundError:
            self._must_be_there()

    def _folder_of(self, key: str, *, create: bool = False) -> ConfinedFolder:
        self._must_be_there()
        with ConfinedFolder.root(self._root) as root:
            return root.below(*key.split("/")[:-1], create=create)

    def _must_be_there(self) -> None:
        if not self._root.is_dir():
            raise OSError(errno.ENXIO, "not there")
