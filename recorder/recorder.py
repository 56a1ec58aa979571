"""All hearings of one worker, as its byte stream tells of them. Runs in the thread that reads the pipe."""

import logging
import time
from functools import partial

from recorder.confined import ConfinedFolder
from recorder.errors import HearingHeldError, RecorderError
from recorder.hearing_folder import HearingFolder
from recorder.outbox import Outbox
from recorder.recovery import recover_hearing
from recorder.track_folder import TrackFolder
from recorder.track_recording import SUPPORTED, TrackRecording
from recorder.writer import Writer
from signaling.sink_stream.clock import HearingClock, SenderClock
from signaling.sink_stream.control import (
    Alive,
    Barrier,
    CloseTrack,
    OpenTrack,
    Release,
    Start,
    Stop,
    from_dict,
    to_dict,
)
from signaling.sink_stream.frames import Control, Frame, PacketBatch, SenderReport

logger = logging.getLogger(__name__)

PASSED_OVER_PERIOD_US = 1_000_000


class Recorder:
    """`obey` frames in order, `tick` several times a second, `close` at the end."""

    def __init__(self, root: ConfinedFolder, writer: Writer, outbox: Outbox) -> None:
        self._root = root
        self._writer = writer
        self._outbox = outbox
        self._hearings: dict[str, HearingFolder] = {}
        self._tracks: dict[int, TrackRecording] = {}
        self._senders: dict[tuple[str, str], SenderClock] = {}
        # Of hearings that another recorder still writes: what is to be done as soon as it lets go, in order.
        self._waiting: dict[str, list[Start | Stop]] = {}
        self._passed_over_us = 0
        # A few bytes for every hearing of the worker's life: who was told by this process what was recorded before.
        self._told: dict[str, HearingClock] = {}

    def obey(self, frame: Frame) -> None:
        """A message that cannot be obeyed is logged and changes nothing."""
        match frame:
            case PacketBatch(number, packets):
                track = self._tracks.get(number)
                if track is not None:
                    track.packets(packets)
            case SenderReport():
                track = self._tracks.get(frame.track)
                if track is not None:
                    track.report(frame)
            case dict():
                self._obey_control(frame)

    def tick(self) -> None:
        now_us = _now_us()
        for hearing in list(self._waiting):
            self._try_again(hearing)
        for track in self._tracks.values():
            track.tick(now_us)
        if now_us - self._passed_over_us >= PASSED_OVER_PERIOD_US:
            self._passed_over_us = now_us
            for number, track in self._tracks.items():
                if not track.recording and track.passed_over() >= 0:
                    self._say({"type": "durable", "track": number, "sequence": track.passed_over()})

    def close(self) -> None:
        """Seals everything. A hearing that was not stopped goes on when the next process is told to start it."""
        for track in self._tracks.values():
            track.interrupt()
        self._tracks.clear()
        for hearing in self._hearings.values():
            self._let_go(hearing)
        self._hearings.clear()

    def _obey_control(self, fields: Control) -> None:
        try:
            message = from_dict(fields)
            match message:
                case OpenTrack():
                    self._open_track(message)
                case CloseTrack():
                    self._close_track(message)
                case Start():
                    self._start(message)
                case Stop():
                    self._stop(message)
                case Release():
                    self._release(message)
                case Alive():
                    pass
                case Barrier():
                    self._barrier(message)
        except (ValueError, RecorderError) as error:
            logger.error("control message %s refused: %s", str(fields.get("type"))[:40], error)

    # -------------------------------------------------------------- tracks

    def _open_track(self, opened: OpenTrack) -> None:
        if opened.codec not in SUPPORTED or opened.kind not in ("audio", "video"):
            raise ValueError(f"codec {opened.codec!r} is not recorded")
        if opened.track in self._tracks:
            raise ValueError(f"track {opened.track} is open already")
        sender = self._senders.setdefault((opened.room, opened.connection), SenderClock())
        track = TrackRecording(opened, sender, self._writer.post, self._want_keyframe)
        hearing = self._hearings.get(opened.hearing)
        if hearing is not None:
            self._begin_track(track, hearing)
        self._tracks[opened.track] = track

    def _begin_track(self, track: TrackRecording, hearing: HearingFolder) -> None:
        clock = hearing.clock
        assert clock is not None
        folder, resume = self._writer.call(partial(TrackFolder.open, hearing, track.opened, clock))
        track.begin(folder, resume, clock, _now_us())

    def _close_track(self, closed: CloseTrack) -> None:
        track = self._tracks.pop(closed.track, None)
        if track is None:
            return
        if track.recording:
            track.close(closed)
        elif track.passed_over() >= 0:
            self._say({"type": "durable", "track": closed.track, "sequence": track.passed_over()})
        key = track.opened.room, track.opened.connection
        if not any((other.opened.room, other.opened.connection) == key for other in self._tracks.values()):
            self._senders.pop(key, None)

    def _want_keyframe(self, track: int) -> None:
        self._outbox.send({"type": "keyframe_wanted", "track": track})

    # -------------------------------------------------------------- hearings

    def _start(self, start: Start) -> None:
        anchor = HearingClock(start.anchor_utc_ms, start.anchor_monotonic_us)
        hearing = self._hearings.get(start.hearing)
        if hearing is not None:
            if hearing.clock == anchor:
                return
            self._pause(hearing)
        try:
            hearing = self._writer.call(partial(self._begun, start, self._told.get(start.hearing) != anchor))
        except HearingHeldError:
            self._wait(start)
            return
        self._told[start.hearing] = anchor
        self._hearings[start.hearing] = hearing
        for track in self._tracks.values():
            if track.opened.hearing == start.hearing and not track.recording:
                try:
                    self._begin_track(track, hearing)
                except RecorderError as error:
                    logger.error("track %d cannot be recorded: %s", track.opened.track, error)

    def _begun(self, start: Start, tell_again: bool) -> HearingFolder:
        """In the writer's thread."""
        hearing = HearingFolder(self._root, start.hearing, start.room, self._outbox)
        try:
            recover_hearing(hearing)
            hearing.begin(start, tell_again)
        except BaseException:
            hearing.close()
            raise
        return hearing

    def _stop(self, stop: Stop) -> None:
        hearing = self._hearings.get(stop.hearing)
        if hearing is None:
            try:
                self._writer.call(partial(self._stop_again, stop))
            except HearingHeldError:
                self._wait(stop)
            return
        for track in self._tracks.values():
            if track.opened.hearing == stop.hearing:
                track.stop()
        self._hearings.pop(stop.hearing)
        self._writer.post(partial(hearing.stop, stop))
        self._writer.post(hearing.close)

    def _stop_again(self, stop: Stop) -> None:
        """In the writer's thread: a stop for a hearing this process never recorded, because another one did."""
        hearing = HearingFolder(self._root, stop.hearing, stop.room, self._outbox)
        try:
            recover_hearing(hearing)
            hearing.stop_late(stop)
        finally:
            hearing.close()

    def _wait(self, message: Start | Stop) -> None:
        if message.hearing not in self._waiting:
            logger.warning("hearing %s is still being written by another recorder", message.hearing)
        self._waiting.setdefault(message.hearing, []).append(message)

    def _try_again(self, hearing: str) -> None:
        for message in self._waiting.pop(hearing):
            if hearing in self._waiting:
                self._waiting[hearing].append(message)
            else:
                self._obey_control(to_dict(message))

    def _release(self, release: Release) -> None:
        """Sealed and let go of, but not stopped: whoever goes on with it finds it as after the end of a process."""
        self._waiting.pop(release.hearing, None)
        hearing = self._hearings.pop(release.hearing, None)
        for number in [number for number, track in self._tracks.items() if track.opened.hearing == release.hearing]:
            self._tracks.pop(number).interrupt()
        if hearing is not None:
            self._let_go(hearing)

    def _let_go(self, hearing: HearingFolder) -> None:
        self._writer.post(partial(hearing.note, "recorder_closed", {}))
        self._writer.post(hearing.close)

    def _pause(self, hearing: HearingFolder) -> None:
        """Another room takes the hearing over: what this one recorded is sealed first."""
        for track in self._tracks.values():
            if track.opened.hearing == hearing.hearing:
                track.stop()
        self._writer.post(hearing.close)

    def _barrier(self, barrier: Barrier) -> None:
        for track in self._tracks.values():
            track.flush()
        self._say({"type": "barrier", "token": barrier.token})

    def _say(self, message: dict[str, object]) -> None:
        """After everything posted so far is on disk."""
        self._writer.post(partial(self._outbox.send, message))


def _now_us() -> int:
    return time.monotonic_ns() // 1000
