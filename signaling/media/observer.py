"""What the owner of a leg is told. Everything is called synchronously on the event loop and must not block."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from signaling.media.leg import Leg
    from signaling.media.source import Source


class LegCloseCause(StrEnum):
    """Why a leg ended. The words are those of the fact ``media_disconnected``."""

    CLOSED = "closed"
    """The owner closed it."""
    REPLACED = "replaced"
    """A newer connection of the same participant took its place."""
    EXPIRED = "expired"
    """No authenticated STUN check for 20 s: the network or the device is gone."""
    DTLS_FAILED = "dtls_failed"
    """The handshake failed, took too long, or the certificate was not the announced one."""
    DTLS_CLOSED = "dtls_closed"
    """The other side said goodbye (close_notify)."""
    FLOODING = "flooding"
    """It sent more than a microphone, a camera and a screen can, for more than a second."""
    REMOVED = "removed"
    """The participant was removed from the room."""


class MediaPath(StrEnum):
    """How a leg's packets travel to the server. A relay looks like a browser that has its address."""

    UDP = "udp"
    TCP = "tcp"
    """ICE-TCP: the network lets no UDP through."""


@dataclass(frozen=True, slots=True)
class LegEvidence:
    """The transport's view of a leg at its end. None: nobody could know."""

    path: MediaPath | None
    """The last one; None if no check ever came."""
    moves: int
    """How often the browser came to another address."""
    connected_ms: int | None
    """From the end of the handshake on; None if there was none."""
    last_stun_age_ms: int
    """Since the last authenticated check, or since the leg began if there was none."""
    last_packet_age_ms: int | None
    """Since the last genuine packet: media of a publisher, a report of a subscriber."""
    round_trip_ms: int | None
    """To the subscriber and back, as measured last. A publisher's is not known to the server."""
    jitter_ms: int | None
    """RFC 3550 section 6.4.1, the worst track's, here (publish) or as the subscriber reported it."""
    packets: int
    """Media packets received (publish) or sent (subscribe)."""
    octets: int
    """Of these, RTP headers included."""
    lost: int
    """Never arrived here (publish) or reported missing by the subscriber (subscribe)."""


class LegObserver(Protocol):
    """``source_ended`` comes before the ``leg_closed`` of its leg. ``leg_closed`` comes exactly once."""

    def leg_connected(self, leg: "Leg") -> None: ...

    def leg_closed(self, leg: "Leg", cause: LegCloseCause, evidence: LegEvidence) -> None: ...

    def source_started(self, leg: "Leg", source: "Source") -> None: ...

    def source_ended(self, leg: "Leg", source: "Source") -> None: ...
