"""Everything that reads what somebody else wrote, each as a function of bytes that must return.

A reader raises nothing but its own package's error, whatever it is given; what it does with a thing its own writer wrote is checked too,
where there is a writer. ``READERS`` names them; the corpus has a folder for each.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from pydantic import ValidationError

from asr import rtp as asr_rtp
from asr.errors import MalformedPacket
from hearing_server.web.socket import _code_of_invalid, _request_of
from recorder import opus
from recorder.frame_assembly import MAX_PICTURE_PACKETS, FrameAssembler
from recorder.h264 import H264Depacketiser
from recorder.picture import Depacketiser
from recorder.rtp import MediaPacket, parse_rtp
from recorder.vp8 import Vp8Depacketiser
from signaling.media import picture_numbers, rtcp
from signaling.media.codec import Codec, payload_offset, picture_size, starts_keyframe
from signaling.media.errors import SdpError
from signaling.media.header_extensions import ACCEPTED, Layout, read_extensions
from signaling.media.library_internals import PACKET_BYTES, PacketMemory, read_binding_check
from signaling.media.publish_answer import answer_text, taken_sections
from signaling.media.session_description import parse_session_description
from signaling.media.slot import SlotDescription
from signaling.media.subscribe_offer import agreed_slots
from signaling.media.tcp_paths import TcpAddress, TcpPath, TcpPaths
from signaling.media.transport_arrivals import REFERENCE_US, TICK_US, TransportArrivals, read_transport_arrivals
from signaling.media.transport_feedback import MAX_SPAN, MAX_STATUSES, TransportFeedback
from signaling.protocol.from_client import client_message
from signaling.protocol.grants import SourceLabel
from signaling.sink_stream.control import from_dict, to_dict
from signaling.sink_stream.frames import (
    Frame,
    FrameReader,
    PacketBatch,
    SenderReport,
    SinkStreamError,
    encode_control,
    encode_packets,
    encode_sender_report,
)
from tests.fuzz import verifier_readers

NUMBERED = dict(enumerate(sorted(ACCEPTED), 1))
LABELS = {"0": SourceLabel.MICROPHONE, "1": SourceLabel.CAMERA, "2": SourceLabel.SCREEN}


def stun(data: bytes) -> None:
    check = read_binding_check(data)
    if check is not None:
        assert check.is_signed_with(b"not the password") is False
        assert read_binding_check(check.response(("127.0.0.1", 9), b"password")) is None, "a response is no check"


def rtp(data: bytes) -> None:
    """Header extensions, codec headers and picture numbers, as the forwarding path reads them from memory that is reused."""
    if len(data) < 12:
        return
    memory = PacketMemory()
    size = min(len(data), PACKET_BYTES)
    memory.view[:size] = data[:size]
    values = read_extensions(memory.view, size, NUMBERED)
    assert all(1 <= len(value) <= 16 for value in values.values())
    if data[0] & 0x1F == 0x10:
        layout = Layout(memory.view, size, NUMBERED)
        assert len(layout.blank) == max(0, layout.end - 16) and layout.end <= max(size, 16)
        assert layout.marks_of(memory.view) == layout.marks
        for at in (layout.audio_level, layout.abs_send_time, layout.transport_sequence, layout.orientation):
            assert at == 0 or 16 < at < layout.end
    packet = bytes(data[:size])
    for codec in Codec:
        starts_keyframe(codec, packet)
        sizes = picture_size(codec, packet)
        assert sizes is None or max(sizes) <= 0x3FFF
    at, _, base_at, _, largest = picture_numbers.numbers_of(packet)
    assert (
        max(at + (largest > picture_numbers.SHORT) if at else 0, base_at) < max(1, size)
        and payload_offset(packet) >= 12
    )


def rtcp_packet(data: bytes) -> None:
    items = rtcp.read(data)
    assert len(items) <= len(data) // 4
    assert sum(len(item.sequences) for item in items if isinstance(item, rtcp.Nack)) <= rtcp.MAX_NACKED
    reports = [item for item in items if isinstance(item, rtcp.ReceptionReport)][:31]
    if reports:
        assert rtcp.read(rtcp.receiver_report(reports)) == reports
    for item in items:
        if isinstance(item, rtcp.SenderReport):
            assert rtcp.read(rtcp.sender_report(item)) == [item]
        if isinstance(item, rtcp.Nack) and item.sequences:
            (again,) = rtcp.read(rtcp.nack(item.media_ssrc, sorted(set(item.sequences))))
            assert isinstance(again, rtcp.Nack) and again.sequences == tuple(sorted(set(item.sequences)))
        if isinstance(item, rtcp.KeyframeRequest):
            assert rtcp.read(rtcp.picture_loss(item.media_ssrc)) == [item]


def transport_arrivals(data: bytes) -> None:
    arrivals = read_transport_arrivals(data)
    if arrivals is not None:
        assert 0 <= arrivals.first <= 0xFFFF and len(arrivals.arrivals_us) <= 4_000


def transport_feedback(data: bytes) -> None:
    """What a member's packets said (sequence in two bytes, milliseconds since the one before in one), told and read back."""
    feedback, now_ns, noted = TransportFeedback(), 10**15, dict[int, int]()
    for at in range(0, len(data) - 2, 3):
        now_ns += data[at + 2] * 1_000_000
        feedback.arrivals.append((int.from_bytes(data[at : at + 2], "big"), now_ns))
        noted.setdefault(feedback.arrivals[-1][0], now_ns)
    packets = feedback.packets(1)
    assert len(packets) <= len(noted) + MAX_SPAN // MAX_STATUSES + 1
    told: dict[int, int] = {}
    for packet in packets:
        (item,) = rtcp.read(packet)
        assert isinstance(item, TransportArrivals)
        at_us = item.arrivals_us
        told |= {(item.first + n) & 0xFFFF: at for n, at in enumerate(at_us) if at is not None}
    assert set(told) <= set(noted)
    wrap_us = REFERENCE_US << 24
    for number, at in told.items():
        assert abs((noted[number] // 1000 - at + wrap_us // 2) % wrap_us - wrap_us // 2) <= TICK_US


class _Transport:
    """What an answer says of its leg."""

    ufrag, password = "ufrag", "password"


def sdp(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    try:
        offer = parse_session_description(text)
    except SdpError:
        return
    taken = taken_sections(offer, LABELS)
    answer = answer_text(
        offer,
        taken,
        frozenset(SourceLabel),
        cast(Any, _Transport()),
        fingerprint="AA",
        candidates=[],
        setup="passive",
        session_id=1,
        version=1,
    )
    lines = answer.split("\r\n")
    assert not any(character in line for line in lines for character in "\r\n"), "a line of the client's own"
    assert [line.split(" ")[0] for line in lines if line.startswith("m=")] == [f"m={s.kind}" for s in offer.sections]
    again = parse_session_description(answer)
    assert [section.mid for section in again.sections] == [section.mid for section in offer.sections]
    slots = [SlotDescription(s.mid, "video", "judge", SourceLabel.CAMERA, 1, 2) for s in offer.sections]
    assert {slot.description.mid for slot in agreed_slots(slots, offer).values()} <= {s.mid for s in offer.sections}


def sink_frames(data: bytes) -> None:
    """The same frames however the stream is cut, and each is what its writer would write."""
    whole, cut = _frames([data]), _frames([data[at : at + 7] for at in range(0, len(data), 7)])
    assert whole == cut
    for frame in whole:
        assert list(FrameReader().feed(_encoded(frame))) == [frame]
        if isinstance(frame, dict):
            with suppress(ValueError):
                message = from_dict(frame)
                assert from_dict(to_dict(message)) == message


def _frames(chunks: list[bytes]) -> list[Frame]:
    reader, frames = FrameReader(), list[Frame]()
    with suppress(SinkStreamError):
        for chunk in chunks:
            frames.extend(reader.feed(chunk))
    return frames


def _encoded(frame: Frame) -> bytes:
    match frame:
        case PacketBatch():
            return encode_packets(frame.track, [(each.arrival_us, each.sequence, each.rtp) for each in frame.packets])
        case SenderReport():
            return encode_sender_report(frame.track, frame.arrival_us, frame.ntp, frame.rtp)
        case dict():
            return encode_control(frame)


class _Wire(asyncio.Transport):
    """A connection that was aborted or was not."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 9)})
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True


def tcp_frames(data: bytes) -> None:
    """RFC 4571: the same packets however the stream is cut, and nothing after a frame that cannot be."""
    assert _framed([data]) == _framed([data[at : at + 5] for at in range(0, len(data), 5)])


def _framed(chunks: list[bytes]) -> tuple[list[bytes], bool]:
    taken: list[bytes] = []

    def take(frame: memoryview, _: TcpAddress) -> None:
        assert 0 < len(frame) <= PACKET_BYTES
        taken.append(bytes(frame))

    wire, path = _Wire(), TcpPath(TcpPaths(lambda: 0.0, take, lambda _: None))
    path.connection_made(wire)
    for chunk in chunks:
        while chunk and path.is_open:
            room = path.get_buffer(-1)
            assert len(room) > 0, "there is always room for the rest of a frame"
            now, chunk = chunk[: len(room)], chunk[len(room) :]
            room[: len(now)] = now
            path.buffer_updated(len(now))
    return taken, wire.aborted


def client_messages(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    request = _request_of(text)
    assert request is None or 0 < len(request) <= 64
    try:
        message = client_message.validate_json(text)
    except ValidationError as invalid:
        _code_of_invalid(invalid)
        return
    assert client_message.validate_json(message.model_dump_json()) == message


def recorded_rtp(data: bytes) -> None:
    """What the recorder makes of packets a member chose: lengths in two bytes each, then the packets."""
    for depacketiser in (Vp8Depacketiser(), H264Depacketiser()):
        assembler = FrameAssembler(cast(Depacketiser, depacketiser))
        for sequence, packet in enumerate(_pieces(data)):
            fields = parse_rtp(packet)
            if fields is not None and fields.payload:
                assert 0 <= opus.duration_samples(fields.payload) <= 63 * 2880
                for part in assembler.push(MediaPacket(sequence, fields.timestamp, 0, fields.marker, fields.payload)):
                    assert 1 <= part.packets <= MAX_PICTURE_PACKETS
        list(assembler.abandon())


def _pieces(data: bytes) -> list[bytes]:
    pieces: list[bytes] = []
    while len(data) >= 2:
        size = int.from_bytes(data[:2], "big")
        pieces.append(data[2 : 2 + size])
        data = data[2 + size :]
    return pieces


def transcribed_rtp(data: bytes) -> None:
    for extension in (0, 1, 14):
        with suppress(MalformedPacket):
            packet = asr_rtp.parse(data, extension)
            assert packet.level_dbov is None or -127 <= packet.level_dbov <= 0


READERS: dict[str, Callable[[bytes], None]] = {
    "stun": stun,
    "rtp": rtp,
    "rtcp": rtcp_packet,
    "transport_arrivals": transport_arrivals,
    "transport_feedback": transport_feedback,
    "sdp": sdp,
    "sink_frames": sink_frames,
    "tcp_frames": tcp_frames,
    "client_messages": client_messages,
    "recorded_rtp": recorded_rtp,
    "transcribed_rtp": transcribed_rtp,
    "seal": verifier_readers.seal,
    "seal_lines": verifier_readers.seal_lines,
    "seal_proof": verifier_readers.seal_proof,
    "seal_sidecar": verifier_readers.seal_sidecar,
    "seal_stamp": verifier_readers.seal_stamp,
}
