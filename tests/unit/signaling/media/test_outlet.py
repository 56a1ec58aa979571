import random

from signaling.media.outlet import Outlet
from signaling.media.picture_numbers import LONG, SHORT
from signaling.media.reception import Reception
from signaling.media.rtcp import ReceptionReport, SenderReport
from tests.unit.signaling.media.rtp_peer import rtp, vp8_payload
from tests.unit.signaling.media.test_source import camera

SECOND = 1_000_000_000


def layer(timestamp: int, report: SenderReport | None = None, newest: int = 0) -> Reception:
    """One packet of a layer came, at ``timestamp``."""
    reception = Reception(90_000, 0, timestamp)
    reception.highest = newest
    if report is not None:
        reception.observe_report(report, 0)
    return reception


def changed(before: SenderReport | None, after: SenderReport | None, timestamp: int, passed_ns: int) -> int:
    """How far a subscriber's timestamps move at a change from a picture at 1,000 of one layer to ``timestamp`` of another."""
    outlet = Outlet(1, lambda _packet: None)
    outlet.start(0, 1_000, 90_000, 0)
    outlet.stop(layer(1_000, before), 0)
    outlet.start(50, timestamp, 90_000, passed_ns, report=after)
    step = (timestamp + outlet.timestamp_offset - 1_000) & 0xFFFFFFFF
    return step - (1 << 32) if step >> 31 else step


def test_layers_with_clocks_of_their_own_are_aligned_by_the_senders_time() -> None:
    """The other layer's 7,000 was taken one tenth after this layer's 1,000, whenever it arrives."""
    before = SenderReport(1, 10 << 32, 1_000, 0, 0)
    after = SenderReport(2, 11 << 32, 7_000 + 81_000, 0, 0)
    assert changed(before, after, 7_000, passed_ns=SECOND // 2) == 9_000
    wrapped = SenderReport(2, 11 << 32, (0xFFFFFF00 + 81_000) & 0xFFFFFFFF, 0, 0)
    assert changed(before, wrapped, 0xFFFFFF00, passed_ns=SECOND // 2) == 9_000


def test_a_picture_taken_before_the_last_one_sent_does_not_turn_time_back() -> None:
    before = SenderReport(1, 10 << 32, 1_000, 0, 0)
    assert changed(before, SenderReport(2, 10 << 32, 9_000, 0, 0), 8_000, passed_ns=0) == 1


def test_a_clock_that_cannot_be_right_is_not_believed() -> None:
    before = SenderReport(1, 10 << 32, 1_000, 0, 0)
    assert changed(before, SenderReport(2, 500 << 32, 9_000, 0, 0), 9_000, passed_ns=SECOND // 10) == 9_000
    assert changed(before, None, 9_000, passed_ns=SECOND // 10) == 9_000
    assert changed(None, before, 9_000, passed_ns=SECOND // 10) == 9_000


def test_picture_numbers_go_on_when_the_source_changes() -> None:
    outlet = Outlet(1, lambda _packet: None)
    outlet.start(0, 0, 90_000, 0, picture=(20, 500, 22, 3, LONG))
    assert outlet.picture_shift is None, "the first source keeps its own"
    outlet.stop(layer(0), 0, (20, 510, 22, 8, LONG))
    outlet.start(9, 0, 90_000, 0, picture=(20, 77, 22, 200, LONG))
    first = rtp(9, 0, 5, vp8_payload(77, 200, key=True))
    assert outlet.renumbered(first)[12:] == vp8_payload(511, 9, key=True)
    outlet.stop(layer(0, newest=9), 0, (20, 90, 22, 210, LONG))
    outlet.start(70, 0, 90_000, 0, picture=(20, 600, 22, 0, LONG))
    assert outlet.picture_shift == ((511 + 13 + 1 - 600) & 0x7FFF, (9 + 10 + 1) & 0xFF), "counted from what was sent"


def test_short_picture_numbers_stay_short_in_what_is_repeated() -> None:
    outlet = Outlet(1, lambda _packet: None)
    outlet.start(0, 0, 90_000, 0, picture=(14, 5, 15, 3, SHORT))
    outlet.stop(layer(0), 0, (14, 126, 15, 0xFF, SHORT))
    outlet.start(9, 0, 90_000, 0, picture=(14, 77, 15, 200, SHORT))
    for step, picture in enumerate((127, 0, 1)):
        packet = rtp(9 + step, 0, 5, bytes((0x90, 0xC0, 77 + step, 200 + step, 0x01)) + b"picture")
        assert outlet.renumbered(packet)[12:] == bytes((0x90, 0xC0, picture, step, 0x01)) + b"picture"


def test_bytes_are_counted_across_sources() -> None:
    outlet, sources = Outlet(1, lambda _packet: None), [camera([]), camera([])]
    for source, octets in zip(sources, (700, 4_000), strict=True):
        source.octets = octets
        outlet.carry(source)
        source.octets += 100
    outlet.carry(None)
    assert outlet.octets == 200


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


def test_the_round_trip_is_measured_from_the_report_that_is_answered() -> None:
    outlet = Outlet(1, lambda _packet: None)
    for number in range(1, 7):
        outlet.tell_clock(SenderReport(9, number << 32, 0, 0, 0), number * SECOND)

    def answer(number: int, delay_s: float = 0.0) -> ReceptionReport:
        return ReceptionReport(1, 0, 0, 0, 0, (number << 32) >> 16 & 0xFFFFFFFF, int(delay_s * 65_536))

    assert outlet.round_trip_ns(answer(6), 6 * SECOND + 80_000_000) == 80_000_000
    assert outlet.round_trip_ns(answer(5, delay_s=0.5), 6 * SECOND) == SECOND // 2
    assert outlet.round_trip_ns(answer(6, delay_s=9.0), 7 * SECOND) == 0, "a delay that cannot be right"
    assert outlet.round_trip_ns(answer(1), 7 * SECOND) is None, "too long ago"
    assert outlet.round_trip_ns(answer(0), 7 * SECOND) is None, "answers none"
