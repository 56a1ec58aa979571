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


@dataclass(frozen=True, slots=True)
class LegEvidence:
    """The transport's view of a leg at its end.

    ``last_stun_age_ms``: since the last authenticated check (since the leg began, if there was none). ``packets``: media packets
    received (publish) or sent (subscribe). ``lost``: of these, never arrived here (publish) or reported missing by the
    subscriber (subscribe).
    """

    last_stun_age_ms: int
    packets: int
    lost: int


class LegObserver(Protocol):
    """``source_ended`` comes before the ``leg_closed`` of its leg. ``leg_closed`` comes exactly once."""

    def leg_connected(self, leg: "Leg") -> None: ...

    def leg_closed(self, leg: "Leg", cause: LegCloseCause, evidence: LegEvidence) -> None: ...

    def source_started(self, leg: "Leg", source: "Source") -> None: ...

    def source_ended(self, leg: "Leg", source: "Source") -> None: ...
