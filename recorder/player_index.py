"""What the archive player needs to know of a recording: spans, tracks, and segments that go straight into Media Source Extensions."""

from dataclasses import dataclass
from pathlib import Path

from recorder.recording_folder import StoredTrack, read_recording
from recorder.span import Span

MIME_TYPES = {
    "opus": "audio/webm;codecs=opus",
    "VP8": "video/webm;codecs=vp8",
    "H264": "video/x-matroska;codecs=avc1",
}
"""For ``MediaSource.isTypeSupported``. Chromium plays no H.264 in Matroska: such a track is watched in the composite."""


@dataclass(frozen=True, slots=True)
class PlayerSegment:
    """``path`` relative to the hearing's folder; append it with ``timestampOffset`` = ``start_ms`` − the player's zero."""

    path: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class PlayerTrack:
    track: str
    participant: str
    source: str
    mime_type: str
    segments: tuple[PlayerSegment, ...]


@dataclass(frozen=True, slots=True)
class PlayerIndex:
    spans: tuple[Span, ...]
    tracks: tuple[PlayerTrack, ...]


def player_index(folder: Path) -> PlayerIndex:
    """Of one hearing's recordings folder. Raises `ManifestDamagedError`; never touches the segments themselves."""
    recording = read_recording(folder)
    return PlayerIndex(tuple(recording.spans), tuple(_player_track(track) for track in recording.tracks))


def _player_track(track: StoredTrack) -> PlayerTrack:
    segments = tuple(PlayerSegment(segment.path, segment.start_ms, segment.end_ms) for segment in track.segments)
    return PlayerTrack(track.track, track.participant, track.source, MIME_TYPES[track.codec], segments)
