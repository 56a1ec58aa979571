"""Reading the record: archive, files with ranges, transcript, journal, and who may not."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from hearing_server.domain.archive import Segment, Track
from hearing_server.domain.hearing import HearingStatus
from hearing_server.domain.transcript import Utterance, Word
from hearing_server.storage import archive, utterances
from tests.integration.http_court import HttpCourt, Visitor, open_office

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
BEGAN_MS = 1_900_000_000_000


@dataclass
class Recorded:
    """A closed hearing with one recorded track and three utterances."""

    court: HttpCourt
    clerk: Visitor
    hearing: str
    plaintiff: str

    def path(self, rest: str) -> str:
        return f"/api/hearings/{self.hearing}/{rest}"

    async def holder(self, name: str, role: str, **more: str) -> dict[str, str]:
        """Headers of somebody who took a seat by link while the hearing was on."""
        person = await self.court.seat(self.clerk, self.hearing, name, role, **more)
        return await self.headers_of(person)

    async def headers_of(self, person: str) -> dict[str, str]:
        token = await self.court.link(self.clerk, self.hearing, person)
        seat = await self.clerk.must("POST", "/api/join", {"token": token})
        return {"Authorization": f"Bearer {seat['session_token']}"}

    async def become(self, status: HearingStatus) -> None:
        async with self.court.office.database.transaction() as transaction:
            change = text("UPDATE hearings SET status = :status WHERE id = :id")
            await transaction.execute(change, {"status": status.value, "id": self.hearing})


async def recorded(court: HttpCourt) -> Recorded:
    clerk = await court.staff("clerk")
    hearing = await court.hearing(clerk)
    plaintiff = await court.seat(clerk, hearing, "张三", "party", side="plaintiff")
    here = Recorded(court, clerk, hearing, plaintiff)
    folder = court.recordings / hearing / "tracks" / plaintiff / "microphone-1"
    _write(folder / "00000.mkv", CONTENT)
    segment = Segment(
        fact=f"segment:{hearing}:0",
        hearing_id=hearing,
        participant_id=plaintiff,
        track="microphone-1",
        source="microphone",
        path=f"tracks/{plaintiff}/microphone-1/00000.mkv",
        start_ms=BEGAN_MS,
        end_ms=BEGAN_MS + 10_000,
        size_bytes=len(CONTENT),
        sha256=SHA256,
        packets_received=500,
        packets_written=500,
        packets_read_back=500,
        recovered=False,
    )
    async with court.office.database.transaction() as transaction:
        await archive.begin_track(
            transaction, Track("microphone-1", hearing, plaintiff, "microphone", "opus", BEGAN_MS)
        )
        await archive.add_segment(transaction, segment)
        await archive.begin_span(transaction, f"started:{hearing}", hearing, BEGAN_MS, "opened")
        await archive.end_span(transaction, hearing, BEGAN_MS + 10_000, "closed")
        await archive.mark_stage(transaction, hearing, 1, "opening", BEGAN_MS)
        for number in range(3):
            await utterances.add(transaction, _utterance(hearing, plaintiff, number), BEGAN_MS)
    return here


def _utterance(hearing: str, person: str, number: int) -> Utterance:
    start_ms = BEGAN_MS + number * 1000
    word = Word("听清", start_ms, start_ms + 400, 0.9)
    return Utterance(
        f"u{number}-{hearing}", hearing, person, "听清了。", (word,), "听清", start_ms, start_ms + 900, "m"
    )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


async def test_archive_lists_tracks_and_each_view_is_journalled(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        here = await recorded(court)
        contents = await here.clerk.must("GET", here.path("archive"))
        assert contents["tracks"] == [
            {
                "track": "microphone-1",
                "participant": here.plaintiff,
                "source": "microphone",
                "mime_type": "audio/webm;codecs=opus",
                "sha256": base64.b64encode(bytes.fromhex(SHA256)).decode(),
                "times_ms": [BEGAN_MS, 10_000],
                "gaps": [],
            }
        ]
        assert contents["spans"] == [{"start_ms": BEGAN_MS, "end_ms": BEGAN_MS + 10_000, "end_cause": "closed"}]
        assert contents["stage_marks"] == [{"stage": "opening", "at_ms": BEGAN_MS}]
        assert (contents["transcript_count"], contents["composite"]["state"]) == (3, "none")
        again = await here.clerk.must("GET", here.path("archive"))
        rows = await court.journal(here.hearing, "archive_viewed")
        viewings = [contents["viewing"], again["viewing"]]
        assert viewings == [{"viewer": "王法官", "at_ms": row.at_ms, "number": row.number} for row in rows]


@pytest.mark.parametrize(
    ("asked", "status", "first", "end"),
    [
        (None, 200, 0, 10240),
        ("bytes=0-99", 206, 0, 100),
        ("bytes=10000-", 206, 10000, 10240),
        ("bytes=-40", 206, 10200, 10240),
        ("bytes=10200-99999", 206, 10200, 10240),
        ("bytes=0-", 200, 0, 10240),
        ("bytes=5-2", 200, 0, 10240),
        ("lines=1-2", 200, 0, 10240),
    ],
)
async def test_segment_is_sent_whole_or_in_part(
    tmp_path: Path, asked: str | None, status: int, first: int, end: int
) -> None:
    async with open_office(tmp_path) as court:
        here = await recorded(court)
        headers = {"Range": asked} if asked else {}
        url = court.url + here.path(f"files/{SHA256}")
        async with here.clerk.http.get(url, headers=headers) as response:
            assert (response.status, await response.read()) == (status, CONTENT[first:end])
            assert response.content_type == "audio/webm"
            if status == 206:
                assert response.headers["Content-Range"] == f"bytes {first}-{end - 1}/10240"
        async with here.clerk.http.head(url, headers=headers) as response:
            assert (response.status, response.content_length) == (status, end - first)


async def test_range_behind_the_end_and_unknown_files_are_refused(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        here = await recorded(court)
        beyond = {"Range": "bytes=10240-"}
        assert await here.clerk.refused("GET", here.path(f"files/{SHA256}"), headers=beyond) == (416, "invalid_value")
        for name in ("f" * 64, "composite", "../court.sqlite3", "%2e%2e%2fcourt.sqlite3", SHA256[:63], SHA256.upper()):
            assert await here.clerk.refused("GET", here.path(f"files/{name}")) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["../../court.sqlite3", "/etc/hostname", "tracks/..", "tracks", "link.mkv", "a/link.mkv"]
)
async def test_no_row_and_no_link_leads_out_of_the_recordings(tmp_path: Path, path: str) -> None:
    async with open_office(tmp_path) as court:
        here = await recorded(court)
        folder = court.recordings / here.hearing
        (folder / "link.mkv").symlink_to(tmp_path / "court.sqlite3")
        (folder / "a").symlink_to(tmp_path)
        async with court.office.database.transaction() as transaction:
            await transaction.execute(text("UPDATE segments SET path = :path"), {"path": path})
        assert await here.clerk.refused("GET", here.path(f"files/{SHA256}")) == (404, "not_found")


async def test_party_watches_after_the_hearing_and_gets_a_cookie_for_the_files(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        here = await recorded(court)
        headers = await here.headers_of(here.plaintiff)
        await here.become(HearingStatus.IN_SESSION)
        visitor = await court.visitor()
        assert await visitor.refused("GET", here.path("archive"), headers=headers) == (403, "not_permitted")
        await here.become(HearingStatus.CLOSED)
        await visitor.must("GET", here.path("archive"), headers=headers)
        async with visitor.http.get(court.url + here.path(f"files/{SHA256}")) as response:
            assert await response.read() == CONTENT
        cookies = [cookie for cookie in visitor.http.cookie_jar if cookie.key == "hearing-seat"]
        assert [(cookie["path"], cookie["httponly"], cookie["samesite"]) for cookie in cookies] == [
            (here.path("files/"), True, "Strict")
        ]
        assert await visitor.refused("GET", here.path("transcript")) == (401, "not_signed_in")
        assert await visitor.refused("GET", here.path("journal"), headers=headers) == (401, "not_signed_in")


async def test_witness_observer_and_strangers_read_nothing(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        here = await recorded(court)
        witness = await here.holder("孙七", "witness")
        observer = await here.holder("旁听人", "observer")
        elsewhere = await recorded(court)
        foreign = await elsewhere.holder("赵六", "party", side="defendant")
        judge, admin = await court.staff("judge"), await court.staff("admin")
        other_clerk = await court.staff("clerk")
        await here.become(HearingStatus.CLOSED)
        nobody = await court.visitor()
        paths = ("archive", f"files/{SHA256}", "transcript", f"transcript/u0-{here.hearing}/revisions")
        for path in map(here.path, paths):
            for headers in (witness, observer, foreign):
                assert await nobody.refused("GET", path, headers=headers) == (403, "not_permitted")
            for staff in (judge, admin, other_clerk):
                assert await staff.refused("GET", path) == (403, "not_permitted")
            assert await nobody.refused("GET", path) == (401, "not_signed_in")
            forged = {"Authorization": "Bearer forged"}
            assert await nobody.refused("GET", path, headers=forged) == (401, "token_invalid")
            basic = {"Authorization": "Basic cm9vdDpyb290"}
            assert await nobody.refused("GET", path, headers=basic) == (401, "not_signed_in")
        refusals = await court.journal(here.hearing, "act_refused")
        assert len(refusals) == len(paths) * 6


async def test_the_hearing_says_whether_its_record_may_be_read(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        here = await recorded(court)
        judge, other_clerk = await court.staff("judge"), await court.staff("clerk")
        staff = (await judge.must("GET", "/api/me"))["staff"]
        await court.seat(here.clerk, here.hearing, "王法官", "presiding_judge", staff=staff)
        await here.become(HearingStatus.IN_SESSION)
        for visitor, may in ((here.clerk, True), (judge, True), (other_clerk, False)):
            detail = await visitor.must("GET", f"/api/hearings/{here.hearing}")
            assert (detail["may_read_archive"], detail["may_read_journal"]) == (may, may)
            status, _ = await visitor.ask("GET", here.path("journal"))
            assert status == (200 if may else 403)


async def test_transcript_comes_in_pages_newest_first(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        here = await recorded(court)
        page = await here.clerk.must("GET", here.path("transcript?limit=2"))
        assert [row["start_ms"] - BEGAN_MS for row in page["utterances"]] == [1000, 2000]
        assert page["total"] == 3
        earlier = await here.clerk.must("GET", here.path(f"transcript?limit=2&before_ms={BEGAN_MS + 1000}"))
        assert [row["start_ms"] - BEGAN_MS for row in earlier["utterances"]] == [0]
        for query in ("limit=0", "limit=501", "before_ms=-1"):
            assert await here.clerk.refused("GET", here.path(f"transcript?{query}")) == (422, "invalid_value")
        for query in ("limit=two", "page=2"):
            assert await here.clerk.refused("GET", here.path(f"transcript?{query}")) == (400, "malformed")


async def test_every_revision_is_kept_and_named(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        here = await recorded(court)
        utterance = _utterance(here.hearing, here.plaintiff, 0)
        async with court.office.database.transaction() as transaction:
            revised = utterance.revise(0, "听清楚了。", here.plaintiff, here.plaintiff)
            await utterances.revise(transaction, revised, BEGAN_MS + 5000)
        path = here.path(f"transcript/{utterance.id}/revisions")
        revisions = (await here.clerk.must("GET", path))["revisions"]
        assert [(row["revision"], row["text"], row["edited_by_name"]) for row in revisions] == [
            (0, "听清了。", None),
            (1, "听清楚了。", "张三"),
        ]
        other = await recorded(court)
        assert await other.clerk.refused("GET", other.path(f"transcript/{utterance.id}/revisions")) == (
            404,
            "not_found",
        )


async def test_journal_says_whether_its_chain_holds(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        here = await recorded(court)
        page = await here.clerk.must("GET", here.path("journal?limit=2"))
        assert page["valid"] is True and page["total"] >= 3
        assert [row["number"] for row in page["rows"]] == [1, 2]
        assert page["rows"][0]["type"] == "hearing_entered"
        more = await here.clerk.must("GET", here.path("journal?after=2"))
        assert more["rows"][0]["number"] == 3
        async with court.office.database.transaction() as transaction:
            triggers = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'journal'")
            for (name,) in (await transaction.execute(triggers)).all():  # as somebody with the database file could
                await transaction.exec_driver_sql(f"DROP TRIGGER {name}")
            change = text("UPDATE journal SET data = '{}' WHERE chain = :chain AND number = 2")
            await transaction.execute(change, {"chain": here.hearing})
        assert (await here.clerk.must("GET", here.path("journal")))["valid"] is False
