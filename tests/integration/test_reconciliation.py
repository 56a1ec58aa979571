"""Expected against stored: what is missing, extra or different is found, told, and made whole from whichever copy is good."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hearing_server.domain.copies import StoreName
from hearing_server.domain.reconciliation import DAY_MS
from hearing_server.domain.retention import RetentionYears
from hearing_server.jobs.runner import now_ms
from hearing_server.jobs.upkeep import Upkeep
from hearing_server.stores.folder_files import SET_ASIDE
from recorder.manifest import NAME as MANIFEST
from tests.fakes.misbehaving_store import Behaviour, MisbehavingStore
from tests.fakes.s3_server import terms_of
from tests.integration.copied_court import HEARING, CopiedCourt, copied_court, folder_store

SEGMENTS = 3


@asynccontextmanager
async def copied_twice(folder: Path) -> AsyncIterator[tuple[CopiedCourt, MisbehavingStore, Path]]:
    """A closed hearing whose three segments and manifest lie in S3 and in a folder."""
    store, backup = MisbehavingStore(), folder / "backup"
    async with (
        store.running() as address,
        copied_court(folder) as court,
        court.copying(terms_of(address), folder_store(backup)),
    ):
        for number in range(SEGMENTS):
            await court.seal_segment(number)
        await asyncio.to_thread(court.write, MANIFEST, b"a manifest")
        await court.close()
        for name in StoreName:
            await court.verified(SEGMENTS + 1, name)
        yield court, store, backup


def segment(number: int) -> str:
    return f"tracks/judge-1/audio-01/{number:05d}.mkv"


def in_backup(backup: Path, number: int) -> Path:
    (found,) = (backup / HEARING).glob(f"{segment(number)}.*")
    return found


async def test_what_is_whole_has_no_findings(tmp_path: Path) -> None:
    async with copied_twice(tmp_path) as (court, _, _):
        assert await court.reconcile() == []
        assert await court.reconcile(thorough=False) == []
        (row,) = await court.rows("copies_reconciled")  # a quiet day is not worth a row
        told = json.loads(row.data)
        assert (told["findings"], told["files"], told["thorough"]) == (0, SEGMENTS + 1, True)


async def test_every_place_is_mended_from_one_that_is_good(tmp_path: Path) -> None:
    async with copied_twice(tmp_path) as (court, store, backup):
        folder = court.recordings / HEARING
        (folder / segment(0)).unlink()
        (folder / segment(1)).write_bytes(b"x" * len(court.sealed[segment(1)]))
        key = next(key for key in store.objects if segment(1) in key)
        store.objects[key] = b"y" * len(store.objects[key])
        del store.objects[next(key for key in store.objects if segment(2) in key)]
        in_backup(backup, 2).write_bytes(b"short")
        in_backup(backup, 0).unlink()
        assert await court.reconcile() == sorted(
            [
                ("missing", "folder", segment(0), True),
                ("missing", "backup", segment(0), True),
                ("differs", "folder", segment(1), True),
                ("differs", "primary", segment(1), True),
                ("missing", "primary", segment(2), True),
                ("differs", "backup", segment(2), True),
            ]
        )
        for path, data in court.sealed.items():
            assert (folder / path).read_bytes() == data
        assert await court.reconcile() == []
        assert store.objects[key].startswith(b"yyy"), "a damaged object is kept, a good one lies beside it"
        assert store.objects[key + ".r1"] == court.sealed[segment(1)]
        (aside,) = (court.recordings / SET_ASIDE / HEARING).rglob("*.mkv.*")
        assert aside.read_bytes().startswith(b"xxx")
        assert len(await court.rows("copy_found_wrong")) == 6


async def test_lists_show_what_is_missing_or_of_another_size_and_reading_shows_the_rest(tmp_path: Path) -> None:
    async with copied_twice(tmp_path) as (court, store, _):
        keys = sorted(key for key in store.objects if ".mkv." in key)
        store.objects[keys[0]] = b"short"
        store.objects[keys[1]] = b"z" * len(store.objects[keys[1]])
        assert await court.reconcile(thorough=False) == [("differs", "primary", segment(0), True)]
        assert await court.reconcile() == [("differs", "primary", segment(1), True)]


async def test_what_no_place_has_is_lost_and_said_so(tmp_path: Path) -> None:
    async with copied_twice(tmp_path) as (court, store, backup):
        (court.recordings / HEARING / segment(0)).unlink()
        in_backup(backup, 0).write_bytes(b"no")
        key = next(key for key in store.objects if segment(0) in key)
        store.objects[key] = b"neither"
        found = await court.reconcile()
        assert ("lost", "folder", segment(0), False) in found
        assert not any(repaired for *_, repaired in found)


async def test_strangers_are_told_and_left_alone(tmp_path: Path) -> None:
    async with copied_twice(tmp_path) as (court, store, backup):
        store.objects[f"archive/{HEARING}/tracks/somebody.mkv"] = b"?"
        (backup / HEARING / "note.txt").write_text("?")
        court.write("tracks/judge-1/audio-01/00099.mkv", b"?")
        assert await court.reconcile() == [
            ("extra", "backup", "note.txt", False),
            ("extra", "folder", "tracks/judge-1/audio-01/00099.mkv", False),
            ("extra", "primary", "tracks/somebody.mkv", False),
        ]
        assert len(await court.reconcile()) == 3


async def test_a_store_that_is_away_is_told_and_the_other_still_looked_at(tmp_path: Path) -> None:
    async with copied_twice(tmp_path) as (court, store, backup):
        in_backup(backup, 0).unlink()
        store.behaviour = Behaviour.FAULT
        found = await court.reconcile()
        assert ("missing", "backup", segment(0), True) in found
        assert {each[:2] for each in found if each[1] == "primary"} == {("unreachable", "primary")}


async def test_a_running_hearing_is_compared_and_its_folder_not_touched(tmp_path: Path) -> None:
    async with copied_court(tmp_path) as court, court.copying(folder_store(tmp_path / "disk")):
        await court.seal_segment(0)
        await court.verified(1)
        await asyncio.to_thread((court.recordings / HEARING / segment(0)).unlink)
        assert await court.reconcile() == [("missing", "folder", segment(0), False)]


async def test_every_recording_comes_up_once_a_day(tmp_path: Path) -> None:
    async with copied_twice(tmp_path) as (court, _, _):
        upkeep = Upkeep(court.database, RetentionYears(60, 20), 30)
        await upkeep.look(now_ms())
        await court.do_upkeep()
        assert len(await court.rows("copies_reconciled")) == 1, "the first time every byte is read"
        await upkeep.look(now_ms())
        await upkeep.look(now_ms() + 2 * DAY_MS)
        await upkeep.look(now_ms() + 2 * DAY_MS)
        await court.do_upkeep()
        assert len(await court.rows("copies_reconciled")) == 1
        await upkeep.look(now_ms() + 31 * DAY_MS)
        await court.do_upkeep()
        assert len(await court.rows("copies_reconciled")) == 2


async def test_a_recording_older_than_the_store_is_copied_by_reconciling(tmp_path: Path) -> None:
    async with copied_court(tmp_path) as court:
        async with court.copying() as copier:
            await court.seal_segment(0)
            await asyncio.to_thread(court.write, MANIFEST, b"a manifest")
            await court.close()
            while await copier.plan():
                pass
        async with court.copying(folder_store(tmp_path / "disk")):
            assert await court.reconcile() == [("missing", "primary", segment(0), True)]
            await court.verified(2)
            assert await court.reconcile() == []
