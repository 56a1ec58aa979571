"""What a manifest says of when a hearing was recorded. Pure reading of lines; shared by recorder, player and composite."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recorder.manifest import ManifestLine


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of recording on the hearing clock; between two spans lies a recess or an interruption."""

    start_ms: int
    end_ms: int


def open_start(lines: Sequence[ManifestLine]) -> ManifestLine | None:
    """The start that no stop follows, if there is one."""
    start = None
    for line in lines:
        if line.type == "recording_started":
            start = line
        elif line.type == "recording_stopped":
            start = None
    return start


def interrupted_tracks(lines: Sequence[ManifestLine], start: ManifestLine) -> Iterator[tuple[str, str, int]]:
    """(participant, track, last media in ms) of the tracks that were being recorded since ``start`` and were not closed."""
    tracks: dict[tuple[str, str], int] = {}
    for line in lines[start.n :]:
        if line.type == "segment_sealed" and line.fact is not None:
            key = line.fact["participant"], line.fact["track"]
            tracks[key] = max(tracks.get(key, 0), line.fact["end_ms"])
        elif line.type == "track_closed":
            tracks.pop((line.detail["participant"], line.detail["track"]), None)
    for (participant, track), last_ms in tracks.items():
        yield participant, track, last_ms


def spans(lines: Sequence[ManifestLine]) -> list[Span]:
    """Recorded spans in order, from start to stop and around every segment between them, so that no recorded moment lies outside.

    A span that a crash ended reaches to its last media, and so does one that still runs.
    """
    result: list[Span] = []
    edges: list[int] = []
    recording = False
    for line in lines:
        fact = line.fact
        if fact is None:
            continue
        if line.type == "segment_sealed" and recording:
            edges += [fact["start_ms"], fact["end_ms"]]
        elif line.type == "recording_started":
            _add(result, edges)
            recording, edges = True, [fact["at_ms"]]
        elif line.type == "recording_stopped":
            _add(result, [*edges, fact["at_ms"]])
            recording, edges = False, []
    _add(result, edges)
    return result


def _add(result: list[Span], edges: list[int]) -> None:
    start_ms = max(min(edges, default=0), result[-1].end_ms if result else 0)
    end_ms = max(edges, default=0)
    if end_ms > start_ms:
        result.append(Span(start_ms, end_ms))
