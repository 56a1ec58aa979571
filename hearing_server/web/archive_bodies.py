"""The archive of a hearing as one body, and the types of its files. No decisions."""

import base64
from collections.abc import Iterable

from hearing_server.court.archive import ArchiveContents
from hearing_server.court.views import stage_views
from hearing_server.domain.archive import Gap, PlacedSegment, Track, codec_of
from hearing_server.domain.job import JobState
from hearing_server.web import archive_models as models
from hearing_server.web.bodies import composite_view
from signaling.protocol.grants import SourceLabel

MIME_TYPES: dict[str, str] = {
    "opus": "audio/webm;codecs=opus",
    "vp8": "video/webm;codecs=vp8",
    "h264": 'video/x-matroska;codecs="avc1.42e01f"',
}
"""By codec in lower case. Matroska with H.264 is no WebM; browsers that cannot play it use the combined video."""

SHORTEST_GAP_MS = 300
"""What is missing for less than this nobody sees or hears as a gap."""


def archive(contents: ArchiveContents) -> models.Archive:
    hearing, composite = contents.hearing, contents.composite
    files = f"/api/hearings/{hearing.id}/files"
    done = composite is not None and composite.state is JobState.DONE
    return models.Archive(
        hearing=hearing.id,
        case_number=contents.case.case_number,
        case_title=contents.case.title,
        viewing=models.ArchiveViewing(
            viewer=contents.viewer, at_ms=contents.viewed.at_ms, number=contents.viewed.number
        ),
        files=files,
        spans=[
            models.ArchiveSpan(start_ms=span.start_ms, end_ms=span.end_ms, end_cause=span.end_cause or "")
            for span in contents.spans
            if span.end_ms is not None
        ],
        participants=[
            models.ArchiveParticipant(
                participant=person.id, name=person.name, role=person.role.value, side=person.side, seat=person.seat
            )
            for person in contents.people
        ],
        tracks=_tracks(contents.tracks, contents.segments, contents.gaps),
        whereabouts=[
            models.ArchiveWhereabouts(
                participant=change.participant, at_ms=change.at_ms, whereabouts=change.whereabouts.value
            )
            for change in contents.whereabouts
        ],
        stage_marks=[models.ArchiveStage(stage=mark.stage, at_ms=mark.at_ms) for mark in contents.stage_marks],
        stages=stage_views(hearing.template),
        composite=composite_view(composite),
        composite_url=f"{files}/composite" if done else None,
        transcript_count=contents.transcript_count,
    )


def _tracks(tracks: list[Track], segments: list[PlacedSegment], gaps: list[Gap]) -> list[models.ArchiveTrack]:
    """Every sealed file belongs to one of them, whether or not its publishing was told. A track's name is unique for its
    participant only."""
    of_track: dict[tuple[str, str], list[PlacedSegment]] = {}
    for segment in segments:
        of_track.setdefault((segment.participant_id, segment.track), []).append(segment)
    codecs = {(track.participant_id, track.id): track.codec for track in tracks}
    return [
        models.ArchiveTrack(
            track=track,
            participant=participant,
            source=SourceLabel(own[0].source),
            mime_type=mime_type(codec_of(codecs, participant, track)),
            sha256=base64.b64encode(bytes.fromhex("".join([segment.sha256 for segment in own]))).decode(),
            times_ms=_times_ms(own),
            gaps=[
                models.ArchiveGap(start_ms=gap.start_ms, end_ms=gap.end_ms, cause=gap.cause)
                for gap in gaps
                if gap.end_ms - gap.start_ms >= SHORTEST_GAP_MS
                and (gap.participant_id, gap.track) in ((participant, track), ("", ""))
            ],
        )
        for (participant, track), own in of_track.items()
    ]


def _times_ms(segments: Iterable[PlacedSegment]) -> list[int]:
    times_ms, end_ms = [], 0
    for segment in segments:
        times_ms += [segment.start_ms - end_ms, segment.end_ms - segment.start_ms]
        end_ms = segment.end_ms
    return times_ms


def mime_type(codec: str) -> str:
    return MIME_TYPES.get(codec.lower(), "application/octet-stream")
