import random

import pytest

from signaling.sink_stream.clock import HearingClock, SenderClock, TimestampUnwrapper, TrackClock

NTP_EPOCH_S = 3_900_000_000


def ntp(seconds: float) -> int:
    whole = int(seconds)
    return (NTP_EPOCH_S + whole) << 32 | int((seconds - whole) * 2**32)


def test_timestamps_grow_across_the_wrap() -> None:
    unwrapper = TimestampUnwrapper()
    values = [unwrapper.unwrap(t & 0xFFFFFFFF) for t in (2**32 - 960, 2**32, 2**32 - 480, 2**32 + 960)]
    assert values == [2**32 - 960, 2**32, 2**32 - 480, 2**32 + 960]


def test_hearing_clock_follows_the_monotonic_clock_from_its_anchor() -> None:
    assert HearingClock(1_000_000, 50_000).utc_ms(51_500) == 1_000_001.5


def test_before_any_sender_report_the_least_delayed_packet_anchors() -> None:
    clock = TrackClock(48000, SenderClock())
    for n, delay_us in enumerate((90_000, 30_000, 60_000)):
        clock.observe_packet(1_000_000 + n * 20_000 + delay_us, clock.unwrap(5_000 + n * 960))
    assert clock.monotonic_us(5_000) == 1_030_000


def test_a_skewed_sender_with_jitter_stays_within_milliseconds_over_an_hour() -> None:
    """200 ppm skew, 6 ms mean jitter, Wi-Fi stalls: the estimate keeps to the 45 ms delay floor (quality check 4)."""
    chance = random.Random(7)
    sender, skew = SenderClock(), 200e-6
    tracks = {rate: TrackClock(rate, sender) for rate in (48000, 90000)}
    worst_ms = worst_apart_ms = 0.0
    for second in range(3600):
        for rate, clock in tracks.items():
            capture_s = second + chance.random()
            sender_s = capture_s * (1 + skew)
            stall_s = chance.uniform(0.1, 0.6) if second % 97 < 3 else 0.0
            arrival_s = capture_s + 0.045 + chance.expovariate(1 / 0.006) + stall_s
            rtp = int(sender_s * rate) + 77_000
            clock.observe_packet(arrival_s * 1e6, clock.unwrap(rtp & 0xFFFFFFFF))
            clock.observe_report(arrival_s * 1e6, ntp(sender_s), rtp & 0xFFFFFFFF)
        if second > 30:
            estimates = [clock.monotonic_us(int(second * (1 + skew) * rate) + 77_000) for rate, clock in tracks.items()]
            worst_ms = max(worst_ms, *(abs(at / 1000 - second * 1000 - 45) for at in estimates))
            worst_apart_ms = max(worst_apart_ms, abs(estimates[0] - estimates[1]) / 1000)
    assert worst_ms < 40 and worst_apart_ms < 1


def test_a_report_before_the_first_packet_survives_the_wrap_between_them() -> None:
    clock = TrackClock(48000, SenderClock())
    clock.observe_report(2_000_000, ntp(1.0), (1 << 32) - 480)
    packet = clock.unwrap(480)
    clock.observe_packet(2_030_000, packet)
    assert clock.monotonic_us(packet) == pytest.approx(2_020_000, abs=10)


def test_a_busy_senders_late_reports_do_not_shift_its_track() -> None:
    """Every third report pairs a capture instant with a sending instant 300 ms later."""
    clock = TrackClock(48000, SenderClock())
    for second in range(30):
        late_s = 0.3 if second % 3 == 2 else 0.002
        rtp = second * 48000 + 1_000
        clock.observe_packet((second + late_s) * 1e6, clock.unwrap(rtp))
        clock.observe_report((second + late_s) * 1e6, ntp(second + late_s), rtp)
        assert clock.monotonic_us(rtp) == pytest.approx(second * 1e6, abs=5_000)


def test_timestamps_that_paused_are_believed_once_it_lasts() -> None:
    clock = TrackClock(48000, SenderClock())
    for second in range(40):
        rtp = (second if second < 20 else second - 5) * 48000
        clock.observe_report(second * 1e6, ntp(second), clock.unwrap(rtp))
        if second < 20 or second > 30:
            assert clock.monotonic_us(rtp) == pytest.approx(second * 1e6, abs=100)


def test_a_sender_that_stood_still_for_seconds_shifts_nothing() -> None:
    clock = TrackClock(48000, SenderClock())
    for second in range(40):
        late_s = 28 - second if 25 <= second < 28 else 0.0
        clock.observe_report((second + late_s) * 1e6, ntp(second + late_s), clock.unwrap(second * 48000))
        assert clock.monotonic_us(second * 48000) == pytest.approx(second * 1e6, abs=100)


def test_a_report_held_up_in_the_network_moves_nothing() -> None:
    clock = TrackClock(48000, SenderClock())
    for second in range(0, 60, 5):
        delay_s = 3.0 if second == 40 else 0.02
        clock.observe_report((second + delay_s) * 1e6, ntp(second), clock.unwrap(second * 48000))
        assert clock.monotonic_us(second * 48000) == pytest.approx((second + 0.02) * 1e6, abs=100)
