"""sync.jsonl of a track: everything about its packets that the Matroska segments cannot hold.

One JSON object a line, by its first key:

- ``open``: what the worker said of the track, and the anchor of the hearing clock. First line, and again after a restart.
- ``report``: [arrival_us, ntp, rtp] of a sender report, as received.
- ``segment``: a segment file begins; ``first_rtp`` is the unwrapped timestamp its blocks count from.
- ``cluster``: [offset, bytes] in the segment file, written *before* the cluster itself. ``[0, 0]`` when there were only gaps.
- ``ended``: ``closed`` by the worker or ``stopped`` with the hearing's recording, with the counts since the beginning.

A frame is [rtp after first_rtp, bytes, CRC-32, packets, arrival_us of the last packet, flags (1 keyframe, 2 suspect)].
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from recorder.gaps import Gap
from recorder.picture import VideoFormat
from signaling.sink_stream.control import OpenTrack

NAME = "sync.jsonl"


@dataclass(frozen=True, slots=True)
class FrameRecord:
    rtp: int
    size_bytes: int
    crc32: int
    packets: int
    arrival_us: int
    keyframe: bool
    suspect: bool

    def as_list(self) -> list[int]:
        flags = self.keyframe | self.suspect << 1
        return [self.rtp, self.size_bytes, self.crc32, self.packets, self.arrival_us, flags]

    @classmethod
    def from_list(cls, values: list[int]) -> "FrameRecord":
        rtp, size_bytes, crc32, packets, arrival_us, flags = values
        return cls(rtp, size_bytes, crc32, packets, arrival_us, bool(flags & 1), bool(flags & 2))


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """What is known of a segment when its file is made. ``continues``: its first frame needs the segment before it."""

    index: int
    first_rtp: int
    codec: str
    picture: VideoFormat | None
    continues: bool

    @property
    def file_name(self) -> str:
        return f"{self.index:05d}.mkv"


@dataclass(frozen=True, slots=True)
class ClusterRecord:
    """One synced step of a track.

    ``sequence``: every packet up to it is written or accounted for. ``received`` counts packets with media that came since the step
    before, ``empty`` those with padding only, ``late`` those that came after their place was given up. ``end_rtp`` is where its
    last frame ends. The clock then put the RTP time ``capture_rtp`` at ``capture_ms`` on the hearing clock.
    """

    segment: int
    sequence: int
    received: int
    empty: int
    late: int
    duplicates: int
    end_rtp: int
    capture_rtp: int
    capture_ms: float
    frames: tuple[FrameRecord, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class PlacedCluster:
    """``end`` is the offset behind the cluster in its segment file; 0 when it holds gaps only."""

    record: ClusterRecord
    end: int


@dataclass(slots=True)
class TrackLog:
    """A whole sidecar."""

    opened: OpenTrack
    anchor_utc_ms: int
    anchor_monotonic_us: int
    reports: list[tuple[int, int, int]] = field(default_factory=list)
    plans: dict[int, SegmentPlan] = field(default_factory=dict)
    clusters: list[PlacedCluster] = field(default_factory=list)
    ended: bool = False
    """Whether the track was closed or stopped after its last packet."""


def open_line(opened: OpenTrack, anchor_utc_ms: int, anchor_monotonic_us: int) -> bytes:
    anchor = {"anchor_utc_ms": anchor_utc_ms, "anchor_monotonic_us": anchor_monotonic_us}
    return _line({"open": asdict(opened), **anchor})


def report_line(arrival_us: int, ntp: int, rtp: int) -> bytes:
    return _line({"report": [arrival_us, ntp, rtp]})


def segment_line(plan: SegmentPlan) -> bytes:
    picture = plan.picture
    drawn = None if picture is None else [picture.width, picture.height, picture.private.hex()]
    return _line(
        {
            "segment": plan.index,
            "first_rtp": plan.first_rtp,
            "codec": plan.codec,
            "picture": drawn,
            "continues": plan.continues,
        }
    )


def cluster_line(record: ClusterRecord, offset: int, size: int) -> bytes:
    fields = {name: getattr(record, name) for name in _PLAIN}
    frames = [frame.as_list() for frame in record.frames]
    return _line(
        {"cluster": [offset, size], **fields, "frames": frames, "gaps": [gap.as_list() for gap in record.gaps]}
    )


def ended_line(ending: str, counts: dict[str, int]) -> bytes:
    return _line({"ended": ending, "counts": counts})


_PLAIN = ("segment", "sequence", "received", "empty", "late", "duplicates", "end_rtp", "capture_rtp", "capture_ms")


def _line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_log(data: bytes) -> TrackLog | None:
    """None when not even the first line is whole. A line torn by a crash is passed over: its cluster was never written."""
    log: TrackLog | None = None
    for fields in _objects(data):
        if "open" in fields:
            opened = OpenTrack(**fields["open"])
            if log is None:
                log = TrackLog(opened, fields["anchor_utc_ms"], fields["anchor_monotonic_us"])
            log.ended = False
        elif log is not None:
            _note(log, fields)
    return log


def _note(log: TrackLog, fields: dict[str, Any]) -> None:
    if "report" in fields:
        arrival_us, ntp, rtp = fields["report"]
        log.reports.append((arrival_us, ntp, rtp))
    elif "cluster" in fields:
        offset, size = fields["cluster"]
        record = ClusterRecord(
            **{name: fields[name] for name in _PLAIN},
            frames=tuple(map(FrameRecord.from_list, fields["frames"])),
            gaps=tuple(map(Gap.from_list, fields["gaps"])),
        )
        log.clusters.append(PlacedCluster(record, offset + size))
    elif "segment" in fields:
        drawn = fields["picture"]
        picture = None if drawn is None else VideoFormat(drawn[0], drawn[1], bytes.fromhex(drawn[2]))
        index = fields["segment"]
        log.plans[index] = SegmentPlan(index, fields["first_rtp"], fields["codec"], picture, fields["continues"])
    elif "ended" in fields:
        log.ended = True


def _objects(data: bytes) -> Iterator[dict[str, Any]]:
    for row in data.split(b"\n"):
        try:
            fields = json.loads(row)
        except ValueError:
            continue
        if isinstance(fields, dict):
            yield fields
