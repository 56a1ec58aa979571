"""What the archive holds of a hearing besides the transcript: tracks, sealed segments, gaps, stage marks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class StageMark:
    """A stage began."""

    stage: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Track:
    """One published source, from its first packet to its end."""

    id: str
    hearing_id: str
    participant_id: str
    source: str
    codec: str
    published_at_ms: int
    ended_at_ms: int | None = None
    packets_received: int | None = None
    packets_lost: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """One sealed file of about ten seconds of one track. Times are on the hearing clock."""

    fact: str
    hearing_id: str
    participant_id: str
    track: str
    source: str
    path: str
    """Relative to the hearing's recordings folder."""
    start_ms: int
    end_ms: int
    size_bytes: int
    sha256: str
    packets_received: int
    packets_written: int
    packets_read_back: int
    recovered: bool


class PlacedSegment(NamedTuple):
    """What a player needs of a segment; fields as in ``Segment``."""

    participant_id: str
    track: str
    source: str
    start_ms: int
    end_ms: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A span of a track that is not in the archive, and why."""

    fact: str
    hearing_id: str
    participant_id: str
    track: str
    start_ms: int
    end_ms: int
    packets: int
    cause: str


def codec_of(codecs: Mapping[tuple[str, str], str], participant: str, track: str) -> str:
    """``codecs`` by participant and track; empty when unknown. A track that a restarted recorder began anew carries a number
    behind its name."""
    return codecs.get((participant, track)) or codecs.get((participant, re.sub(r"-\d+$", "", track)), "")
