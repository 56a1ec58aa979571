"""Copies of a running hearing: to a folder and to S3, through every fault a store may have, without losing anything."""

import asyncio
import json
import logging
import time
from pathlib import Path

import pytest

from hearing_server.domain.copies import CopyTrouble, StoreName
from hearing_server.stores.terms import StoreTerms
from tests.fakes.misbehaving_store import Behaviour, MisbehavingStore
from tests.fakes.s3_server import s3_server, terms_of
from tests.integration.copied_court import HEARING, CopiedCourt, copied_court, folder_store

ALARM_WITHIN_S = 5.0


def copied(store: MisbehavingStore, court: CopiedCourt) -> bool:
    """Every sealed segment is in the store, whole, in its newest object."""
    newest = {key.partition(f"{HEARING}/")[2].rpartition(".mkv.")[0] + ".mkv": key for key in sorted(store.objects)}
    return {path: store.objects[key] for path, key in newest.items()} == court.sealed


async def test_segments_are_copied_while_the_hearing_runs(tmp_path: Path) -> None:
    with s3_server() as address:
        async with copied_court(tmp_path) as court:
            backup = folder_store(tmp_path / "backup")
            async with court.copying(terms_of(address), backup):
                for number in range(4):
                    began = time.monotonic()
                    await court.seal_segment(number)
                    await court.verified(number + 1)
                    await court.verified(number + 1, StoreName.BACKUP)
                    assert time.monotonic() - began < ALARM_WITHIN_S
                for store in court.stores.values():
                    found = [each async for each in store.objects(f"{HEARING}/")]
                    assert {await store.read(each.key) for each in found} == set(court.sealed.values())
            assert not await court.rows("copies_failing")


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (Behaviour.FAULT, CopyTrouble.UNREACHABLE),
        (Behaviour.CONFLICT, CopyTrouble.REFUSED),
        (Behaviour.TAKEN, CopyTrouble.REFUSED),
        (Behaviour.FORBIDDEN, CopyTrouble.REFUSED),
        (Behaviour.HANG_ON_WRITE, CopyTrouble.NOT_ANSWERING),
        (Behaviour.HANG_ON_READ, CopyTrouble.NOT_ANSWERING),
        (Behaviour.SHORT_ANSWER, CopyTrouble.UNREACHABLE),
        (Behaviour.HALF, CopyTrouble.DIFFERS),
        (Behaviour.WRONG, CopyTrouble.DIFFERS),
        (Behaviour.FORGETFUL, CopyTrouble.DIFFERS),
    ],
)
async def test_a_fault_is_told_in_time_and_made_up_for(tmp_path: Path, behaviour: Behaviour, code: CopyTrouble) -> None:
    store = MisbehavingStore()
    async with store.running() as address, copied_court(tmp_path) as court:
        async with court.copying(terms_of(address)):
            await court.seal_segment(0)
            await court.verified(1)
            store.behaviour = behaviour
            began = time.monotonic()
            await court.seal_segment(1)
            trouble = await court.alarmed(ALARM_WITHIN_S)
            assert trouble.code is code, f"after {time.monotonic() - began:.1f} s"
            (row,) = await court.rows("copies_failing")
            assert json.loads(row.data) == {"store": "primary", "code": code.value}
            for number in range(2, 6):  # the hearing goes on
                await court.seal_segment(number)
            store.behaviour = Behaviour.GOOD
            await court.verified(6, within_s=40)
            await court.calm()
        assert copied(store, court)
        assert len(await court.rows("copies_failing")) == len(await court.rows("copies_recovered")) == 1
        assert store.checksums >= 6


async def test_one_fault_that_passes_is_no_alarm(tmp_path: Path) -> None:
    store = MisbehavingStore()
    async with store.running() as address, copied_court(tmp_path) as court, court.copying(terms_of(address)):
        store.behaviour = Behaviour.FAULT
        await court.seal_segment(0)
        await store.written_to.wait()
        store.behaviour = Behaviour.GOOD
        await court.verified(1)
        assert not await court.rows("copies_failing")


async def test_a_store_without_conditions_is_asked_first(tmp_path: Path) -> None:
    store = MisbehavingStore()
    store.behaviour = Behaviour.UNCONDITIONAL
    async with store.running() as address, copied_court(tmp_path) as court, court.copying(terms_of(address)):
        for number in range(3):
            await court.seal_segment(number)
        await court.verified(3)
        assert copied(store, court) and store.asked["HEAD"] >= 3


async def test_nobody_listens_there(tmp_path: Path) -> None:
    store = MisbehavingStore()
    async with store.running() as address:
        pass
    async with copied_court(tmp_path) as court, court.copying(terms_of(address)):
        await court.seal_segment(0)
        assert (await court.alarmed(ALARM_WITHIN_S)).code is CopyTrouble.UNREACHABLE


