"""Copies of the record over HTTP: who may have them made, who may take them, and what the journal says of it."""

import asyncio
import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hearing_server.domain.archive import Gap
from hearing_server.domain.export import ExportKind, ExportProgress
from hearing_server.domain.job import JobKind
from hearing_server.exports.shelf import Shelf
from hearing_server.jobs.__main__ import Folders, work_of
from hearing_server.jobs.runner import JobRunner, now_ms
from hearing_server.storage import archive
from hearing_server.storage.jobs import JobDesk
from tests.integration.closed_court import UNSTAMPED, ClosedCourt, closed_court
from tests.integration.http_court import Visitor
from tests.unit.recorder.recorder_process import ROOT


def path(here: ClosedCourt, rest: str = "") -> str:
    return f"/api/hearings/{here.hearing}/exports{rest}"


async def work(here: ClosedCourt, page: Path | None = None) -> None:
    """Every quick job that is waiting, the packing too."""
    if page is None:
        page = here.folder / "verify.html"
        await asyncio.to_thread(page.write_text, "<!doctype html><title>verify</title>")
    desk, folders = JobDesk(here.court.office.database), Folders.below(here.folder)
    folders = Folders(folders.recordings, folders.work, folders.seals, page)
    runner = JobRunner(desk, work_of(here.court.office.database, desk, folders, UNSTAMPED))
    while await runner.do_next():
        pass


async def sealed(here: ClosedCourt) -> None:
    await here.ask()
    await work(here)


async def party(here: ClosedCourt, role: str = "party", **more: Any) -> dict[str, str]:
    """Headers of somebody with a seat, who was named before the hearing was closed."""
    change = text("UPDATE hearings SET status = :status WHERE id = :id")
    async with here.court.office.database.transaction() as transaction:
        await transaction.execute(change, {"status": "scheduled", "id": here.hearing})
    seat = await here.court.seat(here.clerk, here.hearing, f"某{role}", role, **more)
    joined = await here.clerk.must(
        "POST", "/api/join", {"token": await here.court.link(here.clerk, here.hearing, seat)}
    )
    async with here.court.office.database.transaction() as transaction:
        await transaction.execute(change, {"status": "closed", "id": here.hearing})
    return {"Authorization": f"Bearer {joined['session_token']}"}


async def of_kind(here: ClosedCourt, kind: str, **more: Any) -> Any:
    view = await here.clerk.must("GET", path(here), **more)
    return next(each for each in view["exports"] if each["kind"] == kind)


async def taken(visitor: Visitor, url: str, **headers: str) -> tuple[int, bytes, Any]:
    async with visitor.http.get(url, headers=headers) as response:
        return response.status, await response.read(), response.headers


async def lose_recorder(here: ClosedCourt) -> None:
    """A gap that a judge has to state."""
    async with here.court.office.database.transaction() as transaction:
        await archive.add_gap(
            transaction,
            Gap("lost", here.hearing, "somebody", "m1", 1_900_000_001_000, 1_900_000_002_000, 50, "recorder_lost"),
        )


async def test_bundle_is_made_taken_in_parts_removed_and_made_again(tmp_path: Path) -> None:
    async with closed_court(tmp_path) as here:
        assert await here.clerk.refused("POST", path(here, "/bundle"), {}) == (409, "wrong_state")
        await sealed(here)
        view = await here.clerk.must("GET", path(here))
        assert [each["kind"] for each in view["exports"]] == ["bundle", "sheet"] and view["may_make"]
        assert (await here.clerk.must("POST", path(here, "/bundle"), {}))["exports"][0]["state"] == "queued"
        assert await here.clerk.refused("DELETE", path(here, "/bundle")) == (409, "wrong_state")
        await work(here)
        made = await of_kind(here, "bundle")
        (file,) = made["files"]
        assert (made["state"], made["error"], made["outdated"]) == ("done", None, False)
        url = here.court.url + file["url"]
        status, whole, headers = await taken(here.clerk, url)
        assert (status, len(whole), hashlib.sha256(whole).hexdigest()) == (200, file["size_bytes"], file["sha256"])
        assert headers["Content-Disposition"].endswith(".zip") and headers["Content-Type"] == "application/zip"
        status, part, _ = await taken(here.clerk, url, Range="bytes=1000-1999")
        assert (status, part) == (206, whole[1000:2000])
        with zipfile.ZipFile(io.BytesIO(whole)) as archive_file:
            assert any(name.endswith("data/keys/seal-0001.pub.pem") for name in archive_file.namelist())
        (row,) = await here.court.journal(here.hearing, "export_taken")
        assert json.loads(row.data) == {"file": "bundle.zip", "sha256": file["sha256"]}
        gone = await here.clerk.must("DELETE", path(here, "/bundle"))
        assert gone["exports"][0]["state"] == "none" and gone["exports"][0]["files"] == []
        assert (await taken(here.clerk, url))[0] == 404
        await here.clerk.must("POST", path(here, "/bundle"), {})
        await work(here)
        assert (await of_kind(here, "bundle"))["files"][0]["size_bytes"] == file["size_bytes"]
        types = [row.type for row in await here.court.journal(here.hearing)]
        assert [type for type in types if type.startswith("export_")] == [
            "export_asked",
            "export_made",
            "export_taken",
            "export_removed",
            "export_asked",
            "export_made",
        ]


