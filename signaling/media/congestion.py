"""How much video a subscriber's downlink carries. Pure: what is known comes in with the time, in seconds on a clock that never jumps.

The browser tells its estimate (REMB). It is a judgement of the pictures it *receives* (voices are left out): it falls when packets queue
up on the way, and otherwise creeps up to one and a half times what comes in. So a low estimate alone means nothing, and a falling one that
something may be wrong; but it falls on a jittery way that has room, too. So it is believed when soundings show a queue (`QueueDelay`), or
losses tell the same. Whether more would fit is only learnt by sending more. That is done with padding (`Probe`), slowly rising, so that a
full link is noticed before anybody's voice suffers, and with a pause after each failure that grows.
"""

from signaling.media.probe import Probe
from signaling.media.queue_delay import BASE_S, QueueDelay
from signaling.media.transport_arrivals import TransportArrivals

START_BPS = float("inf")
"""Believed of a downlink until it complains, which a full one does within a second."""
FLOOR_BPS = 60_000.0
FELL = 0.97
ROSE = 1.02
CLEARLY_OVER = 1.25
"""Sending this much more than a falling estimate is congestion at once; less, when it falls again."""
FAR_OVER = 2.0
"""An estimate falls to 0.85 of what came in: less than 0.6 of what was sent arrived, which no jitter does."""
DRAIN = 0.5
"""Of an estimate when a queue stands: it has only begun to fall, and the queue has to empty as well, with the voices in it."""
FALLS_TOGETHER_S = 3.0
STALLED_AFTER_S = 2.5
"""An estimate below what is sent rises every second unless packets queue up."""
MARGIN = 0.95
STALLED_SHARE = 0.6
"""Of what is sent, kept when nothing but the standing still is known."""
QUIET_S = 2.0
"""For so long reports still tell of the same queue, or of the probe that ended."""

LOSSY = 0.10
"""Below it losses are repaired; wireless links lose that much without being full."""
VERY_LOSSY = 0.25

FIRST_PROBE_AFTER_S = 3.0
MAX_PROBE_WAIT_S = 8.0
MAX_DISTRUST_WAIT_S = 60.0
DISTRUST_WITHIN_S = 20.0
"""Congestion this soon after a probe shows that what it proved was wrong."""
DISTRUST_S = 60.0
"""For so long after that, what a probe reached before trouble came counts for nothing; one without trouble still counts."""
GOAL = 1.2
"""A probe goes this far beyond what is wanted: pictures come in bursts, padding does not."""
PROVEN = 0.85
"""Of the last level without trouble."""

SUSPECTS_S = 1.5
"""For so long soundings look for the queue a falling estimate tells of."""

FAILS_AGAIN_S = 10.0
FAILING_S = BASE_S + 5.0
"""An estimate that fails again and again for so long, with nothing left to lower, is believed of the lowest layers too. Before that a
receiver on a busy machine, or a way that has become longer, looks the same."""


