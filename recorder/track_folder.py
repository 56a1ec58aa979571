"""The folder of one track instance: its segments and its sidecar. Owned by the writer's thread.

The order of writes makes every crash recoverable: sidecar line, cluster, durable; at the end of a segment read back, manifest, name without
``.part``, fact. Every act may be tried again after an `OSError`.
"""

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from recorder.confined import ConfinedFolder, checked_id
from recorder.hearing_folder import HearingFolder
from recorder.manifest import write_at
from recorder.matroska_scan import cluster_ends
from recorder.picture import VideoFormat
from recorder.sealing import seal
from recorder.sidecar import (
    NAME,
    ClusterRecord,
    SegmentPlan,
    TrackLog,
    cluster_line,
    ended_line,
    open_line,
    read_log,
    report_line,
    segment_line,
)
from signaling.sink_stream.clock import HearingClock
from signaling.sink_stream.control import OpenTrack


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """Where a track goes on that was recorded before the recorder or the recording was interrupted."""

    sequence: int
    end_rtp: int
    next_index: int
    picture: VideoFormat | None
    ended: bool
    """The track had been stopped or closed since: what follows does not continue what was before."""


FRESH = ResumePoint(sequence=-1, end_rtp=0, next_index=0, picture=None, ended=True)


class TrackEnding(StrEnum):
    """Why a track is no longer recorded."""

    CLOSED = "closed"
    """The worker closed it."""
    STOPPED = "stopped"
    """The hearing's recording was suspended or ended."""
    INTERRUPTED = "interrupted"
    """This process ends; the next one goes on."""


def track_name(opened: OpenTrack) -> str:
    """The track's name in facts and paths."""
    return f"{opened.kind}-{opened.ssrc:08x}-{opened.track:08x}"


class TrackFolder:
    def __init__(self, hearing: HearingFolder, opened: OpenTrack, track: str, folder: ConfinedFolder) -> None:
        self._hearing = hearing
        self._opened = opened
        self._folder = folder
        self.track = track
        self._sidecar = folder.open(NAME, os.O_RDWR | os.O_CREAT)
        self._sidecar_end = os.fstat(self._sidecar).st_size
        self._segment = -1
        self._segment_end = 0
        self._plan: SegmentPlan | None = None
        self._records: list[ClusterRecord] = []

    @classmethod
    def open(cls, hearing: HearingFolder, opened: OpenTrack, clock: HearingClock) -> tuple[Self, ResumePoint]:
        """Makes the folder, or goes on in the one this very track already has. Raises `UnsafeNameError`."""
        base = hearing.folder.below("tracks", checked_id(opened.participant), create=True)
        with base:
            for attempt in range(1, 1000):
                track = track_name(opened) + (f"-{attempt}" if attempt > 1 else "")
                log = _log_in(base, track)
                if log is None or _same(log, opened, clock):
                    break
            folder = base.below(track, create=True)
        made = cls(hearing, opened, track, folder)
        try:
            made._begin_sidecar(clock)
        except BaseException:
            made.close()
            raise
        return made, FRESH if log is None else _resume_point(log, folder)

    def _begin_sidecar(self, clock: HearingClock) -> None:
        # A line torn by a crash ends here, so that ours begins on its own line.
        data = self._folder.read(NAME)
        before = b"\n" if data and not data.endswith(b"\n") else b""
        self._note(before + open_line(self._opened, clock.anchor_utc_ms, clock.anchor_monotonic_us))

    # -------------------------------------------------------------- writing

    def open_segment(self, plan: SegmentPlan, header: bytes) -> None:
        name = plan.file_name + ".part"
        if self._segment < 0:
            self._segment = self._folder.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._note(segment_line(plan))
        write_at(self._segment, header, 0)
        self._folder.sync()
        # Records that stand here already hold gaps only, and lead up to this segment.
        self._plan, self._segment_end = plan, len(header)

    def append(self, data: bytes, record: ClusterRecord) -> None:
        """One cluster, or with empty ``data`` only what its record says of gaps. Durable on return, and said so."""
        end = self._segment_end
        line = cluster_line(record, end if data else 0, len(data))
        write_at(self._sidecar, line, self._sidecar_end)
        os.fdatasync(self._sidecar)
        if data:
            write_at(self._segment, data, end)
            os.fdatasync(self._segment)
        self._sidecar_end += len(line)
        self._segment_end += len(data)
        self._records.append(record)
        self._hearing.durable(self._opened.track, record.sequence)

    def report(self, arrival_us: int, ntp: int, rtp: int) -> None:
        self._note(report_line(arrival_us, ntp, rtp))

    def seal(self, start_ms: float) -> None:
        """Closes the segment; its first frame lies at ``start_ms`` on the hearing clock."""
        plan = self._plan
        if plan is None:
            return
        if self._segment >= 0:
            os.close(self._segment)
            self._segment = -1
        finish_segment(self._hearing, self._opened, self.track, self._folder, plan, self._records, start_ms, False)
        self._plan, self._records = None, []

    def end(self, counts: dict[str, int], ending: TrackEnding) -> None:
        """After the last segment: gaps that belong to none, and, when the worker closed the track, the counts."""
        loose_gaps(self._hearing, self._opened, self.track, self._records)
        self._records = []
        if ending is TrackEnding.CLOSED:
            who = {"participant": self._opened.participant, "track": self.track}
            self._hearing.note("track_closed", {**who, **counts})
        if ending is not TrackEnding.INTERRUPTED:
            self._note(ended_line(ending.value, counts))
        self.close()

    def close(self) -> None:
        for descriptor in (self._segment, self._sidecar):
            if descriptor >= 0:
                os.close(descriptor)
        self._segment = self._sidecar = -1
        self._folder.close()

    def _note(self, line: bytes) -> None:
        write_at(self._sidecar, line, self._sidecar_end)
        self._sidecar_end += len(line)


