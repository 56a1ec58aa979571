"""Closing a segment: read the file back, count, hash, and say what it holds.

"Complete" means read back: the file is opened with a demuxer that is not ours, and every block is compared with what the sidecar says was
written. Packets received = written = read back, or the difference stands in the gaps.
"""

import io
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import av

from recorder.confined import ConfinedFolder
from recorder.digests import Digests, digests
from recorder.gaps import Gap, GapCause, merged
from recorder.matroska_scan import whole_bytes
from recorder.sidecar import ClusterRecord, FrameRecord, SegmentPlan

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SealedSegment:
    """``start_ms`` and ``end_ms`` on the hearing clock; ``whole`` is the readable length when the tail was cut off by a crash."""

    plan: SegmentPlan
    start_ms: int
    end_ms: int
    size_bytes: int
    whole_bytes: int
    digests: Digests
    received: int
    written: int
    read_back: int
    empty: int
    late: int
    frames: int
    suspect_frames: int
    last_sequence: int
    gaps: tuple[Gap, ...]
    clock_map: tuple[tuple[int, int], ...]
    """(RTP time, hearing clock in µs) pairs, as the clock was known at the first and at the last cluster."""

    def detail(self) -> dict[str, Any]:
        """What the manifest line says beside the fact."""
        picture = self.plan.picture
        return {
            "codec": self.plan.codec,
            "first_rtp": self.plan.first_rtp,
            "clock_map": [list(point) for point in self.clock_map],
            "continues": self.plan.continues,
            "width": picture.width if picture else 0,
            "height": picture.height if picture else 0,
            "frames": self.frames,
            "suspect_frames": self.suspect_frames,
            "packets_empty": self.empty,
            "packets_late": self.late,
            "last_sequence": self.last_sequence,
            "whole_bytes": self.whole_bytes,
            "sm3": self.digests.sm3,
        }


def seal(
    folder: ConfinedFolder,
    name: str,
    plan: SegmentPlan,
    records: Sequence[ClusterRecord],
    start_ms: float,
    clock_rate_hz: int,
) -> SealedSegment:
    """Reads the file ``name`` back and compares it with ``records``. The file itself is not touched."""
    file = folder.open(name, os.O_RDONLY)
    with os.fdopen(file, "rb") as opened:
        os.fsync(file)
        data = opened.read()
    whole = whole_bytes(data)
    frames = [frame for record in records for frame in record.frames]
    written = sum(frame.packets for frame in frames)
    read_back = count_read_back(data[:whole], frames)
    gaps = merged([gap for record in records for gap in record.gaps], clock_rate_hz)
    end_rtp = max((record.end_rtp for record in records if record.frames), default=plan.first_rtp)
    if read_back != written:
        logger.error("segment reads back %d of %d packets written", read_back, written)
        gaps.append(Gap(GapCause.UNDECODABLE, -1 - plan.index, written - read_back, plan.first_rtp, end_rtp))
    return SealedSegment(
        plan=plan,
        start_ms=round(start_ms),
        end_ms=round(start_ms + (end_rtp - plan.first_rtp) * 1000 / clock_rate_hz),
        size_bytes=len(data),
        whole_bytes=whole,
        digests=digests(data),
        received=sum(record.received for record in records),
        written=written,
        read_back=read_back,
        empty=sum(record.empty for record in records),
        late=sum(record.late for record in records),
        frames=len(frames),
        suspect_frames=sum(frame.suspect for frame in frames),
        last_sequence=max((record.sequence for record in records), default=-1),
        gaps=tuple(gaps),
        clock_map=clock_map(records),
    )


def clock_map(records: Sequence[ClusterRecord]) -> tuple[tuple[int, int], ...]:
    """What the sidecar has for every cluster, thinned to what dates the segment by itself; empty when it has no media."""
    points = [(record.capture_rtp, round(record.capture_ms * 1000)) for record in records if record.frames]
    return tuple(dict.fromkeys(points[:1] + points[-1:]))


def count_read_back(data: bytes, frames: Sequence[FrameRecord]) -> int:
    """Packets of the frames that a demuxer finds in the file, in order and bit for bit."""
    found = 0
    try:
        blocks = list(_blocks(data))
    except (av.FFmpegError, IndexError) as error:
        logger.error("segment cannot be demuxed: %s", type(error).__name__)
        return 0
    for block, frame in zip(blocks, frames, strict=False):
        if (len(block), crc32(block)) == (frame.size_bytes, frame.crc32):
            found += frame.packets
    return found


def _blocks(data: bytes) -> Iterator[bytes]:
    with av.open(io.BytesIO(data), "r", format="matroska") as container:
        for packet in container.demux(container.streams[0]):
            if packet.size:
                yield bytes(packet)
