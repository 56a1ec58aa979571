"""The offline clock against simulated senders whose clocks run fast, are hours off, and whose links stall."""

import random

import pytest

from recorder.timeline import SenderFit
from signaling.sink_stream.clock import SenderClock


@pytest.mark.parametrize("ppm", [0, 80, -200])
def test_an_hour_of_a_fast_clock_stays_within_forty_milliseconds(ppm: int) -> None:
    chance = random.Random(5)
    floor_us, skew = 45_000, 1 + ppm * 1e-6
    points = []
    online = SenderClock()
    worst_us = 0.0
    for second in range(3600):
        at_us = second * 1e6
        delay_us = floor_us + chance.expovariate(1 / 6000) + (chance.uniform(1e5, 6e5) if second % 97 < 3 else 0)
        points.append((at_us + delay_us, at_us * skew - 7.2e9))
        online.observe(*points[-1])
        if second > 30:
            estimate_us = online.monotonic_us(points[-1][1])
            assert estimate_us is not None
            worst_us = max(worst_us, abs(estimate_us - at_us - floor_us))
    fit = SenderFit(points)
    offline_us = [fit.monotonic_us(sender_us) - second * 1e6 - floor_us for second, (_, sender_us) in enumerate(points)]
    assert max(map(abs, offline_us)) <= 40_000
    assert worst_us <= 40_000


def test_a_change_of_route_is_followed() -> None:
    points = [(second * 1e6 + (20_000 if second < 1800 else 100_000), second * 1e6) for second in range(3600)]
    fit = SenderFit(points)
    assert fit.monotonic_us(600e6) - 600e6 == pytest.approx(20_000)
    assert fit.monotonic_us(3000e6) - 3000e6 == pytest.approx(100_000)
