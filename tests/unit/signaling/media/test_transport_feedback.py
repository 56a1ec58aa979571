"""The feedback packets, read by a reader written from the draft alone."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.media.hot_path import COMPILED, IN_PYTHON, HotPath
from signaling.media.transport_feedback import MAX_GAP, TransportFeedback

MS = 1_000_000
START = 5_000_000_000


def decode(packet: bytes) -> dict[int, int | None]:
    """Sequence number → arrival in units of 250 µs since the reference clock's zero; None: not received."""
    first, kind, words, _, _, base, count, reference = struct.unpack_from("!BBHIIHHI", packet)
    assert kind == 205 and first & 31 == 15 and len(packet) == 4 * (words + 1)
    at = 20
    symbols: list[int] = []
    while len(symbols) < count:
        (chunk,) = struct.unpack_from("!H", packet, at)
        at += 2
        if chunk >> 15 == 0:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        elif chunk >> 14 == 3:
            symbols += [chunk >> 12 - 2 * i & 3 for i in range(7)]
        else:
            symbols += [chunk >> 13 - i & 1 for i in range(14)]
    time = (reference >> 8) * 256
    arrivals: dict[int, int | None] = {}
    for offset, symbol in enumerate(symbols[:count]):
        if symbol == 1:
            time, at = time + packet[at], at + 1
        elif symbol == 2:
            time, at = time + struct.unpack_from("!h", packet, at)[0], at + 2
        arrivals[(base + offset) & 0xFFFF] = time if symbol else None
    padding = packet[-1] if first & 0x20 else 0
    assert at + padding == len(packet)
    return arrivals


def fed(*arrivals: tuple[int, int]) -> TransportFeedback:
    feedback = TransportFeedback()
    feedback.arrivals += arrivals
    return feedback


def test_nothing_arrived_means_nothing_to_send() -> None:
    assert TransportFeedback().packets(1) == []


def test_arrivals_and_losses_are_reported() -> None:
    (packet,) = fed((10, START), (11, START + 5 * MS), (13, START + 90 * MS), (12 + 3, START + 80 * MS)).packets(1)
    arrivals = decode(packet)
    assert list(arrivals) == [10, 11, 12, 13, 14, 15]
    assert arrivals[12] is None and arrivals[14] is None
    base = arrivals[10]
    assert base is not None and [arrivals[n] for n in (11, 13, 15)] == [base + 20, base + 360, base + 320]


def test_a_loss_between_two_reports_is_not_forgotten() -> None:
    feedback = fed((10, START))
    feedback.packets(1)
    feedback.arrivals.append((12, START + 100 * MS))
    (packet,) = feedback.packets(1)
    assert decode(packet)[11] is None


def test_a_late_packet_of_an_earlier_report_is_still_reported() -> None:
    feedback = fed((10, START), (12, START))
    feedback.packets(1)
    feedback.arrivals += [(11, START + MS), (13, START + MS)]
    (packet,) = feedback.packets(1)
    assert decode(packet)[11] is not None


@pytest.mark.parametrize(
    "path", [path for path in (IN_PYTHON, COMPILED) if path is not None], ids=lambda path: path.name
)
@pytest.mark.parametrize("first", [100, 65_500])
def test_the_usual_report_is_what_the_general_one_would_be(
    first: int, path: HotPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, thorough = TransportFeedback(path.in_order), TransportFeedback()
    monkeypatch.setattr(thorough, "_usual", lambda _ssrc: None)
    for report in range(4):
        numbers = [first + report * 20 + n for n in range(20)]
        arrivals = [(number & 0xFFFF, START + number * number % 7 * MS + number * 5 * MS) for number in sorted(numbers)]
        for feedback in (quick, thorough):
            feedback.arrivals += sorted(arrivals, key=lambda arrival: arrival[1]) if report == 3 else arrivals
        assert quick.packets(1) == thorough.packets(1)


def test_numbers_wrap_around() -> None:
    (packet,) = fed((65_535, START), (0, START + MS)).packets(1)
    assert list(decode(packet)) == [65_535, 0]


def test_a_long_silence_begins_a_new_numbering() -> None:
    feedback = fed((10, START))
    feedback.packets(1)
    feedback.arrivals.append((10 + MAX_GAP + 2, START))
    (packet,) = feedback.packets(1)
    assert list(decode(packet)) == [10 + MAX_GAP + 2]


def test_feedback_packets_are_counted() -> None:
    feedback = TransportFeedback()
    counts = []
    for n in range(300):
        feedback.arrivals.append((n, START + n * MS))
        counts.append(feedback.packets(1)[0][19])
    assert counts == [n & 0xFF for n in range(300)]


@given(
    st.lists(
        st.tuples(st.integers(0, 3_000), st.integers(0, 60_000)), min_size=1, max_size=200, unique_by=lambda a: a[0]
    )
)
def test_every_arrival_is_reported_once_and_at_its_time(arrivals: list[tuple[int, int]]) -> None:
    feedback = fed(*((n, START + ms * MS) for n, ms in arrivals))
    reported: dict[int, int] = {}
    for packet in feedback.packets(1):
        assert len(packet) < 1_200
        for sequence, time in decode(packet).items():
            if time is not None:
                assert sequence not in reported
                reported[sequence] = time
    assert set(reported) == {n for n, _ in arrivals}
    assert all(reported[n] * 250_000 == START + ms * MS for n, ms in arrivals)
