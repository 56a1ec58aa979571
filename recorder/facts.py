"""What the recorder tells the hearing journal, field for field as signaling.protocol.worker declares it (a test compares).

The ids are made of hearing, path and span, so that a fact told again after a crash is recognised as the same.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from recorder.gaps import GapCause


@dataclass(frozen=True, slots=True)
class RecordingStarted:
    type: ClassVar[str] = "recording_started"
    fact: str
    room: str
    hearing: str
    at_ms: int
    cause: str


@dataclass(frozen=True, slots=True)
class RecordingStopped:
    type: ClassVar[str] = "recording_stopped"
    fact: str
    room: str
    hearing: str
    at_ms: int
    cause: str


@dataclass(frozen=True, slots=True)
class SegmentSealed:
    type: ClassVar[str] = "segment_sealed"
    fact: str
    room: str
    hearing: str
    at_ms: int
    participant: str
    track: str
    source: str
    path: str
    start_ms: int
    end_ms: int
    size_bytes: int
    sha256: str
    packets_received: int
    packets_written: int
    packets_read_back: int
    recovered: bool


@dataclass(frozen=True, slots=True)
class RecordingGap:
    type: ClassVar[str] = "recording_gap"
    fact: str
    room: str
    hearing: str
    at_ms: int
    participant: str
    track: str
    start_ms: int
    end_ms: int
    packets: int
    cause: GapCause


Fact = RecordingStarted | RecordingStopped | SegmentSealed | RecordingGap


def fact_line(fact: Fact) -> dict[str, Any]:
    return {"type": fact.type, **asdict(fact)}
