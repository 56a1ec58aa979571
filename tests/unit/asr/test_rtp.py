import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.errors import MalformedPacket
from asr.rtp import parse


def packet(payload: bytes, *, extension: bytes = b"", profile: int = 0xBEDE, csrcs: int = 0, padding: int = 0) -> bytes:
    first = 0x80 | csrcs | (0x10 if extension else 0) | (0x20 if padding else 0)
    header = struct.pack("!BBHII", first, 111, 7, 123456, 99) + bytes(4 * csrcs)
    if extension:
        header += struct.pack("!HH", profile, len(extension) // 4) + extension
    return header + payload + (bytes(padding - 1) + bytes([padding]) if padding else b"")


def test_payload_lies_between_header_and_padding() -> None:
    audio = parse(packet(b"opus", csrcs=2, padding=5), 1)
    assert (audio.payload, audio.timestamp, audio.level_dbov) == (b"opus", 123456, None)


def test_level_is_found_among_other_elements_and_without_its_voice_bit() -> None:
    extension = bytes([0x32, 1, 2, 3, 0x10, 0x80 | 42, 0, 0])
    assert parse(packet(b"x", extension=extension), 1).level_dbov == -42


def test_level_is_found_in_two_byte_form() -> None:
    extension = bytes([5, 2, 9, 9, 20, 1, 30, 0])
    assert parse(packet(b"x", extension=extension, profile=0x1001), 20).level_dbov == -30


def test_no_level_when_the_sender_has_none_or_the_profile_is_foreign() -> None:
    extension = bytes([0x10, 42, 0, 0])
    assert parse(packet(b"x", extension=extension), 0).level_dbov is None
    assert parse(packet(b"x", extension=extension), 2).level_dbov is None
    assert parse(packet(b"x", extension=extension, profile=0x1234), 1).level_dbov is None


@pytest.mark.parametrize(
    "broken",
    [b"", b"\x40" + bytes(20), b"\x8f" + bytes(11), b"\x90" + bytes(11), packet(b"", padding=1)[:-1] + b"\xff"],
)
def test_what_is_no_packet_is_refused(broken: bytes) -> None:
    with pytest.raises(MalformedPacket):
        parse(broken, 1)


@given(st.binary(max_size=80), st.integers(0, 15))
def test_any_bytes_are_either_parsed_or_refused(noise: bytes, level_extension: int) -> None:
    try:
        audio = parse(noise, level_extension)
    except MalformedPacket:
        return
    assert len(audio.payload) <= len(noise) - 12
