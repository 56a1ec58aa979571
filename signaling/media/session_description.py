"""Reading of session descriptions (RFC 8866, as browsers write them: RFC 8829). Knows the syntax, decides nothing.

Attributes given once for the whole session (Firefox: the fingerprint) count for every m-line. Client candidates are not read.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from signaling.media.errors import SdpError

MAX_CHARACTERS = 100_000
MAX_LINES = 5_000
MAX_SECTIONS = 64

_TOKEN = re.compile(r"[!-~]{1,32}")
_RID = re.compile(r"[A-Za-z0-9_-]{1,16}")
_DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})


@dataclass(frozen=True, slots=True)
class OfferedCodec:
    """One payload type. ``name`` is lower case; ``parameters`` are those of ``fmtp``; ``feedback`` as in ``rtcp-fb``, such as
    ``nack pli``."""

    payload_type: int
    name: str
    clock_rate_hz: int
    parameters: Mapping[str, str]
    feedback: frozenset[str]


@dataclass(frozen=True, slots=True)
class MediaSection:
    """One m-line with what belongs to it."""

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    mid: str
    direction: str
    bundle_only: bool
    codecs: tuple[OfferedCodec, ...]
    """In the order of preference."""
    extensions: Mapping[int, str]
    """Header extension id (1 to 14) → URI."""
    ssrcs: tuple[int, ...]
    repairs: Mapping[int, int]
    """SSRC of a stream → SSRC of its retransmissions (``ssrc-group:FID``)."""
    fingerprints: tuple[tuple[str, str], ...]
    """(algorithm, value)."""
    setup: str
    rtcp_mux: bool
    rids: tuple[str, ...]
    """Simulcast layers that are sent and not held back (RFC 8853), in the order of the offer; empty without simulcast."""

    @property
    def rejected(self) -> bool:
        """Port 0, unless it only says that the m-line travels in a bundle (RFC 9143 section 6)."""
        return self.port == 0 and not self.bundle_only

    @property
    def sends(self) -> bool:
        return not self.rejected and self.direction in {"sendrecv", "sendonly"}

    @property
    def receives(self) -> bool:
        return not self.rejected and self.direction in {"sendrecv", "recvonly"}


@dataclass(frozen=True, slots=True)
class SessionDescription:
    sections: tuple[MediaSection, ...]
    bundle: tuple[str, ...]
    """Mids that share one transport."""


@dataclass(frozen=True, slots=True)
class _Common:
    """What the session part says for every m-line. Read once: thousands of lines times dozens of m-lines would be a day's work."""

    extensions: Mapping[int, str]
    fingerprints: tuple[tuple[str, str], ...]
    setup: str
    direction: str


@dataclass(slots=True)
class _Lines:
    """Attributes of the session or of one m-line, by name, in order."""

    media: str = ""
    attributes: dict[str, list[str]] = field(default_factory=dict)

    def all(self, name: str) -> Sequence[str]:
        return self.attributes.get(name, ())

    def first(self, name: str) -> str | None:
        values = self.attributes.get(name)
        return values[0] if values else None


def parse_session_description(sdp: str) -> SessionDescription:
    """Raises `SdpError` for anything malformed or beyond the limits above."""
    if len(sdp) > MAX_CHARACTERS:
        raise SdpError("the session description is too long")
    session, media = _split(sdp)
    if not media or len(media) > MAX_SECTIONS:
        raise SdpError("the session description has no m-line, or too many")
    try:
        common = _common(session)
        sections = tuple(_section(common, lines) for lines in media)
    except (ValueError, IndexError) as error:
        raise SdpError("an attribute of the session description is malformed") from error
    mids = [section.mid for section in sections]
    if len(set(mids)) != len(mids):
        raise SdpError("two m-lines have the same mid")
    bundle = next((g.split()[1:] for g in session.all("group") if g.split()[:1] == ["BUNDLE"]), [])
    return SessionDescription(sections, tuple(bundle))


def _split(sdp: str) -> tuple[_Lines, list[_Lines]]:
    session = _Lines()
    media: list[_Lines] = []
    lines = sdp.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_LINES or not lines[0].startswith("v=0"):
        raise SdpError("this is not a session description, or it has too many lines")
    current = session
    for line in lines:
        if line.startswith("m="):
            current = _Lines(line[2:])
            media.append(current)
        elif line.startswith("a="):
            name, _, value = line[2:].partition(":")
            current.attributes.setdefault(name, []).append(value)
    return session, media


