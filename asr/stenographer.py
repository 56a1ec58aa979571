"""Writes down one microphone's speech while a hearing is transcribed: partial captions, utterances with word times, gaps.

Lives on whichever recognition thread has its turn; the reading thread only puts speech in.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from asr.court_text import UNKNOWN_TOKENS, caption, write
from asr.engine import RecognisedWord, Recogniser, SpeechModel
from asr.errors import EngineFailed
from asr.facts import FactStream, Line
from asr.fed_timeline import FedTimeline
from asr.load import Effort, LoadBoard, effort
from asr.opus import RTP_PER_SAMPLE, SPEECH_HZ
from asr.progress import Progress
from asr.speaker import Speaker
from asr.transcribed_hearing import now_us
from asr.waiting_speech import BYTES_PER_MS, Mark, Pause, Speech, WaitingSpeech

CHUNK_MS = 100
LARGE_CHUNK_MS = 1_000
PARTIAL_EACH_MS = 200
PAUSE_AT_END_S = 0.25
"""Silence fed after the last word from which on the speaker, not the recogniser, ended the utterance."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the stenographers of a process share."""

    model: SpeechModel
    model_name: str
    facts: FactStream
    board: LoadBoard
    shedding: bool
    """False: take all the time there is, for recordings."""
    ready_us: int
    """When recognition could begin, monotonic: what a lost process left undone comes late and is no lag of this one."""


class Stenographer:
    """One microphone from ``start`` to ``stop`` or to the end of its track."""

    def __init__(
        self, speaker: Speaker, surroundings: Surroundings, progress: Progress, wake: Callable[["Stenographer"], None]
    ) -> None:
        self._speaker = speaker
        self._around = surroundings
        self._progress = progress
        self._wake = wake
        self._waiting = WaitingSpeech(surroundings.shedding)
        self._recogniser: Recogniser | None = None
        self._timeline = FedTimeline()
        self._utterance: str | None = None
        self._last_partial = ""
        self._since_partial_ms = 0.0
        self._last_sequence = -1
        self._gap: tuple[int, int, str] | None = None
        self._writing = False
        self._working = False

    # ---------------------------------------------------------------- the reading thread

    def put(self, item: Speech | Pause | Mark) -> None:
        """Waits when too much is waiting and nothing may be shed."""
        self._waiting.put(item)
        self._wake(self)

    @property
    def idle(self) -> bool:
        """Nothing waits, no utterance is open, no gap is unsaid. The order matters: work begins before it stops waiting."""
        return self._waiting.empty and not self._working and not self._writing and self._gap is None

    # ---------------------------------------------------------------- the recognition threads

    def ready(self) -> bool:
        """See `asr.recognition_threads.Work`."""
        return self._waiting.ready(self._chunk_ms(self._lag_ms()))

    def work(self) -> None:
        """One chunk, pause or mark."""
        self._working = True
        lag_ms = self._lag_ms()
        self._around.board.report(self._speaker.track, lag_ms)
        if effort(lag_ms) is Effort.DEFER:
            self._waiting.defer()
        if deferred := self._waiting.take_deferred():
            self._leave_out(*deferred)
        match self._waiting.take(self._chunk_ms(lag_ms)):
            case Pause(sequence):
                self._end_utterance()
                self._say_gap()
                self._around.facts.say(*self._progress.settle(sequence))
            case Mark(passed):
                self._say_gap()
                passed()
            case list() as speech:
                self._say_gap()
                self._feed_or_leave_out(speech, effort(lag_ms))
            case None:
                pass
        if self._waiting.empty:
            self._around.board.report(self._speaker.track, 0)
        self._working = False

    def _lag_ms(self) -> float:
        arrival_us = self._waiting.oldest_arrival_us() if self._around.shedding else None
        if arrival_us is None:
            return 0.0
        return max(1.0, (now_us() - max(arrival_us, self._around.ready_us)) / 1000)

    def _chunk_ms(self, lag_ms: float) -> int:
        return LARGE_CHUNK_MS if effort(lag_ms) <= Effort.LARGE_CHUNKS else CHUNK_MS

    def _feed_or_leave_out(self, speech: list[Speech], how: Effort) -> None:
        try:
            self._feed(speech, how)
        except EngineFailed:
            _log.error("recogniser replaced", track=self._speaker.track)
            self._recogniser = None
            self._timeline = FedTimeline()
            self._add_gap(speech[0], speech[-1], "transcriber_lost")
            self._close_utterance()

    def _feed(self, speech: list[Speech], how: Effort) -> None:
        if self._recogniser is None:
            self._recogniser = self._around.model.recogniser()
        self._writing = True
        pcm = b"".join(piece.pcm for piece in speech)
        for piece in speech:
            self._timeline.append(piece.rtp, len(piece.pcm) // 2)
        self._last_sequence = speech[-1].sequence
        words = self._recogniser.accept(pcm)
        if words is not None:
            self._write(words)
        elif how is Effort.FULL:
            self._say_partial(self._recogniser, len(pcm) / BYTES_PER_MS)

    def _say_partial(self, recogniser: Recogniser, fed_ms: float) -> None:
        self._since_partial_ms += fed_ms
        if self._last_partial and self._since_partial_ms < PARTIAL_EACH_MS:
            return  # the first one is asked for at every chunk: people wait for it
        self._since_partial_ms = 0.0
        text = caption(recogniser.partial())
        if text and text != self._last_partial:
            self._last_partial = text
            self._utterance = self._utterance or self._speaker.new_utterance()
            self._around.facts.say(self._speaker.caption_heard(self._utterance, text))

    def _end_utterance(self) -> None:
        if self._recogniser is not None and self._writing:
            self._write(self._recogniser.final())

    def _write(self, words: tuple[RecognisedWord, ...]) -> None:
        """Utterance and progress in one go: a process killed after it is not asked to hear this again."""
        lines: tuple[Line, ...] = ()
        if any(word.text not in UNKNOWN_TOKENS for word in words):
            ends_in_pause = self._timeline.fed / SPEECH_HZ - words[-1].end_s >= PAUSE_AT_END_S
            text = write(words, self._speaker.hearing.dictionary, ends_in_pause)
            utterance = self._utterance or self._speaker.new_utterance()
            lines = (
                self._speaker.utterance_recognised(utterance, text, words, self._timeline, self._around.model_name),
            )
            self._utterance = None
        self._timeline.forget_finished()
        self._around.facts.say(*lines, *self._progress.settle(self._last_sequence))
        self._close_utterance()

    def _close_utterance(self) -> None:
        """A caption of which nothing remained is taken back with an empty one."""
        if self._utterance is not None:
            self._around.facts.say(self._speaker.caption_heard(self._utterance, ""))
        self._utterance = None
        self._last_partial = ""
        self._since_partial_ms = 0.0
        self._writing = False

    def _leave_out(self, first: Speech, last: Speech) -> None:
        self._end_utterance()
        self._add_gap(first, last, "overload")

    def _add_gap(self, first: Speech, last: Speech, cause: str) -> None:
        start = self._gap[0] if self._gap else first.rtp
        self._gap = (start, last.rtp + len(last.pcm) // 2 * RTP_PER_SAMPLE, cause)
        self._last_sequence = max(self._last_sequence, last.sequence)

    def _say_gap(self) -> None:
        if self._gap is not None:
            gap, self._gap = self._gap, None
            line = self._speaker.transcription_gap(*gap)
            self._around.facts.say(line, *self._progress.settle(self._last_sequence))
