import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.sink_stream.control import CloseTrack, Start, from_dict, to_dict
from signaling.sink_stream.frames import (
    FrameReader,
    PacketBatch,
    SenderReport,
    SinkStreamError,
    TrackPacket,
    encode_control,
    encode_packets,
    encode_sender_report,
)

packets = st.lists(st.tuples(st.integers(0, 2**63), st.integers(0, 2**40), st.binary(max_size=1500)), max_size=5)


@given(packets, st.integers(1, 400))
def test_frames_come_through_however_the_bytes_are_cut(batch: list[tuple[int, int, bytes]], cut: int) -> None:
    start = to_dict(Start("r", "h", 1, 2, "opened", ["王某"]))
    stream = encode_control(start) + encode_packets(9, batch) + encode_sender_report(9, 1, 2**63, 7)
    reader = FrameReader()
    frames = [frame for at in range(0, len(stream), cut) for frame in reader.feed(stream[at : at + cut])]
    assert frames == [
        start,
        PacketBatch(9, tuple(TrackPacket(*entry) for entry in batch)),
        SenderReport(9, 1, 2**63, 7),
    ]


@pytest.mark.parametrize("stream", [b"\x00\x00\x00\x00\x01", b"\xff\xff\xff\xff\x01", b"\x00\x00\x00\x01\x09"])
def test_a_stream_of_something_else_is_an_error(stream: bytes) -> None:
    with pytest.raises(SinkStreamError):
        list(FrameReader().feed(stream))


def test_control_messages_survive_the_wire_and_strangers_do_not() -> None:
    closed = CloseTrack(4, 10, 1)
    assert from_dict(to_dict(closed)) == closed
    with pytest.raises(ValueError, match="unknown control"):
        from_dict({"type": "dance"})
    with pytest.raises(ValueError, match="track"):
        from_dict({"type": "close_track"})