def _common(session: _Lines) -> _Common:
    return _Common(
        extensions=_extensions(session.all("extmap")),
        fingerprints=tuple(_pair(value) for value in session.all("fingerprint")),
        setup=session.first("setup") or "",
        direction=_direction(session) or "sendrecv",
    )


def _direction(lines: _Lines) -> str | None:
    return next((name for name in lines.attributes if name in _DIRECTIONS), None)


def _section(common: _Common, lines: _Lines) -> MediaSection:
    kind, port, protocol, *formats = lines.media.split()
    mid = lines.first("mid") or ""
    if not _TOKEN.fullmatch(mid) or not formats:
        raise ValueError("an m-line needs a mid and formats")
    return MediaSection(
        kind=kind,
        port=int(port.partition("/")[0]),
        protocol=protocol,
        formats=tuple(formats),
        mid=mid,
        direction=_direction(lines) or common.direction,
        bundle_only="bundle-only" in lines.attributes,
        codecs=_codecs(lines, formats),
        extensions={**common.extensions, **_extensions(lines.all("extmap"))},
        ssrcs=tuple(dict.fromkeys(_number(value.split()[0], 32) for value in lines.all("ssrc"))),
        repairs=_repairs(lines.all("ssrc-group")),
        fingerprints=tuple(_pair(value) for value in lines.all("fingerprint")) or common.fingerprints,
        setup=lines.first("setup") or common.setup,
        rtcp_mux="rtcp-mux" in lines.attributes,
        rids=_rids(lines),
    )


def _number(text: str, bits: int) -> int:
    number = int(text)
    if not 0 <= number < 1 << bits:
        raise ValueError("a number is out of range")
    return number


def _pair(value: str) -> tuple[str, str]:
    first, second = value.split()[:2]
    return first.lower(), second.upper()


def _codecs(lines: _Lines, formats: Sequence[str]) -> tuple[OfferedCodec, ...]:
    parameters: dict[str, dict[str, str]] = {}
    for value in lines.all("fmtp"):
        payload_type, _, rest = value.partition(" ")
        pairs = [p.strip().partition("=") for p in rest.split(";")]
        parameters[payload_type] = {name.lower(): text for name, _, text in pairs if name}
    feedback: dict[str, set[str]] = {}
    for value in lines.all("rtcp-fb"):
        payload_type, _, rest = value.partition(" ")
        feedback.setdefault(payload_type, set()).add(rest.strip())
    codecs: dict[str, OfferedCodec] = {}
    for value in lines.all("rtpmap"):
        payload_type, encoding = value.split()[:2]
        name, rate = encoding.split("/")[:2]
        codecs[payload_type] = OfferedCodec(
            payload_type=_number(payload_type, 7),
            name=name.lower(),
            clock_rate_hz=_number(rate, 32),
            parameters=parameters.get(payload_type, {}),
            feedback=frozenset(feedback.get(payload_type, set()) | feedback.get("*", set())),
        )
    return tuple(codecs[f] for f in dict.fromkeys(formats) if f in codecs)


def _extensions(values: Sequence[str]) -> dict[int, str]:
    """What the other side may send. Ids beyond 14 need two-byte headers, which are not agreed to."""
    extensions: dict[int, str] = {}
    for value in values:
        identifier, uri = value.split()[:2]
        text, _, direction = identifier.partition("/")
        number = int(text)
        if 1 <= number <= 14 and direction in {"", "sendrecv", "sendonly"}:
            extensions[number] = uri
    return extensions


def _rids(lines: _Lines) -> tuple[str, ...]:
    """``a=simulcast:send q;h;f``: layers separated by semicolons, alternatives by commas (the first is taken), ``~`` marks one that is held
    back at the beginning. Only those that an ``a=rid`` line declares."""
    declared = {value.split()[0] for value in lines.all("rid") if value.split()[1:2] == ["send"]}
    direction, _, layers = (lines.first("simulcast") or "").partition(" ")
    if direction != "send":
        return ()
    named = [layer.split(",")[0].lstrip("~").strip() for layer in layers.split(" ")[0].split(";")]
    return tuple(dict.fromkeys(rid for rid in named if rid in declared and _RID.fullmatch(rid)))


def _repairs(groups: Sequence[str]) -> dict[int, int]:
    repairs: dict[int, int] = {}
    for group in groups:
        semantics, *ssrcs = group.split()
        if semantics == "FID" and len(ssrcs) == 2:
            repairs[_number(ssrcs[0], 32)] = _number(ssrcs[1], 32)
    return repairs
