"""The server's offer to a subscriber and what its answer agrees to. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.media import header_extensions
from signaling.media.codec import Codec
from signaling.media.description_text import PROTOCOL, joined, session_lines, transport_lines
from signaling.media.errors import SdpError
from signaling.media.session_description import MediaSection, OfferedCodec, SessionDescription
from signaling.media.slot import SlotDescription
from signaling.protocol.snapshot import SlotView

if TYPE_CHECKING:
    from signaling.media.leg_transport import LegTransport

_PAYLOAD_TYPES = {Codec.OPUS: 111, Codec.VP8: 96, Codec.H264: 102}
_CODECS = {"audio": (Codec.OPUS,), "video": (Codec.VP8, Codec.H264)}
_PARAMETERS = {
    Codec.OPUS: "minptime=10;useinbandfec=1;usedtx=1",
    Codec.H264: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
}
_REPAIR_TYPES = {Codec.VP8: 97, Codec.H264: 103}
_FEEDBACK = {"audio": ("nack",), "video": ("nack", "nack pli", "ccm fir", "goog-remb", "transport-cc")}
"""A repeated packet is the same packet again. RTX (RFC 4588) is agreed to only because padding may travel in it, which tells how much more
a downlink carries."""
_EXTENSIONS = {
    "audio": (header_extensions.AUDIO_LEVEL, header_extensions.ABS_SEND_TIME, header_extensions.MID),
    "video": (header_extensions.ABS_SEND_TIME, header_extensions.ORIENTATION, header_extensions.MID),
}


@dataclass(frozen=True, slots=True)
class SubscribeOffer:
    """A later ``negotiation`` replaces an earlier one. ``slots``: one for each m-line, in order."""

    negotiation: int
    sdp: str
    slots: list[SlotView]


@dataclass(frozen=True, slots=True)
class AgreedSlot:
    """A slot as it was offered and taken; ``payload_types`` are the subscriber's numbers, ``repair_payload_types`` those of RTX, if
    it also reports the arrival of probes."""

    description: SlotDescription
    payload_types: Mapping[Codec, int]
    repair_payload_types: Mapping[Codec, int]


def offer_text(
    slots: Sequence[SlotDescription],
    transport: "LegTransport",
    *,
    fingerprint: str,
    candidates: Sequence[str],
    session_id: int,
    version: int,
) -> str:
    lines = session_lines(session_id, version, [slot.mid for slot in slots])
    common = transport_lines(transport, fingerprint, candidates, "actpass")
    for slot in slots:
        lines += _slot_lines(slot, common)
    return joined(lines)


def _slot_lines(slot: SlotDescription, common: Sequence[str]) -> list[str]:
    codecs = _CODECS[slot.kind]
    numbers = [_PAYLOAD_TYPES[codec] for codec in codecs]
    numbers += [_REPAIR_TYPES[codec] for codec in codecs if codec in _REPAIR_TYPES]
    lines = [f"m={slot.kind} 9 {PROTOCOL} " + " ".join(map(str, numbers)), *common, f"a=mid:{slot.mid}"]
    lines += [f"a=extmap:{header_extensions.OFFERED_IDS[uri]} {uri}" for uri in _EXTENSIONS[slot.kind]]
    if slot.kind == "video":
        lines.append(f"a=extmap:{header_extensions.PROBE_SEQUENCE_ID} {header_extensions.TRANSPORT_SEQUENCE}")
    for codec in codecs:
        number = _PAYLOAD_TYPES[codec]
        channels = f"/{codec.channels}" if codec.channels else ""
        lines.append(f"a=rtpmap:{number} {codec}/{codec.clock_rate_hz}{channels}")
        if codec in _PARAMETERS:
            lines.append(f"a=fmtp:{number} {_PARAMETERS[codec]}")
        lines += [f"a=rtcp-fb:{number} {each}" for each in _FEEDBACK[slot.kind]]
        if codec in _REPAIR_TYPES:
            repair = _REPAIR_TYPES[codec]
            lines += [f"a=rtpmap:{repair} rtx/{codec.clock_rate_hz}", f"a=fmtp:{repair} apt={number}"]
    if slot.participant is None:
        return [*lines, "a=inactive"]
    lines += ["a=sendonly", f"a=msid:{slot.participant} {slot.participant}-{slot.label}"]
    if slot.repair_ssrc is not None:
        lines.append(f"a=ssrc-group:FID {slot.ssrc} {slot.repair_ssrc}")
    ssrcs = [ssrc for ssrc in (slot.ssrc, slot.repair_ssrc) if ssrc is not None]
    return [*lines, *(f"a=ssrc:{ssrc} cname:{slot.participant}" for ssrc in ssrcs)]


def agreed_slots(offered: Sequence[SlotDescription], answer: SessionDescription) -> dict[str, AgreedSlot]:
    """By mid, only what the subscriber will receive. Raises `SdpError` if the m-lines are not those offered."""
    if [section.mid for section in answer.sections] != [slot.mid for slot in offered]:
        raise SdpError("the answer does not have the m-lines of the offer")
    agreed: dict[str, AgreedSlot] = {}
    for slot, section in zip(offered, answer.sections, strict=True):
        numbers = {codec: _number(codec, section.codecs) for codec in _CODECS[slot.kind]}
        payload_types = {codec: number for codec, number in numbers.items() if number is not None}
        repairs = {codec: _repair_number(number, section) for codec, number in payload_types.items()}
        repair_types = {codec: number for codec, number in repairs.items() if number is not None}
        if section.receives and section.mid in answer.bundle and slot.participant is not None:
            agreed[slot.mid] = AgreedSlot(slot, payload_types, repair_types)
    return agreed


def _number(codec: Codec, answered: Sequence[OfferedCodec]) -> int | None:
    return next((each.payload_type for each in answered if each.name == codec.lower()), None)


def _repair_number(payload_type: int, section: MediaSection) -> int | None:
    """None also when nothing would be reported of what is sent under it."""
    reported = section.extensions.get(header_extensions.PROBE_SEQUENCE_ID) == header_extensions.TRANSPORT_SEQUENCE
    feedback = any("transport-cc" in each.feedback for each in section.codecs if each.payload_type == payload_type)
    repairs = (each for each in section.codecs if each.name == "rtx")
    number = next((each.payload_type for each in repairs if each.parameters.get("apt") == str(payload_type)), None)
    return number if reported and feedback else None
