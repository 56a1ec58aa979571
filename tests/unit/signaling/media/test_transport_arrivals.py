import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.media import rtcp
from signaling.media.transport_arrivals import MAX_STATUSES, TransportArrivals, read_transport_arrivals
from signaling.media.transport_feedback import TransportFeedback


@pytest.mark.parametrize("seed", range(5))
def test_what_the_server_writes_as_a_receiver_is_read_back(seed: int) -> None:
    rng = random.Random(seed)
    feedback = TransportFeedback()
    arrivals: dict[int, int] = {}
    now_ns = rng.randrange(10**15)
    for number in range(65_400, 65_900):
        now_ns += rng.choice((0, 1_000_000, 100_000_000))
        if rng.random() < 0.8:
            arrivals[number & 0xFFFF] = now_ns
            feedback.arrivals.append((number & 0xFFFF, now_ns))
    read: dict[int, int] = {}
    for packet in feedback.packets(1):
        (item,) = rtcp.read(packet)
        assert isinstance(item, TransportArrivals)
        for number, arrival_us in enumerate(item.arrivals_us, item.first):
            if arrival_us is not None:
                read[number & 0xFFFF] = arrival_us
    assert set(read) == set(arrivals)
    first = min(read, key=lambda number: (number + 136) & 0xFFFF)
    for number, arrival_us in read.items():
        expected_us = (arrivals[number] - arrivals[first]) / 1000
        assert abs(arrival_us - read[first] - expected_us) <= 500, "a tick is 250 µs"


def test_a_status_vector_of_single_bits_is_read() -> None:
    head = bytes(8) + b"\x00\x05\x00\x03" + b"\x00\x00\x01\x00"
    body = head + bytes((0b10101000, 0)) + b"\x04\x08"
    assert read_transport_arrivals(body) == TransportArrivals(5, (65_000, None, 67_000))


@pytest.mark.parametrize("cut", range(18))
def test_a_report_that_ends_early_says_nothing(cut: int) -> None:
    body = bytes(8) + b"\x00\x05\x00\x03" + b"\x00\x00\x01\x00" + bytes((0b10101000, 0)) + b"\x04\x08"
    assert read_transport_arrivals(body[:cut] if cut < 18 else body) is None or cut == 18


def test_an_endless_run_of_statuses_is_refused() -> None:
    body = bytes(8) + b"\x00\x00" + (MAX_STATUSES + 1).to_bytes(2, "big") + bytes(4) + b"\x1f\xff" * 8
    assert read_transport_arrivals(body) is None


@given(st.binary(max_size=120))
def test_no_bytes_make_the_reader_raise(body: bytes) -> None:
    read_transport_arrivals(body)
