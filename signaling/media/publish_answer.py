"""Which of a publisher's m-lines are taken, with which codec, and the answer that says so. Pure."""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.media import header_extensions
from signaling.media.codec import Codec
from signaling.media.description_text import PROTOCOL, joined, session_lines, transport_lines
from signaling.media.header_extensions import RID
from signaling.media.session_description import MediaSection, OfferedCodec, SessionDescription
from signaling.protocol.grants import SourceLabel

if TYPE_CHECKING:
    from signaling.media.leg_transport import LegTransport

_FEEDBACK = {
    "audio": ("transport-cc", "nack"),
    "video": ("transport-cc", "nack", "nack pli", "ccm fir"),
}
"""Agreed to when offered."""
MAX_LAYERS = 3
_PROFILE = re.compile(r"42e0[0-9a-f]{2}", re.IGNORECASE)
_PREFERENCE = {"audio": (Codec.OPUS,), "video": (Codec.VP8, Codec.H264)}


@dataclass(frozen=True, slots=True)
class PublishedSection:
    """One m-line that is taken."""

    mid: str
    label: SourceLabel
    codec: Codec
    payload_type: int
    rtx_payload_type: int | None
    parameters: Mapping[str, str]
    feedback: tuple[str, ...]
    extensions: Mapping[int, str]
    ssrc: int | None
    """As announced; None: the first one whose packets name this mid."""
    rtx_ssrc: int | None
    rids: tuple[str, ...]
    """Simulcast layers, lowest first; empty without simulcast."""
    sends: bool
    """False: its sender holds it back for now (offered ``inactive``)."""

    @property
    def repairs(self) -> bool:
        return "nack" in self.feedback


def taken_sections(offer: SessionDescription, labels: Mapping[str, SourceLabel]) -> dict[str, PublishedSection]:
    """By mid. Left out, hence rejected: undeclared, of the wrong kind, a second one of the same label, outside the bundle, without a
    codec in common."""
    taken: dict[str, PublishedSection] = {}
    for section in offer.sections:
        label = labels.get(section.mid)
        codec = _chosen_codec(section)
        usable = section.mid in offer.bundle and section.rtcp_mux and not section.rejected
        if label is None or codec is None or label.kind != section.kind or not usable or section.protocol != PROTOCOL:
            continue
        if label in {other.label for other in taken.values()}:
            continue
        taken[section.mid] = _taken(section, label, codec)
    return taken


def _chosen_codec(section: MediaSection) -> tuple[Codec, OfferedCodec] | None:
    for codec in _PREFERENCE.get(section.kind, ()):
        for offered in section.codecs:
            if offered.name == codec.lower() and offered.clock_rate_hz == codec.clock_rate_hz and _fits(codec, offered):
                return codec, offered
    return None


def _fits(codec: Codec, offered: OfferedCodec) -> bool:
    if codec is not Codec.H264:
        return True
    # It is said again in the answer, so nothing else may stand in it.
    return (
        _PROFILE.fullmatch(offered.parameters.get("profile-level-id", "")) is not None
        and offered.parameters.get("packetization-mode") == "1"
    )


def _taken(section: MediaSection, label: SourceLabel, chosen: tuple[Codec, OfferedCodec]) -> PublishedSection:
    codec, offered = chosen
    rtx = next(
        (
            each.payload_type
            for each in section.codecs
            if each.name == "rtx" and each.parameters.get("apt") == str(offered.payload_type)
        ),
        None,
    )
    repair_ssrcs = set(section.repairs.values())
    rids = section.rids[:MAX_LAYERS] if section.kind == "video" and RID in section.extensions.values() else ()
    # The layers' SSRCs are told by their packets, whatever was announced.
    ssrc = next((each for each in section.ssrcs if each not in repair_ssrcs), None) if not rids else None
    return PublishedSection(
        mid=section.mid,
        label=label,
        codec=codec,
        payload_type=offered.payload_type,
        rtx_payload_type=rtx,
        parameters=offered.parameters,
        feedback=tuple(each for each in _FEEDBACK[section.kind] if each in offered.feedback),
        extensions={i: uri for i, uri in section.extensions.items() if uri in header_extensions.ACCEPTED},
        ssrc=ssrc,
        rtx_ssrc=section.repairs.get(ssrc) if ssrc is not None else None,
        rids=rids,
        sends=section.sends,
    )


def answer_text(
    offer: SessionDescription,
    taken: Mapping[str, PublishedSection],
    allowed: Set[SourceLabel],
    transport: "LegTransport",
    *,
    fingerprint: str,
    candidates: list[str],
    setup: str,
    session_id: int,
    version: int,
) -> str:
    """The m-lines in the order of the offer (RFC 3264 section 6). What is taken but not allowed is ``inactive``: a later offer can bring
    it to life, which a rejected m-line cannot."""
    bundle = [section.mid for section in offer.sections if section.mid in taken]
    lines = session_lines(session_id, version, bundle)
    common = transport_lines(transport, fingerprint, candidates, setup)
    for section in offer.sections:
        published = taken.get(section.mid)
        if published is None:
            lines += [f"m={section.kind} 0 {section.protocol} {section.formats[0]}", "c=IN IP4 0.0.0.0"]
            lines += [f"a=mid:{section.mid}", "a=inactive"]
        else:
            receives = published.sends and published.label in allowed
            lines += _section_lines(section, published, common, "recvonly" if receives else "inactive")
    return joined(lines)


def _section_lines(section: MediaSection, published: PublishedSection, common: list[str], direction: str) -> list[str]:
    payload_type, rtx = published.payload_type, published.rtx_payload_type
    codec = published.codec
    channels = f"/{codec.channels}" if codec.channels else ""
    lines = [
        f"m={section.kind} 9 {PROTOCOL} {payload_type}" + (f" {rtx}" if rtx is not None else ""),
        *common,
        f"a=mid:{published.mid}",
        f"a={direction}",
        *(f"a=extmap:{i} {uri}" for i, uri in published.extensions.items()),
        f"a=rtpmap:{payload_type} {codec}/{codec.clock_rate_hz}{channels}",
        *(f"a=rtcp-fb:{payload_type} {each}" for each in published.feedback),
    ]
    if codec is Codec.OPUS:
        lines.append(f"a=fmtp:{payload_type} minptime=10;useinbandfec=1;usedtx=1")
    elif codec is Codec.H264:
        profile = published.parameters["profile-level-id"]
        lines.append(f"a=fmtp:{payload_type} level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={profile}")
    if rtx is not None:
        lines += [f"a=rtpmap:{rtx} rtx/{codec.clock_rate_hz}", f"a=fmtp:{rtx} apt={payload_type}"]
    if published.rids:
        lines += [*(f"a=rid:{rid} recv" for rid in published.rids), "a=simulcast:recv " + ";".join(published.rids)]
    return lines
