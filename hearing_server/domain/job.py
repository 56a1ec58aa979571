"""Work that outlives the process that began it: one row per job, taken by one runner at a time.

A runner holds a job by a lease that it renews. When it dies, the lease runs out and another runner takes the job over with a
higher ``attempt``; that number is a fencing token, so whatever the earlier runner still tries to write is refused.
"""

from dataclasses import dataclass
from enum import StrEnum

LEASE_MS = 15_000
MAX_ATTEMPTS = 5
"""A job that was begun this often and never finished is failed; staff see it and may ask for it anew."""

RETRY_AFTER_MS = 10_000
"""Pause after the first failed attempt; it doubles with each further one."""
RETRY_STAMP_AFTER_MS = 600_000
"""The same for an authority outside the court, which may be away for hours."""


class JobKind(StrEnum):
    """What there is to do."""

    COMPOSITE = "composite"
    """Render the combined video of a closed hearing."""
    SEAL = "seal"
    """Seal the record of a closed hearing."""
    STAMP = "stamp"
    """Have its newest seal stamped by the time stamp authority."""
    CHECK = "check"
    """Verify the sealed recording."""
    RECONCILE = "reconcile"
    """Compare the copies in the stores with what they should be, and make them whole."""
    LIST_RECORDING = "list_recording"
    """List what is to be deleted of a recording whose time of keeping has ended."""
    DELETE_RECORDING = "delete_recording"
    """Delete exactly what was listed and approved."""
    BUNDLE = "bundle"
    """Pack the whole record for taking away."""
    SHEET = "sheet"
    """Set the integrity sheet."""
    FAULT_STATEMENT = "fault_statement"
    """Set the statement of what was not recorded."""


SLOW = frozenset({JobKind.COMPOSITE})
"""Kinds that take minutes to hours."""
COPYING = frozenset({JobKind.BUNDLE})
"""Kinds that read and write whole recordings: minutes at most."""
UPKEEP = frozenset({JobKind.RECONCILE, JobKind.LIST_RECORDING, JobKind.DELETE_RECORDING})
"""Kinds that read whole archives and are nobody's hurry."""
LANES = (SLOW, COPYING, UPKEEP, frozenset(JobKind) - SLOW - COPYING - UPKEEP)
"""Each has a runner of its own, so that nothing waits behind what takes longer."""


class JobState(StrEnum):
    """How far it is."""

    QUEUED = "queued"
    """Nobody has it."""
    RUNNING = "running"
    """A runner holds it, as long as its lease lasts."""
    DONE = "done"
    """The result is published."""
    FAILED = "failed"
    """It will not be tried again by itself."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its runner holds it."""

    id: str
    kind: JobKind
    hearing_id: str
    attempt: int
    """1 for the first."""

    @property
    def last_attempt(self) -> bool:
        return self.attempt >= MAX_ATTEMPTS

    @property
    def retry_after_ms(self) -> int:
        """How long to wait once this attempt has failed."""
        first_ms = RETRY_STAMP_AFTER_MS if self.kind is JobKind.STAMP else RETRY_AFTER_MS
        return first_ms << self.attempt - 1


@dataclass(frozen=True, slots=True)
class RenderedComposite:
    """The combined video of a hearing, as it lies in the recordings folder."""

    path: str
    """Relative to the hearing's recordings folder."""
    duration_s: float
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CompositeStanding:
    """How far the combined video of a hearing has come."""

    hearing_id: str
    state: JobState
    progress: float
    """0 to 1."""
    remaining_s: float | None
    rendered: RenderedComposite | None
    """Once it is done."""
