"""Comparing one hearing's recording, as it should be, with what lies in its folder and in the stores; and making whole what is not.

Nothing is written over and nothing is thrown away: a damaged object stays where it is and a good one is put beside it, a damaged file of
the folder is set aside under ``.set-aside``.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hearing_server.domain.copies import FileCopy, StoredFile, StoreName
from hearing_server.domain.reconciliation import Finding, FindingCode, Place
from hearing_server.stores.errors import ObjectMissing, StoreError
from hearing_server.stores.folder_files import file_size, lying_media, restore, set_aside
from hearing_server.stores.keys import hearing_prefix, named_by, object_key
from hearing_server.stores.port import ReadBack, RecordingStore, read_back_of
from hearing_server.stores.source_files import read_source

MOST_REPAIRS = 99


@dataclass(frozen=True, slots=True)
class Recorded:
    """What should be there. ``waiting``: copies that are still being made; ``older``: further versions that may be there."""

    hearing: str
    files: list[StoredFile]
    waiting: frozenset[tuple[StoreName, str, str]] = frozenset()
    older: frozenset[tuple[str, str]] = frozenset()
    settled: bool = True
    """Nobody records it any more, so the folder may be mended."""


@dataclass(slots=True)
class Outcome:
    findings: list[Finding] = field(default_factory=list)
    right: list[FileCopy] = field(default_factory=list)
    """Copies of which every byte was read and is right, mended ones among them."""
    files: int = 0
    size_bytes: int = 0
    """Read, of all places together."""


@dataclass(slots=True)
class _Shelf:
    """A store, and what it lists: repairs and sizes by file."""

    name: StoreName
    store: RecordingStore
    lists: dict[tuple[str, str], dict[int, int]] = field(default_factory=dict)


class Comparison:
    """One pass. ``progress`` is told parts of 1."""

    def __init__(
        self,
        recordings: Path,
        stores: Mapping[StoreName, RecordingStore],
        recorded: Recorded,
        *,
        thorough: bool,
        progress: Callable[[float], Awaitable[None]],
    ) -> None:
        """``thorough``: read every byte instead of comparing names and sizes."""
        self._recordings = recordings
        self._stores = stores
        self._recorded = recorded
        self._thorough = thorough
        self._progress = progress
        self._outcome = Outcome()

    async def run(self) -> Outcome:
        shelves = [shelf for name, store in self._stores.items() if (shelf := await self._listed(name, store))]
        total = sum(file.size_bytes + 1 for file in self._recorded.files) or 1
        done = 0
        for file in self._recorded.files:
            shelves = await self._compare(file, shelves)
            done += file.size_bytes + 1
            await self._progress(done / total)
        await self._look_for_strangers()
        self._outcome.files = len(self._recorded.files)
        return self._outcome

    def _find(self, code: FindingCode, place: Place, path: str = "", *, repaired: bool = False) -> None:
        self._outcome.findings.append(Finding(code, place, path, repaired))

    async def _listed(self, name: StoreName, store: RecordingStore) -> _Shelf | None:
        shelf = _Shelf(name, store)
        known = {(file.path, file.sha256) for file in self._recorded.files} | self._recorded.older
        try:
            async for each in store.objects(hearing_prefix(self._recorded.hearing)):
                named = named_by(each.key, each.size_bytes)
                if named is None or (named[0].path, named[0].sha256) not in known:
                    self._find(FindingCode.EXTRA, Place(name), each.key.partition("/")[2])
                else:
                    file, repair = named
                    shelf.lists.setdefault((file.path, file.sha256), {})[repair] = each.size_bytes
        except StoreError:
            self._find(FindingCode.UNREACHABLE, Place(name))
            return None
        return shelf

    # -------------------------------------------------------------- one file

    async def _compare(self, file: StoredFile, shelves: list[_Shelf]) -> list[_Shelf]:
        """The shelves that still answer."""
        wrong_folder = await self._wrong_in_folder(file)
        wrong: list[tuple[_Shelf, FindingCode]] = []
        good: list[tuple[_Shelf, int]] = []
        answering = []
        for shelf in shelves:
            try:
                found = await self._look_at(file, shelf)
            except StoreError:
                self._find(FindingCode.UNREACHABLE, Place(shelf.name), file.path)
                continue
            answering.append(shelf)
            if isinstance(found, int):
                good.append((shelf, found))
            elif found is not None:
                wrong.append((shelf, found))
        if wrong_folder is None and not wrong:
            return answering
        data = await self._good_content(file, wrong_folder, good)
        if wrong_folder is not None:
            repaired = data is not None and await self._mend_folder(file, wrong_folder, data)
            self._find(wrong_folder, Place.FOLDER, file.path, repaired=repaired)
        for shelf, code in wrong:
            repaired = data is not None and await self._mend_store(file, shelf, data)
            self._find(code, Place(shelf.name), file.path, repaired=repaired)
        if data is None:
            self._find(FindingCode.LOST, Place.FOLDER, file.path)
        return answering

    async def _wrong_in_folder(self, file: StoredFile) -> FindingCode | None:
        if self._thorough:
            data = await asyncio.to_thread(read_source, self._recordings, file.hearing_id, file.path)
            if data is None:
                return FindingCode.MISSING
            self._outcome.size_bytes += len(data)
            found = await asyncio.to_thread(read_back_of, data)
            return None if found == _sealed(file) else FindingCode.DIFFERS
        size = await asyncio.to_thread(file_size, self._recordings, file.hearing_id, file.path)
        if size is None:
            return FindingCode.MISSING
        return None if size == file.size_bytes else FindingCode.DIFFERS

    async def _look_at(self, file: StoredFile, shelf: _Shelf) -> int | FindingCode | None:
        """The repair that is good; what is wrong; or None while the copy is still being made. Raises ``StoreError``."""
        listed = shelf.lists.get((file.path, file.sha256), {})
        for repair in sorted(listed, reverse=True):
            if listed[repair] != file.size_bytes:
                continue
            if not self._thorough:
                return repair
            try:
                found = await shelf.store.read_back(object_key(file, repair))
            except ObjectMissing:
                continue
            self._outcome.size_bytes += found.size_bytes
            if found == _sealed(file):
                self._outcome.right.append(FileCopy(file, shelf.name, repair=repair))
                return repair
        if (shelf.name, file.path, file.sha256) in self._recorded.waiting:
            return None
        return FindingCode.DIFFERS if listed else FindingCode.MISSING

    async def _good_content(
        self, file: StoredFile, wrong_folder: FindingCode | None, good: list[tuple[_Shelf, int]]
    ) -> bytes | None:
        """From the folder, else from a store; looked at before it is used."""
        if wrong_folder is None:
            data = await asyncio.to_thread(read_source, self._recordings, file.hearing_id, file.path)
            if data is not None and await asyncio.to_thread(read_back_of, data) == _sealed(file):
                return data
        for shelf, repair in good:
            try:
                data = await shelf.store.read(object_key(file, repair))
            except StoreError:
                continue
            if await asyncio.to_thread(read_back_of, data) == _sealed(file):
                return data
        return None

    async def _mend_folder(self, file: StoredFile, wrong: FindingCode, data: bytes) -> bool:
        if not self._recorded.settled:
            return False
        if wrong is FindingCode.DIFFERS:
            await asyncio.to_thread(set_aside, self._recordings, file.hearing_id, file.path)
        return await asyncio.to_thread(restore, self._recordings, file.hearing_id, file.path, data)

    async def _mend_store(self, file: StoredFile, shelf: _Shelf, data: bytes) -> bool:
        listed = shelf.lists.get((file.path, file.sha256), {})
        repair = max(listed, default=-1) + 1
        if repair > MOST_REPAIRS:
            return False
        try:
            await shelf.store.put(object_key(file, repair), data)
            found = await shelf.store.read_back(object_key(file, repair))
        except StoreError:
            return False
        if found != _sealed(file):
            return False
        self._outcome.right.append(FileCopy(file, shelf.name, repair=repair))
        return True

    async def _look_for_strangers(self) -> None:
        if not self._recorded.settled:  # a segment has its name before the fact that tells of it is stored
            return
        listed = {file.path for file in self._recorded.files}
        lying = await asyncio.to_thread(lying_media, self._recordings, self._recorded.hearing)
        for path in lying:
            if path not in listed:
                self._find(FindingCode.EXTRA, Place.FOLDER, path)


def _sealed(file: StoredFile) -> ReadBack:
    return ReadBack(file.size_bytes, file.sha256)
