"""What the frames of the worker mean: tracks open and close, hearings start and stop, packets belong to microphones.

Runs on the reading thread; recognition happens on the threads it is given.
"""

import threading
from collections.abc import Callable
from typing import assert_never

import structlog

from asr.capture_clock import CaptureClock
from asr.case_dictionary import CaseDictionary
from asr.countdown import Countdown
from asr.facts import barrier, transcription_stopped
from asr.microphone import Microphone
from asr.recognition_threads import RecognitionThreads
from asr.speaker import Speaker
from asr.stenographer import Stenographer, Surroundings
from asr.transcribed_hearing import TranscribedHearing, now_us
from signaling.sink_stream.clock import HearingClock, SenderClock
from signaling.sink_stream.control import (
    Alive,
    Barrier,
    CloseTrack,
    ControlMessage,
    OpenTrack,
    Release,
    Start,
    Stop,
    from_dict,
)
from signaling.sink_stream.frames import Frame, PacketBatch, SenderReport

SILENT_AFTER_US = 600_000
"""No packets for this long (a muted sender may send none): the utterance ends as if the gate had closed."""

_log = structlog.get_logger()


class Transcriber:
    """Every microphone of a worker."""

    def __init__(self, surroundings: Surroundings, threads: RecognitionThreads) -> None:
        self._around = surroundings
        self._threads = threads
        self._clock_lock = threading.Lock()
        self._senders: dict[str, SenderClock] = {}
        self._clocks: dict[int, CaptureClock] = {}
        self._opened: dict[int, OpenTrack] = {}
        self._microphones: dict[int, Microphone] = {}
        self._hearings: dict[str, TranscribedHearing] = {}
        self._ending = 0
        """Microphones whose last speech is being written down."""
        self._settled = threading.Condition()

    def receive(self, frame: Frame) -> None:
        """Raises `ValueError` for a control message nobody defined."""
        match frame:
            case PacketBatch(track, packets):
                if microphone := self._microphones.get(track):
                    microphone.hear(packets, now_us())
            case SenderReport(track):
                if clock := self._clocks.get(track):
                    clock.observe_report(frame)
            case dict():
                self._obey(from_dict(frame))

    def tick(self) -> None:
        """To be called several times a second while packets come as they are spoken."""
        now = now_us()
        for microphone in self._microphones.values():
            if microphone.gate_is_open and now - microphone.last_heard_us > SILENT_AFTER_US:
                microphone.fall_silent()

    @property
    def is_quiet(self) -> bool:
        """Nobody speaks and nothing spoken is unwritten."""
        return not self._ending and all(microphone.is_quiet for microphone in self._microphones.values())

    def finish(self) -> None:
        """Returns when everything heard so far is written down; nothing may be received afterwards."""
        for track in list(self._microphones):
            self._close(track)
        self._wait_for_endings()

    def _obey(self, message: ControlMessage) -> None:
        match message:
            case OpenTrack():
                self._open(message)
            case CloseTrack():
                self._close(message.track)
            case Start():
                self._start(message)
            case Stop():
                self._stop(message)
            case Barrier():
                self._answer(message)
            case Alive() | Release():
                pass  # nothing is written here that another could go on with: a hearing that goes elsewhere is stopped
            case _:
                assert_never(message)

    def _open(self, opened: OpenTrack) -> None:
        """Reports of all tracks of a connection tell its sender's time; only Opus is listened to."""
        sender = self._senders.setdefault(opened.connection, SenderClock())
        clock = CaptureClock(opened.clock_rate_hz, sender, self._clock_lock)
        self._opened[opened.track] = opened
        self._clocks[opened.track] = clock
        if opened.kind != "audio" or opened.codec.lower() != "opus":
            return
        microphone = Microphone(opened, clock, self._around.facts)
        self._microphones[opened.track] = microphone
        if hearing := self._hearings.get(opened.room):
            self._begin(microphone, hearing)

    def _close(self, track: int) -> None:
        opened = self._opened.pop(track, None)
        self._clocks.pop(track, None)
        if opened and all(other.connection != opened.connection for other in self._opened.values()):
            self._senders.pop(opened.connection, None)
        if microphone := self._microphones.pop(track, None):
            self._end(microphone, _nothing)

    def _end(self, microphone: Microphone, done: Callable[[], None]) -> None:
        with self._settled:
            self._ending += 1

        def passed() -> None:
            done()
            with self._settled:
                self._ending -= 1
                self._settled.notify_all()

        microphone.end(passed)

    def _wait_for_endings(self) -> None:
        with self._settled:
            self._settled.wait_for(lambda: not self._ending)

    def _start(self, start: Start) -> None:
        clock = HearingClock(start.anchor_utc_ms, start.anchor_monotonic_us)
        hearing = TranscribedHearing(start.room, start.hearing, clock, CaseDictionary(start.vocabulary))
        self._hearings[start.room] = hearing
        _log.info("transcription started", room=start.room, hearing=start.hearing, cause=start.cause)
        for microphone in self._in_room(start.room):
            if microphone.is_written_down:
                self._end(microphone, _nothing)
            self._begin(microphone, hearing)

    def _begin(self, microphone: Microphone, hearing: TranscribedHearing) -> None:
        speaker = Speaker(microphone.track.track, microphone.track.participant, hearing, microphone.clock)
        microphone.begin(Stenographer(speaker, self._around, microphone.progress, self._threads.wake))

    def _stop(self, stop: Stop) -> None:
        self._hearings.pop(stop.room, None)
        _log.info("transcription stopped", room=stop.room, hearing=stop.hearing, cause=stop.cause)
        microphones = self._in_room(stop.room)
        line = transcription_stopped(stop.room, stop.hearing, stop.cause)
        countdown = Countdown(len(microphones), lambda: self._around.facts.say(line))
        for microphone in microphones:
            self._end(microphone, countdown.passed)

    def _answer(self, message: Barrier) -> None:
        """Waits for microphones that are ending: their last words came before the barrier too."""
        self._wait_for_endings()
        line = barrier(message.token)
        countdown = Countdown(len(self._microphones), lambda: self._around.facts.say(line))
        for microphone in self._microphones.values():
            microphone.mark(countdown.passed)

    def _in_room(self, room: str) -> list[Microphone]:
        return [microphone for microphone in self._microphones.values() if microphone.track.room == room]


def _nothing() -> None:
    """Nobody waits for it."""
