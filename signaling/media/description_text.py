"""The lines that every description written by the server has: session part and transport part."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signaling.media.leg_transport import LegTransport

PROTOCOL = "UDP/TLS/RTP/SAVPF"


def session_lines(session_id: int, version: int, bundle: Sequence[str]) -> list[str]:
    """``version`` grows with each description of one leg (RFC 3264 section 8)."""
    return [
        "v=0",
        f"o=- {session_id} {version} IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        *(["a=group:BUNDLE " + " ".join(bundle)] if bundle else []),
        "a=msid-semantic: WMS *",
    ]


def transport_lines(transport: "LegTransport", fingerprint: str, candidates: Sequence[str], setup: str) -> list[str]:
    return [
        "c=IN IP4 0.0.0.0",
        f"a=ice-ufrag:{transport.ufrag}",
        f"a=ice-pwd:{transport.password}",
        f"a=fingerprint:sha-256 {fingerprint}",
        f"a=setup:{setup}",
        *(f"a=candidate:{candidate}" for candidate in candidates),
        "a=end-of-candidates",
        "a=rtcp-mux",
        "a=rtcp-rsize",
    ]


def joined(lines: Sequence[str]) -> str:
    return "\r\n".join(lines) + "\r\n"
