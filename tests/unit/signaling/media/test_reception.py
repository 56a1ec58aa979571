import random

from signaling.media.reception import GIVE_UP_NS, LATEST_GIVE_UP_NS, MAX_MISSING, RETRY_NS, Reception
from signaling.media.rtcp import SenderReport

SECOND = 1_000_000_000
ROUND_TRIP = 220_000_000
LOOK = 20_000_000


def receive(reception: Reception, *numbers: int, now_ns: int = 0) -> None:
    """Each number once, as the hot path and `Source.place` do it."""
    for sequence in numbers:
        extended = reception.extend(sequence)
        if extended > reception.highest:
            reception.advance(extended, now_ns)
        else:
            reception.repaired(extended, now_ns)
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


def asked(reception: Reception, until_ns: int, from_ns: int = 0) -> list[int]:
    """Milliseconds after the loss of packet 11 at which it is asked for again."""
    moments = range(from_ns + LOOK, until_ns + 1, LOOK)
    return [(now_ns - from_ns) // 1_000_000 for now_ns in moments if reception.ask_again(now_ns)[0]]


def distant() -> Reception:
    """A packet of it was lost once before, and came a round trip after it was asked for."""
    reception = Reception(90_000, 7, 0)
    receive(reception, 7, 9)
    receive(reception, 8, now_ns=ROUND_TRIP)
    receive(reception, 10, 12, now_ns=SECOND)
    return reception


def test_a_request_is_made_twice_and_then_again_when_its_answer_is_due() -> None:
    assert asked(distant(), SECOND + 300_000_000, SECOND) == [40, 220, 260, 300]


def test_a_sender_never_heard_to_repair_is_asked_all_the_time() -> None:
    reception = Reception(90_000, 10, 0)
    receive(reception, 10, 12)
    assert asked(reception, 200_000_000) == [40, 80, 120, 160, 200]


def test_a_distant_sender_may_send_again_twice_before_a_new_picture_is_wanted() -> None:
    reception = distant()
    asked(reception, SECOND + 3 * ROUND_TRIP, SECOND)
    assert sorted(reception.missing) == [11]
    assert reception.ask_again(SECOND + 3 * ROUND_TRIP + 1) == ([], True)


def test_the_quickest_repairs_tell_the_round_trip() -> None:
    reception = Reception(90_000, 0, 0)
    receive(reception, 0)
    for n, took_ms in enumerate([230, 470, 220, 480, 240]):
        lost, then_ns = 2 * n + 1, n * SECOND
        receive(reception, lost + 1, now_ns=then_ns)
        receive(reception, lost, now_ns=then_ns + took_ms * 1_000_000)
    assert 220_000_000 <= reception.round_trip_ns < 250_000_000


def test_waiting_ends_however_long_the_way() -> None:
    reception = Reception(90_000, 10, 0)
    receive(reception, 10, 12)
    receive(reception, 11, now_ns=3 * SECOND)
    assert reception.give_up_ns == LATEST_GIVE_UP_NS


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
