"""Body of ``GET /api/hearings/{hearing}/archive``: an index of two hours and six people in some hundred kilobytes.

Times are UTC in milliseconds on the hearing clock.
"""

from typing import Literal

from signaling.protocol.base import Message
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import CompositeView, StageView


class ArchiveGap(Message):
    """Something of a track was sent and is not in the archive."""

    start_ms: int
    end_ms: int
    cause: str


class ArchiveTrack(Message):
    """One source of one participant, in files of about ten seconds, in order of time.

    Play each with Media Source Extensions at its start; its address is ``{files}/{sha256 in hex}?start_ms={start}``.
    """

    track: str
    participant: str
    source: SourceLabel
    mime_type: str
    """For ``MediaSource.isTypeSupported``, such as ``video/webm;codecs=vp8``."""
    sha256: str
    """The files' hashes, 32 bytes each, one behind the other, in Base64."""
    times_ms: list[int]
    """Two numbers for each file: its start after the end of the file before it (of the first: after 0), and its length."""
    gaps: list[ArchiveGap]


class ArchiveParticipant(Message):
    participant: str
    name: str
    role: str
    side: str
    seat: int


class ArchiveSpan(Message):
    """A span of recording; between two spans lies a recess or an interruption."""

    start_ms: int
    end_ms: int
    end_cause: str
    """``recess``, ``closed_evidence``, ``mediation``, ``closed``, ``server_lost``; empty when nothing was told."""


class ArchiveStage(Message):
    stage: str
    at_ms: int


class ArchiveWhereabouts(Message):
    """From ``at_ms`` on; before the first one somebody is away."""

    participant: str
    at_ms: int
    whereabouts: Literal["here", "lost", "away"]


class ArchiveViewing(Message):
    """This very look at the record, as it stands in the journal; drawn over the pictures."""

    viewer: str
    """Name of whoever is signed in, or of the participant."""
    at_ms: int
    number: int
    """Of the row in the hearing's journal."""


class Archive(Message):
    """``GET /api/hearings/{hearing}/archive``; ``session_token`` of a seat or a staff cookie. The view is journalled."""

    hearing: str
    case_number: str
    case_title: str
    viewing: ArchiveViewing
    files: str
    """Where the files of the tracks are, without a slash at the end."""
    spans: list[ArchiveSpan]
    participants: list[ArchiveParticipant]
    tracks: list[ArchiveTrack]
    whereabouts: list[ArchiveWhereabouts]
    stage_marks: list[ArchiveStage]
    stages: list[StageView]
    composite: CompositeView
    composite_url: str | None
    transcript_count: int
