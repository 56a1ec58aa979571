"""The court's figures in Prometheus' format, read when somebody asks. Labels are worker, direction, cause, code, sink, state and step:
closed sets and few workers, never a person or a hearing."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from hearing_server.court.figures import JoinStep
from signaling.protocol.court_words import TranscriptionState
from signaling.protocol.snapshot import TranscriptionView
from signaling.protocol.worker_figures import Distribution, MediaTotals, WorkerFigures

_WORKER, _DIRECTION = ["worker"], ["worker", "direction"]

MEDIA_COUNTERS = {
    "packets": "Media packets taken from participants (publish) or sent to them (subscribe)",
    "octets": "Bytes of these, RTP headers included",
    "lost": "Packets that never arrived at the worker (publish) or that devices reported missing (subscribe)",
    "asked": "Packets in requests to repeat them (NACK)",
    "repeated": "Packets sent again",
    "keyframes_asked": "Picture loss indications",
    "unsent": "Packets the socket refused",
}
"""By field of `MediaTotals`."""


class CourtStanding(Protocol):
    """Where the figures are; the courthouse is one."""

    def workers(self) -> list[WorkerFigures]: ...

    def joins(self) -> dict[JoinStep, Distribution]: ...


class WorkerWords(Protocol):
    """What the workers said last of recorder and transcriber."""

    @property
    def recorder_ready(self) -> bool: ...

    @property
    def transcriber(self) -> TranscriptionView: ...


class CourtMetrics(Collector):
    """Registered once in the application's registry."""

    def __init__(self, standing: CourtStanding, words: Callable[[], WorkerWords]) -> None:
        self._standing = standing
        self._words = words

    def collect(self) -> Iterable[Metric]:
        workers = self._standing.workers()
        yield GaugeMetricFamily("hearing_workers", "Workers heard lately", value=len(workers))
        yield from _rooms(workers)
        yield from _media(workers)
        yield from _sinks(workers)
        yield _histogram(
            "hearing_forward_seconds",
            "From a packet's arrival at the machine to its last copy sent; one in 256",
            _WORKER,
            {(each.worker,): each.forward_s for each in workers},
        )
        yield _histogram(
            "hearing_loop_lag_seconds",
            "How late the worker's clockwork of 100 ms ran",
            _WORKER,
            {(each.worker,): each.loop_lag_s for each in workers},
        )
        joins: dict[tuple[str, ...], Distribution] = {
            (step.value,): taken for step, taken in self._standing.joins().items()
        }
        yield _histogram("hearing_join_seconds", "Spans on the way into a hearing", ["step"], joins)
        yield from self._recognition()

    def _recognition(self) -> Iterator[Metric]:
        words = self._words()
        yield GaugeMetricFamily(
            "hearing_recorder_ready", "1 while a hearing could be recorded", value=words.recorder_ready
        )
        view = words.transcriber
        states = GaugeMetricFamily("hearing_transcriber_state", "1 for the state it is in", labels=["state"])
        for state in TranscriptionState:
            states.add_metric([state.value], view.state is state)
        yield states
        yield GaugeMetricFamily(
            "hearing_transcriber_lag_seconds", "How far live recognition is behind", value=view.lag_ms / 1000
        )


def _rooms(workers: list[WorkerFigures]) -> Iterator[Metric]:
    for name, documentation in {
        "rooms": "Rooms open",
        "members": "Participants in rooms",
        "tracks": "Streams published; each simulcast layer is one",
        "facts_waiting": "Facts told to the front and not yet committed",
    }.items():
        gauge = GaugeMetricFamily(f"hearing_{name}", documentation, labels=_WORKER)
        for worker in workers:
            gauge.add_metric([worker.worker], getattr(worker, name))
        yield gauge
    refused = CounterMetricFamily("hearing_media_refused", "Media commands refused", labels=["worker", "code"])
    for worker in workers:
        for code, count in worker.refused.items():
            refused.add_metric([worker.worker, code], count)
    yield refused


def _media(workers: list[WorkerFigures]) -> Iterator[Metric]:
    directions: list[tuple[str, MediaTotals]] = [(each.worker, totals) for each in workers for totals in each.media]
    connected = GaugeMetricFamily("hearing_media_connections", "Media connections up", labels=_DIRECTION)
    closed = CounterMetricFamily(
        "hearing_media_connections_closed", "Media connections that ended", labels=[*_DIRECTION, "cause"]
    )
    for worker, totals in directions:
        connected.add_metric([worker, totals.direction], totals.connected)
        for cause, count in totals.closed.items():
            closed.add_metric([worker, totals.direction, cause], count)
    yield connected
    yield closed
    for field, documentation in MEDIA_COUNTERS.items():
        counter = CounterMetricFamily(f"hearing_media_{field}", documentation, labels=_DIRECTION)
        for worker, totals in directions:
            counter.add_metric([worker, totals.direction], getattr(totals, field))
        yield counter


def _sinks(workers: list[WorkerFigures]) -> Iterator[Metric]:
    labels = ["worker", "sink"]
    ready = GaugeMetricFamily("hearing_sink_ready", "1 while recorder or transcriber can work", labels=labels)
    starts = CounterMetricFamily("hearing_sink_starts", "Starts of its process; beyond 1 it was lost", labels=labels)
    waiting = GaugeMetricFamily("hearing_sink_waiting_bytes", "Media kept for it until it is dealt with", labels=labels)
    for worker in workers:
        for sink in worker.sinks:
            ready.add_metric([worker.worker, sink.sink], sink.ready)
            starts.add_metric([worker.worker, sink.sink], sink.starts)
            waiting.add_metric([worker.worker, sink.sink], sink.waiting_bytes)
    return iter((ready, starts, waiting))


def _histogram(
    name: str, documentation: str, labels: list[str], taken: dict[tuple[str, ...], Distribution]
) -> HistogramMetricFamily:
    family = HistogramMetricFamily(name, documentation, labels=labels)
    for values, distribution in taken.items():
        buckets: list[tuple[str, float]] = []
        below = 0
        for bound, count in zip((*map(str, distribution.bounds), "+Inf"), distribution.counts, strict=True):
            below += count
            buckets.append((bound, below))
        family.add_metric(list(values), buckets, distribution.total)
    return family