async def test_one_store_that_fails_does_not_keep_the_other_from_its_copies(tmp_path: Path) -> None:
    store = MisbehavingStore()
    store.behaviour = Behaviour.HANG_ON_WRITE
    backup = folder_store(tmp_path / "backup")
    async with (
        store.running() as address,
        copied_court(tmp_path) as court,
        court.copying(terms_of(address), backup),
    ):
        for number in range(10):
            await court.seal_segment(number)
        await court.verified(10, StoreName.BACKUP, ALARM_WITHIN_S)
        assert (await court.alarmed(ALARM_WITHIN_S)).store is StoreName.PRIMARY


async def test_a_disk_that_is_not_mounted_is_told_and_waited_for(tmp_path: Path) -> None:
    async with copied_court(tmp_path) as court, court.copying(StoreTerms(place=str(tmp_path / "disk"))):
        await court.seal_segment(0)
        assert (await court.alarmed(ALARM_WITHIN_S)).code is CopyTrouble.UNREACHABLE
        await asyncio.to_thread((tmp_path / "disk").mkdir)
        await court.verified(1)
        await court.calm()


async def test_what_is_not_what_was_sealed_is_never_copied_as_if_it_were(tmp_path: Path) -> None:
    async with copied_court(tmp_path) as court:
        path = await court.seal_segment(0)
        await asyncio.to_thread(court.write, path, b"something else")
        lost = await court.seal_segment(1)
        await asyncio.to_thread((court.recordings / HEARING / lost).unlink)
        async with court.copying(folder_store(tmp_path / "disk")):
            trouble = await court.alarmed(ALARM_WITHIN_S)
            assert trouble.code in (CopyTrouble.SOURCE_DIFFERS, CopyTrouble.SOURCE_MISSING)
            await court.seal_segment(2)
            await court.verified(1)
            assert (await court.counts())[StoreName.PRIMARY].waiting == 2
            await asyncio.to_thread(court.write, path, court.sealed[path])
            await asyncio.to_thread(court.write, lost, court.sealed[lost])
            await court.verified(3)
            await court.calm()


async def test_a_copier_that_is_stopped_gives_its_copies_back(tmp_path: Path) -> None:
    store = MisbehavingStore()
    store.behaviour = Behaviour.HANG_ON_WRITE
    async with store.running() as address, copied_court(tmp_path) as court:
        async with court.copying(terms_of(address)):
            await court.seal_segment(0)
            await store.written_to.wait()
        store.behaviour = Behaviour.GOOD
        async with court.copying(terms_of(address)):
            await court.verified(1, within_s=3)


async def test_two_copiers_share_the_work(tmp_path: Path) -> None:
    store = MisbehavingStore()
    async with store.running() as address, copied_court(tmp_path) as court:
        async with court.copying(terms_of(address)), court.copying(terms_of(address)):
            for number in range(20):
                await court.seal_segment(number)
            await court.verified(20)
        assert copied(store, court) and len(store.objects) == 20 and store.asked["PUT"] == 20


async def test_without_a_store_nothing_is_kept_waiting(tmp_path: Path) -> None:
    async with copied_court(tmp_path) as court:
        async with court.copying() as copier:
            await court.seal_segment(0)
            await copier.plan()
        assert await court.counts() == {}
        assert not await copier.plan()


async def test_nothing_secret_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    store = MisbehavingStore()
    store.behaviour = Behaviour.FORBIDDEN
    terms = StoreTerms(place="")
    async with store.running() as address, copied_court(tmp_path) as court:
        terms = terms_of(address)
        async with court.copying(terms):
            await court.seal_segment(0)
            await court.alarmed(ALARM_WITHIN_S)
    said = "".join(capsys.readouterr()) + caplog.text
    assert "copies_failing" in said and "store_refused" in said
    for secret in ("not-to-be-told", "王法官", address):
        assert secret not in said
    assert "not-to-be-told" not in repr(terms) + str(terms)


async def test_a_full_disk_is_told_and_made_up_for(tmp_path: Path) -> None:
    disk = folder_store(tmp_path / "disk")
    if await _ran("mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk.place) != 0:
        pytest.skip("a small file system cannot be mounted here")
    try:
        async with copied_court(tmp_path) as court, court.copying(disk):
            for number in range(8):
                await court.seal_segment(number)
            assert (await court.alarmed(ALARM_WITHIN_S)).code is CopyTrouble.FULL
            found = [each async for each in court.stores[StoreName.PRIMARY].objects(f"{HEARING}/")]
            assert {each.size_bytes for each in found} == {20_000}, "nothing stands there in part"
            assert await _ran("mount", "-o", "remount,size=1m", disk.place) == 0
            await court.verified(8)
            await court.calm()
    finally:
        assert await _ran("umount", disk.place) == 0


async def _ran(*command: str) -> int:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
    return await process.wait()
