"""Finding out whether a downlink would carry more, by sending more: how much at which moment, and what the answers say. Pure."""

from signaling.media.transport_arrivals import TransportArrivals

STEP_S = 0.3
STEP = 1.3
HOLD_S = 0.6
"""How long the highest level is held."""
QUEUE_US = 50_000
"""Packets of one report that all came this much later than the quickest stand in a queue."""
LOSSY = 0.15
LOST_AT_LEAST = 2
SILENCE_S = 0.8
"""Browsers report at least each 250 ms; without reports for so long, the probes themselves do not get through."""
REMEMBERED = 4_096


class Probe:
    """Asks for more and more, step by step, up to ``goal_bps``; all rates count what is sent anyway."""

    def __init__(self, from_bps: float, goal_bps: float, now_s: float) -> None:
        self.goal_bps = goal_bps
        self._from_bps = from_bps
        self._began_s = now_s
        self._reached_s: float | None = None

        self._sent_us: dict[int, int] = {}
        self._quickest_us: int | None = None
        self._unanswered_s: float | None = None
        """Since when probes go out without a report."""
        self._trouble = False

    def sent(self, number: int, now_s: float) -> None:
        """The packet with this transport sequence (16 bits) leaves."""
        if len(self._sent_us) < REMEMBERED:
            self._sent_us[number] = round(now_s * 1_000_000)
        if self._unanswered_s is None:
            self._unanswered_s = now_s

    def arrived(self, arrivals: TransportArrivals) -> None:
        """A report: late packets show a queue, missing ones its end."""
        delays: list[int] = []
        lost = 0
        for number, arrival_us in enumerate(arrivals.arrivals_us, arrivals.first):
            sent_us = self._sent_us.pop(number & 0xFFFF, None)
            if sent_us is None:
                continue
            if arrival_us is None:
                lost += 1
            else:
                delays.append(arrival_us - sent_us)
        if delays or lost:
            self._unanswered_s = None
        if lost >= LOST_AT_LEAST and lost >= LOSSY * (lost + len(delays)):
            self._trouble = True
        if delays:
            quickest = min(delays)
            self._quickest_us = quickest if self._quickest_us is None else min(self._quickest_us, quickest)
            self._trouble = self._trouble or quickest - self._quickest_us > QUEUE_US

    def troubled(self, now_s: float) -> bool:
        """Whether more is sent than gets through."""
        return self._trouble or (self._unanswered_s is not None and now_s - self._unanswered_s > SILENCE_S)

    def level_bps(self, now_s: float) -> float:
        return self._level(int((now_s - self._began_s) / STEP_S))

    def _level(self, step: int) -> float:
        return min(self.goal_bps, self._from_bps * STEP ** (step + 1))

    def proven_bps(self, now_s: float) -> float:
        """What went through before the first sign of trouble, which takes two steps to be seen."""
        step = int((now_s - self._began_s) / STEP_S) - 2
        return self._level(step) if step >= 0 else 0.0

    def done(self, now_s: float) -> bool:
        if self._reached_s is None and self.level_bps(now_s) >= self.goal_bps:
            self._reached_s = now_s
        return self._reached_s is not None and now_s - self._reached_s >= HOLD_S
