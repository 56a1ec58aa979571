import random

from signaling.media.outlet import Outlet
from signaling.media.reception import Reception

SECOND = 1_000_000_000


def test_no_number_is_used_twice_however_often_the_source_changes() -> None:
    """With AES-GCM a repeated number under one key would give the key away."""
    rng = random.Random(2)
    outlet, used = Outlet(1, lambda _packet: None), []
    for _ in range(200):
        reception = Reception(90_000, rng.randrange(65_536), rng.randrange(1 << 32))
        begin = reception.highest + 1
        outlet.start(begin, reception.timestamp, 90_000, 0)
        count = rng.randrange(0, 300)
        used += [(begin + n + outlet.sequence_offset) & 0xFFFF for n in range(count)]
        reception.highest += count
        outlet.stop(reception, 0)
    assert used == [(1 + n) & 0xFFFF for n in range(len(used))]


def test_timestamps_go_on_by_the_time_that_passed() -> None:
    outlet = Outlet(1, lambda _packet: None)
    first = Reception(48_000, 0, 1_000)
    outlet.start(0, 1_000, 48_000, 0)
    first.highest, first.timestamp = 5, 5_800
    outlet.stop(first, SECOND)
    outlet.start(100, 777_777, 48_000, 3 * SECOND)
    assert (777_777 + outlet.timestamp_offset) & 0xFFFFFFFF == 5_800 + 2 * 48_000


def test_a_start_that_sent_nothing_leaves_no_gap() -> None:
    outlet = Outlet(1, lambda _packet: None)
    reception = Reception(48_000, 50, 0)
    outlet.start(50, 0, 48_000, 0)
    outlet.stop(reception, 0)
    outlet.start(90, 0, 48_000, 0)
    assert (90 + outlet.sequence_offset) & 0xFFFF == 1


def test_a_packet_is_renumbered_and_otherwise_untouched() -> None:
    outlet = Outlet(0xAABBCCDD, lambda _packet: None)
    outlet.payload_type = 96
    outlet.start(7, 0, 90_000, 0)
    packet = b"\x90\xe5\x00\x08\x00\x00\x0b\xb8\x00\x00\x00\x01rest"
    assert outlet.renumbered(packet) == b"\x90\xe0\x00\x02\x00\x00\x0b\xb8\xaa\xbb\xcc\xddrest"
