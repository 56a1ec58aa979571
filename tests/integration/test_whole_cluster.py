"""Front and workers as processes of their own: a hearing outlives its worker, and Redis, and the others never notice."""

import asyncio
import logging
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from hearing_server.demo.schedule import schedule_hearing
from hearing_server.demo.summary import lost_packets, track_counts
from hearing_server.web.models import JournalRow
from recorder.verify import verify_folder
from signaling.protocol.to_client import Welcome
from tests.integration.whole_cluster import WholeCluster, whole_cluster
from tests.integration.whole_court import (
    ERROR_RATE,
    Listener,
    WholeCourt,
    assert_discreet,
    error_rate,
    hearing_of,
    is_in_order,
    measured_stalls,
    signed_in_clerk,
)
from tests.integration.whole_server import STARTED_S, is_gone, until
from tests.redis_server import BINARY

logger = logging.getLogger(__name__)
pytestmark = [pytest.mark.skipif(BINARY is None, reason="redis-server is absent"), pytest.mark.timeout(300)]

FEW = ("presiding_judge", "clerk")
BACK_WITHIN_S = 15.0
LEG_FACTS = ("track_ended", "media_disconnected")
UNNOTICED_S = 1.0
"""Longest pause of a track that nobody calls an interruption."""
DRAINED_WITHIN_S = 60.0
READY_AGAIN_S = 10.0


def others(court: WholeCourt) -> list[str]:
    return [court.scheduled.participants[part] for part in court.robots if part != "clerk"]


async def is_back(cluster: WholeCluster, court: WholeCourt, listener: Listener, began: float, before: str) -> str:
    """Heard, seen, recorded and transcribed again, on another worker."""
    await court.until("clerk", lambda view: not is_in_order(view), BACK_WITHIN_S)
    await court.until("clerk", is_in_order, BACK_WITHIN_S)
    await listener.hears(others(court), BACK_WITHIN_S)
    back_s = time.monotonic() - began
    logger.info("back after %.1f s", back_s)
    assert back_s < BACK_WITHIN_S
    worker = await cluster.worker_of(court.hearing)
    assert worker not in ("", before)
    return worker


async def assert_recorded(cluster: WholeCluster, court: WholeCourt, causes: list[str]) -> list[JournalRow]:
    """Closed; everything received is in the archive, in one folder that proves itself, or in a gap of the journal."""
    await court.close()
    rows = await court.journal()
    assert [row.data["cause"] for row in rows if row.type == "recording_started"] == causes
    names = {participant: part for part, participant in court.scheduled.participants.items()}
    assert lost_packets(rows, track_counts(rows, names)) == 0
    assert verify_folder(cluster.recordings(court.hearing), court.hearing) == []
    assert list(cluster.recordings(court.hearing).glob("**/*.part")) == []
    return rows


async def test_a_killed_workers_hearing_comes_back_on_another_and_the_other_hearing_never_notices(
    tmp_path: Path,
) -> None:
    async with whole_cluster(tmp_path) as cluster, signed_in_clerk(cluster) as api:
        async with (
            hearing_of(cluster, api, 1, FEW) as struck,
            hearing_of(cluster, api, 2, FEW) as spared,
            Listener(struck.session("clerk")) as listener,
            Listener(spared.session("clerk")) as calm,
        ):
            lost, kept = await cluster.worker_of(struck.hearing), await cluster.worker_of(spared.hearing)
            assert {lost, kept} == {"a", "b"}, "the second hearing goes where there is less to do"
            await listener.hears(others(struck))
            await calm.hears(others(spared))
            before = await struck.understood(4)
            async with measured_stalls() as stalls:
                with calm.watching() as pauses:
                    began = time.monotonic()
                    await cluster.workers[lost].end(signal.SIGKILL)
                    assert await is_back(cluster, struck, listener, began, lost) == kept
            logger.info("longest pauses of the other hearing %s, own stall %.2f s", pauses, stalls[0])
            assert max(pauses.values()) < UNNOTICED_S + stalls[0]
            await struck.understood(4)
            await struck.remembers(before)
            rows = await assert_recorded(cluster, struck, ["opened", "worker_lost"])
            (room_lost,) = [row for row in rows if row.type == "room_lost"]
            assert room_lost.data["cause"] == "worker_lost"
            gaps = [row.data for row in rows if row.type == "recording_gap" and row.data["cause"] == "server_lost"]
            assert len(gaps) == 2 * len(FEW), "what was not recorded in between is on record, by track"
            calm_rows = await assert_recorded(cluster, spared, ["opened"])
            assert not [row for row in calm_rows if row.type == "room_lost"]
        assert_discreet(cluster.log(), [*struck.secrets, *spared.secrets])


