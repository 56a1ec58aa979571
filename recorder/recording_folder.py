"""A hearing's recording as it lies on disk, read from its manifest and sidecars. For verifying, playing and composing; writes nothing."""

from dataclasses import dataclass, field
from pathlib import Path

from recorder.errors import ManifestDamagedError
from recorder.manifest import NAME, ManifestLine, read_lines
from recorder.sidecar import NAME as SIDECAR
from recorder.sidecar import TrackLog, read_log
from recorder.span import Span, spans


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """A sealed segment file; times on the hearing clock (UTC ms). ``continues``: it cannot be decoded without the one before."""

    path: str
    start_ms: int
    end_ms: int
    first_rtp: int
    continues: bool
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class StoredTrack:
    """``track`` is its name in facts and paths; segments in order."""

    track: str
    participant: str
    source: str
    codec: str
    connection: str
    clock_rate_hz: int
    channels: int
    segments: list[StoredSegment] = field(default_factory=list)

    @property
    def folder(self) -> str:
        return f"tracks/{self.participant}/{self.track}"


@dataclass(frozen=True, slots=True)
class Recording:
    hearing: str
    head: str
    """Hash of the last manifest line: names this state of the recording."""
    spans: list[Span]
    tracks: list[StoredTrack]


def manifest_lines(folder: Path) -> list[ManifestLine]:
    """Raises `ManifestDamagedError`, also when there is no manifest."""
    try:
        data = (folder / NAME).read_bytes()
    except FileNotFoundError:
        raise ManifestDamagedError("the folder has no manifest.jsonl") from None
    return list(read_lines(data))


def read_recording(folder: Path) -> Recording:
    """Raises `ManifestDamagedError`."""
    lines = manifest_lines(folder)
    tracks: dict[tuple[str, str], StoredTrack] = {}
    hearing = ""
    for line in lines:
        if line.fact is not None:
            hearing = line.fact["hearing"]
        if line.type == "segment_sealed":
            _add_segment(tracks, line)
    for track in tracks.values():
        track.segments.sort(key=lambda segment: segment.path)
    ordered = sorted(tracks.values(), key=lambda track: track.segments[0].start_ms)
    return Recording(hearing, lines[-1].hash if lines else "", spans(lines), ordered)


def _add_segment(tracks: dict[tuple[str, str], StoredTrack], line: ManifestLine) -> None:
    fact, detail = line.fact or {}, line.detail
    key = fact["participant"], fact["track"]
    if key not in tracks:
        tracks[key] = StoredTrack(
            track=fact["track"],
            participant=fact["participant"],
            source=fact["source"],
            codec=detail["codec"],
            connection=detail["connection"],
            clock_rate_hz=detail["clock_rate_hz"],
            channels=detail["channels"],
        )
    tracks[key].segments.append(
        StoredSegment(
            path=fact["path"],
            start_ms=fact["start_ms"],
            end_ms=fact["end_ms"],
            first_rtp=detail["first_rtp"],
            continues=detail["continues"],
            width=detail["width"],
            height=detail["height"],
        )
    )


def track_log(folder: Path, track: StoredTrack) -> TrackLog | None:
    """The track's sidecar, None when it is not there."""
    try:
        return read_log((folder / track.folder / SIDECAR).read_bytes())
    except FileNotFoundError:
        return None
