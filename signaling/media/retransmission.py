"""How often a subscriber's requests for lost packets are granted.

Without limits a congested downlink starves itself: 400 kbit/s for 20 s once turned 1,300 requests into 128,098 repeats. So
each packet is repeated a few times at most and not faster than a round trip, and video repeats live on a budget. Audio is small
and comes first: what it takes is taken from video, and it is refused only when a second's worth is owed, which nobody's lost speech is.
"""

from collections import OrderedDict

MAX_REPEATS = 3
MIN_INTERVAL_NS = 30_000_000
FLOOR_BYTES_S = 25_000
CONGESTED_BYTES_S = 10_000
"""While packets queue up: repeats of pictures are what the queue needs least."""
SHARE = 0.15
"""Of what the leg sends anyway: repairs 5 % loss with room for repeats that are lost as well."""
BURST_S = 1.0
REMEMBERED = 1024
"""Packets whose repeats are counted; the oldest is forgotten, which by then has left the ring."""


class RetransmissionBudget:
    """One per subscribe leg. Times are monotonic nanoseconds."""

    def __init__(self, now_ns: int) -> None:
        self._rate_bytes_s: float = FLOOR_BYTES_S
        self._tokens: float = FLOOR_BYTES_S * BURST_S
        self._filled_ns = now_ns
        self._repeats: OrderedDict[tuple[int, int], tuple[int, int]] = OrderedDict()
        self.granted = 0
        self.refused = 0

    def set_media_rate(self, bytes_s: float) -> None:
        """What the leg sends in media at present."""
        self._rate_bytes_s = max(FLOOR_BYTES_S, SHARE * bytes_s)

    def may_repeat(self, ssrc: int, sequence: int, now_ns: int) -> bool:
        """Not so often yet, and long enough ago. Asked before the packet is looked for: most requests of a flood end here."""
        times, last_ns = self._repeats.get((ssrc, sequence), (0, -MIN_INTERVAL_NS))
        if times >= MAX_REPEATS or (times and now_ns - last_ns < MIN_INTERVAL_NS):
            self.refused += 1
            return False
        return True

    def grant(
        self, ssrc: int, sequence: int, size_bytes: int, *, audio: bool, now_ns: int, congested: bool = False
    ) -> bool:
        """Whether the packet may be repeated now; counts it if so."""
        rate_bytes_s = CONGESTED_BYTES_S if congested else self._rate_bytes_s
        full = rate_bytes_s * BURST_S
        self._tokens = min(full, self._tokens + (now_ns - self._filled_ns) / 1e9 * rate_bytes_s)
        self._filled_ns = now_ns
        if not self.may_repeat(ssrc, sequence, now_ns):
            return False
        if self._tokens < (-full if audio else size_bytes):
            self.refused += 1
            return False
        self._tokens -= size_bytes
        times, _ = self._repeats.get((ssrc, sequence), (0, 0))
        self._repeats[ssrc, sequence] = (times + 1, now_ns)
        self._repeats.move_to_end((ssrc, sequence))
        if len(self._repeats) > REMEMBERED:
            self._repeats.popitem(last=False)
        self.granted += 1
        return True
