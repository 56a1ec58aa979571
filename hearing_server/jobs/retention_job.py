"""The end of the time of keeping: first a list of what would be deleted, then, when somebody approved that list, exactly that.

The only code of this server that deletes anything of a recording.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from hearing_server.domain.copies import StoreName
from hearing_server.domain.job import Job
from hearing_server.domain.retention import Listing, Retention, RetentionYears, may_be_deleted
from hearing_server.jobs.errors import JobFailed, LeaseLost
from hearing_server.jobs.ports import JobStore
from hearing_server.jobs.runner import now_ms
from hearing_server.storage import copies, hearings, journal, retention
from hearing_server.storage.database import Database, Transaction
from hearing_server.stores.errors import StoreError
from hearing_server.stores.folder_files import deletable, delete
from hearing_server.stores.keys import hearing_prefix, named_by
from hearing_server.stores.port import RecordingStore
from hearing_server.stores.source_files import BESIDE_THE_MEDIA

log = structlog.get_logger()

FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Deletable:
    """Place, name, size; sorted."""

    entries: list[tuple[str, str, int]]

    @property
    def listing(self) -> Listing:
        text = "".join(f"{place}\t{name}\t{size}\n" for place, name, size in self.entries)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Listing(len(self.entries), sum(size for _, _, size in self.entries), digest)

    def names(self, place: str) -> list[str]:
        return [name for where, name, _ in self.entries if where == place]


class RetentionWork:
    """What listing and deleting have in common."""

    def __init__(
        self,
        database: Database,
        store: JobStore,
        recordings: Path,
        stores: Mapping[StoreName, RecordingStore],
        years: RetentionYears,
    ) -> None:
        self._database = database
        self._store = store
        self._recordings = recordings
        self._stores = stores
        self._years = years

    async def _list(self, hearing: str) -> Deletable:
        found = [(FOLDER, *each) for each in await asyncio.to_thread(deletable, self._recordings, hearing)]
        for name, store in self._stores.items():
            try:
                async for each in store.objects(hearing_prefix(hearing)):
                    named = named_by(each.key, each.size_bytes)
                    if named is None or named[0].path not in BESIDE_THE_MEDIA:
                        found.append((name.value, each.key, each.size_bytes))
            except StoreError as error:  # a list that leaves a copy out would not be one of everything
                raise JobFailed(f"the {name.value} store cannot be listed: {error}") from error
        return Deletable(sorted(found))

    async def _allowed(self, transaction: Transaction, hearing: str) -> Retention | None:
        """How things stand, if the law allows to delete now; holds the hearing's row."""
        found = await hearings.by_id_to_change(transaction, hearing)
        standing = await retention.of_hearing(transaction, hearing)
        held = bool(await retention.holds(transaction, hearing))
        if found is None or not may_be_deleted(found, standing, held, self._years, now_ms()):
            return None
        return standing


class ListRecordingJob(RetentionWork):
    """Work of kind ``JobKind.LIST_RECORDING``; deletes nothing."""

    async def __call__(self, job: Job) -> None:
        listing = (await self._list(job.hearing_id)).listing

        async def publish(transaction: Transaction) -> None:
            standing = await self._allowed(transaction, job.hearing_id)
            if standing is None or standing.approved_at_ms is not None:
                return
            moment_ms = now_ms()
            await retention.save(transaction, replace(standing, listing=listing, listed_at_ms=moment_ms))
            await journal.append(transaction, job.hearing_id, moment_ms, "deletion_listed", "server", _told(listing))

        if not await self._store.finish(job, now_ms(), publish):
            raise LeaseLost


class DeleteRecordingJob(RetentionWork):
    """Work of kind ``JobKind.DELETE_RECORDING``. Cut off anywhere and begun again it goes on where it was."""

    async def __call__(self, job: Job) -> None:
        found = await self._list(job.hearing_id)
        listing = await self._begin(job.hearing_id, found)
        for name, store in self._stores.items():
            for key in found.names(name.value):
                try:
                    await store.remove(key)
                except StoreError as error:
                    raise JobFailed(f"the {name.value} store does not delete: {error}") from error
        await asyncio.to_thread(delete, self._recordings, found.names(FOLDER))
        if (await self._list(job.hearing_id)).entries:
            raise JobFailed("something is left")

        async def publish(transaction: Transaction) -> None:
            moment_ms = now_ms()
            standing = await retention.of_hearing(transaction, job.hearing_id)
            await retention.save(transaction, replace(standing, deleted_at_ms=moment_ms))
            gone = {copy.file.path for copy, _ in await copies.of_hearing(transaction, job.hearing_id)}
            await copies.deleted(transaction, job.hearing_id, gone - set(BESIDE_THE_MEDIA))
            await journal.append(transaction, job.hearing_id, moment_ms, "recording_deleted", "server", _told(listing))

        if not await self._store.finish(job, now_ms(), publish):
            raise LeaseLost
        log.info("recording_deleted", hearing=job.hearing_id, files=listing.files)

    async def _begin(self, hearing: str, found: Deletable) -> Listing:
        """What was approved, if it may be and is still what is there. From here on a hold comes too late."""
        async with self._database.transaction() as transaction:
            standing = await self._allowed(transaction, hearing)
            if standing is None or standing.listing is None or standing.approved_at_ms is None:
                raise JobFailed("nothing was approved, or something holds the recording")
            if standing.began_at_ms is not None:
                return standing.listing
            if found.listing == standing.listing:
                moment_ms = now_ms()
                await retention.save(transaction, replace(standing, began_at_ms=moment_ms))
                data = _told(standing.listing) | {"class": standing.retention_class.value}
                await journal.append(transaction, hearing, moment_ms, "recording_deletion_began", "server", data)
                return standing.listing
            # It changed since: the approval was of something else, and a new list has to be approved.
            again = Retention(hearing, standing.retention_class, now_ms(), found.listing)
            await retention.save(transaction, again)
            await journal.append(transaction, hearing, now_ms(), "deletion_listed", "server", _told(found.listing))
        raise JobFailed("the recording is not what was listed any more; the new list has to be approved")


def _told(listing: Listing) -> dict[str, object]:
    return {"files": listing.files, "size_bytes": listing.size_bytes, "list_sha256": listing.digest}
