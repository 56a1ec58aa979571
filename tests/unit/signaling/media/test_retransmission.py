from signaling.media.retransmission import (
    CONGESTED_BYTES_S,
    FLOOR_BYTES_S,
    MAX_REPEATS,
    MIN_INTERVAL_NS,
    REMEMBERED,
    RetransmissionBudget,
)

SECOND = 1_000_000_000


def test_one_packet_is_repeated_only_a_few_times() -> None:
    budget = RetransmissionBudget(0)
    granted = [budget.grant(1, 5, 1_000, audio=False, now_ns=n * SECOND) for n in range(MAX_REPEATS + 3)]
    assert granted == [True] * MAX_REPEATS + [False] * 3


def test_a_repeat_is_not_repeated_before_it_could_arrive() -> None:
    budget = RetransmissionBudget(0)
    assert budget.grant(1, 5, 1_000, audio=False, now_ns=SECOND)
    assert not budget.grant(1, 5, 1_000, audio=False, now_ns=SECOND + MIN_INTERVAL_NS - 1)
    assert budget.grant(1, 5, 1_000, audio=False, now_ns=SECOND + MIN_INTERVAL_NS)


def test_a_storm_of_requests_costs_no_more_than_the_budget() -> None:
    """The storm of the prototype: every packet of a leg is asked for again and again for twenty seconds."""
    budget = RetransmissionBudget(0)
    sent = 0
    for millisecond in range(20_000):
        for sequence in range(millisecond, millisecond + 7):
            if budget.grant(1, sequence, 1_100, audio=False, now_ns=millisecond * 1_000_000):
                sent += 1_100
    assert sent <= FLOOR_BYTES_S * 21
    assert budget.refused > 100_000


def test_audio_is_repeated_when_video_has_used_everything_up() -> None:
    budget = RetransmissionBudget(0)
    while budget.grant(1, budget.granted, 1_100, audio=False, now_ns=0):
        pass
    assert budget.grant(2, 0, 100, audio=True, now_ns=0)


def test_what_audio_takes_is_taken_from_video() -> None:
    budget = RetransmissionBudget(0)
    for sequence in range(500):
        assert budget.grant(2, sequence, 100, audio=True, now_ns=0)
    assert not budget.grant(1, 0, 1_100, audio=False, now_ns=SECOND)
    assert budget.grant(1, 0, 1_100, audio=False, now_ns=4 * SECOND)


def test_the_budget_grows_with_what_the_leg_sends() -> None:
    budget = RetransmissionBudget(0)
    budget.set_media_rate(1_000_000)
    granted = sum(budget.grant(1, n, 1_000, audio=False, now_ns=SECOND) for n in range(400))
    assert 140 <= granted <= 151


def test_the_memory_of_repeats_is_bounded() -> None:
    budget = RetransmissionBudget(0)
    budget.set_media_rate(1e9)
    for sequence in range(REMEMBERED + 1):
        assert budget.grant(1, sequence, 1, audio=False, now_ns=SECOND)
    assert budget.grant(1, 0, 1, audio=False, now_ns=SECOND), "the oldest was forgotten, the newest are not"
    assert not budget.grant(1, REMEMBERED, 1, audio=False, now_ns=SECOND)


def test_while_packets_queue_up_pictures_are_repeated_little_and_voices_as_ever() -> None:
    budget = RetransmissionBudget(0)
    budget.set_media_rate(1_000_000)
    granted = sum(budget.grant(1, n, 1_000, audio=False, now_ns=SECOND, congested=True) for n in range(400))
    assert granted == CONGESTED_BYTES_S // 1_000
    assert budget.grant(2, 0, 100, audio=True, now_ns=SECOND, congested=True)
