"""A case on the court's list. Its hearings are of ``hearing``."""

from dataclasses import dataclass
from enum import StrEnum


class Procedure(StrEnum):
    """Which code of procedure applies; it chooses the template of stages."""

    CIVIL = "civil"
    """民事."""
    CRIMINAL = "criminal"
    """刑事."""
    ADMINISTRATIVE = "administrative"
    """行政."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case, known to people by its number."""

    id: str
    case_number: str
    """案号."""
    title: str
    """案由 and parties, as on the cause list."""
    procedure: Procedure
    created_by: str | None
    """Staff id."""
    created_at_ms: int