async def test_a_worker_that_was_halted_too_long_writes_nothing_more(tmp_path: Path) -> None:
    """Check 11: SIGSTOP past the lease, taken over, SIGCONT."""
    async with whole_cluster(tmp_path) as cluster, signed_in_clerk(cluster) as api:
        async with hearing_of(cluster, api, 1, FEW) as court, Listener(court.session("clerk")) as listener:
            old = await cluster.worker_of(court.hearing)
            halted = cluster.workers[old]
            await listener.hears(others(court))
            await court.recognised(await court.say(4))
            began = time.monotonic()
            halted.tell(signal.SIGSTOP)
            new = await is_back(cluster, court, listener, began, old)
            taken_over_ms = max(row.at_ms for row in await court.journal() if row.type == "room_lost")
            halted.tell(signal.SIGCONT)
            await until(lambda: "room given up" in halted.log(), "the old owner knows")
            await until(lambda: "does not hold the room is refused" in cluster.front.log(), "its facts are refused")
            await listener.hears(others(court))
            await court.recognised(await court.say(4))
            spool = cluster.folder / old / "spool" / old / "facts.jsonl"
            await until(lambda: spool.stat().st_size == 0, "it may forget what was refused")
            assert await cluster.worker_of(court.hearing) == new
            rows = await assert_recorded(cluster, court, ["opened", "worker_lost"])
            told = Counter(row.type for row in rows if row.at_ms > taken_over_ms and row.type in LEG_FACTS)
            # The old owner's legs end after it was halted, and so do its tracks: nothing of that is in the journal.
            assert told == {"track_ended": 2 * len(FEW), "media_disconnected": len(FEW) + 1}
        assert_discreet(cluster.log(), court.secrets)


@pytest.mark.parametrize("away_s", [8.0, pytest.param(600.0, marks=[pytest.mark.soak, pytest.mark.timeout(1200)])])
async def test_a_hearing_goes_on_while_redis_is_away_and_nothing_of_it_is_lost(tmp_path: Path, away_s: float) -> None:
    """Check 10, in short and at full length."""
    async with whole_cluster(tmp_path, workers="a") as cluster, signed_in_clerk(cluster) as api:
        async with hearing_of(cluster, api, 1, FEW) as court, Listener(court.session("clerk")) as listener:
            await listener.hears(others(court))
            assert (await cluster.status("/healthz"), await cluster.status("/readyz")) == (200, 200)
            async with measured_stalls() as stalls:
                with listener.watching() as pauses:
                    cluster.redis.stop()
                    spoken = await court.say(8)  # long: one character lost to a busy machine is within the bound
                    await cluster.until_status("/readyz", 503)
                    await asyncio.sleep(away_s)  # longer than a lease is good for
                    assert await cluster.status("/healthz") == 200
                    cluster.redis.start()
                    ready_s = await cluster.until_status("/readyz", 200)
                    heard = await court.recognised(spoken)
                    again = await court.say(4)
                    await court.recognised(again)
            assert ready_s < READY_AGAIN_S
            logger.info("ready %.1f s after redis; longest pauses %s, own stall %.2f s", ready_s, pauses, stalls[0])
            assert max(pauses.values()) < UNNOTICED_S + stalls[0]
            assert error_rate(spoken, heard) <= ERROR_RATE, "said while redis was away"
            rows = await assert_recorded(cluster, court, ["opened"])
            assert not [row for row in rows if row.type == "room_lost"]
        assert_discreet(cluster.log(), court.secrets)


async def test_a_worker_that_is_asked_to_end_hands_its_hearings_over(tmp_path: Path) -> None:
    """Check 9: no new rooms, recordings sealed, exit in time."""
    async with whole_cluster(tmp_path) as cluster, signed_in_clerk(cluster) as api:
        async with hearing_of(cluster, api, 1, FEW) as court, Listener(court.session("clerk")) as listener:
            old = await cluster.worker_of(court.hearing)
            await listener.hears(others(court))
            await court.recognised(await court.say(4))
            lobbies = [await schedule_hearing(api, number) for number in (2, 3, 4)]
            children = cluster.workers[old].remember_children()
            began = time.monotonic()
            (code, took_s), new = await asyncio.gather(
                cluster.workers[old].end(signal.SIGTERM), is_back(cluster, court, listener, began, old)
            )
            logger.info("drained in %.1f s", took_s)
            assert (code, took_s < DRAINED_WITHIN_S) == (0, True)
            assert all(map(is_gone, children))
            assert {await cluster.worker_of(lobby.hearing) for lobby in lobbies} == {new}
            await court.recognised(await court.say(4))
            rows = await assert_recorded(cluster, court, ["opened", "worker_lost"])
            assert [row.data["cause"] for row in rows if row.type == "room_lost"] == ["worker_drained"]
            assert not [row for row in rows if row.type == "segment_sealed" and row.data["recovered"]]
        assert_discreet(cluster.log(), court.secrets)


async def test_a_front_that_is_killed_finds_its_hearings_as_they_were(tmp_path: Path) -> None:
    async with whole_cluster(tmp_path, workers="a") as cluster, signed_in_clerk(cluster) as api:
        async with hearing_of(cluster, api, 1, FEW) as court, Listener(court.session("clerk")) as listener:
            await listener.hears(others(court))
            before = await court.understood(4)
            since = len(court.told["clerk"])
            await cluster.front.end(signal.SIGKILL)
            await cluster.front.start()
            answering = "hearing-server answers"
            await until(lambda: cluster.front.log().count(answering) == 2, "the front answers", STARTED_S)
            await until(lambda: court.heard("clerk", Welcome, since) != [], "the clerk is back", BACK_WITHIN_S)
            await court.until("clerk", is_in_order, BACK_WITHIN_S)
            await listener.hears(others(court), BACK_WITHIN_S)
            for robot in court.robots.values():
                await robot.ready_to_speak(BACK_WITHIN_S)
            await court.understood(4)
            await court.remembers(before)
            rows = await assert_recorded(cluster, court, ["opened"])
            assert not [row for row in rows if row.type in ("room_lost", "recorder_lost")]
        assert_discreet(cluster.log(), court.secrets)
