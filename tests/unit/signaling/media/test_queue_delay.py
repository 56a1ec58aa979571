import random

from signaling.media.queue_delay import BASE_S, ENOUGH, LATE_S, QueueDelay
from signaling.media.transport_arrivals import TransportArrivals

ANSWER_S = 0.07
"""How long after it was sent a sounding is reported on."""
SKEW_US = 7_000_000_000
"""The subscriber's clock is another one."""


class Way:
    """Sends soundings, each of which is reported on soon."""

    def __init__(self) -> None:
        self.delay = QueueDelay()
        self.number = 65_000
        self.now_s = 10.0

    def sound(self, count: int, delay_s: float | None, *, every_s: float = 0.04, jitter_s: float = 0.0) -> None:
        """``delay_s`` None: lost."""
        dice = random.Random(4)
        for _ in range(count):
            self.now_s += every_s
            self.number = (self.number + 1) & 0xFFFF
            self.delay.sent(self.number, self.now_s)
            late_s = None if delay_s is None else self.now_s + delay_s + dice.uniform(-jitter_s, jitter_s)
            arrival_us = None if late_s is None else SKEW_US + round(late_s * 1_000_000)
            self.delay.arrived(TransportArrivals(self.number, (arrival_us,)), self.now_s + ANSWER_S)


def test_nothing_is_known_of_a_browser_that_reports_nothing() -> None:
    delay = QueueDelay()
    delay.sent(1, 0.0)
    assert not delay.answered and not delay.standing(1.0)


def test_jitter_is_no_queue() -> None:
    way = Way()
    for _ in range(200):
        way.sound(8, 0.1, jitter_s=0.03)
        assert not way.delay.standing(way.now_s)


def test_a_queue_is_seen_once_no_sounding_is_quick() -> None:
    way = Way()
    way.sound(20, 0.02, every_s=1.0)
    way.now_s += 1
    way.sound(ENOUGH - 1, 0.3)
    assert not way.delay.standing(way.now_s), "too few to tell"
    way.sound(1, 0.3)
    assert way.delay.standing(way.now_s)
    way.sound(8, 0.02)
    assert not way.delay.standing(way.now_s), "it is empty again"


def test_some_lost_are_no_queue_and_all_lost_are() -> None:
    way = Way()
    way.sound(20, 0.02, every_s=1.0)
    for _ in range(4):
        way.sound(1, None)
        way.sound(1, 0.02)
    assert not way.delay.standing(way.now_s)
    way.sound(8, None)
    assert way.delay.standing(way.now_s)


def test_a_way_that_became_longer_for_good_is_no_queue_for_long() -> None:
    way = Way()
    way.sound(20, 0.02, every_s=1.0)
    way.sound(8, 0.3)
    assert way.delay.standing(way.now_s)
    way.sound(BASE_S + 1, 0.3, every_s=1.0)
    way.sound(8, 0.3)
    assert not way.delay.standing(way.now_s)


def test_a_queue_is_seen_when_nothing_is_heard_of_the_soundings_in_it() -> None:
    way = Way()
    way.sound(20, 0.02, every_s=1.0)
    for number in range(ENOUGH):
        way.now_s += 0.04
        way.delay.sent(number, way.now_s)
    first_s = way.now_s - (ENOUGH - 1) * 0.04
    assert not way.delay.standing(first_s + ANSWER_S + LATE_S - 0.001)
    assert way.delay.standing(first_s + ANSWER_S + LATE_S + 0.001)


def test_a_report_that_is_lost_is_no_queue() -> None:
    way = Way()
    way.sound(20, 0.02, every_s=1.0)
    for number in range(2):
        way.now_s += 0.04
        way.delay.sent(number, way.now_s)
    way.sound(1, 0.02)
    for number in range(2, 5):
        way.now_s += 0.04
        way.delay.sent(number, way.now_s)
    assert not way.delay.standing(way.now_s + 0.04)
