"""Copies, retention, holds and deletion over HTTP: who may, and that nothing goes but what was listed, approved and is held by nobody."""

import asyncio
import dataclasses
import os
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import text

from hearing_server.domain.copies import CopyTrouble, StoreName, StoreTrouble
from hearing_server.jobs.runner import now_ms
from hearing_server.storage import copies, retention
from tests.integration.kept_court import kept_court


async def test_copies_are_shown_and_compared(tmp_path: Path) -> None:
    async with kept_court(tmp_path) as kept:
        clerk = kept.here.clerk
        assert (await clerk.must("GET", kept.path("/copies")))["state"] == "local_only"
        await kept.copy_all()
        await kept.here.work()
        view = await clerk.must("GET", kept.path("/copies"))
        assert view["state"] == "backed_up" and view["reconciliation"]["state"] == "none"
        assert {each["store"] for each in view["stores"]} == {"primary", "backup"}
        asked = await clerk.must("POST", kept.path("/copies/reconciliation"))
        assert asked["reconciliation"]["state"] == "queued"
        await kept.work()
        done = (await clerk.must("GET", kept.path("/copies")))["reconciliation"]
        assert (done["state"], done["thorough"], done["progress"]) == ("done", True, 1.0)
        assert done["files"] > 6 and done["read_at_ms"] is not None
        kinds = await kept.kinds()
        assert {"copies_complete", "reconciliation_asked", "copies_reconciled"} <= set(kinds)
        assert kinds.count("copies_complete") == len(StoreName)


async def test_a_store_in_trouble_is_shown_with_its_code(tmp_path: Path) -> None:
    async with kept_court(tmp_path) as kept:
        await kept.copy_all()
        trouble = StoreTrouble(kept.here.hearing, StoreName.BACKUP, CopyTrouble.UNREACHABLE, 77)
        async with kept.here.court.office.database.transaction() as transaction:
            await copies.raise_trouble(transaction, trouble)
        view = await kept.here.clerk.must("GET", kept.path("/copies"))
        assert view["state"] == "failing"
        backup = next(each for each in view["stores"] if each["store"] == "backup")
        assert (backup["trouble"], backup["failing_since_ms"]) == ("store_unreachable", 77)


async def test_only_who_may_sees_copies_and_has_them_compared(tmp_path: Path) -> None:
    async with kept_court(tmp_path) as kept:
        court, clerk, hearing = kept.here.court, kept.here.clerk, kept.here.hearing
        presiding = kept.here.judge
        assert (await clerk.must("GET", kept.path("/copies"), headers=presiding))["state"] == "local_only"
        stranger = await court.staff("clerk", name="李书记员")
        for method, path in (("GET", "/copies"), ("POST", "/copies/reconciliation")):
            assert await stranger.refused(method, kept.path(path)) == (403, "not_permitted")
            assert await kept.judge.refused(method, kept.path(path)) == (403, "not_permitted")
            assert await (await court.visitor()).refused(method, kept.path(path)) == (401, "not_signed_in")
        refusals = [row.data for row in await court.journal(hearing, "act_refused")]
        assert refusals.count('{"act":"check_copies"}') == 4


async def test_only_who_may_keeps_and_releases(tmp_path: Path) -> None:
    async with kept_court(tmp_path) as kept:
        admin = await kept.here.court.staff("admin")
        clerk, judge = kept.here.clerk, kept.judge
        anything: list[tuple[str, str, Any]] = [
            ("GET", kept.path("/retention"), None),
            ("GET", "/api/retention", None),
            ("PUT", kept.path("/retention"), {"retention_class": "short"}),
            ("POST", kept.path("/holds"), {"reason": "上诉"}),
            ("DELETE", kept.path("/holds/x"), None),
            ("POST", kept.path("/retention/approval"), {"list_sha256": "0" * 64}),
        ]
        for method, path, body in anything:
            assert await admin.refused(method, path, body) == (403, "not_permitted")
            nobody = await kept.here.court.visitor()
            assert await nobody.refused(method, path, body) == (401, "not_signed_in")
        assert await judge.refused(*anything[2]) == (403, "not_permitted")
        for method, path, body in anything[4:]:
            assert await clerk.refused(method, path, body) == (403, "not_permitted")
        assert await judge.refused("POST", kept.path("/holds"), {"reason": "  "}) == (422, "invalid_value")


