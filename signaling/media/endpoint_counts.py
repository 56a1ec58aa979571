"""What all legs of an endpoint have counted together, those that ended included, and how late its clockwork runs."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from signaling.media.line_counts import NOTHING, LineCounts
from signaling.protocol.worker_figures import DistributionCount, MediaTotals

if TYPE_CHECKING:
    from signaling.media.leg import Leg

LAG_BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class EndpointCounts:
    """One per endpoint."""

    def __init__(self) -> None:
        self.lag_s = DistributionCount(*LAG_BOUNDS_S)
        self._ended: dict[str, LineCounts] = {}
        self._closed: dict[str, Counter[str]] = {}
        self._lost: dict[str, int] = {}

    def leg_ended(self, leg: "Leg") -> None:
        self._ended[leg.direction] = self._ended.get(leg.direction, NOTHING).plus(leg.counts)
        if leg.ended is not None:
            self._closed.setdefault(leg.direction, Counter())[leg.ended.value] += 1

    def totals(self, legs: "Iterable[Leg]") -> list[MediaTotals]:
        """``legs``: those that have not ended."""
        present = list(legs)
        return [self._totals("publish", present), self._totals("subscribe", present)]

    def _totals(self, direction: str, legs: "list[Leg]") -> MediaTotals:
        counts, connected = self._ended.get(direction, NOTHING), 0
        for leg in legs:
            if leg.direction == direction:
                counts, connected = counts.plus(leg.counts), connected + leg.connected
        # A loss that was repaired late is taken back by its leg; a total that is watched over time only grows.
        self._lost[direction] = lost = max(self._lost.get(direction, 0), counts.lost)
        return MediaTotals.model_validate(
            {
                **counts._replace(lost=lost)._asdict(),
                "direction": direction,
                "connected": connected,
                "closed": dict(self._closed.get(direction, {})),
            }
        )
