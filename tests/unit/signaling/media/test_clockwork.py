"""Every leg has its turn in each round, and no two rounds' work is done at once."""

from collections import Counter
from typing import Any, cast

from signaling.media.clockwork import ROUNDS_A_SECOND, SHARES, Clockwork
from signaling.media.leg import Leg
from signaling.media.observer import LegCloseCause


class Worked:
    """Counts what it is asked to do."""

    participant = connection = "judge"

    def __init__(self, clockwork: Clockwork, *, breaks: bool = False, ends: bool = False) -> None:
        self.ended: LegCloseCause | None = None
        self.ticks = self.seconds = 0
        self._clockwork, self._breaks, self._ends = clockwork, breaks, ends

    def tick(self, _now_s: float) -> None:
        self.ticks += 1
        if self._ends:
            self.ended = LegCloseCause.EXPIRED
            self._clockwork.remove(cast(Leg, self))
        if self._breaks:
            raise RuntimeError("broken")

    def second(self) -> None:
        self.seconds += 1


def added(clockwork: Clockwork, count: int, **kind: Any) -> list[Worked]:
    legs = [Worked(clockwork, **kind) for _ in range(count)]
    for leg in legs:
        clockwork.add(cast(Leg, leg))
    return legs


def test_each_leg_has_one_turn_in_a_round_and_a_seconds_work_in_each_tenth() -> None:
    clockwork = Clockwork()
    legs = added(clockwork, 37)
    for _ in range(SHARES * ROUNDS_A_SECOND):
        clockwork.serve_share(0)
    assert {(leg.ticks, leg.seconds) for leg in legs} == {(ROUNDS_A_SECOND, 1)}


def test_the_work_of_a_round_is_spread_evenly_and_a_seconds_work_over_the_second() -> None:
    clockwork = Clockwork()
    legs = added(clockwork, 3 * SHARES)
    seconds: Counter[int] = Counter()
    for turn in range(SHARES * ROUNDS_A_SECOND):
        ticks, done = sum(leg.ticks for leg in legs), sum(leg.seconds for leg in legs)
        clockwork.serve_share(0)
        assert sum(leg.ticks for leg in legs) == ticks + 3
        seconds[turn] = sum(leg.seconds for leg in legs) - done
    assert max(seconds.values()) == 3 and sum(seconds.values()) == len(legs)


def test_one_that_breaks_or_ends_in_its_turn_takes_nothing_from_the_others() -> None:
    clockwork = Clockwork()
    added(clockwork, SHARES, breaks=True)
    added(clockwork, SHARES, ends=True)
    sound = added(clockwork, SHARES)
    for _ in range(SHARES):
        clockwork.serve_share(0)
    assert [leg.ticks for leg in sound] == [1] * SHARES
    assert len(clockwork) == len(list(clockwork)) == 2 * SHARES
