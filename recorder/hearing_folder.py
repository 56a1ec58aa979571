"""The folder of one hearing while it is recorded: its manifest, and the facts that go from there to the journal.

Owned by the writer's thread. Every public act may be tried again after an `OSError`: what was done before is not done twice.
"""

import logging
import os
import time
from collections.abc import Sequence
from typing import Any

from recorder.confined import ConfinedFolder, checked_id
from recorder.facts import Fact, RecordingGap, RecordingStarted, RecordingStopped, SegmentSealed, fact_line
from recorder.gaps import Gap, GapCause
from recorder.manifest import Manifest, ManifestLine
from recorder.outbox import Outbox
from recorder.sealing import SealedSegment
from recorder.span import interrupted_tracks, open_start
from signaling.sink_stream.clock import HearingClock
from signaling.sink_stream.control import OpenTrack, Start, Stop

logger = logging.getLogger(__name__)

MARKER = "recording"
"""Stands in a hearing's folder from start to stop, so that a restart finds what was left open without reading every manifest."""


class HearingFolder:
    """``clock`` is None while no worker has told the anchor (recovery at start): then the system clock dates the lines."""

    def __init__(self, root: ConfinedFolder, hearing: str, room: str, outbox: Outbox) -> None:
        """Raises `UnsafeNameError`, `ManifestDamagedError` or `OSError`."""
        self.hearing = checked_id(hearing)
        self.room = room
        self.clock: HearingClock | None = None
        self.folder = root.below(hearing, create=True)
        self._outbox = outbox
        try:
            self.manifest = Manifest(self.folder)
        except BaseException:
            self.folder.close()
            raise

    def now_ms(self) -> int:
        if self.clock is None:
            return time.time_ns() // 1_000_000
        return round(self.clock.utc_ms(time.monotonic_ns() / 1000))

    # -------------------------------------------------------------- start and stop

    def begin(self, start: Start, tell_again: bool) -> None:
        """Notes what a crash cost, and starts. ``tell_again``: whoever listens may not know what was recorded before."""
        clock = HearingClock(start.anchor_utc_ms, start.anchor_monotonic_us)
        self.clock, self.room = clock, start.room
        lines = self.manifest.lines()
        if tell_again:
            self._tell_again(lines)
        before = open_start(lines)
        anchor: dict[str, Any] = {
            "anchor_utc_ms": start.anchor_utc_ms,
            "anchor_monotonic_us": start.anchor_monotonic_us,
        }
        if before is not None and before.detail == anchor:
            self.manifest.append("recorder_restarted", self.now_ms(), None, anchor)
        else:
            now_ms = self.now_ms()
            if before is not None:
                self._note_interruption(lines, before, now_ms)
            fact = RecordingStarted(
                self._id("started", self.manifest.count), self.room, self.hearing, now_ms, start.cause
            )
            self._record(fact, anchor)
        self._mark()

    def stop_late(self, stop: Stop) -> None:
        """Ends what an earlier process was recording when everything went down: at its last media, and everything is told again."""
        lines = self.manifest.lines()
        self._tell_again(lines)
        before = open_start(lines)
        since = lines[before.n :] if before is not None else []
        ends = [line.fact["end_ms"] for line in since if line.type == "segment_sealed" and line.fact is not None]
        self.stop(stop, at_ms=max(ends, default=before.at_ms if before is not None else None))

    def stop(self, stop: Stop, *, at_ms: int | None = None) -> None:
        """``at_ms``: when it ended, if not now."""
        lines = self.manifest.lines()
        before = open_start(lines)
        if before is None:
            # Stopped already; whoever asks again did not hear the answer.
            for line in [line for line in lines if line.type == "recording_stopped"][-1:]:
                self._outbox.send(line.fact or {})
        else:
            identity = self._id("stopped", before.n)
            at_ms = self.now_ms() if at_ms is None else at_ms
            self._record(RecordingStopped(identity, self.room, self.hearing, at_ms, stop.cause), {})
        if self.folder.has(MARKER):
            self.folder.remove(MARKER)
            self.folder.sync()

    def _tell_again(self, lines: Sequence[ManifestLine]) -> None:
        for line in lines:
            if line.fact is not None:
                self._outbox.send(line.fact)

    def _note_interruption(self, lines: Sequence[ManifestLine], before: ManifestLine, now_ms: int) -> None:
        for participant, track, last_ms in interrupted_tracks(lines, before):
            identity = self._id("gap", track, GapCause.SERVER_LOST.value, before.n)
            end_ms = max(last_ms, now_ms)
            fact = RecordingGap(
                identity, self.room, self.hearing, now_ms, participant, track, last_ms, end_ms, 0, GapCause.SERVER_LOST
            )
            self._record(fact, {})

    def _mark(self) -> None:
        if not self.folder.has(MARKER):
            os.close(self.folder.open(MARKER, os.O_WRONLY | os.O_CREAT))
            self.folder.sync()

    # -------------------------------------------------------------- segments and gaps

    def sealed(self, opened: OpenTrack, track: str, sealed: SealedSegment, recovered: bool) -> SegmentSealed:
        """Writes the gaps and the segment into the manifest. The fact is told by `tell`, when the file has its name."""
        start = sealed.plan.first_rtp, sealed.start_ms
        self.gaps(opened, track, sealed.gaps, *start)
        path = f"tracks/{opened.participant}/{track}/{sealed.plan.file_name}"
        fact = SegmentSealed(
            fact=self._id("segment", path),
            room=self.room,
            hearing=self.hearing,
            at_ms=self.now_ms(),
            participant=opened.participant,
            track=track,
            source=opened.source,
            path=path,
            start_ms=sealed.start_ms,
            end_ms=sealed.end_ms,
            size_bytes=sealed.size_bytes,
            sha256=sealed.digests.sha256,
            packets_received=sealed.received,
            packets_written=sealed.written,
            packets_read_back=sealed.read_back,
            recovered=recovered,
        )
        described = {
            "clock_rate_hz": opened.clock_rate_hz,
            "channels": opened.channels,
            "connection": opened.connection,
        }
        self.manifest.append(fact.type, fact.at_ms, fact_line(fact), sealed.detail() | described)
        return fact

    def gaps(self, opened: OpenTrack, track: str, gaps: Sequence[Gap], rtp: int, at_ms: float) -> None:
        """``gaps`` of a track whose timestamp ``rtp`` lies at ``at_ms`` on the hearing clock."""
        for gap in gaps:
            start_ms, end_ms = (
                round(at_ms + (edge - rtp) * 1000 / opened.clock_rate_hz) for edge in (gap.start_rtp, gap.end_rtp)
            )
            identity = self._id("gap", track, gap.cause.value, gap.first_sequence)
            fact = RecordingGap(
                fact=identity,
                room=self.room,
                hearing=self.hearing,
                at_ms=self.now_ms(),
                participant=opened.participant,
                track=track,
                start_ms=start_ms,
                end_ms=end_ms,
                packets=gap.packets,
                cause=gap.cause,
            )
            self._record(fact, {"first_sequence": gap.first_sequence})

    def tell(self, fact: Fact) -> None:
        self._outbox.send(fact_line(fact))

    def durable(self, track: int, sequence: int) -> None:
        self._outbox.send({"type": "durable", "track": track, "sequence": sequence})

    def note(self, kind: str, detail: dict[str, Any]) -> None:
        """A manifest line that is no fact of the journal."""
        self.manifest.append(kind, self.now_ms(), None, detail)

    def close(self) -> None:
        self.manifest.close()
        self.folder.close()

    def _record(self, fact: Fact, detail: dict[str, Any]) -> None:
        line = fact_line(fact)
        if self.manifest.append(fact.type, fact.at_ms, line, detail):
            self._outbox.send(line)

    def _id(self, kind: str, *parts: object) -> str:
        return ":".join(map(str, (kind, self.hearing, *parts)))
