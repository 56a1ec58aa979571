"""What a source hands to the sinks that follow it: its packets in batches, and the reports that tell its sender's clock."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from signaling.media.rtcp import SenderReport
from signaling.media.sink import TrackSink

if TYPE_CHECKING:
    from signaling.media.source import Source

_log = structlog.get_logger(__name__)


class SinkFeed:
    """Of one source, whose ``batch`` the hot path fills while there is a sink."""

    __slots__ = ("_sinks", "_source")

    def __init__(self, source: "Source") -> None:
        self._source = source
        self._sinks: dict[int, TrackSink] = {}
        """By identity."""

    def attach(self, sink: TrackSink) -> None:
        if id(sink) in self._sinks:
            return
        if self._source.batch is None:
            self._source.batch = []
        self.flush()
        self._sinks[id(sink)] = sink
        sink.open_track(self._source)

    def detach(self, sink: TrackSink) -> None:
        if id(sink) not in self._sinks:
            return
        self.flush()
        del self._sinks[id(sink)]
        if not self._sinks:
            self._source.batch = None
        sink.close_track(self._source)

    def end(self) -> None:
        for sink in list(self._sinks.values()):
            self.detach(sink)

    def flush(self) -> None:
        """Every 100 ms, and before anything that has to come after the packets so far."""
        batch = self._source.batch
        if batch:
            self._source.batch = []
            self._tell(lambda sink: sink.packets(self._source, batch))

    def sender_report(self, report: SenderReport, arrival_ns: int) -> None:
        self.flush()
        self._tell(lambda sink: sink.sender_report(self._source, arrival_ns // 1000, report.ntp, report.rtp))

    def _tell(self, tell: Callable[[TrackSink], None]) -> None:
        for sink in list(self._sinks.values()):
            try:
                tell(sink)
            except Exception:
                # Ownership border: what a sink does with packets never disturbs the hearing or the other sinks.
                _log.exception("sink_broke", participant=self._source.participant, track=self._source.track)
