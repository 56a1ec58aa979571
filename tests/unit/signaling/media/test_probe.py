from signaling.media.probe import HOLD_S, QUEUE_US, SILENCE_S, STEP_S, Probe
from signaling.media.transport_arrivals import TransportArrivals

CLOCKS_APART_US = 77_000_000
"""The receiver's clock is another one."""


def probe() -> Probe:
    return Probe(100_000, 1_000_000, 0)


def test_it_rises_in_steps_to_its_goal_and_holds_it() -> None:
    rising = probe()
    levels = [rising.level_bps(n * STEP_S) for n in range(12)]
    assert levels == sorted(levels) and levels[0] == 130_000 and levels[-1] == 1_000_000
    assert not rising.done(0)
    reached_s = levels.index(1_000_000) * STEP_S
    assert not rising.done(reached_s) and not rising.done(reached_s + HOLD_S / 2)
    assert rising.done(reached_s + HOLD_S)


def test_what_is_proven_lies_two_steps_back() -> None:
    assert probe().proven_bps(STEP_S) == 0
    assert probe().proven_bps(3.5 * STEP_S) == probe().level_bps(1.5 * STEP_S)


def test_packets_that_all_come_late_stand_in_a_queue() -> None:
    probed = probe()
    for number in range(4):
        probed.sent(number, number / 100)
    probed.arrived(TransportArrivals(0, (CLOCKS_APART_US, CLOCKS_APART_US + 10_000 + QUEUE_US * 2)))
    assert not probed.troubled(0.1), "one late packet is jitter"
    probed.arrived(TransportArrivals(2, (CLOCKS_APART_US + 20_000 + QUEUE_US + 1_000,)))
    assert probed.troubled(0.1)


def test_missing_packets_are_trouble_unless_they_are_few() -> None:
    probed = probe()
    for number in range(65_530, 65_560):
        probed.sent(number & 0xFFFF, 0)
    came: tuple[int | None, ...] = (1,) * 19
    probed.arrived(TransportArrivals(65_530, (*came, None)))
    assert not probed.troubled(0.1)
    probed.arrived(TransportArrivals(14, (1, None, None, 1)))
    assert probed.troubled(0.1)


def test_silence_is_trouble_once_something_was_sent() -> None:
    probed = probe()
    assert not probed.troubled(10)
    probed.sent(1, 10)
    assert not probed.troubled(10 + SILENCE_S / 2)
    assert probed.troubled(10.01 + SILENCE_S)
    probed.arrived(TransportArrivals(1, (5,)))
    assert not probed.troubled(20)


def test_reports_of_what_was_not_sent_say_nothing() -> None:
    probed = probe()
    probed.sent(1, 0)
    probed.arrived(TransportArrivals(500, (None,) * 50))
    assert not probed.troubled(0.1)
