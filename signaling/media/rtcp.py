"""RTCP as the server reads and writes it (RFC 3550 section 6, RFC 4585, RFC 5104). Pure; unknown packets are skipped."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from signaling.media.transport_arrivals import TransportArrivals, read_transport_arrivals

SERVER_SSRC = 1
"""Sender of the server's own feedback. It sends no media under this number."""

_SR, _RR, _BYE, _TRANSPORT_FEEDBACK, _PAYLOAD_FEEDBACK = 200, 201, 203, 205, 206
_NACK, _ARRIVALS = 1, 15
_PLI, _FIR, _APPLICATION = 1, 4, 15
_HEAD = struct.Struct("!BBH")
_SENDER = struct.Struct("!IQIII")
_BLOCK = struct.Struct("!IIIIII")
_FEEDBACK = struct.Struct("!II")
MAX_NACKED = 512
"""Sequence numbers taken from one compound packet: more is an attack or a link that repairs cannot save."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """``ntp``: 64 bits, seconds since 1900 in the upper half; ``rtp``: the same instant in the stream's clock rate."""

    ssrc: int
    ntp: int
    rtp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class ReceptionReport:
    """About the stream ``ssrc``: ``fraction_lost`` in 1/256 since the last report, ``lost`` in all (24 bits, signed), ``jitter`` in clock
    units, ``last_report`` and ``delay`` as in RFC 3550 section 6.4.1 (both in 1/65536 s)."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest_sequence: int
    jitter: int
    last_report: int
    delay: int


@dataclass(frozen=True, slots=True)
class Goodbye:
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Nack:
    media_ssrc: int
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyframeRequest:
    """A picture loss indication, or a full intra request, which means the same here."""

    media_ssrc: int


@dataclass(frozen=True, slots=True)
class ReceiverEstimate:
    """What a browser believes its downlink carries, all streams together (draft-alvestrand-rmcat-remb-03)."""

    bitrate_bps: int


RtcpItem = SenderReport | ReceptionReport | Goodbye | Nack | KeyframeRequest | ReceiverEstimate | TransportArrivals


def read(packet: bytes) -> list[RtcpItem]:
    """Everything understood in a compound or reduced-size packet, up to the first byte that makes no sense. Of arrivals only
    the first report counts: a few bytes of it tell of thousands of packets."""
    items: list[RtcpItem] = []
    at, room_for_nacked, told_arrivals = 0, MAX_NACKED, False
    while len(packet) - at >= _HEAD.size:
        first, kind, words = _HEAD.unpack_from(packet, at)
        end = at + _HEAD.size + 4 * words
        if first >> 6 != 2 or end > len(packet):
            break
        body = packet[at + _HEAD.size : end]
        if first & 0x20:
            body = body[: max(0, len(body) - body[-1])] if body else b""
        at = end
        if kind == _TRANSPORT_FEEDBACK and first & 31 == _ARRIVALS:
            if told_arrivals:
                continue
            told_arrivals = True
        for item in _read_one(kind, first & 31, body):
            if isinstance(item, Nack):
                items.append(Nack(item.media_ssrc, item.sequences[:room_for_nacked]))
                room_for_nacked = max(0, room_for_nacked - len(item.sequences))
            else:
                items.append(item)
    return items


def _read_one(kind: int, count: int, body: bytes) -> list[RtcpItem]:
    if kind == _SR and len(body) >= _SENDER.size:
        return [SenderReport(*_SENDER.unpack_from(body)), *_reports(body, _SENDER.size, count)]
    if kind == _RR:
        return _reports(body, 4, count)
    if kind == _BYE and len(body) >= 4 * count:
        return [Goodbye(struct.unpack_from(f"!{count}I", body))]
    if kind == _TRANSPORT_FEEDBACK and count == _NACK and len(body) >= _FEEDBACK.size:
        return [Nack(_FEEDBACK.unpack_from(body)[1], _nacked(body))]
    if kind == _TRANSPORT_FEEDBACK and count == _ARRIVALS:
        arrivals = read_transport_arrivals(body)
        return [arrivals] if arrivals is not None else []
    if kind == _PAYLOAD_FEEDBACK and count == _PLI and len(body) >= _FEEDBACK.size:
        return [KeyframeRequest(_FEEDBACK.unpack_from(body)[1])]
    if kind == _PAYLOAD_FEEDBACK and count == _FIR:
        # RFC 5104 section 4.3.1.1: the media source stands in each entry, and the common field is unused.
        return [KeyframeRequest(struct.unpack_from("!I", body, at)[0]) for at in range(8, len(body) - 7, 8)]
    if kind == _PAYLOAD_FEEDBACK and count == _APPLICATION and body[8:12] == b"REMB" and len(body) >= 16:
        word = int.from_bytes(body[13:16], "big")
        return [ReceiverEstimate((word & 0x3FFFF) << (word >> 18))]
    return []


def _reports(body: bytes, at: int, count: int) -> list[RtcpItem]:
    reports: list[RtcpItem] = []
    for offset in range(at, min(len(body) - _BLOCK.size, at + (count - 1) * _BLOCK.size) + 1, _BLOCK.size):
        ssrc, loss, highest, jitter, last_report, delay = _BLOCK.unpack_from(body, offset)
        lost = loss & 0xFFFFFF
        lost -= (lost & 0x800000) << 1
        reports.append(ReceptionReport(ssrc, loss >> 24, lost, highest, jitter, last_report, delay))
    return reports


def _nacked(body: bytes) -> tuple[int, ...]:
    sequences: list[int] = []
    for at in range(_FEEDBACK.size, len(body) - 3, 4):
        first, mask = struct.unpack_from("!HH", body, at)
        sequences.append(first)
        sequences += [(first + 1 + bit) & 0xFFFF for bit in range(16) if mask >> bit & 1]
        if len(sequences) > MAX_NACKED:
            break
    return tuple(sequences[:MAX_NACKED])


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEAD.pack(0x80 | count, kind, len(body) // 4) + body


def sender_report(report: SenderReport) -> bytes:
    return _packet(_SR, 0, _SENDER.pack(report.ssrc, report.ntp, report.rtp, report.packets, report.octets))


def receiver_report(reports: Sequence[ReceptionReport]) -> bytes:
    """At most 31 blocks fit (five-bit count)."""
    blocks = [
        _BLOCK.pack(
            r.ssrc,
            r.fraction_lost << 24 | max(-0x800000, min(r.lost, 0x7FFFFF)) & 0xFFFFFF,
            r.highest_sequence & 0xFFFFFFFF,
            r.jitter & 0xFFFFFFFF,
            r.last_report,
            r.delay & 0xFFFFFFFF,
        )
        for r in reports[:31]
    ]
    return _packet(_RR, len(blocks), struct.pack("!I", SERVER_SSRC) + b"".join(blocks))


def nack(media_ssrc: int, sequences: Iterable[int]) -> bytes:
    """``sequences`` in increasing order, extended or not."""
    entries: list[list[int]] = []
    for extended in sequences:
        sequence = extended & 0xFFFF
        step = (sequence - entries[-1][0] - 1) & 0xFFFF if entries else 0xFFFF
        if step < 16:
            entries[-1][1] |= 1 << step
        else:
            entries.append([sequence, 0])
    body = b"".join(struct.pack("!HH", first, mask) for first, mask in entries)
    return _packet(_TRANSPORT_FEEDBACK, _NACK, _FEEDBACK.pack(SERVER_SSRC, media_ssrc) + body)


def receiver_estimate(bitrate_bps: int) -> bytes:
    """As a browser sends it, of no stream in particular."""
    exponent = max(0, bitrate_bps.bit_length() - 18)
    word = exponent << 18 | bitrate_bps >> exponent
    body = _FEEDBACK.pack(SERVER_SSRC, 0) + b"REMB\x00" + word.to_bytes(3, "big")
    return _packet(_PAYLOAD_FEEDBACK, _APPLICATION, body)


def picture_loss(media_ssrc: int) -> bytes:
    return _packet(_PAYLOAD_FEEDBACK, _PLI, _FEEDBACK.pack(SERVER_SSRC, media_ssrc))
