"""How long a recording is kept, and what keeps it longer (DAT-2, RCD-6).

A recording is deleted only by the retention job, only after its time, never under a legal hold, and only as the list says that
somebody who may approved. The written record (journal, manifest, transcript, seal) belongs to the case file and is not touched.
"""

from dataclasses import dataclass
from enum import StrEnum

from hearing_server.domain.hearing import Hearing, HearingStatus

YEAR_MS = 31_557_600_000
"""365.25 days; by whole years a day does not matter."""
ENDED = frozenset(
    {HearingStatus.CLOSED, HearingStatus.ADJOURNED, HearingStatus.CONVERTED_OFFLINE, HearingStatus.SEALED}
)


class RetentionClass(StrEnum):
    """Time of keeping, as the court's archive rules have it for the case."""

    PERMANENT = "permanent"
    """永久; also when nobody has said anything else."""
    LONG = "long"
    """长期."""
    SHORT = "short"
    """短期."""


@dataclass(frozen=True, slots=True)
class RetentionYears:
    """From the closing of the hearing; settings, because the court's rules say so and not this program."""

    long: int
    short: int

    def of(self, retention: RetentionClass) -> int | None:
        """None for ever."""
        return {RetentionClass.LONG: self.long, RetentionClass.SHORT: self.short}.get(retention)


@dataclass(frozen=True, slots=True)
class Listing:
    """What would be deleted, counted over the recordings folder and every store; ``digest`` is the SHA-256 of the whole list."""

    files: int
    size_bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class Retention:
    """Where a hearing stands."""

    hearing_id: str
    retention_class: RetentionClass = RetentionClass.PERMANENT
    listed_at_ms: int | None = None
    listing: Listing | None = None
    approved_by: str | None = None
    approved_at_ms: int | None = None
    began_at_ms: int | None = None
    """From then on a hold comes too late."""
    deleted_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class LegalHold:
    """Somebody with the right to do so ordered that nothing be deleted; several may hold at once."""

    id: str
    hearing_id: str
    reason: str
    placed_by: str
    placed_at_ms: int
    lifted_by: str | None = None
    lifted_at_ms: int | None = None


def kept_until_ms(hearing: Hearing, retention: RetentionClass, years: RetentionYears) -> int | None:
    """None for ever, or while the hearing has not ended."""
    lasting = years.of(retention)
    if lasting is None or hearing.status not in ENDED or hearing.closed_at_ms is None:
        return None
    return hearing.closed_at_ms + lasting * YEAR_MS


def may_be_deleted(hearing: Hearing, retention: Retention, held: bool, years: RetentionYears, now_ms: int) -> bool:
    """Whether its time is over and nothing holds it. What is deleted already is not deleted again."""
    until_ms = kept_until_ms(hearing, retention.retention_class, years)
    return until_ms is not None and until_ms <= now_ms and not held and retention.deleted_at_ms is None
