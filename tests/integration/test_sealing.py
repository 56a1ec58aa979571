"""From the end of a recording to a seal that parties can check: the jobs, their database and their routes, with a real recording, a real
time stamp authority and the real verifier."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from hearing_server.court.job_queue import JobQueue
from hearing_server.domain.job import LEASE_MS, SLOW, Job, JobKind
from hearing_server.domain.seal import SETTLE_MS
from hearing_server.jobs.__main__ import Folders, SealingTerms, work_of
from hearing_server.jobs.runner import now_ms as real_ms
from hearing_server.storage.jobs import JobDesk
from recorder.merkle import grew_from
from recorder.verification.proof import check_proof
from tests.fakes.time_stamp_authority import TimeStampFolder, time_stamp_server
from tests.integration.closed_court import ClosedCourt, closed_court
from tests.integration.http_court import open_office
from tests.unit.recorder.recorder_process import ROOT


async def test_closed_hearing_is_sealed_stamped_and_verified(tmp_path: Path) -> None:
    authority = TimeStampFolder(tmp_path / "authority", "授时中心")
    async with time_stamp_server(authority) as url:
        terms = SealingTerms("示范人民法院", url, authority.trusted)
        async with closed_court(tmp_path / "data", terms) as here:
            assert (await here.standing())["sealing"] == "none"
            assert await here.clerk.refused("POST", here.path("/check")) == (409, "wrong_state")
            await here.ask()
            assert (await here.standing())["sealing"] == "queued"
            await here.work()
            standing = await here.standing()
            (seal,) = standing["seals"]
            assert (standing["sealing"], standing["stamping"], seal["authority"]) == ("done", "done", url)
            assert abs(seal["stamped_at_ms"] - seal["sealed_at_ms"]) < 60_000
            check = standing["check"]
            assert (check["state"], check["findings"], check["files"]) == ("done", [], 6)
            assert {notice["code"] for notice in check["notices"]} == {"key_trusted", "stamp_good"}
            assert "时间戳成立" in "".join(notice["sentence_zh"] for notice in check["notices"])
            keys = (await (await here.court.visitor()).must("GET", "/api/seal/keys"))["keys"]
            assert [(key["key"], key["current"]) for key in keys] == [(seal["key"], True)]
            await verified_by_what_the_court_publishes(here, seal["key"], tmp_path)
            kinds = {row.type for row in await here.court.journal(here.hearing)}
            assert {"record_sealed", "seal_stamped", "integrity_checked"} <= kinds
            assert standing["unsealed_rows"] >= 3  # what was just told of the seal itself


async def verified_by_what_the_court_publishes(here: ClosedCourt, key: str, folder: Path) -> None:
    script = folder / "verify.py"
    async with aiohttp.ClientSession() as anybody, anybody.get(f"{here.court.url}/api/seal/verify.py") as answer:
        assert answer.status == 200
        script.write_bytes(await answer.read())
    command = [sys.executable, "-I", "-S", str(script), str(here.recording), "--key", key]
    verifier = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    told, _ = await verifier.communicate()
    assert verifier.returncode == 0 and b"unchanged" in told


async def test_a_further_seal_is_asked_for_and_the_log_grows(tmp_path: Path) -> None:
    async with closed_court(tmp_path) as here:
        visitor = await here.court.visitor()
        await here.ask()
        await here.work()
        before = (await visitor.must("GET", "/api/seal/log"))["head"]
        asked = await here.clerk.must("POST", here.path())
        assert asked["sealing"] == "queued" and asked["may_seal"]
        await here.work()
        standing = await here.standing()
        assert [seal["number"] for seal in standing["seals"]] == [1, 2]
        assert standing["check"]["findings"] == [] and standing["stamping"] == "none"
        after = (await visitor.must("GET", "/api/seal/log"))["head"]
        growth = await visitor.must("GET", f"/api/seal/log/growth?earlier={before['size']}&size={after['size']}")
        roots = bytes.fromhex(before["root"]), bytes.fromhex(after["root"])
        proof = [bytes.fromhex(step) for step in growth["proof"]]
        assert grew_from(before["size"], roots[0], after["size"], roots[1], proof)
        assert await visitor.refused("GET", "/api/seal/log/growth?earlier=1&size=9") == (404, "not_found")


async def test_what_an_administrator_edits_in_database_or_folder_is_found(tmp_path: Path) -> None:
    async with closed_court(tmp_path) as here:
        await here.ask()
        await here.work()
        async with here.court.office.database.transaction() as transaction:
            for table in ("journal", "utterance_revisions"):
                for name in await triggers(transaction, table):
                    await transaction.execute(text(f"DROP TRIGGER {name}"))
            await transaction.execute(
                text("UPDATE journal SET actor = 'worker2' WHERE chain = :id AND number = 2"), {"id": here.hearing}
            )
            await transaction.execute(text("UPDATE utterance_revisions SET text = '请求判令被告支付货款一万元。'"))
        path = here.recording / "transcript.jsonl"
        lines = path.read_text(encoding="utf-8")
        path.write_text(lines.replace("三万元", "一万元"), encoding="utf-8")
        await here.clerk.must("POST", here.path("/check"))
        await here.work()
        findings = (await here.standing())["check"]["findings"]
        said = {(finding["code"], finding["file"], finding["line"]) for finding in findings}
        assert ("line_altered", "transcript.jsonl", 3) in said
        assert ("database_differs", "journal.jsonl", 2) in said
        assert ("database_differs", "transcript.jsonl", 1) in said
        await here.clerk.must("POST", here.path())
        await here.work()
        assert len((await here.standing())["seals"]) == 1, "nothing is sealed over a changed record"


async def triggers(transaction: Any, table: str) -> list[str]:
    query = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    return list((await transaction.execute(query, {"table": table})).scalars())


async def test_parties_take_proofs_away_and_others_do_not(tmp_path: Path) -> None:
    async with closed_court(tmp_path) as here:
        stranger = await here.court.staff("clerk")
        await here.ask()
        await here.work()
        rows = [json.loads(row) for row in (here.recording / "journal.jsonl").read_bytes().splitlines()]
        sha256 = next(row["data"]["sha256"] for row in rows if row["type"] == "segment_sealed")
        for rest in (f"/proofs/utterances/u2-{here.hearing}", f"/proofs/segments/{sha256}"):
            answer = await here.clerk.must("GET", here.path(rest), headers=here.judge)
            report = check_proof("proof.json", json.dumps(answer).encode(), [], None)
            assert not report.findings and "proof_good" in {notice.code for notice in report.notices}
            assert await stranger.refused("GET", here.path(rest)) == (403, "not_permitted")
        assert len(await here.court.journal(here.hearing, "proof_given")) == 2
        for rest in ("/proofs/utterances/u9", f"/proofs/segments/{'0' * 64}"):
            assert await here.clerk.refused("GET", here.path(rest)) == (404, "not_found")
        assert len(await here.court.journal(here.hearing, "proof_given")) == 2, (
            "what was not given is not told as given"
        )
        for method, rest in (("GET", ""), ("POST", ""), ("POST", "/check")):
            assert await stranger.refused(method, here.path(rest)) == (403, "not_permitted")
        assert (await here.clerk.must("GET", here.path(), headers=here.judge))["seals"]
        assert (await here.clerk.must("POST", here.path("/check"), headers=here.judge))["check"]["state"] == "queued"


async def test_a_runner_that_died_after_sealing_is_followed_by_one_that_says_so_once(tmp_path: Path) -> None:
    async with closed_court(tmp_path) as here:
        await here.ask()
        database = here.court.office.database
        desk = JobDesk(database)
        work = work_of(database, Dying(database), Folders.below(here.folder), here.terms)
        claimed = await desk.claim("dying", real_ms() - LEASE_MS, [JobKind.SEAL])
        assert claimed is not None
        with pytest.raises(asyncio.CancelledError):
            await work[JobKind.SEAL](claimed)
        assert (here.recording / "seal.json").exists() and not (await here.standing())["seals"]
        await here.work()
        assert [seal["number"] for seal in (await here.standing())["seals"]] == [1]
        assert len(await here.court.journal(here.hearing, "record_sealed")) == 1
        assert len(json.loads((here.recording / "seal.json").read_bytes())["seals"][0]["anchors"]) == 1


class Dying(JobDesk):
    """Goes away when the result is to be told."""

    async def finish(self, job: Job, now_ms: int, publish: Any) -> bool:
        raise asyncio.CancelledError


async def test_authority_that_is_away_leaves_a_seal_and_a_stamp_to_be_tried_again(tmp_path: Path) -> None:
    authority = TimeStampFolder(tmp_path / "authority", "授时中心")
    async with time_stamp_server(authority) as url:
        pass
    async with closed_court(tmp_path / "data", SealingTerms("", url, authority.trusted)) as here:
        await here.ask()
        await here.work()
        standing = await here.standing()
        assert standing["seals"][0]["authority"] is None and standing["stamping"] == "queued"
        assert standing["check"]["findings"] == []


async def test_seal_is_asked_once_and_waits_for_the_last_words(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        jobs, now_ms = JobQueue(court.office.database, court.clock), court.clock.now_ms()
        await jobs.enqueue_seal(hearing)
        await jobs.enqueue_seal(hearing)
        await jobs.enqueue_composite(hearing)
        desk = JobDesk(court.office.database)
        quick = [JobKind.SEAL]
        assert await desk.claim("quick", now_ms + SETTLE_MS - 1, quick) is None
        job = await desk.claim("quick", now_ms + SETTLE_MS, quick)
        assert job is not None and job.kind is JobKind.SEAL
        assert await desk.claim("quick", now_ms + SETTLE_MS, quick) is None
        await jobs.enqueue_seal(hearing)
        assert await desk.claim("quick", now_ms + 2 * SETTLE_MS, quick) is not None
        slow = await desk.claim("slow", now_ms, SLOW)
        assert slow is not None and slow.kind is JobKind.COMPOSITE


async def test_jobs_process_seals_by_itself(tmp_path: Path) -> None:
    async with closed_court(tmp_path) as here:
        database = f"sqlite+aiosqlite:///{tmp_path / 'court.sqlite3'}"
        await here.ask()
        command = [sys.executable, "-m", "hearing_server.jobs", "--data-dir", str(tmp_path), "--database", database]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL)
        try:
            while (standing := await here.standing())["check"]["state"] != "done":
                assert process.returncode is None
            assert len(standing["seals"]) == 1 and standing["check"]["findings"] == []
        finally:
            process.terminate()
            assert await process.wait() == 0
