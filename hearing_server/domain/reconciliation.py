"""What comparing a recording with its copies finds (RCD-5)."""

from dataclasses import dataclass
from enum import StrEnum

from hearing_server.domain.job import JobState

DAY_MS = 86_400_000


class Place(StrEnum):
    """Where a file should be. The folder is where it was recorded; the others are the stores of ``copies.StoreName``."""

    FOLDER = "folder"
    PRIMARY = "primary"
    BACKUP = "backup"


class FindingCode(StrEnum):
    """What is wrong at a place. Stable: they stand in the journal."""

    MISSING = "missing"
    """It is not there."""
    DIFFERS = "differs"
    """It is there and not what was sealed."""
    EXTRA = "extra"
    """It is there and nothing lists it; it is left alone."""
    LOST = "lost"
    """No place has it as it was sealed."""
    UNREACHABLE = "unreachable"
    """The store could not be asked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``repaired``: it was made whole from a place that had it."""

    code: FindingCode
    place: Place
    path: str = ""
    repaired: bool = False


@dataclass(frozen=True, slots=True)
class ReconciliationStanding:
    """The newest one of a hearing; ``report`` is JSON, once it is done."""

    state: JobState
    thorough: bool
    progress: float
    report: str | None
    finished_at_ms: int | None
    read_at_ms: int | None
    """When every byte of every copy was read last."""