def loose_gaps(hearing: HearingFolder, opened: OpenTrack, track: str, records: list[ClusterRecord]) -> None:
    """Tells the gaps of records that no segment followed."""
    for record in records:
        hearing.gaps(opened, track, record.gaps, record.capture_rtp, record.capture_ms)


def finish_segment(
    hearing: HearingFolder,
    opened: OpenTrack,
    track: str,
    folder: ConfinedFolder,
    plan: SegmentPlan,
    records: list[ClusterRecord],
    start_ms: float,
    recovered: bool,
) -> None:
    """Read back, manifest, name, fact, in this order: a crash between any two of them is mended by doing it again."""
    part = plan.file_name + ".part"
    name = part if folder.has(part) else plan.file_name
    sealed = seal(folder, name, plan, records, start_ms, opened.clock_rate_hz)
    fact = hearing.sealed(opened, track, sealed, recovered)
    if name == part:
        folder.rename(part, plan.file_name)
        folder.sync()
    hearing.tell(fact)


def _log_in(base: ConfinedFolder, track: str) -> TrackLog | None:
    if not base.has(track):
        return None
    with base.below(track) as folder:
        return read_log(folder.read(NAME)) if folder.has(NAME) else None


def _same(log: TrackLog, opened: OpenTrack, clock: HearingClock) -> bool:
    """Whether it is the same track of the same worker; another worker's numbers may repeat."""
    anchor = log.anchor_utc_ms, log.anchor_monotonic_us
    before = log.opened
    return anchor == (clock.anchor_utc_ms, clock.anchor_monotonic_us) and (before.track, before.connection) == (
        opened.track,
        opened.connection,
    )


def valid_records(log: TrackLog, index: int, folder: ConfinedFolder) -> list[ClusterRecord]:
    """Records of a segment whose cluster is whole in its file."""
    name = f"{index:05d}.mkv"
    name = name if folder.has(name) else name + ".part"
    ends = cluster_ends(folder.read(name)) if folder.has(name) else set()
    placed = [cluster for cluster in log.clusters if cluster.record.segment == index]
    return [cluster.record for cluster in placed if not cluster.end or cluster.end in ends]


def _resume_point(log: TrackLog, folder: ConfinedFolder) -> ResumePoint:
    indexes = sorted({cluster.record.segment for cluster in log.clusters} | set(log.plans))
    if not indexes:
        return replace(FRESH, ended=log.ended)
    last = indexes[-1]
    records = [record for index in indexes[-2:] for record in valid_records(log, index, folder)]
    pictures = [plan.picture for _, plan in sorted(log.plans.items())]
    return ResumePoint(
        sequence=max((record.sequence for record in records), default=-1),
        end_rtp=max((record.end_rtp for record in records), default=0),
        next_index=last + 1,
        picture=pictures[-1] if pictures else None,
        ended=log.ended,
    )
