"""The recording of a hearing: its states, and the sheet of its spans (RCD-2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class RecordingStatus(StrEnum):
    """Where the recording stands."""

    OFF = "off"
    """Not begun."""
    STARTING = "starting"
    """Asked for, not confirmed yet."""
    RECORDING = "recording"
    DEGRADED = "degraded"
    """Runs, with something missing."""
    SUSPENDED = "suspended"
    """Stopped for an allowed reason."""
    FAILED = "failed"
    """Should run and does not."""
    FINALISED = "finalised"
    """Ended, everything sealed."""
    VERIFIED = "verified"
    """Sealed and checked against the journal."""


class SuspensionCause(StrEnum):
    """The only reasons for which a recording is suspended (REC 3)."""

    RECESS = "recess"
    CLOSED_EVIDENCE = "closed_evidence"
    MEDIATION = "mediation"


@dataclass(frozen=True, slots=True)
class RecordingSpan:
    """From one start to the next stop, on the hearing clock."""

    start_ms: int
    start_cause: str
    """``opened``, ``resumed`` or ``server_restarted``."""
    end_ms: int | None = None
    """None while it runs."""
    end_cause: str | None = None


def recorded_ms(spans: Iterable[RecordingSpan], now_ms: int) -> int:
    """Length of the recording, recesses not counted."""
    return sum(max(0, (now_ms if span.end_ms is None else span.end_ms) - span.start_ms) for span in spans)
