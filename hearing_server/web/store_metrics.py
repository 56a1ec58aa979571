"""Stores that fail, in Prometheus' format. Labels are store and code: closed sets, never a hearing."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class StoreMetrics(Collector):
    """Registered once in the application's registry."""

    def __init__(self, failing: Callable[[], Mapping[tuple[str, str], int]]) -> None:
        """``failing``: how many hearings cannot be copied, by store and code."""
        self._failing = failing

    def collect(self) -> Iterable[Metric]:
        gauge = GaugeMetricFamily(
            "hearing_store_failing", "Hearings whose recording a store does not take", labels=["store", "code"]
        )
        for labels, count in self._failing().items():
            gauge.add_metric(labels, count)
        yield gauge
