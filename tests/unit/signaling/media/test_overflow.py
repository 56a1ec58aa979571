import random

from signaling.media.overflow import ENOUGH, WITHIN_S, Overflow


def test_many_missing_with_some_between_that_came_are_a_queue_that_runs_over() -> None:
    overflow = Overflow()
    assert overflow.missed((65_533, 65_534, 65_535, 0), 1.0) is None
    assert overflow.missed((2, 3, 4, 5), 1.04) == (9, 8), "numbers go on across the wrap-around"


def test_one_gap_however_long_is_none() -> None:
    assert Overflow().missed(range(100, 140), 1.0) is None


def test_what_is_asked_for_again_counts_once() -> None:
    overflow = Overflow()
    for n in range(8):
        assert overflow.missed((1, 2, 4, 5), 1 + n * 0.05) is None


def test_losses_that_come_slowly_are_none() -> None:
    overflow = Overflow()
    for n in range(100):
        assert overflow.missed((3 * n, 3 * n + 1), n * WITHIN_S * 3 / ENOUGH) is None


def test_a_link_that_loses_a_tenth_at_random_does_not_run_over() -> None:
    dice, overflow = random.Random(7), Overflow()
    for number in range(20_000):
        if dice.random() < 0.1:
            assert overflow.missed((number & 0xFFFF,), number / 130) is None
