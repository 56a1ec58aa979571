"""What is known of a hearing's seals besides the files themselves, which prove it."""

from dataclasses import dataclass

from hearing_server.domain.job import JobState

SETTLE_MS = 5_000
"""Between the end of the recording and its sealing, so that the last words recognised are sealed with it."""


@dataclass(frozen=True, slots=True)
class SealRecord:
    """One seal: Merkle ``root`` over ``leaves`` lines, ``journal_rows`` of them of the journal."""

    hearing_id: str
    number: int
    root: str
    leaves: int
    journal_rows: int
    key_id: str
    sealed_at_ms: int
    authority: str | None = None
    stamped_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CheckStanding:
    """The newest verification of a sealed recording; ``report`` is JSON, once it is done."""

    state: JobState
    progress: float
    report: str | None
    finished_at_ms: int | None