async def test_party_takes_papers_but_no_bundle_and_has_none_made(tmp_path: Path) -> None:
    async with closed_court(tmp_path) as here:
        of_party = await party(here, side="plaintiff")
        of_interpreter = await party(here, "interpreter")
        of_observer = await party(here, "observer")
        await sealed(here)
        visitor = await here.court.visitor()
        await here.clerk.must("POST", path(here, "/sheet"), {})
        await work(here)
        view = await visitor.must("GET", path(here), headers=of_party)
        assert (view["may_take"], view["may_make"]) == (True, False)
        sheet = next(each for each in view["exports"] if each["kind"] == "sheet")
        assert [file["language"] for file in sheet["files"]] == ["zh-CN", "en"]
        url = here.court.url + sheet["files"][0]["url"]
        status, pdf, headers = await taken(visitor, url, **of_party)
        assert (status, pdf[:5], headers["Content-Type"]) == (200, b"%PDF-", "application/pdf")
        for method in ("POST", "DELETE"):
            answer = await visitor.refused(method, path(here, "/sheet"), headers=of_party)
            assert answer == (403, "not_permitted")
        seen = await visitor.must("GET", path(here), headers=of_interpreter)
        assert seen["exports"] == [] and not seen["may_take"]
        assert (await taken(visitor, url, **of_interpreter))[0] == 403
        assert await visitor.refused("GET", path(here), headers=of_observer) == (403, "not_permitted")
        judges = await visitor.must("POST", path(here, "/bundle"), {}, headers=here.judge)
        assert judges["may_make"] and judges["exports"][0]["state"] == "queued"
        await work(here)
        judges = await visitor.must("GET", path(here), headers=here.judge)
        bundle = here.court.url + judges["exports"][0]["files"][0]["url"]
        assert (await taken(visitor, bundle, **here.judge))[0] == 200
        assert (await taken(visitor, bundle, **of_party))[0] == 403
        assert "bundle" not in {
            each["kind"] for each in (await visitor.must("GET", path(here), headers=of_party))["exports"]
        }


async def test_fault_statement_is_offered_only_where_there_is_something_to_state(tmp_path: Path) -> None:
    async with closed_court(tmp_path) as here:
        await sealed(here)
        assert await here.clerk.refused("POST", path(here, "/fault_statement"), {}) == (409, "wrong_state")
        await lose_recorder(here)
        view = await here.clerk.must("POST", path(here, "/fault_statement"), {})
        assert view["faults"] == 1 and view["exports"][-1]["state"] == "queued"
        await work(here)
        made = await of_kind(here, "fault_statement")
        assert made["state"] == "done" and len(made["files"]) == 2


async def test_what_was_made_before_the_newest_seal_is_outdated(tmp_path: Path) -> None:
    async with closed_court(tmp_path) as here:
        await sealed(here)
        await here.clerk.must("POST", path(here, "/sheet"), {})
        await work(here)
        assert not (await of_kind(here, "sheet"))["outdated"]
        await here.ask()
        await work(here)
        assert (await of_kind(here, "sheet"))["outdated"]


async def test_failure_is_told_by_code_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with closed_court(tmp_path) as here:
        await sealed(here)
        await here.clerk.must("POST", path(here, "/bundle"), {})
        await work(here, tmp_path / "no page")
        failed = await of_kind(here, "bundle")
        assert (failed["state"], failed["error"]) == ("queued", "verifier_missing")
        fonts = tmp_path / "fonts.conf"
        fonts.write_text(f"<fontconfig><cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>")
        monkeypatch.setenv("FONTCONFIG_FILE", str(fonts))
        await here.clerk.must("POST", path(here, "/sheet"), {})
        await work(here)
        assert (await of_kind(here, "sheet"))["error"] == "font_missing"


async def test_lost_runner_is_followed_by_another_and_progress_is_shown(tmp_path: Path) -> None:
    async with closed_court(tmp_path) as here:
        await sealed(here)
        await here.clerk.must("POST", path(here, "/bundle"), {})
        desk = JobDesk(here.court.office.database, lease_ms=0)
        lost = await desk.claim("lost", now_ms(), [JobKind.BUNDLE])
        assert lost is not None
        shelf = Shelf(here.court.recordings)
        await asyncio.to_thread(shelf.tell, here.hearing, ExportKind.BUNDLE, ExportProgress(0.4, 12.0))
        running = await of_kind(here, "bundle")
        assert (running["state"], running["progress"], running["remaining_s"]) == ("running", 0.4, 12.0)
        await work(here)
        assert (await of_kind(here, "bundle"))["state"] == "done"


async def test_no_name_leads_elsewhere(tmp_path: Path) -> None:
    async with closed_court(tmp_path) as here:
        await sealed(here)
        for name in ("bundle.zip", "bundle.json", "..%2fseal.json", "sheet.progress.json"):
            url = f"{here.court.url}/api/hearings/{here.hearing}/files/exports/{name}"
            assert (await taken(here.clerk, url))[0] == 404, name
        assert await here.clerk.refused("POST", path(here, "/anything"), {}) == (404, "not_found")


async def test_jobs_process_makes_copies_by_itself(tmp_path: Path) -> None:
    async with closed_court(tmp_path) as here:
        await sealed(here)
        for kind in ("bundle", "sheet"):
            await here.clerk.must("POST", path(here, f"/{kind}"), {})
        database = f"sqlite+aiosqlite:///{tmp_path / 'court.sqlite3'}"
        command = [sys.executable, "-m", "hearing_server.jobs", "--data-dir", str(tmp_path), "--database", database]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL)
        try:
            while (await of_kind(here, "sheet"))["state"] != "done":
                assert process.returncode is None
            while (bundle := await of_kind(here, "bundle"))["state"] != "done":
                if bundle["error"] == "verifier_missing":  # the client is not built here
                    break
        finally:
            process.terminate()
            assert await process.wait() == 0
