import random

from signaling.media.reception import GIVE_UP_NS, MAX_MISSING, RETRY_NS, Reception
from signaling.media.rtcp import SenderReport

SECOND = 1_000_000_000


def receive(reception: Reception, *numbers: int, now_ns: int = 0) -> None:
    """Each number once, as the hot path and `Source.place` do it."""
    for sequence in numbers:
        extended = reception.extend(sequence)
        if extended > reception.highest:
            reception.advance(extended, now_ns)
        else:
            reception.missing.pop(extended, None)
        reception.received += 1


def test_numbers_count_on_across_the_wrap_around() -> None:
    reception = Reception(90_000, 65_534, 0)
    receive(reception, 65_534, 65_535, 0, 1)
    assert reception.highest == 65_537
    assert reception.next_sequence == 2
    assert reception.lost == 0


def test_skipped_numbers_are_missing_until_they_come() -> None:
    reception = Reception(90_000, 10, 0)
    receive(reception, 10, 13)
    assert sorted(reception.missing) == [11, 12] and reception.lost == 2
    receive(reception, 11)
    assert sorted(reception.missing) == [12] and reception.lost == 1


def test_a_missing_packet_is_asked_for_again_but_not_for_ever() -> None:
    reception = Reception(90_000, 10, 0)
    receive(reception, 10, 12)
    assert reception.ask_again(RETRY_NS - 1) == ([], False), "the first request is still on its way"
    now_ns = 0
    while True:
        now_ns += RETRY_NS
        due, given_up = reception.ask_again(now_ns)
        if given_up:
            break
        assert due == [11]
    assert GIVE_UP_NS < now_ns <= GIVE_UP_NS + RETRY_NS
    assert reception.missing == {}


def test_a_gap_too_long_to_repair_is_not_asked_for() -> None:
    reception = Reception(90_000, 0, 0)
    receive(reception, 0, MAX_MISSING + 2)
    assert reception.missing == {}
    assert reception.lost == MAX_MISSING + 1


def test_many_short_gaps_do_not_add_up_without_bound() -> None:
    reception = Reception(90_000, 0, 0)
    receive(reception, *range(0, 4 * MAX_MISSING, 2))
    due, given_up = reception.ask_again(SECOND)
    assert given_up and len(due) <= MAX_MISSING


def test_the_fraction_lost_is_that_of_the_last_interval() -> None:
    reception = Reception(90_000, 0, 0)
    receive(reception, *(n for n in range(100) if n % 4 or n == 0))
    first = reception.report(1, 0)
    assert first.lost == 24 and abs(first.fraction_lost / 256 - 0.24) < 0.01
    receive(reception, *range(100, 200))
    second = reception.report(1, 0)
    assert second.fraction_lost == 0 and second.lost == 24 and second.highest_sequence == 199


def test_a_report_without_new_packets_says_nothing_was_lost() -> None:
    reception = Reception(90_000, 0, 0)
    receive(reception, 0, 2)
    reception.report(1, 0)
    assert reception.report(1, 0).fraction_lost == 0


def test_jitter_follows_the_estimator_of_the_standard() -> None:
    """RFC 3550 appendix A.8, computed here in the plain form."""
    rng = random.Random(1)
    reception, expected, before = Reception(48_000, 0, 0), 0.0, None
    for n in range(1, 500):
        arrival_ns = n * 20_000_000 + rng.randrange(15_000_000)
        reception.observe_timestamp(n * 960, arrival_ns)
        transit = arrival_ns * 48 / 1_000_000 - n * 960
        if before is not None:
            expected += (abs(transit - before) - expected) / 16
        before = transit
    assert abs(reception.jitter - expected) < 0.001 and expected > 100


def test_a_wrapped_timestamp_is_no_jitter() -> None:
    reception = Reception(90_000, 0, 0)
    reception.observe_timestamp(0xFFFFFF00, 0)
    reception.observe_timestamp(3_000 - 0x100, 33_333_333)
    assert reception.jitter < 2


def test_the_sender_learns_how_long_ago_its_report_came() -> None:
    reception = Reception(90_000, 0, 0)
    receive(reception, 0)
    assert reception.report(1, SECOND).last_report == 0
    reception.observe_report(SenderReport(1, 0x0000_1234_5678_0000, 0, 0, 0), 2 * SECOND)
    report = reception.report(1, 2 * SECOND + SECOND // 2)
    assert (report.last_report, report.delay) == (0x12345678, 32_768)
