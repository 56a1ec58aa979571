"""One track instance in the thread that reads the pipe: order, frames, gaps, cutting. What has to be written is posted as steps."""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

from recorder import opus
from recorder.cutting import CLUSTER_S, SILENT_S, OpenSegment, keyframe_due_s, must_cut
from recorder.frame_assembly import FrameAssembler, MediaFrame, Undecodable
from recorder.gaps import GapBook, GapCause, merged
from recorder.h264 import H264Depacketiser
from recorder.matroska import audio_header, video_header
from recorder.picture import Depacketiser, VideoFormat
from recorder.reorder import Hole, Misfit, ReorderWindow
from recorder.rtp import MediaPacket, parse_rtp
from recorder.segment_draft import Counts, SegmentDraft, record_of
from recorder.sidecar import SegmentPlan
from recorder.track_folder import ResumePoint, TrackEnding, TrackFolder
from recorder.vp8 import Vp8Depacketiser
from signaling.sink_stream.clock import HearingClock, SenderClock, TrackClock
from signaling.sink_stream.control import CloseTrack, OpenTrack
from signaling.sink_stream.frames import SenderReport, TrackPacket

AUDIO_WINDOW_US = 150_000
VIDEO_WINDOW_US = 600_000
"""Longer than for audio: a lost video packet is asked for again, and comes a round trip later."""
PIPE_DELAY_US = 1_000_000
"""A packet may have waited this long between worker and us; silence is only believed after it."""
KEYFRAME_RETRY_US = 500_000
SEGMENTS_AT_ONCE, SEGMENTS_WITHIN_US = 40, 30_000_000
"""A sender whose clock or picture size jumps with every frame would make a file and a fact of each; what is beyond this is a gap. A bad
network makes one a second."""
CLUSTER_US = int(CLUSTER_S * 1e6)
SUPPORTED = {"opus", "VP8", "H264"}

Post = Callable[[Callable[[], object]], None]


