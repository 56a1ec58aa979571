"""What Prometheus reads is what was counted, and no label grows with people, hearings or strangers' inventions."""

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from hearing_server.court.figures import CourtFigures, Joining
from hearing_server.court.resources import WorkerStanding
from hearing_server.web.court_metrics import CourtMetrics
from hearing_server.web.errors import answer_errors
from hearing_server.web.metrics import RequestMetrics
from signaling.protocol.court_words import ErrorCode, TranscriptionState
from signaling.protocol.worker_figures import DistributionCount, MediaTotals, SinkFigures, WorkerFigures

METHODS = ("PROPFIND", "MKCOL", "LOCK", "UNLOCK", "SEARCH", "REPORT", "SUBSCRIBE")
"""aiohttp takes these and two dozen more."""


def totals(direction: str, packets: int) -> MediaTotals:
    return MediaTotals.model_validate(
        {
            "direction": direction,
            "connected": 2,
            "packets": packets,
            "octets": 10 * packets,
            "lost": 3,
            "asked": 4,
            "repeated": 5,
            "keyframes_asked": 6,
            "unsent": 7,
            "closed": {"removed": 8},
        }
    )


def figures() -> WorkerFigures:
    forward = DistributionCount(0.001, 0.01)
    for value in (0.0005, 0.002, 0.003, 5.0):
        forward.observe(value)
    return WorkerFigures(
        worker="w1",
        rooms=1,
        members=4,
        tracks=8,
        facts_waiting=9,
        refused={"sdp_invalid": 2},
        media=[totals("publish", 100), totals("subscribe", 300)],
        sinks=[SinkFigures(sink="recorder", ready=True, starts=2, waiting_bytes=11)],
        forward_s=forward.taken(),
        loop_lag_s=DistributionCount(0.1).taken(),
    )


def values(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_scrape_shows_what_was_counted() -> None:
    court, registry, words = CourtFigures(), CollectorRegistry(), WorkerStanding(recorder_ready=True)
    registry.register(CourtMetrics(court, lambda: words))
    court.hear_worker(figures())
    joining = Joining()
    court.offered(joining)
    court.connected(joining)
    seen = values(generate_latest(registry).decode())
    expected = {
        ("hearing_workers",): 1,
        ("hearing_rooms", "w1"): 1,
        ("hearing_members", "w1"): 4,
        ("hearing_tracks", "w1"): 8,
        ("hearing_facts_waiting", "w1"): 9,
        ("hearing_media_refused_total", "sdp_invalid", "w1"): 2,
        ("hearing_media_packets_total", "publish", "w1"): 100,
        ("hearing_media_packets_total", "subscribe", "w1"): 300,
        ("hearing_media_octets_total", "publish", "w1"): 1_000,
        ("hearing_media_lost_total", "publish", "w1"): 3,
        ("hearing_media_asked_total", "publish", "w1"): 4,
        ("hearing_media_repeated_total", "subscribe", "w1"): 5,
        ("hearing_media_keyframes_asked_total", "publish", "w1"): 6,
        ("hearing_media_unsent_total", "publish", "w1"): 7,
        ("hearing_media_connections", "publish", "w1"): 2,
        ("hearing_media_connections_closed_total", "removed", "publish", "w1"): 8,
        ("hearing_sink_ready", "recorder", "w1"): 1,
        ("hearing_sink_starts_total", "recorder", "w1"): 2,
        ("hearing_sink_waiting_bytes", "recorder", "w1"): 11,
        ("hearing_forward_seconds_bucket", "0.001", "w1"): 1,
        ("hearing_forward_seconds_bucket", "0.01", "w1"): 3,
        ("hearing_forward_seconds_bucket", "+Inf", "w1"): 4,
        ("hearing_forward_seconds_count", "w1"): 4,
        ("hearing_join_seconds_count", "offer_to_connected"): 1,
        ("hearing_recorder_ready",): 1,
        ("hearing_transcriber_state", TranscriptionState.OFF.value): 1,
        ("hearing_transcriber_state", TranscriptionState.LIVE.value): 0,
    }
    assert {name: seen.get(name) for name in expected} == expected
    assert abs(seen["hearing_forward_seconds_sum", "w1"] - 5.0055) < 1e-9


async def _served(metrics: RequestMetrics) -> TestServer:
    app = web.Application(middlewares=[answer_errors(metrics)])
    app.router.add_get("/metrics", metrics.serve)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=1)
    return server


async def test_with_a_token_only_who_says_it_is_answered() -> None:
    server = await _served(RequestMetrics(token="geheim"))
    try:
        async with aiohttp.ClientSession() as http:
            for said, status in (("", 404), ("Bearer other", 404), ("Bearer geheim", 200)):
                headers = {"Authorization": said, "X-Forwarded-For": "203.0.113.9"} if said else {}
                async with http.get(server.make_url("/metrics"), headers=headers) as response:
                    assert response.status == status, said
    finally:
        await server.close()


async def test_strangers_cannot_invent_series() -> None:
    metrics = RequestMetrics()
    server = await _served(metrics)
    try:
        async with aiohttp.ClientSession() as http:
            for number, method in enumerate(METHODS):
                async with http.request(method, server.make_url(f"/pot{number}")) as response:
                    assert response.status == 404
            async with http.get(server.make_url("/metrics")) as response:
                seen = values(await response.text())
    finally:
        await server.close()
    assert seen["hearing_http_requests_total", "other", "unknown", "404"] == len(METHODS)
    assert seen["hearing_refusals_total", "http", ErrorCode.NOT_FOUND.value] == len(METHODS)
    assert len([name for name in seen if name[0] == "hearing_http_requests_total"]) == 1
