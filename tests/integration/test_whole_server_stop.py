"""The server itself ends in the middle of a hearing: asked to, and killed."""

import asyncio
import io
import json
import logging
import signal
import time
from pathlib import Path

import av
import pytest

from hearing_server.demo.summary import lost_packets, track_counts
from hearing_server.domain.journal import JournalRow
from hearing_server.storage import journal
from hearing_server.storage.database import Database
from hearing_server.web.archive_models import Archive
from recorder.manifest import read_lines
from recorder.verify import verify_folder
from signaling.protocol.to_client import Goodbye, Welcome
from tests.integration.whole_court import (
    PARTS,
    Listener,
    WholeCourt,
    assert_discreet,
    hearing_in_session,
    is_in_order,
)
from tests.integration.whole_server import WholeServer, is_gone, until, whole_server

logger = logging.getLogger(__name__)

STOPPED_WITHIN_S = 10.0
BACK_WITHIN_S = 15.0
ORPHANS_GONE_S = 5.0


async def test_ctrl_c_in_mid_hearing_seals_everything(tmp_path: Path) -> None:
    async with whole_server(tmp_path) as server:
        async with hearing_in_session(server) as court:
            await court.recognised(await court.say(4))
            speaking = asyncio.create_task(court.say(9))
            await until(lambda: any(server.recordings(court.hearing).glob("tracks/*/*/*.part")), "an open segment")
            children = server.children()
            code, took_s = await server.interrupt()
            speaking.cancel()
            logger.info("stopped in %.1f s", took_s)
            assert code == 0, server.log()
            assert took_s < STOPPED_WITHIN_S
            assert all(map(is_gone, children))
            for part in PARTS:
                await until(lambda part=part: court.heard(part, Goodbye) != [], "a goodbye")  # type: ignore[misc]
                assert [(said.code, said.retry) for said in court.heard(part, Goodbye)] == [("shutting_down", True)]
        await asyncio.gather(speaking, return_exceptions=True)
        folder = server.recordings(court.hearing)
        assert list(folder.glob("**/*.part")) == []
        assert verify_folder(folder, court.hearing) == []
        rows = await _stored_journal(server, court.hearing)
        sealed = {line.fact["fact"] for line in read_lines((folder / "manifest.jsonl").read_bytes()) if line.fact}
        assert sealed <= {row.fact for row in rows}, "the last facts of the recorder are not in the journal"
        counts = [json.loads(row.data) for row in rows if row.type == "segment_sealed"]
        assert {count["participant"] for count in counts} == {court.scheduled.participants[part] for part in PARTS}
    assert_discreet(server.log(), court.secrets)


async def _stored_journal(server: WholeServer, hearing: str) -> list[JournalRow]:
    """Read from the file, as nobody serves it any more; the chain holds."""
    database = Database(f"sqlite+aiosqlite:///{server.data / 'hearings.sqlite3'}")
    await database.open()
    try:
        async with database.reading() as transaction:
            assert (await journal.check(transaction, hearing)).valid
            return await journal.page(transaction, hearing, 0, 10_000)
    finally:
        await database.close()


@pytest.mark.parametrize("killed", ["server", "server and recorder"])
async def test_after_a_kill_the_hearing_and_its_people_come_back_by_themselves(tmp_path: Path, killed: str) -> None:
    async with (
        whole_server(tmp_path) as server,
        hearing_in_session(server) as court,
        Listener(court.session("clerk")) as listener,
    ):
        others = [court.scheduled.participants[part] for part in PARTS if part != "clerk"]
        await listener.hears(others)
        before = await court.understood(9)
        hearing = court.session("clerk").view.hearing
        since = {part: len(told) for part, told in court.told.items()}
        if killed != "server":  # as when the power fails: nobody seals anything
            server.child("recorder").send_signal(signal.SIGKILL)
        orphans = await server.kill()
        await server.start()  # at once, as a service manager would: the orphans may still be at work
        began = time.monotonic()
        orphaned_s = await until(lambda: all(map(is_gone, orphans)), "the orphans ended", ORPHANS_GONE_S)
        await until(lambda: all(court.heard(part, Welcome, since[part]) for part in PARTS), "all back", BACK_WITHIN_S)
        welcome_s = time.monotonic() - began
        await listener.hears(others, BACK_WITHIN_S)
        back_s = time.monotonic() - began
        logger.info(
            "orphans gone after %.1f s, all welcome after %.1f s, heard and seen after %.1f s",
            orphaned_s,
            welcome_s,
            back_s,
        )
        assert back_s < BACK_WITHIN_S
        await court.until("presiding_judge", is_in_order, BACK_WITHIN_S)
        assert court.session("presiding_judge").view.hearing == hearing
        await court.understood(12)
        await court.remembers(before)
        await court.close()
        await _assert_balance(court, server, recovered=killed != "server")
        if killed != "server":
            await _assert_composite(court)
    assert_discreet(server.log(), court.secrets)


async def _assert_balance(court: WholeCourt, server: WholeServer, *, recovered: bool) -> None:
    """Everything received is in the archive, in segments before and after, and the time in between is on record."""
    rows = await court.journal()
    assert [row.data["cause"] for row in rows if row.type == "recording_started"] == ["opened", "server_restarted"]
    segments = [row.data for row in rows if row.type == "segment_sealed"]
    assert any(segment["recovered"] for segment in segments) is recovered
    gaps = [row.data for row in rows if row.type == "recording_gap"]
    lost = {gap["track"] for gap in gaps if gap["cause"] == "server_lost"}
    restarted_ms = next(row.at_ms for row in rows if row.type == "server_restarted")
    tracks = {segment["track"] for segment in segments}
    assert lost == {track for track in tracks if _first_ms(segments, track) < restarted_ms}
    assert len(tracks) == 2 * len(lost) == 4 * len(PARTS)
    names = {participant: part for part, participant in court.scheduled.participants.items()}
    assert lost_packets(rows, track_counts(rows, names)) == 0
    assert verify_folder(server.recordings(court.hearing), court.hearing) == []
    assert not list(server.recordings(court.hearing).glob("**/*.part"))


def _first_ms(segments: list[dict[str, object]], track: object) -> int:
    starts = [segment["start_ms"] for segment in segments if segment["track"] == track]
    return min(start for start in starts if isinstance(start, int))


async def _assert_composite(court: WholeCourt) -> None:
    """Its length is that of both spans of the recording; in between nothing was recorded."""
    await court.until("clerk", lambda view: view.composite is not None and view.composite.state == "done", 120)
    archive = await court.api.get(f"/api/hearings/{court.hearing}/archive", Archive)
    assert archive.composite_url is not None
    with av.open(io.BytesIO(await court.api.read(archive.composite_url)), "r") as film:
        assert film.duration is not None
        duration_s = film.duration / 1_000_000
        frames = sum(1 for _ in film.decode(video=0))
    spans_s = sum(span.end_ms - span.start_ms for span in archive.spans) / 1000
    assert len(archive.spans) == 2
    assert abs(duration_s - spans_s) < 2.0, (duration_s, spans_s)
    assert frames > 0
