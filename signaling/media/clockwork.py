"""The legs of an endpoint and their work by the clock: 100 ms each, and every tenth time a second's.

They take turns within the 100 ms. Were all of them served at once, a packet that arrives meanwhile would wait for all of them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from signaling.media.leg import Leg

ROUND_S = 0.1
SHARES = 10
TURN_S = ROUND_S / SHARES
ROUNDS_A_SECOND = 10

_log = structlog.get_logger(__name__)


class Clockwork:
    """Iterates over the legs that have not ended."""

    def __init__(self) -> None:
        self.turns = 0
        """Served so far."""
        self._shares: tuple[dict[Leg, None], ...] = tuple({} for _ in range(SHARES))

    def __iter__(self) -> "Iterator[Leg]":
        return (leg for share in self._shares for leg in share)

    def __len__(self) -> int:
        return sum(map(len, self._shares))

    def add(self, leg: "Leg") -> None:
        min(self._shares, key=len)[leg] = None

    def remove(self, leg: "Leg") -> bool:
        """Whether it was there."""
        for share in self._shares:
            if leg in share:
                del share[leg]
                return True
        return False

    def serve_share(self, now_s: float) -> None:
        """Each `TURN_S`, ``now_s`` on the endpoint's clock."""
        rounds, share = divmod(self.turns, SHARES)
        self.turns += 1
        for leg in list(self._shares[share]):
            try:
                leg.tick(now_s)
                if (rounds + share) % ROUNDS_A_SECOND == 0 and leg.ended is None:
                    leg.second()
            except Exception:
                # Ownership border: a fault in one leg's clockwork must not stop the others'.
                _log.exception("tick_broke", participant=leg.participant, connection=leg.connection)
