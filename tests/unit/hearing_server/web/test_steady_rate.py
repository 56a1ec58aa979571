"""A burst, then a steady rate."""

from hearing_server.web.steady_rate import SteadyRate


def test_a_burst_is_taken_then_a_steady_rate() -> None:
    now_s = [0.0]
    rate = SteadyRate(per_s=10, burst=3, now_s=lambda: now_s[0])
    assert [rate.allows() for _ in range(4)] == [True, True, True, False]
    now_s[0] = 0.1
    assert [rate.allows() for _ in range(2)] == [True, False]
    now_s[0] = 100.0
    assert [rate.allows() for _ in range(4)] == [True, True, True, False]
