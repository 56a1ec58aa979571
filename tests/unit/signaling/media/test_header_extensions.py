from hypothesis import given
from hypothesis import strategies as st

from signaling.media.header_extensions import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    MID,
    ORIENTATION,
    TRANSPORT_SEQUENCE,
    Layout,
    read_extensions,
)
from tests.unit.signaling.media.rtp_peer import extension_block, rtp

FIREFOX = {1: AUDIO_LEVEL, 3: MID, 4: ABS_SEND_TIME, 7: TRANSPORT_SEQUENCE, 9: ORIENTATION}


def layout_of(packet: bytes) -> Layout:
    return Layout(memoryview(packet), len(packet), FIREFOX)


def test_values_are_found_under_the_senders_numbers_and_handed_on_under_the_servers() -> None:
    packet = rtp(1, 1, 1, b"x", elements=[(7, b"\x12\x34"), (1, b"\x9e"), (3, b"0"), (4, b"abc"), (9, b"\x01")])
    layout = layout_of(packet)
    assert packet[layout.transport_sequence : layout.transport_sequence + 2] == b"\x12\x34"
    assert packet[layout.audio_level] == 0x9E
    assert packet[layout.abs_send_time : layout.abs_send_time + 3] == b"abc"
    handed_on = {packet_id >> 4 for packet_id in layout.blank if packet_id}
    assert handed_on == {1, 2, 3}, "level, send time and orientation; not the mid, not the transport sequence"
    assert layout.blank[layout.abs_send_time - 1 - 16] == 0x22
    assert layout.end == len(packet) - 1


def test_another_arrangement_of_the_same_length_is_noticed() -> None:
    one = rtp(1, 1, 1, b"x", elements=[(1, b"\x9e"), (7, b"\x00\x01")])
    other = rtp(1, 1, 1, b"x", elements=[(7, b"\x00\x01"), (1, b"\x9e")])
    layout = layout_of(one)
    assert layout.marks_of(memoryview(one)) == layout.marks
    assert layout.marks_of(memoryview(other)) != layout.marks


def test_an_element_in_place_of_padding_is_noticed() -> None:
    one = rtp(1, 1, 1, b"x", elements=[(1, b"\x9e"), (9, b"\x01")])
    shorter = rtp(1, 1, 1, b"x", elements=[(1, b"\x9e")])
    layout = layout_of(shorter)
    assert len(one) == len(shorter)
    assert layout.marks_of(memoryview(one)) != layout.marks


def test_a_value_of_the_wrong_length_is_not_taken_for_what_it_claims_to_be() -> None:
    layout = layout_of(rtp(1, 1, 1, b"x", elements=[(1, b"\x9e\x00"), (7, b"\x01")]))
    assert (layout.audio_level, layout.transport_sequence) == (0, 0)
    assert not any(layout.blank)


def test_two_byte_headers_are_blanked() -> None:
    packet = bytearray(rtp(1, 1, 1, b"x", elements=[(1, b"\x9e")]))
    packet[12:14] = b"\x10\x00"
    layout = layout_of(bytes(packet))
    assert layout.audio_level == 0 and layout.blank == bytes(4)
    assert read_extensions(memoryview(packet), len(packet), FIREFOX) == {}


def test_an_unknown_packets_values_are_read_by_name() -> None:
    packet = rtp(1, 1, 1, b"x", elements=[(3, b"camera"), (7, b"\x00\x05"), (12, b"?")])
    assert read_extensions(memoryview(packet), len(packet), FIREFOX) == {
        MID: b"camera",
        TRANSPORT_SEQUENCE: b"\x00\x05",
    }


@given(st.binary(max_size=64), st.integers(0, 20), st.sampled_from([0xBEDE, 0x1000, 0]))
def test_no_extension_block_makes_the_reader_raise(body: bytes, words: int, profile: int) -> None:
    packet = b"\x90\x60" + bytes(10) + profile.to_bytes(2, "big") + words.to_bytes(2, "big") + body
    memory = memoryview(packet + bytes(200))
    layout = Layout(memory, len(packet), FIREFOX)
    assert 16 + len(layout.blank) == max(16, layout.end) and layout.end <= len(packet)
    read_extensions(memory, len(packet), FIREFOX)


def test_blocks_made_for_tests_are_whole_words() -> None:
    assert extension_block([(1, b"abc"), (2, b"a")]) == b"\xbe\xde\x00\x02\x12abc\x20a\x00\x00"
