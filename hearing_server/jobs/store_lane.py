"""The copies to one store: taken one after the other, made, read back, and tried again until they are right."""

import asyncio
import contextlib
import random
import time
from dataclasses import replace
from pathlib import Path

import structlog

from hearing_server.domain.copies import (
    AT_ONCE,
    OF_THE_STORE,
    CopyState,
    CopyTrouble,
    FileCopy,
    StoreName,
    StoreTrouble,
    retry_after_ms,
)
from hearing_server.jobs.runner import now_ms
from hearing_server.storage import copies, hearings, journal
from hearing_server.storage.database import Database, Transaction
from hearing_server.stores.errors import ObjectMissing, StoreError, StoreFull, StoreRefused
from hearing_server.stores.keys import object_key
from hearing_server.stores.port import ReadBack, RecordingStore, read_back_of
from hearing_server.stores.source_files import read_source
from recorder.verification.seal_file import SEAL

log = structlog.get_logger()

COPIES_AT_A_TIME = 3
"""Copies made at a time in one lane; each has its file in memory."""
LOOK_EVERY_S = 1.0
"""While the lane is idle, for what another process planned; what this one plans wakes it at once."""
HELD_MS = 20_000
"""A copier that was killed holds a copy for so long."""
HOLD_ON_EVERY_S = 5.0
MOST_REPAIRS = 9
LATE_MS = 10_000
"""A trouble is over when nothing failed is left and nothing waits for so long."""


