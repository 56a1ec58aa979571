"""The segment of a track that is being filled, in the thread that reads the pipe: frames become clusters, clusters become steps."""

from collections.abc import Callable
from dataclasses import dataclass, field
from zlib import crc32

from recorder.frame_assembly import MediaFrame
from recorder.gaps import Gap
from recorder.matroska import Block, cluster
from recorder.sidecar import ClusterRecord, FrameRecord, SegmentPlan


@dataclass(slots=True)
class Counts:
    """Packets since the last record."""

    received: int = 0
    empty: int = 0
    late: int = 0
    duplicates: int = 0


@dataclass(slots=True)
class SegmentDraft:
    """``rate_hz`` is the track's clock rate; all RTP times are unwrapped."""

    plan: SegmentPlan
    rate_hz: int
    end_rtp: int
    has_gap: bool = False
    _blocks: list[Block] = field(default_factory=list)
    _frames: list[FrameRecord] = field(default_factory=list)

    @property
    def pending(self) -> bool:
        return bool(self._blocks)

    @property
    def cluster_first_rtp(self) -> int:
        return self.plan.first_rtp + self._frames[0].rtp

    @property
    def cluster_arrival_us(self) -> int:
        return self._frames[0].arrival_us

    def add(self, frame: MediaFrame) -> None:
        offset = frame.rtp - self.plan.first_rtp
        self._blocks.append(Block(round(offset * 1000 / self.rate_hz), frame.data, frame.keyframe))
        self._frames.append(
            FrameRecord(
                rtp=offset,
                size_bytes=len(frame.data),
                crc32=crc32(frame.data),
                packets=frame.packets,
                arrival_us=frame.arrival_us,
                keyframe=frame.keyframe,
                suspect=frame.suspect,
            )
        )
        self.end_rtp = max(self.end_rtp, frame.rtp + frame.duration)

    def take_cluster(self) -> tuple[bytes, tuple[FrameRecord, ...]]:
        """The cluster's bytes and the records of its frames; both empty when nothing is pending."""
        data = cluster(self._blocks) if self._blocks else b""
        frames = tuple(self._frames)
        self._blocks, self._frames = [], []
        return data, frames


def record_of(
    segment: int,
    sequence: int,
    counts: Counts,
    end_rtp: int,
    capture_ms: Callable[[int], float],
    frames: tuple[FrameRecord, ...],
    gaps: tuple[Gap, ...],
) -> ClusterRecord:
    return ClusterRecord(
        segment=segment,
        sequence=sequence,
        received=counts.received,
        empty=counts.empty,
        late=counts.late,
        duplicates=counts.duplicates,
        end_rtp=end_rtp,
        capture_rtp=end_rtp,
        capture_ms=round(capture_ms(end_rtp), 3),
        frames=frames,
        gaps=gaps,
    )
