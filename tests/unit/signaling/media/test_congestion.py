"""A downlink is simulated: a queue in front of a link, and a browser that estimates as Chromium does."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from signaling.media.congestion import DISTRUST_S, FLOOR_BPS, START_BPS, DownlinkBudget
from signaling.media.transport_arrivals import TransportArrivals

TICK_S = 0.05
QUEUE_S = 0.3
LOW, MIDDLE, HIGH = 150_000.0, 500_000.0, 1_500_000.0


@dataclass
class Simulation:
    """One picture in three layers behind a link of ``capacity_bps``; the estimate of the browser follows GCC's rules:
    0.85 of what comes through when the queue grows, 8 % more each second else, never over 1.5 times what comes in."""

    capacity_bps: float
    reports_probes: bool = True
    lowest_bps: float = LOW
    now_s: float = 100.0
    queue_bits: float = 0.0
    estimate_bps: float | None = None
    layer_bps: float = LOW
    changes: list[float] = field(default_factory=list)
    worst_queue_s: float = 0.0
    told_s: float = 0.0
    number: int = 0

    def __post_init__(self) -> None:
        self.budget = DownlinkBudget(self.now_s)
        self.layer_bps = self.fitting()

    def fitting(self) -> float:
        return max((rate for rate in (self.lowest_bps, MIDDLE, HIGH) if rate <= self.budget.budget_bps), default=LOW)

    def run(self, seconds: float) -> None:
        for _ in self.steps(seconds):
            pass

    def steps(self, seconds: float) -> Iterator[float]:
        """Yields the time since the beginning of each step."""
        began_s = self.now_s
        while self.now_s - began_s < seconds:
            self._step()
            yield self.now_s - began_s

    def _step(self) -> None:
        self.now_s += TICK_S
        probe = self.budget.probe
        probes_bps = probe.level_bps(self.now_s) if probe is not None and not self.budget.unanswered else 0
        offered_bps = max(self.layer_bps, probes_bps)
        before_bits = self.queue_bits
        self.queue_bits = max(0.0, self.queue_bits + (offered_bps - self.capacity_bps) * TICK_S)
        overflow_bits = max(0.0, self.queue_bits - QUEUE_S * self.capacity_bps)
        self.queue_bits -= overflow_bits
        self.worst_queue_s = max(self.worst_queue_s, self.queue_bits / self.capacity_bps)
        through_bps = min(offered_bps, self.capacity_bps)
        self._estimate(through_bps, growing=self.queue_bits > before_bits or overflow_bits > 0)
        if probe is not None and not self.budget.unanswered:
            self.number = (self.number + 1) & 0xFFFF
            self.budget.sent(self.number, self.now_s)
        if probe is not None and self.reports_probes:
            late_us = round((self.now_s + self.queue_bits / self.capacity_bps) * 1_000_000)
            self.budget.take_arrivals(TransportArrivals(self.number, (late_us,)), self.now_s)
        if overflow_bits:
            self.budget.take_loss(100, round(100 * overflow_bits / (offered_bps * TICK_S)), self.layer_bps, self.now_s)
        self.budget.look(HIGH, self.layer_bps, self.now_s)
        layer_bps = self.fitting()
        if layer_bps != self.layer_bps:
            self.layer_bps = layer_bps
            self.changes.append(self.now_s)

    def _estimate(self, through_bps: float, *, growing: bool) -> None:
        before = self.estimate_bps if self.estimate_bps is not None else through_bps
        if growing:
            self.estimate_bps = min(before, 0.85 * through_bps)
        else:
            self.estimate_bps = max(before, min(before * (1 + 0.08 * TICK_S), 1.5 * through_bps + 10_000))
        if self.estimate_bps < 0.97 * before or self.now_s - self.told_s >= 1:
            self.told_s = self.now_s
            self.budget.take_estimate(self.estimate_bps, self.layer_bps, self.now_s)


def test_a_free_downlink_is_given_everything_and_left_alone() -> None:
    simulation = Simulation(20e6)
    simulation.run(60)
    assert simulation.layer_bps == HIGH and simulation.changes == []


def test_a_downlink_that_becomes_narrow_gets_the_low_layer_within_three_seconds() -> None:
    simulation = Simulation(20e6)
    simulation.run(20)
    simulation.capacity_bps = 300_000
    simulation.run(3)
    assert simulation.layer_bps == LOW


@pytest.mark.parametrize("capacity_bps", [200_000, 300_000, 450_000, 700_000, 1_200_000])
def test_a_narrow_downlink_is_not_swung_to_and_fro_and_its_queue_stays_short(capacity_bps: float) -> None:
    simulation = Simulation(20e6)
    simulation.run(20)
    simulation.capacity_bps = capacity_bps
    simulation.run(30)
    simulation.changes.clear()
    simulation.worst_queue_s = 0
    simulation.run(180)
    assert len(simulation.changes) <= 6, "two a minute"
    assert simulation.worst_queue_s < 0.2, "voices wait no longer than that behind a probe"
    best = max(rate for rate in (LOW, MIDDLE, HIGH) if rate < capacity_bps)
    assert simulation.layer_bps in (best, LOW)


@pytest.mark.parametrize("narrow_s", [5, 20, 60, 200])
def test_a_downlink_that_is_free_again_is_used_within_fifteen_seconds(narrow_s: float) -> None:
    simulation = Simulation(20e6)
    simulation.run(20)
    simulation.capacity_bps = 300_000
    simulation.run(narrow_s)
    simulation.capacity_bps = 20e6
    simulation.run(15)
    assert simulation.layer_bps == HIGH


def test_half_of_the_way_is_gone_when_that_much_is_free() -> None:
    simulation = Simulation(20e6)
    simulation.run(5)
    simulation.capacity_bps = 300_000
    simulation.run(10)
    simulation.capacity_bps = 900_000
    simulation.run(15)
    assert simulation.layer_bps == MIDDLE


def test_a_browser_that_reports_no_probes_is_tried_ever_more_rarely() -> None:
    simulation = Simulation(20e6, reports_probes=False)
    simulation.run(5)
    simulation.capacity_bps = 300_000
    simulation.run(120)
    assert simulation.budget.unanswered
    simulation.changes.clear()
    simulation.run(120)
    assert len(simulation.changes) <= 6
    simulation.capacity_bps = 20e6
    simulation.run(70)
    assert simulation.layer_bps == HIGH


def test_losses_below_a_tenth_are_repaired_and_change_nothing() -> None:
    budget = DownlinkBudget(0)
    for second in range(60):
        budget.take_loss(1_000, 90, HIGH, second)
    assert budget.budget_bps == START_BPS


def test_heavy_losses_count_at_once_and_others_when_they_last() -> None:
    budget = DownlinkBudget(0)
    budget.take_loss(100, 15, HIGH, 1)
    assert budget.budget_bps == START_BPS
    budget.take_loss(100, 15, HIGH, 2)
    assert budget.budget_bps < HIGH
    sudden = DownlinkBudget(0)
    sudden.take_loss(100, 80, HIGH, 1)
    assert sudden.budget_bps < 0.2 * HIGH


def test_a_low_estimate_of_a_browser_that_receives_little_means_nothing() -> None:
    budget = DownlinkBudget(0)
    for second in range(10):
        budget.take_estimate(60_000, 30_000, second)
    for second in range(10, 40):  # a picture begins; the estimate creeps after it
        budget.take_estimate(60_000 * 1.08 ** (second - 9), HIGH, second)
    assert budget.budget_bps == START_BPS


def falls(budget: DownlinkBudget, times: int, *, every_s: float = 3.0) -> None:
    """As on a busy machine: the estimate falls below what is sent, and is right again a second later."""
    for n in range(times):
        budget.take_estimate(400_000, 300_000, n * every_s)
        budget.take_estimate(200_000, 300_000, n * every_s + 1)


def test_estimates_alone_pause_no_picture() -> None:
    budget = DownlinkBudget(0)
    falls(budget, 10)
    assert budget.budget_bps < 300_000 and budget.lowest_bps == START_BPS, "something was left to lower"
    budget = DownlinkBudget(0)
    budget.chosen(-10, lowest=True)
    falls(budget, 5)
    assert budget.budget_bps < 300_000 and budget.lowest_bps == START_BPS


def test_an_estimate_that_fails_again_with_nothing_left_to_lower_is_believed() -> None:
    budget = DownlinkBudget(0)
    budget.chosen(-10, lowest=True)
    falls(budget, 8)
    assert budget.lowest_bps == budget.budget_bps < 300_000
    rare = DownlinkBudget(0)
    rare.chosen(-10, lowest=True)
    falls(rare, 10, every_s=15)
    assert rare.lowest_bps == START_BPS


def test_losses_count_for_the_lowest_layers_too_until_more_is_carried() -> None:
    budget = DownlinkBudget(0)
    budget.chosen(0, lowest=True)
    budget.take_loss(100, 50, 400_000, 1)
    assert budget.lowest_bps == START_BPS, "what was just lowered has not been felt yet"
    budget.take_loss(100, 50, 400_000, 5)
    assert budget.lowest_bps == budget.budget_bps < 200_000
    budget.look(300_000, 250_000, 10)
    assert budget.lowest_bps == budget.budget_bps == 250_000


def sound(budget: DownlinkBudget, from_s: float, delay_s: float, number: int) -> None:
    for n in range(6):
        now_s = from_s + n * 0.04
        budget.sent(number + n, now_s)
        budget.take_arrivals(TransportArrivals(number + n, (round((now_s + delay_s) * 1e6),)), now_s + delay_s)


def test_a_falling_estimate_is_believed_once_soundings_show_a_queue() -> None:
    budget = DownlinkBudget(0)
    sound(budget, 0, 0.05, 1)
    budget.take_estimate(500_000, 500_000, 1)
    budget.take_estimate(330_000, 500_000, 2)
    assert budget.budget_bps == START_BPS and budget.suspects(2)
    sound(budget, 2, 0.05, 20)
    assert budget.budget_bps == START_BPS and not budget.troubled(2.3), "it was jitter"
    budget.take_estimate(300_000, 500_000, 3)
    sound(budget, 3, 0.3, 40)
    assert budget.budget_bps < 300_000 and budget.troubled(3.5)


def test_an_estimate_of_less_than_half_is_believed_at_once() -> None:
    budget = DownlinkBudget(0)
    sound(budget, 0, 0.05, 1)
    budget.take_estimate(500_000, 900_000, 1)
    budget.take_estimate(400_000, 900_000, 1.2)
    assert budget.budget_bps < 400_000


def test_an_estimate_tells_nothing_of_what_only_just_began() -> None:
    budget = DownlinkBudget(0)
    sound(budget, 0, 0.02, 0)
    budget.take_estimate(350_000, 900_000, 1, 250_000)
    budget.take_estimate(180_000, 900_000, 1.2, 250_000)
    assert budget.budget_bps == START_BPS
    assert budget.suspects(1.2)


def test_a_queue_that_swallows_the_soundings_confirms_a_falling_estimate_and_has_to_empty() -> None:
    budget = DownlinkBudget(0)
    sound(budget, 0, 0.02, 0)
    budget.take_estimate(500_000, 500_000, 1)
    budget.take_estimate(330_000, 500_000, 2)
    for n in range(5):
        budget.sent(100 + n, 2.04 + 0.04 * n)
        budget.look_for_queue(2.04 + 0.04 * n)
    assert budget.budget_bps < 0.75 * 330_000


def test_an_estimate_that_stands_still_below_what_is_sent_is_congestion() -> None:
    budget = DownlinkBudget(0)
    for tenth in range(0, 60, 10):
        budget.take_estimate(200_000, HIGH if tenth else 100_000, tenth / 10)
    assert FLOOR_BPS < budget.budget_bps < HIGH


def test_what_half_a_probe_proved_is_not_believed_again_for_a_minute() -> None:
    budget = DownlinkBudget(0)
    budget.take_estimate(300_000, 100_000, 0)
    budget.take_loss(100, 90, HIGH, 0)
    assert budget.budget_bps < LOW
    now_s = _probe_until_trouble(budget, 5.0)
    proved_bps = budget.budget_bps
    assert proved_bps > LOW
    budget.take_loss(100, 40, proved_bps, now_s + 5)
    fallen_bps = budget.budget_bps
    now_s = _probe_until_trouble(budget, now_s + 12)
    assert budget.budget_bps == fallen_bps
    _probe_until_trouble(budget, now_s + DISTRUST_S)
    assert budget.budget_bps > fallen_bps


def _probe_until_trouble(budget: DownlinkBudget, now_s: float) -> float:
    """A probe of 1.5 s, after which a report shows a long queue. Returns when."""
    budget.look(HIGH, 100_000, now_s)
    assert budget.probe is not None
    budget.sent(1, now_s)
    budget.take_arrivals(TransportArrivals(1, (0,)), now_s)
    budget.sent(2, now_s + 1.5)
    budget.take_arrivals(TransportArrivals(2, (1_700_000,)), now_s + 1.5)
    budget.look(HIGH, 100_000, now_s + 1.5)
    assert budget.probe is None
    return now_s + 1.5
