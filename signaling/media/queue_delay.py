"""Whether packets stand in a queue on their way to a subscriber, found out with small numbered packets (soundings). Pure.

Browsers' estimates fall when arrivals jitter, as they do on every wireless link. A queue that one's own packets make is another thing:
for as long as it stands, *no* packet is quick, or hardly any comes. A long queue shows before the first sounding has come through it:
nothing is heard of any.
"""

from collections import deque

from signaling.media.transport_arrivals import TransportArrivals

QUEUE_US = 80_000
"""The quickest of the latest soundings is this much slower than the quickest of the last while. Jitter of a wireless link stays below."""
LATEST_S = 0.3
ENOUGH = 4
"""Soundings in that time."""
LATE_S = 0.1
"""By so much longer than any answer of the last while took, nothing was heard of several soundings."""
BASE_S = 15
"""For so long the quickest is remembered: a way that has become longer for good is no queue."""
REMEMBERED = 256
"""Soundings under way or looked at; the oldest are forgotten."""


class QueueDelay:
    """Clocks of server and subscriber may differ by any constant."""

    def __init__(self) -> None:
        self.answered = False
        """The browser reports on soundings."""
        self._sent_s: dict[int, float] = {}
        self._latest: deque[tuple[float, float | None]] = deque(maxlen=REMEMBERED)
        """(when sent, how long under way on differing clocks, in µs; None: lost)."""
        self._quickest: deque[tuple[int, float]] = deque(maxlen=BASE_S)
        """(second, the quickest sent in it)."""
        self._answers: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)
        """(when sent, how long until the report), in seconds."""

    def sent(self, number: int, now_s: float) -> None:
        """The packet with this transport sequence (16 bits) leaves."""
        if len(self._sent_s) >= REMEMBERED:
            del self._sent_s[next(iter(self._sent_s))]
        self._sent_s[number] = now_s

    def arrived(self, arrivals: TransportArrivals, now_s: float) -> None:
        for number, arrival_us in enumerate(arrivals.arrivals_us, arrivals.first):
            sent_s = self._sent_s.pop(number & 0xFFFF, None)
            if sent_s is None:
                continue
            self.answered = True
            self._answers.append((sent_s, now_s - sent_s))
            if arrival_us is None:
                self._latest.append((sent_s, None))
            else:
                self._arrived(sent_s, arrival_us - sent_s * 1_000_000)

    def _arrived(self, sent_s: float, delay_us: float) -> None:
        self._latest.append((sent_s, delay_us))
        second = int(sent_s)
        if self._quickest and self._quickest[-1][0] == second:
            delay_us = min(delay_us, self._quickest.pop()[1])
        self._quickest.append((second, delay_us))

    def standing(self, now_s: float) -> bool:
        """Whether the latest soundings all waited, or none of them came, or nothing is heard of them for too long."""
        if not self._latest:
            return False
        newest_s = max(sent_s for sent_s, _ in self._latest)
        latest = [delay_us for sent_s, delay_us in self._latest if sent_s > newest_s - LATEST_S]
        came = [delay_us for delay_us in latest if delay_us is not None]
        base_us = min((us for second, us in self._quickest if second > newest_s - BASE_S), default=float("inf"))
        waited = len(latest) >= ENOUGH and (not came or min(came) - base_us > QUEUE_US)
        return waited or self._overdue(now_s)

    def _overdue(self, now_s: float) -> bool:
        """Reports may be lost as well, so only what was sent after the newest answered sounding counts."""
        newest_s = max(sent_s for sent_s, _ in self._answers)
        unanswered = [sent_s for sent_s in self._sent_s.values() if sent_s > newest_s]
        usual_s = max((took_s for sent_s, took_s in self._answers if sent_s > newest_s - BASE_S), default=0.0)
        return len(unanswered) >= ENOUGH and now_s - unanswered[0] > usual_s + LATE_S
