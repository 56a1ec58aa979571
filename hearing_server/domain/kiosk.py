"""Shared terminals of the court: devices that staff enrolled, and the short codes typed on them."""

from dataclasses import dataclass

PAIRING_CODE_DIGITS = 8
PAIRING_CODE_LIFETIME_MS = 15 * 60 * 1000
HEARING_CODE_DIGITS = 6
HEARING_CODE_LIFETIME_MS = 15 * 60 * 1000
"""A clerk reads the six digits out to a person who stands before the kiosk; nobody needs them longer."""


@dataclass(frozen=True, slots=True)
class Kiosk:
    """An enrolled device. Enrolment alone lets nobody into a hearing."""

    id: str
    name: str
    paired_at_ms: int
    last_seen_ms: int | None
    revoked_at_ms: int | None

    @property
    def revoked(self) -> bool:
        return self.revoked_at_ms is not None