async def test_a_recording_goes_only_as_listed_and_approved(tmp_path: Path) -> None:
    async with kept_court(tmp_path) as kept:
        await kept.copy_all()
        before = await asyncio.to_thread(kept.lying)
        await kept.age(21)
        assert await kept.listed() is None, "permanent unless somebody says otherwise"
        await kept.here.clerk.must("PUT", kept.path("/retention"), {"retention_class": "long"})
        assert await kept.listed() is None, "sixty years are not over"
        await kept.here.clerk.must("PUT", kept.path("/retention"), {"retention_class": "short"})
        listing = await kept.listed()
        assert listing["files"] > 6 and await asyncio.to_thread(kept.lying) == before, "a list deletes nothing"
        (due,) = (await kept.here.clerk.must("GET", "/api/retention"))["recordings"]
        assert due["listing"] == listing
        approval = kept.path("/retention/approval")
        assert await kept.judge.refused("POST", approval, {"list_sha256": "0" * 64}) == (409, "wrong_state")
        await kept.judge.must("POST", approval, {"list_sha256": listing["list_sha256"]})
        await kept.work()
        left = await asyncio.to_thread(kept.lying)
        assert all("/tracks/" not in name for names in left.values() for name in names)
        assert {os.path.basename(name) for name in left["folder"]} >= {"manifest.jsonl", "journal.jsonl", "seal.json"}
        assert sum(map(len, before.values())) - sum(map(len, left.values())) == listing["files"]
        view = await kept.judge.must("GET", kept.path("/retention"))
        assert view["deleted_at_ms"] is not None
        assert (await kept.here.clerk.must("GET", kept.path("/copies")))["state"] == "deleted"
        told = [kind for kind in await kept.kinds() if "delet" in kind]
        assert told == ["deletion_listed", "deletion_approved", "recording_deletion_began", "recording_deleted"]
        assert await kept.judge.refused("POST", kept.path("/holds"), {"reason": "上诉"}) == (409, "wrong_state")
        assert (await kept.here.clerk.must("GET", "/api/retention"))["recordings"] == []


async def test_nothing_goes_under_a_legal_hold(tmp_path: Path) -> None:
    async with kept_court(tmp_path) as kept:
        await kept.copy_all()
        await kept.age(21)
        await kept.here.clerk.must("PUT", kept.path("/retention"), {"retention_class": "short"})
        listing = await kept.listed()
        await kept.judge.must("POST", kept.path("/retention/approval"), {"list_sha256": listing["list_sha256"]})
        before = await asyncio.to_thread(kept.lying)
        view = await kept.here.clerk.must("POST", kept.path("/holds"), {"reason": "当事人申请再审"})
        await kept.work()  # the deletion was approved already, and does not happen
        assert await asyncio.to_thread(kept.lying) == before
        assert await kept.listed() is None
        (hold,) = view["holds"]
        assert hold["reason"] == "当事人申请再审"
        approval = {"list_sha256": listing["list_sha256"]}
        assert await kept.judge.refused("POST", kept.path("/retention/approval"), approval) == (409, "wrong_state")
        assert await kept.judge.refused("DELETE", kept.path("/holds/another")) == (404, "not_found")
        assert (await kept.judge.must("DELETE", kept.path(f"/holds/{hold['hold']}")))["holds"] == []
        again = await kept.listed()
        assert again is not None and again["list_sha256"] == listing["list_sha256"], "to be approved anew"
        assert await asyncio.to_thread(kept.lying) == before
        rows = [row.data for row in await kept.here.court.journal(kept.here.hearing, "legal_hold_placed")]
        assert len(rows) == 1 and "再审" not in rows[0]


async def test_what_changed_after_the_approval_has_to_be_approved_anew(tmp_path: Path) -> None:
    async with kept_court(tmp_path) as kept:
        await kept.copy_all()
        await kept.age(21)
        await kept.here.clerk.must("PUT", kept.path("/retention"), {"retention_class": "short"})
        listing = await kept.listed()
        (kept.here.recording / "tracks" / "another.mkv").write_bytes(b"came later")
        await kept.judge.must("POST", kept.path("/retention/approval"), {"list_sha256": listing["list_sha256"]})
        await kept.work()
        view = await kept.judge.must("GET", kept.path("/retention"))
        assert view["deleted_at_ms"] is None and view["approved_at_ms"] is None
        assert view["listing"]["files"] == listing["files"] + 1
        assert (kept.here.recording / "tracks" / "another.mkv").exists()


async def test_a_deletion_waits_for_a_store_that_is_away_and_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    async with kept_court(tmp_path) as kept:
        database, hearing = kept.here.court.office.database, kept.here.hearing
        await kept.copy_all()
        await kept.age(21)
        await kept.here.clerk.must("PUT", kept.path("/retention"), {"retention_class": "short"})
        listing = await kept.listed()
        await kept.judge.must("POST", kept.path("/retention/approval"), {"list_sha256": listing["list_sha256"]})
        before = await asyncio.to_thread(kept.lying)
        backup = kept.stores[StoreName.BACKUP]
        backup.rename(backup.with_name("away"))
        await kept.work()
        assert "recording_deletion_began" not in await kept.kinds(), "the list would leave one copy out"
        backup.with_name("away").rename(backup)
        assert await asyncio.to_thread(kept.lying) == before
        async with database.transaction() as transaction:
            standing = await retention.of_hearing(transaction, hearing)
            await retention.save(transaction, dataclasses.replace(standing, began_at_ms=now_ms()))
            await transaction.execute(text("UPDATE jobs SET lease_until_ms = NULL"))
        await asyncio.to_thread(shutil.rmtree, backup / hearing / "tracks")
        await kept.work()
        assert (await kept.kinds()).count("recording_deleted") == 1
        left = await asyncio.to_thread(kept.lying)
        assert all("/tracks/" not in name for names in left.values() for name in names)
