from hypothesis import given
from hypothesis import strategies as st

from asr.reorder import MAX_HELD, ReorderWindow
from signaling.sink_stream.frames import TrackPacket


def packet(sequence: int, arrival_us: int = 0) -> TrackPacket:
    return TrackPacket(arrival_us, sequence, b"")


def sequences(packets: list[TrackPacket]) -> list[int]:
    return [each.sequence for each in packets]


def test_packets_in_order_go_straight_through() -> None:
    window = ReorderWindow()
    assert [sequences(window.push(packet(n))) for n in (5, 6, 7)] == [[5], [6], [7]]


def test_a_late_packet_is_waited_for() -> None:
    window = ReorderWindow(window_us=80_000)
    assert sequences(window.push(packet(1, 0))) == [1]
    assert sequences(window.push(packet(3, 20_000))) == []
    assert sequences(window.push(packet(2, 40_000))) == [2, 3]


def test_a_lost_packet_is_given_up_after_the_window_and_refused_afterwards() -> None:
    window = ReorderWindow(window_us=80_000)
    window.push(packet(1, 0))
    assert sequences(window.push(packet(3, 20_000))) == []
    assert sequences(window.push(packet(4, 99_000))) == []
    assert sequences(window.push(packet(5, 100_000))) == [3, 4, 5]
    assert sequences(window.push(packet(2, 101_000))) == []


def test_duplicates_are_dropped() -> None:
    window = ReorderWindow()
    window.push(packet(1))
    assert sequences(window.push(packet(1))) == []


def test_flush_gives_up_what_is_missing() -> None:
    window = ReorderWindow()
    window.push(packet(1))
    window.push(packet(4))
    window.push(packet(3))
    assert sequences(window.flush()) == [3, 4]
    assert sequences(window.push(packet(5))) == [5]


def test_it_holds_no_more_than_its_bound() -> None:
    window = ReorderWindow()
    window.push(packet(0))
    released = [each for n in range(2, 2 + MAX_HELD + 1) for each in window.push(packet(n))]
    assert sequences(released) == list(range(2, 2 + MAX_HELD + 1))


@given(st.lists(st.integers(0, 30), max_size=60))
def test_what_comes_out_is_in_order_and_once(order: list[int]) -> None:
    window = ReorderWindow()
    out = [each.sequence for at, n in enumerate(order) for each in window.push(packet(n, at * 20_000))]
    out += sequences(window.flush())
    assert out == sorted(set(out))
