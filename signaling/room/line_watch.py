"""Measures every line of one room each five seconds, from what the legs count anyway."""

from collections.abc import Iterable, Sequence

from signaling.media.leg import Leg
from signaling.media.line_counts import NOTHING, LineCounts
from signaling.media.publish_leg import PublishLeg
from signaling.media.subscribe_leg import SubscribeLeg
from signaling.protocol.line_figures import MEASURED_EACH_S, LineFigures, MeasuredLine
from signaling.room.member import Member

UNKNOWN = -1
QUARTER = 2
"""Rank of the smallest layer there is a column for."""


class LineWatch:
    """Asked often by the room; ``now_s`` is monotonic."""

    def __init__(self, now_s: float) -> None:
        self._since_s = now_s
        self._before: dict[Leg, LineCounts] = {}
        self._now: dict[Leg, LineCounts] = {}

    def is_due(self, now_s: float) -> bool:
        return now_s - self._since_s >= MEASURED_EACH_S

    def measure(self, members: Iterable[Member], now_s: float) -> tuple[list[MeasuredLine], int]:
        """The lines of those who are connected, and the milliseconds since the last time. What a leg did before it was first seen
        here belongs to its first span."""
        span_s = max(now_s - self._since_s, 0.001)
        lines: list[MeasuredLine] = []
        for member in members:
            publish, subscribe = self._published(member.publish, span_s), self._subscribed(member.subscribe, span_s)
            if publish is not None or subscribe is not None:
                lines.append(MeasuredLine(participant=member.participant, publish=publish, subscribe=subscribe))
        self._since_s, self._before, self._now = now_s, self._now, {}
        return lines, round(span_s * 1000)

    def _published(self, leg: PublishLeg | None, span_s: float) -> LineFigures | None:
        if leg is None or not leg.connected:
            return None
        pictures = [each for each in leg.publications if each.kind == "video"]
        flowing = [picture.rank(source) for picture in pictures for source in picture.active if source.bitrate_bps]
        return _figures(self._spanned(leg), span_s, flowing, leg.jitter_ms or 0)

    def _subscribed(self, leg: SubscribeLeg | None, span_s: float) -> LineFigures | None:
        if leg is None or not leg.connected:
            return None
        figures = _figures(self._spanned(leg), span_s, leg.picture_ranks, leg.jitter_ms or 0)
        estimate_bps, round_trip_ns = leg.downlink.budget.estimate_bps, leg.round_trip_ns
        return figures._replace(
            round_trip_ms=UNKNOWN if round_trip_ns is None else round(round_trip_ns / 1e6),
            estimate_kbps=UNKNOWN if estimate_bps is None else round(estimate_bps / 1000),
        )

    def _spanned(self, leg: Leg) -> LineCounts:
        counts = self._now[leg] = leg.counts
        return counts.since(self._before.get(leg, NOTHING))


def _figures(counted: LineCounts, span_s: float, ranks: Sequence[int | None], jitter_ms: int) -> LineFigures:
    layers = [None if rank is None else min(rank, QUARTER) for rank in ranks]
    return LineFigures(
        kbps=round(counted.octets * 8 / 1000 / span_s),
        packets=counted.packets,
        lost=counted.lost,
        jitter_ms=jitter_ms,
        round_trip_ms=UNKNOWN,
        asked=counted.asked,
        repeated=counted.repeated,
        keyframes_asked=counted.keyframes_asked,
        full=layers.count(0),
        half=layers.count(1),
        quarter=layers.count(QUARTER),
        withheld=layers.count(None),
        estimate_kbps=UNKNOWN,
    )