class DownlinkBudget:
    """``budget_bps``: what may be sent in pictures. ``lowest_bps``: what may be sent in the lowest layer of each; it follows the budget
    down only on evidence (losses, or failures that lowering did not end), and is never below it."""

    def __init__(self, now_s: float) -> None:
        self.budget_bps = START_BPS
        self.lowest_bps = START_BPS
        self._lowest_since_s = float("inf")
        """Every picture is in its lowest layer; infinite: one is not."""
        self._failing_since_s = now_s
        self.delay = QueueDelay()
        self._suspected_bps = 0.0
        self._suspects_until_s = now_s + SUSPECTS_S
        self.probe: Probe | None = None
        self.estimate_bps: float | None = None
        """Latest of the browser."""
        self.unanswered = False
        """This browser never reports on probes: more is tried without them, and rarely."""
        self._answered = False
        self._rose_s = now_s
        self._risen_from = 0.0
        self._fell_s = float("-inf")
        self._congested_s = float("-inf")
        self._proved_s = float("-inf")
        self._proved_fully = False
        self._distrusted_s = float("-inf")
        self._probe_ended_s = float("-inf")
        self._lossy = False
        self._wait_s = FIRST_PROBE_AFTER_S
        self._next_probe_s = now_s + FIRST_PROBE_AFTER_S

    # ---------------------------------------------------------------- what is reported

    def take_estimate(self, estimate_bps: float, sent_bps: float, now_s: float, steady_bps: float = START_BPS) -> None:
        """The browser's estimate, and what was sent lately, probes left out. ``steady_bps``: no less was sent for a while; what only
        just began, no estimate can tell of."""
        before, self.estimate_bps = self.estimate_bps, estimate_bps
        over = sent_bps > estimate_bps
        if before is None or not over or estimate_bps > self._risen_from * ROSE:
            self._rose_s, self._risen_from = now_s, estimate_bps
        if before is None:
            if sent_bps > estimate_bps * CLEARLY_OVER:
                self._suspect(estimate_bps, now_s)
        elif estimate_bps < before * FELL:
            self._risen_from = min(self._risen_from, estimate_bps)
            again, self._fell_s = now_s - self._fell_s < FALLS_TOGETHER_S, now_s
            if sent_bps > estimate_bps * CLEARLY_OVER or (over and again):
                self._suspect(estimate_bps, now_s, certain=min(sent_bps, steady_bps) > estimate_bps * FAR_OVER)
        elif over and now_s - self._rose_s >= STALLED_AFTER_S:
            self._rose_s = now_s
            self._suspect(max(estimate_bps, STALLED_SHARE * sent_bps), now_s)

    def _suspect(self, estimate_bps: float, now_s: float, *, certain: bool = False) -> None:
        """The estimate tells of congestion. A browser that reports nothing of soundings has to be believed."""
        queued = certain or self.delay.standing(now_s)
        if self.delay.answered and not queued:
            self._suspected_bps, self._suspects_until_s = estimate_bps, now_s + SUSPECTS_S
        elif not self._ended_probe(now_s):
            self._congested(estimate_bps * (self._drain(now_s) if queued else MARGIN), now_s)

    def _drain(self, now_s: float) -> float:
        """Share of an estimate while a queue stands; where nothing is left to lower, it would pause pictures and empty nothing."""
        return MARGIN if self._lowest_for(now_s) else DRAIN

    def suspects(self, now_s: float) -> bool:
        """Whether soundings are needed."""
        return now_s < self._suspects_until_s

    def take_loss(self, expected: int, lost: int, sent_bps: float, now_s: float) -> None:
        """Packets since the last call, of all streams together."""
        share = max(0, lost) / max(1, expected)
        before, self._lossy = self._lossy, share >= LOSSY
        if not self._lossy or self._ended_probe(now_s) or now_s - self._probe_ended_s < QUIET_S:
            return
        if before or share >= VERY_LOSSY:
            self._congested(sent_bps * (1 - share) * MARGIN, now_s, certain=True)

    def _congested(self, carries_bps: float, now_s: float, *, certain: bool = False) -> None:
        self.budget_bps = max(FLOOR_BPS, min(self.budget_bps, carries_bps))
        if now_s - self._congested_s > QUIET_S:  # else the same queue, told again
            if not self._lowest_for(now_s) or now_s - self._congested_s > FAILS_AGAIN_S:
                self._failing_since_s = now_s
            if now_s - self._proved_s >= DISTRUST_WITHIN_S:
                self._wait_s = FIRST_PROBE_AFTER_S
            elif self._proved_fully:
                self._wait_s = min(MAX_DISTRUST_WAIT_S, 2 * max(self._wait_s, FIRST_PROBE_AFTER_S))
            else:
                self._distrusted_s = now_s
        if self._lowest_for(now_s) and (certain or now_s - self._failing_since_s >= FAILING_S):
            self.lowest_bps = min(self.lowest_bps, self.budget_bps)
        self._congested_s = now_s
        self._suspects_until_s = now_s + SUSPECTS_S
        self._next_probe_s = now_s + self._wait_s

    def _lowest_for(self, now_s: float) -> bool:
        """Whether there has been nothing to lower for long enough that reports tell of it."""
        return now_s - self._lowest_since_s > QUIET_S

    def chosen(self, now_s: float, *, lowest: bool) -> None:
        """``lowest``: every picture is in its lowest layer."""
        self._lowest_since_s = min(self._lowest_since_s, now_s) if lowest else float("inf")

    def sent(self, number: int, now_s: float) -> None:
        """A sounding or a packet of the probe leaves."""
        self.delay.sent(number, now_s)
        if self.probe is not None:
            self.probe.sent(number, now_s)

    def take_arrivals(self, arrivals: TransportArrivals, now_s: float) -> None:
        self._answered = True
        self.delay.arrived(arrivals, now_s)
        if self.probe is not None:
            self.probe.arrived(arrivals)
        self.look_for_queue(now_s)

    def look_for_queue(self, now_s: float) -> None:
        """Often, while soundings are out: whether they confirm what is suspected."""
        if self.probe is None and self.suspects(now_s) and self.delay.standing(now_s):
            self._suspects_until_s = now_s + SUSPECTS_S
            if self._suspected_bps:
                carries_bps, self._suspected_bps = self._suspected_bps * self._drain(now_s), 0.0
                self._congested(carries_bps, now_s)

    def troubled(self, now_s: float) -> bool:
        """Whether congestion was reported lately, or its queue still stands."""
        return now_s - self._congested_s < QUIET_S or (self.suspects(now_s) and self.delay.standing(now_s))

    # ---------------------------------------------------------------- finding out whether more would fit

    def look(self, wanted_bps: float, sent_bps: float, now_s: float) -> None:
        """Often: begins and ends probes. ``wanted_bps``: what would be sent with room for everything; ``sent_bps`` without probes."""
        if self.probe is not None and self.probe.troubled(now_s):
            self.unanswered = not self._answered
            self._ended_probe(now_s)
        if not self.troubled(now_s):
            self._raise_to(sent_bps)
        if self.probe is not None:
            if self.probe.done(now_s):
                self._prove(self.probe.goal_bps, now_s, fully=True)
                self._next_probe_s = now_s + FIRST_PROBE_AFTER_S
                self.probe = None
        elif wanted_bps > self.budget_bps and now_s >= self._next_probe_s:
            self.probe = Probe(max(sent_bps, FLOOR_BPS), GOAL * wanted_bps, now_s)

    def _prove(self, carries_bps: float, now_s: float, *, fully: bool) -> None:
        if carries_bps > self.budget_bps:
            self._raise_to(carries_bps)
            self._proved_s, self._proved_fully = now_s, fully

    def _raise_to(self, carries_bps: float) -> None:
        self.budget_bps = max(self.budget_bps, carries_bps)
        self.lowest_bps = max(self.lowest_bps, self.budget_bps)

    def _ended_probe(self, now_s: float) -> bool:
        """Trouble while one ran: the probe made it, and what is sent without it still fits."""
        if self.probe is None:
            return False
        if now_s - self._distrusted_s >= DISTRUST_S:
            self._prove(PROVEN * self.probe.proven_bps(now_s), now_s, fully=False)
        self.probe = None
        self._wait_s = min(max(self._wait_s, MAX_PROBE_WAIT_S), self._wait_s * 1.5)
        self._probe_ended_s = now_s
        self._next_probe_s = now_s + self._wait_s
        return True