class StoreLane:
    """One store's share of the copier's work."""

    def __init__(
        self,
        database: Database,
        recordings: Path,
        name: StoreName,
        store: RecordingStore,
        answers_within_s: float,
        chance: random.Random,
    ) -> None:
        self.name = name
        self._database = database
        self._recordings = recordings
        self._store = store
        self._answers_within_s = answers_within_s
        self._chance = chance
        self._failures = 0
        """Of the store, in a row."""
        self._paused_until_s = 0.0
        self._retry_at_s = 0.0
        """When the copy that failed last may be tried again."""
        self._taking = asyncio.Lock()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There is something to copy."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(COPIES_AT_A_TIME):
                tasks.create_task(self._work())

    async def _work(self) -> None:
        while True:
            try:
                async with self._taking:  # one looks for all
                    while (copy := await self._next()) is None:
                        await self._idle()
                await self._see_to(copy)
            except Exception:
                # Ownership border: the copy comes again when nobody holds it any more.
                log.exception("copy_failed", store=self.name)
                await asyncio.sleep(LOOK_EVERY_S)

    async def _idle(self) -> None:
        until_retry_s = self._retry_at_s - time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(until_retry_s if 0 < until_retry_s < LOOK_EVERY_S else LOOK_EVERY_S):
                await self._woken.wait()
        self._woken.clear()

    async def do_next(self) -> bool:
        """One copy, if one is due."""
        copy = await self._next()
        if copy is not None:
            await self._see_to(copy)
        return copy is not None

    async def _next(self) -> FileCopy | None:
        """Once the store is not to be left alone any more."""
        pause_s = self._paused_until_s - time.monotonic()
        if pause_s > 0:
            await asyncio.sleep(pause_s)
        return await self._take()

    async def _see_to(self, copy: FileCopy) -> None:
        try:
            async with asyncio.TaskGroup() as both:
                watching = both.create_task(self._watch(copy))
                code, tried = await self._make(copy)
                watching.cancel()
        except asyncio.CancelledError:
            async with self._database.transaction() as transaction:
                await copies.hold_on(transaction, copy, 0)
            raise
        if code is None:
            self._failures = 0
            await self._succeeded(tried)
        else:
            await self._failed(tried, code)

    async def _take(self) -> FileCopy | None:
        moment_ms = now_ms()
        async with self._database.reading() as transaction:
            copy = await copies.due(transaction, self.name, moment_ms)
        if copy is None:
            return None
        async with self._database.transaction() as transaction:
            held = await copies.hold(transaction, copy, moment_ms, moment_ms + HELD_MS)
        return copy if held else await self._take()

    async def _watch(self, copy: FileCopy) -> None:
        """The alarm does not wait until a hanging store is given up."""
        await asyncio.sleep(self._answers_within_s)
        await self._alarm(copy, CopyTrouble.NOT_ANSWERING)
        while True:
            async with self._database.transaction() as transaction:
                await copies.hold_on(transaction, copy, now_ms() + HELD_MS)
            await asyncio.sleep(HOLD_ON_EVERY_S)

    # -------------------------------------------------------------- one copy

    async def _make(self, copy: FileCopy) -> tuple[CopyTrouble | None, FileCopy]:
        """What went wrong, and the copy as it is now."""
        file = copy.file
        data = await asyncio.to_thread(read_source, self._recordings, file.hearing_id, file.path)
        sealed = ReadBack(file.size_bytes, file.sha256)
        if copy.state is CopyState.WAITING:
            if data is None:
                return await self._without_source(copy, CopyTrouble.SOURCE_MISSING)
            if await asyncio.to_thread(read_back_of, data) != sealed:
                return await self._without_source(copy, CopyTrouble.SOURCE_DIFFERS)
        key, written = object_key(file, copy.repair), True
        try:
            if copy.state is CopyState.WAITING and data is not None:
                written = await self._store.put(key, data)  # a key that is taken is looked at like one that was written
                copy = replace(copy, state=CopyState.STORED)
            found = await self._store.read_back(key)
        except ObjectMissing:
            code = CopyTrouble.DIFFERS if written else CopyTrouble.REFUSED
            return code, replace(copy, state=CopyState.WAITING)
        except StoreError as error:
            return _trouble_of(error), copy
        if found != sealed:
            return CopyTrouble.DIFFERS, replace(
                copy, state=CopyState.WAITING, repair=min(copy.repair + 1, MOST_REPAIRS)
            )
        return None, copy

    async def _without_source(self, copy: FileCopy, code: CopyTrouble) -> tuple[CopyTrouble | None, FileCopy]:
        """A copy may be there already, from before the source was lost."""
        try:
            found = await self._store.read_back(object_key(copy.file, copy.repair))
        except StoreError:
            return code, copy
        right = found == ReadBack(copy.file.size_bytes, copy.file.sha256)
        return (None if right else code), copy

    async def _succeeded(self, copy: FileCopy) -> None:
        hearing, moment_ms = copy.file.hearing_id, now_ms()
        async with self._database.transaction() as transaction:
            await hearings.by_id_to_change(transaction, hearing)  # two who are done at once tell it once
            await copies.verified(transaction, copy, moment_ms)
            if not await copies.behind(transaction, hearing, self.name, moment_ms - LATE_MS):
                ended = await copies.end_trouble(transaction, hearing, self.name)
                if ended is not None:
                    data = {"store": self.name.value, "failing_ms": moment_ms - ended.since_ms}
                    await journal.append(transaction, hearing, moment_ms, "copies_recovered", "server", data)
                    log.info("copies_recovered", hearing=hearing, store=self.name)
            await self._tell_when_complete(transaction, hearing, moment_ms)

    async def _tell_when_complete(self, transaction: Transaction, hearing: str, moment_ms: int) -> None:
        """The whole sealed recording is there: a fact, once for each seal."""
        if await copies.unfinished(transaction, hearing, self.name) or await copies.is_wanted(transaction, hearing):
            return
        seal = await copies.seal_hash(transaction, hearing, self.name, SEAL)
        fact = f"copies_complete:{hearing}:{self.name}:{seal}"
        if seal is None or await journal.has_fact(transaction, fact):
            return
        count = next(each for each in await copies.counts(transaction, hearing) if each.store is self.name)
        data = {"store": self.name.value, "files": count.verified, "size_bytes": count.size_bytes, "seal_sha256": seal}
        await journal.append(transaction, hearing, moment_ms, "copies_complete", "server", data, fact)

    async def _failed(self, copy: FileCopy, code: CopyTrouble) -> None:
        failures = copy.failures + 1
        wait_ms = retry_after_ms(failures, self._chance.random())
        if code in OF_THE_STORE:
            self._failures += 1
            wait_ms = retry_after_ms(self._failures, self._chance.random())
            self._paused_until_s = max(self._paused_until_s, time.monotonic() + wait_ms / 1000)
        self._retry_at_s = time.monotonic() + wait_ms / 1000
        async with self._database.transaction() as transaction:
            await copies.failed(transaction, replace(copy, failures=failures), code, now_ms() + wait_ms)
        if code in AT_ONCE or failures > 1 or self._failures > 1:
            await self._alarm(copy, code)

    async def _alarm(self, copy: FileCopy, code: CopyTrouble) -> None:
        """A fact in the journal, a line in the log, and a row that the courtroom's screens are told from."""
        hearing, moment_ms = copy.file.hearing_id, now_ms()
        async with self._database.transaction() as transaction:
            await hearings.by_id_to_change(transaction, hearing)  # two who fail at once tell it once
            if await copies.raise_trouble(transaction, StoreTrouble(hearing, self.name, code, moment_ms)):
                data = {"store": self.name.value, "code": code.value}
                await journal.append(transaction, hearing, moment_ms, "copies_failing", "server", data)
                log.warning("copies_failing", hearing=hearing, store=self.name, code=code)


def _trouble_of(error: StoreError) -> CopyTrouble:
    match error:
        case StoreRefused():
            return CopyTrouble.REFUSED
        case StoreFull():
            return CopyTrouble.FULL
        case _:
            return CopyTrouble.UNREACHABLE
