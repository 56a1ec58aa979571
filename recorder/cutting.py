"""When a segment ends and the next begins. Pure; times in the track's RTP clock and in seconds."""

from dataclasses import dataclass

from recorder.frame_assembly import MediaFrame
from recorder.picture import VideoFormat

AUDIO_SEGMENT_S = 10.0
KEYFRAME_AFTER_S = 9.5
"""A video segment this old asks for a keyframe, and ends where it comes."""
KEYFRAME_STAGGER_S = 0.1
"""Tracks ask at different times, so that not all cameras of a room send their largest frame at once."""
HARD_STOP_S = 60.0
SHORTEST_AFTER_GAP_S = 1.0
SILENT_S = 5.0
"""A track that sends nothing for this long ends its segment."""
CLUSTER_S = 1.0


@dataclass(frozen=True, slots=True)
class OpenSegment:
    """What cutting has to know about the segment being written."""

    first_rtp: int
    end_rtp: int
    picture: VideoFormat | None
    has_gap: bool


def keyframe_due_s(track: int) -> float:
    """Age of a video segment of track number ``track`` at which a keyframe is asked for."""
    return KEYFRAME_AFTER_S + track % 5 * KEYFRAME_STAGGER_S


def must_cut(segment: OpenSegment, frame: MediaFrame, picture: VideoFormat | None, rate_hz: int, due_s: float) -> bool:
    """Whether ``frame`` belongs to a new segment. ``picture`` is the video format from this frame on, None for audio."""
    age_s = (frame.rtp - segment.first_rtp) / rate_hz
    silence_s = (frame.rtp - segment.end_rtp) / rate_hz
    if silence_s >= SILENT_S or age_s < 0:
        return True
    if picture is None:
        return age_s >= AUDIO_SEGMENT_S
    if picture != segment.picture or age_s >= HARD_STOP_S:
        return True
    return frame.keyframe and (age_s >= due_s or (segment.has_gap and age_s >= SHORTEST_AFTER_GAP_S))
