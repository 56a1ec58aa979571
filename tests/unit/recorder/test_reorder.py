from hypothesis import given
from hypothesis import strategies as st

from recorder.reorder import Hole, Misfit, ReorderWindow
from recorder.rtp import MediaPacket


def packet(sequence: int, arrival_us: int = 0) -> MediaPacket:
    return MediaPacket(sequence, sequence * 960, arrival_us, False, b"x")


def passed(window: ReorderWindow, *packets: MediaPacket, give_up: bool = False) -> list[int | tuple[int, int]]:
    """Sequence numbers in the order they come out; a hole as (first, count)."""
    result: list[int | tuple[int, int]] = []
    for entry in packets:
        window.put(entry)
        result += [shown(event) for event in window.ready(give_up=give_up)]
    return result


def shown(event: MediaPacket | Hole) -> int | tuple[int, int]:
    return (event.first, event.count) if isinstance(event, Hole) else event.sequence


def test_a_packet_that_comes_within_the_window_takes_its_place() -> None:
    window = ReorderWindow(150_000)
    assert passed(window, packet(1), packet(3, 10_000), packet(2, 159_000)) == [1, 2, 3]


def test_a_hole_is_given_up_when_the_window_is_over() -> None:
    window = ReorderWindow(150_000)
    assert passed(window, packet(1), packet(4, 10_000), packet(5, 160_000)) == [1, (2, 2), 4, 5]
    assert window.put(packet(3, 170_000)) is Misfit.LATE
    assert window.put(packet(3, 171_000)) is Misfit.DUPLICATE
    assert window.put(packet(5, 172_000)) is Misfit.DUPLICATE


def test_what_was_durable_before_a_crash_is_a_duplicate() -> None:
    window = ReorderWindow(150_000)
    window.begin(8)
    assert passed(window, packet(6), packet(7), packet(8), packet(9)) == [8, 9]
    window.begin(None, floor=9)
    assert passed(window, packet(9), packet(20), packet(21)) == [20, 21]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=120))
def test_every_number_comes_out_once_or_in_a_hole(sequences: list[int]) -> None:
    window = ReorderWindow(40)
    events = passed(window, *(packet(n, index) for index, n in enumerate(sequences)))
    window.put(packet(100, len(sequences)))
    events += [shown(event) for event in window.ready(give_up=True)]
    covered = [n for e in events for n in (range(e[0], e[0] + e[1]) if isinstance(e, tuple) else [e])]
    assert covered == list(range(sequences[0], 101))
