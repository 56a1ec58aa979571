"""Minutes of the lines: what goes in comes out, what a device says stays within bounds, and an hour of it is small."""

import math
import random

import pytest

from hearing_server.domain.line_quality import (
    MEASURED,
    MINUTE_MS,
    MOST_PER_MINUTE,
    OWN,
    Figures,
    LineKey,
    LineMinute,
    OwnFigures,
    View,
)
from signaling.protocol.line_figures import LineFigures

MOST_BYTES_PER_PARTICIPANT_HOUR = 30_000
SPAN_MS = 5_000


def test_the_columns_are_those_of_the_worker() -> None:
    assert LineFigures._fields == MEASURED
    told = OwnFigures.told(round_trip_ms=1, loss=0.002, received_kbps=3, sent_kbps=4, freezes=5)
    assert dict(zip(OWN, told.figures, strict=True)) == {
        "round_trip_ms": 1,
        "loss_per_mille": 2,
        "received_kbps": 3,
        "sent_kbps": 4,
        "freezes": 5,
    }


def test_lines_that_come_and_go_are_unpacked_as_they_were() -> None:
    minute = LineMinute(MINUTE_MS)
    judge, clerk = ("judge", View.PUBLISH), ("cl:erk", View.OWN)
    assert minute.add(MINUTE_MS + 5, {judge: (1, 2, 3)})
    assert minute.add(MINUTE_MS + 5_000, {judge: (1, -1, 9), clerk: (7, 7)})
    assert minute.add(MINUTE_MS + 10_000, {clerk: (7, 7)})
    assert LineMinute.unpacked(MINUTE_MS, minute.packed()) == minute
    assert minute.lines == {judge: [(1, 2, 3), (1, -1, 9), None], clerk: [None, (7, 7), (7, 7)]}


def test_a_sample_counts_once_and_a_minute_cannot_grow_without_end() -> None:
    minute = LineMinute(0)
    for at_ms in (*range(MOST_PER_MINUTE), 0, MOST_PER_MINUTE):
        minute.add(at_ms, {("judge", View.PUBLISH): (at_ms,)})
    assert minute.at_ms == list(range(MOST_PER_MINUTE))


@pytest.mark.parametrize("wild", [1e308, -1e308, math.inf, math.nan])
def test_what_a_device_says_stays_within_bounds(wild: float) -> None:
    told = OwnFigures.told(round_trip_ms=wild, loss=wild, received_kbps=wild, sent_kbps=wild, freezes=2**53 - 1)
    for value, most in zip(told.figures, (60_000, 1_000, 1_000_000, 1_000_000, 1_000), strict=True):
        assert 0 <= value <= most
    for _ in range(5):
        told = told.after(told)
    assert told.freezes == 1_000


def test_what_a_device_said_twice_in_a_span_is_counted_together() -> None:
    first = OwnFigures.told(round_trip_ms=10, loss=0.5, received_kbps=1, sent_kbps=1, freezes=2)
    second = OwnFigures.told(round_trip_ms=30, loss=0.0, received_kbps=1, sent_kbps=1, freezes=1)
    assert second.after(first).figures == (30, 0, 1, 1, 3)


@pytest.mark.parametrize("people", [2, 6, 30])
def test_an_hour_of_restless_lines_is_small(people: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Every figure moves all the time, as on a bad day of everybody's."""
    chance = random.Random(people)
    names = [f"{chance.getrandbits(80):020x}" for _ in range(people)]
    packed = 0
    for minute_ms in range(0, 60 * MINUTE_MS, MINUTE_MS):
        minute = LineMinute(minute_ms)
        for at_ms in range(minute_ms, minute_ms + MINUTE_MS, SPAN_MS):
            sample: dict[LineKey, Figures] = {}
            for name in names:
                sample[name, View.PUBLISH] = _restless(chance, 1_400, -1)
                sample[name, View.SUBSCRIBE] = _restless(chance, 2_400, chance.randint(2_000, 9_000))
                sample[name, View.OWN] = (*(chance.randint(0, most) for most in (60, 3, 3_000, 2_000)), 0)
            minute.add(at_ms + chance.randint(0, 60), sample)
        packed += len(minute.packed())
    with capsys.disabled():
        print(f"\n{people} people: {packed // people:,} bytes per participant-hour")  # noqa: T201 - the figure is wanted
    assert packed / people <= MOST_BYTES_PER_PARTICIPANT_HOUR


def _restless(chance: random.Random, kbps: int, estimate_kbps: int) -> LineFigures:
    lost = chance.randint(0, 6) if chance.random() < 0.3 else 0
    rate = round(chance.gauss(kbps, 100))
    return LineFigures(
        kbps=rate,
        packets=round(rate * 0.6) + chance.randint(0, 30),
        lost=lost,
        jitter_ms=chance.randint(0, 12),
        round_trip_ms=chance.randint(20, 60) if estimate_kbps > 0 else -1,
        asked=2 * lost,
        repeated=lost if estimate_kbps > 0 else 0,
        keyframes_asked=int(chance.random() < 0.05),
        full=1,
        half=1,
        quarter=chance.randint(1, 4),
        withheld=0,
        estimate_kbps=estimate_kbps,
    )
