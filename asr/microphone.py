"""The reading thread's side of one microphone: packets in order, decoded, through the level gate, to the stenographer.

Nothing is decoded while the hearing is not transcribed.
"""

from collections import deque
from collections.abc import Callable, Iterable

from asr.capture_clock import CaptureClock
from asr.errors import MalformedPacket
from asr.facts import FactStream
from asr.gate import PRE_ROLL_MS, GateStep, LevelGate
from asr.opus import OpusDecoder
from asr.progress import Progress
from asr.reorder import ReorderWindow
from asr.rtp import parse
from asr.stenographer import Stenographer
from asr.waiting_speech import BYTES_PER_MS, Mark, Pause, Speech
from signaling.sink_stream.control import OpenTrack
from signaling.sink_stream.frames import TrackPacket


class Microphone:
    """One track instance, from ``open_track`` to ``close_track``."""

    def __init__(self, track: OpenTrack, clock: CaptureClock, facts: FactStream) -> None:
        self.track = track
        self.clock = clock
        self.progress = Progress(track.track)
        self.last_heard_us = 0
        """When packets last came, on the process's own clock."""
        self._facts = facts
        self._reorder = ReorderWindow()
        self._gate = LevelGate()
        self._decoder = OpusDecoder()
        self._pre_roll: deque[Speech] = deque()
        self._stenographer: Stenographer | None = None
        self._sequence = -1

    def begin(self, stenographer: Stenographer) -> None:
        """What comes from now on is written down."""
        self._listen_all(self._reorder.flush())
        self._facts.say(*self.progress.settle(self._sequence))
        self._stenographer = stenographer
        self._decoder = OpusDecoder()
        self._gate.shut()
        self._pre_roll.clear()

    def end(self, passed: Callable[[], None]) -> None:
        """What comes from now on is not written down; ``passed`` is called when everything before it is."""
        self.fall_silent()
        stenographer, self._stenographer = self._stenographer, None
        self._pre_roll.clear()
        sequence = self._sequence

        def settled() -> None:
            self._facts.say(*self.progress.settle(sequence))
            passed()

        if stenographer is None:
            settled()
        else:
            stenographer.put(Mark(settled))

    @property
    def is_written_down(self) -> bool:
        return self._stenographer is not None

    @property
    def is_quiet(self) -> bool:
        """Nobody speaks and nothing spoken is unwritten."""
        return not self._gate.is_open and (self._stenographer is None or self._stenographer.idle)

    @property
    def gate_is_open(self) -> bool:
        return self._gate.is_open

    def hear(self, packets: Iterable[TrackPacket], now_us: int) -> None:
        """Packets in order of arrival."""
        self.last_heard_us = now_us
        arrival_us: int | None = None
        for packet in packets:
            arrival_us = packet.arrival_us
            self._listen_all(self._reorder.push(packet))
        if arrival_us is not None and self.is_quiet:
            settled = self._pre_roll[0].sequence - 1 if self._pre_roll else self._sequence
            self._facts.say(*self.progress.settle_now_and_then(settled, arrival_us))

    def mark(self, passed: Callable[[], None]) -> None:
        """``passed`` is called when everything heard so far went through the recogniser; packets still missing are given up."""
        self._listen_all(self._reorder.flush())
        if self._stenographer is None:
            passed()
        else:
            self._stenographer.put(Mark(passed))

    def fall_silent(self) -> None:
        """No more packets for a while, or ever: the utterance ends."""
        self._listen_all(self._reorder.flush())
        if self._gate.is_open:
            self._gate.shut()
            self._put(Pause(self._sequence))

    def _listen_all(self, packets: Iterable[TrackPacket]) -> None:
        for packet in packets:
            self._listen(packet)
            self._sequence = max(self._sequence, packet.sequence)

    def _listen(self, packet: TrackPacket) -> None:
        try:
            audio = parse(packet.rtp, self.track.audio_level_extension)
        except MalformedPacket:
            return  # as good as lost: the next packet shows the hole
        timestamp = self.clock.observe_packet(packet.arrival_us, audio.timestamp)
        if self._stenographer is None:
            return
        for frame in self._decoder.decode(timestamp, audio.payload):
            if frame.starts_run and self._gate.is_open:
                self._gate.shut()
                self._put(Pause(self._sequence))
            if frame.starts_run:
                self._pre_roll.clear()
            level = audio.level_dbov if audio.level_dbov is not None else frame.level_dbov()
            speech = Speech(frame.rtp, frame.pcm, packet.sequence, packet.arrival_us)
            self._pass_gate(speech, self._gate.step(level, frame.duration_ms))

    def _pass_gate(self, speech: Speech, step: GateStep) -> None:
        match step:
            case GateStep.SHUT:
                self._pre_roll.append(speech)
                while sum(len(kept.pcm) for kept in self._pre_roll) > PRE_ROLL_MS * BYTES_PER_MS:
                    self._pre_roll.popleft()
            case GateStep.OPENED:
                while self._pre_roll:
                    self._put(self._pre_roll.popleft())
                self._put(speech)
            case GateStep.OPEN:
                self._put(speech)
            case GateStep.CLOSED:
                self._put(speech)
                self._put(Pause(speech.sequence))

    def _put(self, item: Speech | Pause) -> None:
        if self._stenographer is not None:
            self._stenographer.put(item)