class TrackRecording:
    """Packets go in by `packets`; between `begin` and `stop` they are recorded, otherwise only the clock follows them."""

    def __init__(
        self, opened: OpenTrack, sender: SenderClock, post: Post, want_keyframe: Callable[[int], None]
    ) -> None:
        self.opened = opened
        self._post = post
        self._want_keyframe = want_keyframe
        self._rate = opus.RATE_HZ if opened.codec == "opus" else opened.clock_rate_hz
        self._clock = TrackClock(opened.clock_rate_hz, sender)
        self._epoch = 0
        self._reorder = ReorderWindow(AUDIO_WINDOW_US if opened.kind == "audio" else VIDEO_WINDOW_US)
        self._assembler: FrameAssembler | None = None
        self._gaps = GapBook()
        self._counts = Counts()
        self._folder: TrackFolder | None = None
        self._hearing_clock: HearingClock | None = None
        self._draft: SegmentDraft | None = None
        self._next_index = 0
        self._opened_us: deque[int] = deque(maxlen=SEGMENTS_AT_ONCE)
        self._told_sequence = -1
        self._total = Counts()
        self._first_hole = GapCause.NETWORK_LOSS
        self._continuing = False
        self._needs_keyframe = False
        self._asked_us = 0
        self._flushed_us = 0
        self._in_hand: int | None = None
        self._last_arrival_us = 0
        self._last_rtp = 0

    @property
    def recording(self) -> bool:
        return self._folder is not None

    # -------------------------------------------------------------- begin and end

    def begin(self, folder: TrackFolder, resume: ResumePoint, clock: HearingClock, now_us: int) -> None:
        """What comes from now on is recorded. A track interrupted by a crash goes on behind its last durable packet."""
        self._folder, self._hearing_clock = folder, clock
        self._next_index = resume.next_index
        self._counts, self._total = Counts(), Counts()
        interrupted = resume.sequence >= 0 and not resume.ended
        self._gaps.begin(resume.end_rtp if interrupted else None)
        self._reorder.begin(resume.sequence + 1 if interrupted else None, floor=resume.sequence)
        self._first_hole = GapCause.RECORDER_LOST if interrupted else GapCause.NETWORK_LOSS
        self._told_sequence = resume.sequence
        self._continuing = interrupted
        if resume.sequence >= 0:
            self._epoch = resume.end_rtp - self._clock.unwrap(resume.end_rtp & 0xFFFFFFFF)
        if self.opened.kind == "video":
            self._assembler = FrameAssembler(_depacketiser(self.opened.codec, resume.picture if interrupted else None))
            self._needs_keyframe = not interrupted
            self._ask(now_us)

    def stop(self) -> None:
        """Recording is suspended or over: seals what there is."""
        self._finish(TrackEnding.STOPPED, None)

    def interrupt(self) -> None:
        """The process ends: seals what there is; the next one goes on with the track."""
        self._finish(TrackEnding.INTERRUPTED, None)

    def close(self, closed: CloseTrack) -> None:
        """The worker closed the track."""
        self._finish(TrackEnding.CLOSED, closed)

    def _finish(self, ending: TrackEnding, closed: CloseTrack | None) -> None:
        folder = self._folder
        if folder is None:
            return
        self._consume(self._reorder.ready(give_up=True))
        if self._assembler is not None:
            for part in self._assembler.abandon():
                self._take(part, GapCause.UNDECODABLE if ending is TrackEnding.CLOSED else GapCause.PAUSED)
        self.flush()
        self._seal()
        counts = {"received": self._total.received, "empty": self._total.empty, "late": self._total.late}
        counts["duplicates"] = self._total.duplicates
        if closed is not None:
            counts |= {"handed_over": closed.packets_received, "lost_on_network": closed.packets_lost}
        self._post(partial(folder.end, counts, ending))
        self._folder = None

    # -------------------------------------------------------------- packets

    def packets(self, batch: tuple[TrackPacket, ...]) -> None:
        for packet in batch:
            parsed = self._parsed(packet)
            if self._folder is None:
                self._told_sequence = max(self._told_sequence, parsed.sequence)
                continue
            match self._reorder.put(parsed):
                case Misfit.LATE:
                    self._counts.late += 1
                case Misfit.DUPLICATE:
                    self._counts.duplicates += 1
                case None:
                    self._consume(self._reorder.ready())

    def report(self, report: SenderReport) -> None:
        self._clock.observe_report(report.arrival_us, report.ntp, report.rtp)
        if self._folder is not None:
            self._post(partial(self._folder.report, report.arrival_us, report.ntp, report.rtp))

    def passed_over(self) -> int:
        """Last sequence number that came while nothing is recorded: nobody has to keep it for us."""
        return self._told_sequence

    def tick(self, now_us: int) -> None:
        """Several times a second; ``now_us`` monotonic."""
        if self._folder is None:
            return
        self._consume(self._reorder.ready(now_us - PIPE_DELAY_US))
        draft = self._draft
        stale = draft is not None and draft.pending and now_us - draft.cluster_arrival_us >= CLUSTER_US
        if stale or now_us - self._flushed_us >= CLUSTER_US:
            self._flushed_us = now_us
            if stale or draft is None or not draft.pending:
                self.flush()
        if draft is not None and now_us - self._last_arrival_us >= SILENT_S * 1e6 + PIPE_DELAY_US:
            self.flush()
            self._seal()
        if now_us - self._last_arrival_us < PIPE_DELAY_US and (self._needs_keyframe or self._cut_is_due()):
            self._ask(now_us)

    def _parsed(self, packet: TrackPacket) -> MediaPacket:
        fields = parse_rtp(packet.rtp)
        self._last_arrival_us = max(self._last_arrival_us, packet.arrival_us)
        if fields is None:
            return MediaPacket(packet.sequence, self._last_rtp, packet.arrival_us, False, None)
        unwrapped = self._clock.unwrap(fields.timestamp)
        self._clock.observe_packet(packet.arrival_us, unwrapped)
        self._last_rtp = unwrapped + self._epoch
        return MediaPacket(packet.sequence, self._last_rtp, packet.arrival_us, fields.marker, fields.payload)

    def _consume(self, events: Iterator[MediaPacket | Hole]) -> None:
        for event in events:
            match event:
                case Hole(first, count, before):
                    self._gaps.add(self._first_hole, first, count, before.rtp)
                    self._damaged()
                    if self._assembler is not None:
                        self._assembler.hole()
                case MediaPacket(payload=b""):
                    self._counts.empty += 1
                case MediaPacket(payload=None):
                    self._take(Undecodable(event.sequence, 1, event.rtp), GapCause.UNDECODABLE)
                case MediaPacket():
                    for frame in self._frames(event):
                        self._take(frame, GapCause.UNDECODABLE)
            self._first_hole = GapCause.NETWORK_LOSS

    def _frames(self, packet: MediaPacket) -> Iterator[MediaFrame | Undecodable]:
        if self._assembler is not None:
            yield from self._assembler.push(packet)
            return
        data = packet.payload or b""
        duration = opus.duration_samples(data)
        yield MediaFrame(packet.rtp, duration, data, True, False, 1, packet.sequence, packet.arrival_us)

    # -------------------------------------------------------------- frames and segments

    def _take(self, frame: MediaFrame | Undecodable, cause: GapCause) -> None:
        # Until it is placed, nothing that is written may claim to cover it.
        self._in_hand = frame.first
        picture = self._assembler.depacketiser.format if self._assembler else None
        if isinstance(frame, Undecodable):
            self._gaps.add(cause, frame.first, frame.packets, frame.rtp)
            self._damaged()
        elif self._assembler is not None and not self._playable(frame, picture):
            self._gaps.add(GapCause.UNDECODABLE, frame.first, frame.packets, frame.rtp)
            self._needs_keyframe = True
        elif (begins := self._begins_segment(frame, picture)) and not self._may_open(frame.arrival_us):
            self._gaps.add(GapCause.UNDECODABLE, frame.first, frame.packets, frame.rtp)
            self._damaged()
        else:
            self._gaps.good_frame(frame.rtp, frame.rtp + frame.duration)
            self._place(frame, picture, begins)
        self._counts.received += frame.packets
        self._in_hand = None

    def _playable(self, frame: MediaFrame, picture: VideoFormat | None) -> bool:
        """A picture can only be used from the first keyframe on; its size is not even known before."""
        if frame.keyframe and picture is not None:
            self._continuing, self._needs_keyframe = True, False
        return self._continuing and picture is not None

    def _begins_segment(self, frame: MediaFrame, picture: VideoFormat | None) -> bool:
        draft = self._draft
        if draft is None:
            return True
        around = OpenSegment(draft.plan.first_rtp, draft.end_rtp, draft.plan.picture, draft.has_gap)
        return must_cut(around, frame, picture, self._rate, keyframe_due_s(self.opened.track))

    def _may_open(self, arrival_us: int) -> bool:
        begun = self._opened_us
        return len(begun) < SEGMENTS_AT_ONCE or arrival_us - begun[0] >= SEGMENTS_WITHIN_US

    def _place(self, frame: MediaFrame, picture: VideoFormat | None, begins: bool) -> None:
        draft = self._draft
        if draft is not None:
            if begins:
                self.flush()
                self._seal()
                draft = None
            elif draft.pending and not 0 <= frame.rtp - draft.cluster_first_rtp < CLUSTER_S * self._rate:
                self.flush()
        if draft is None:
            draft = self._open(frame, picture)
        draft.add(frame)

    def _open(self, frame: MediaFrame, picture: VideoFormat | None) -> SegmentDraft:
        assert self._folder is not None
        opened = self.opened
        continues = picture is not None and not frame.keyframe
        plan = SegmentPlan(self._next_index, frame.rtp, opened.codec, picture, continues)
        uid = opened.ssrc << 24 | (opened.track & 0xFFFFFF) | 1 << 56
        header = audio_header(opened.channels, uid) if picture is None else video_header(opened.codec, picture, uid)
        self._post(partial(self._folder.open_segment, plan, header))
        self._next_index += 1
        self._opened_us.append(frame.arrival_us)
        self._draft = SegmentDraft(plan, self._rate, frame.rtp)
        return self._draft

    def flush(self) -> None:
        """Posts the open cluster, or only what there is to say of gaps and counts."""
        if self._folder is None or not (self._has_news() or (self._draft is not None and self._draft.pending)):
            return
        draft = self._draft
        data, frames = draft.take_cluster() if draft is not None else (b"", ())
        end_rtp = draft.end_rtp if draft is not None else self._last_rtp
        index = draft.plan.index if draft is not None else self._next_index
        counts, self._counts = self._counts, Counts()
        self._told_sequence = self._through()
        gaps = tuple(merged(list(self._gaps.take()), self._rate))
        record = record_of(index, self._told_sequence, counts, end_rtp, self._hearing_ms, frames, gaps)
        _add(self._total, counts)
        self._post(partial(self._folder.append, data, record))

    def _cut_is_due(self) -> bool:
        draft = self._draft
        if draft is None or self._assembler is None:
            return False
        return draft.end_rtp - draft.plan.first_rtp >= keyframe_due_s(self.opened.track) * self._rate

    def _seal(self) -> None:
        draft, self._draft = self._draft, None
        if draft is not None and self._folder is not None:
            self._post(partial(self._folder.seal, self._hearing_ms(draft.plan.first_rtp)))

    def _has_news(self) -> bool:
        return self._through() > self._told_sequence

    def _through(self) -> int:
        """Everything up to this sequence number is in the draft, in the gap book or counted."""
        pending = self._assembler.pending_from if self._assembler else None
        unfinished = [first for first in (pending, self._in_hand) if first is not None]
        consumed = self._reorder.consumed
        reached = self._told_sequence if consumed is None else consumed
        return max(self._told_sequence, min([reached, *(first - 1 for first in unfinished)]))

    def _hearing_ms(self, rtp: int) -> float:
        assert self._hearing_clock is not None
        return self._hearing_clock.utc_ms(self._clock.monotonic_us(rtp - self._epoch))

    def _damaged(self) -> None:
        if self._draft is not None:
            self._draft.has_gap = True
        if self._assembler is not None:
            self._needs_keyframe = True

    def _ask(self, now_us: int) -> None:
        if now_us - self._asked_us >= KEYFRAME_RETRY_US:
            self._asked_us = now_us
            self._want_keyframe(self.opened.track)


def _add(total: Counts, more: Counts) -> None:
    total.received += more.received
    total.empty += more.empty
    total.late += more.late
    total.duplicates += more.duplicates


def _depacketiser(codec: str, known: VideoFormat | None) -> Depacketiser:
    return H264Depacketiser(known) if codec == "H264" else Vp8Depacketiser(known)
