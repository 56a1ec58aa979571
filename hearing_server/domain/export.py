"""What can be taken out of a closed hearing. All of it is derived from the record: it may be deleted and made again at will."""

from dataclasses import dataclass
from enum import StrEnum

from hearing_server.domain.job import JobKind


class ExportKind(StrEnum):
    """What there is to take."""

    BUNDLE = "bundle"
    """Everything, as a bag (BagIt, RFC 8493) that verifies anywhere."""
    SHEET = "sheet"
    """The integrity sheet that parties sign (RCD-2, RCD-7)."""
    FAULT_STATEMENT = "fault_statement"
    """What was not recorded and why, for the judge's signature (RCD-4)."""

    @property
    def job(self) -> JobKind:
        return JobKind(self.value)


class ExportError(StrEnum):
    """Why one could not be made; each has a sentence that says what to do."""

    FONT_MISSING = "font_missing"
    """No font with Chinese characters is installed."""
    VERIFIER_MISSING = "verifier_missing"
    """The page that verifies in a browser was not built."""
    DISK_FULL = "disk_full"
    RECORD_CHANGED = "record_changed"
    """The folder of the hearing changed while it was packed, or holds what no bag can carry."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """``language`` is empty where there is but one."""

    name: str
    language: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What was made; ``seal`` is the number of the seal that was the newest then."""

    files: tuple[ExportedFile, ...]
    made_at_ms: int
    seal: int


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """``part`` of 1; ``remaining_s`` is an estimate."""

    part: float
    remaining_s: float | None
