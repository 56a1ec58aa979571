"""After a hearing that robots held, Prometheus reads exactly what the journal says was sent; and how the lines were is kept."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from hearing_server.web.line_models import LineQuality
from hearing_server.web.models import JournalRow
from tests.integration.whole_court import Listener, WholeCourt, hearing_in_session
from tests.integration.whole_server import WholeServer, whole_server

LABELS = {
    "worker",
    "direction",
    "cause",
    "code",
    "by",
    "sink",
    "state",
    "store",
    "step",
    "le",
    "method",
    "route",
    "status",
}
MOST_SERIES = 800
"""Of one worker. Most are buckets: a histogram for each route of the HTTP API that was used."""
PATIENCE_S = 30.0
SPAN_PACKETS = (150, 2_000)
"""In five seconds of 50 packets of sound a second and a small picture, on a machine that is busy with other things."""

Series = dict[tuple[str, ...], float]
"""By name and the labels' values, in order of the labels' names; the worker is left out, for there is one."""


async def test_a_scrape_after_a_hearing_equals_what_the_journal_counted(tmp_path: Path) -> None:
    async with whole_server(tmp_path) as server, hearing_in_session(server) as court:
        async with Listener(court.session("clerk")) as listener:
            await listener.hears([court.scheduled.participants["plaintiff"]])
            await court.say(6)
            during = await scraped_when(server, lambda seen: seen["hearing_members",] == len(court.robots))
            await measured_twice(court)
            await court.close()
        after = await scraped_when(server, is_over)
        rows = await court.journal()
        lines = await court.api.get(f"/api/hearings/{court.hearing}/quality", LineQuality)
        assert during["hearing_rooms",] == 1
        assert during["hearing_websockets",] == len(court.robots)
        assert during["hearing_recorder_ready",] == during["hearing_transcriber_state", "live"] == 1
        assert_media_is_that_of(rows, after)
        assert_joins_are_those_of(rows, after)
        assert after["hearing_forward_seconds_count",] > 0 and after["hearing_loop_lag_seconds_count",] > 100
        assert after["hearing_sink_starts_total", "recorder"] == 1
        await assert_bounded(server, court)
        assert_lines_are_those_of(rows, lines)


# ---------------------------------------------------------------------- reading


async def text_of(server: WholeServer) -> str:
    async with aiohttp.ClientSession() as http, http.get(f"{server.base_url}/metrics") as response:
        assert response.status == 200
        return await response.text()


async def scraped(server: WholeServer) -> Series:
    return {
        (sample.name, *(value for name, value in sorted(sample.labels.items()) if name != "worker")): sample.value
        for family in text_string_to_metric_families(await text_of(server))
        for sample in family.samples
    }


async def scraped_when(server: WholeServer, holds: Callable[[Series], bool]) -> Series:
    """The worker tells its figures every five seconds."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if holds(seen := await scraped(server)):
                return seen
            await asyncio.sleep(0.2)  # there is no event: Prometheus asks, too


async def measured_twice(court: WholeCourt) -> None:
    """Everybody's line to the court has a whole span, in which sound flowed all the time."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            lines = await court.api.get(f"/api/hearings/{court.hearing}/quality", LineQuality)
            whole = [line for line in lines.measured if line.direction == "publish" and len(line.packets) >= 2]
            if len(whole) == len(court.robots):
                assert all(SPAN_PACKETS[0] <= line.packets[-1] <= SPAN_PACKETS[1] for line in whole)
                return
            await asyncio.sleep(0.2)


def is_over(seen: Series) -> bool:
    """The room closes once everything is sealed."""
    up = seen["hearing_media_connections", "publish"] + seen["hearing_media_connections", "subscribe"]
    return seen["hearing_rooms",] == up == 0


# ---------------------------------------------------------------------- comparing


def assert_media_is_that_of(rows: list[JournalRow], seen: Series) -> None:
    for direction in ("publish", "subscribe"):
        ended = [row.data for row in rows if row.type == "media_disconnected" and row.data["direction"] == direction]
        assert ended
        assert seen["hearing_media_packets_total", direction] == sum(int(str(each["packets"])) for each in ended) > 0
        assert seen["hearing_media_lost_total", direction] == sum(int(str(each["lost"])) for each in ended)
        closed = {
            name[1]: value for name, value in seen.items() if name[0].endswith("_closed_total") and direction in name
        }
        assert closed == Counter(str(each["cause"]) for each in ended)
    tracks = [row.data for row in rows if row.type == "track_ended"]
    received = sum(int(str(each["packets_received"])) for each in tracks)
    assert seen["hearing_media_packets_total", "publish"] == received, "what legs counted is what tracks counted"
    assert seen["hearing_media_octets_total", "publish"] > 50 * received
    assert seen["hearing_media_unsent_total", "publish"] == 0


def assert_joins_are_those_of(rows: list[JournalRow], seen: Series) -> None:
    connected = [row for row in rows if row.type == "media_connected" and row.data["direction"] == "publish"]
    for step in ("welcome_to_offer", "offer_to_connected", "connected_to_packet", "welcome_to_packet"):
        assert seen["hearing_join_seconds_count", step] == len(connected) == 4, step
    whole_s, last_s = (seen["hearing_join_seconds_sum", step] for step in ("welcome_to_packet", "connected_to_packet"))
    assert 0 < last_s < whole_s


async def assert_bounded(server: WholeServer, court: WholeCourt) -> None:
    text = await text_of(server)
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert len(samples) <= MOST_SERIES
    assert {label for sample in samples for label in sample.labels} <= LABELS
    for secret in (court.hearing, *court.scheduled.participants.values()):
        assert secret not in text


def assert_lines_are_those_of(rows: list[JournalRow], lines: LineQuality) -> None:
    """The figures of all spans together are at most those of the legs: what came after the last span is in none."""
    for direction in ("publish", "subscribe"):
        ended = Counter[str]()
        for row in rows:
            if row.type == "media_disconnected" and row.data["direction"] == direction:
                ended[str(row.data["participant"])] += int(str(row.data["packets"]))
        measured = {line.participant: sum(line.packets) for line in lines.measured if line.direction == direction}
        assert measured.keys() == ended.keys(), json.dumps([measured, ended])
        for participant, packets in measured.items():
            assert 0 < packets <= ended[participant]
    assert all(set(line.round_trip_ms) == {-1} for line in lines.measured if line.direction == "publish")
