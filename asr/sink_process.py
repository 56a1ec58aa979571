"""The transcriber as a child process: frames in on stdin, facts out on stdout, until the worker goes or says so."""

import os
import select
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from asr.errors import AsrError, ModelNotFound
from asr.facts import FactStream, RecognitionState, recycling, transcriber_state
from asr.load import LoadBoard
from asr.model_store import FoundModel, ModelStore
from asr.recognition_threads import RecognitionThreads
from asr.stenographer import Surroundings
from asr.transcribed_hearing import now_us
from asr.transcriber import Transcriber
from asr.vosk_engine import VoskModel
from signaling.sink_stream.frames import FrameReader, SinkStreamError

READ_BYTES = 256 * 1024
TICK_S = 0.1
MEMORY_CHECK_S = 5.0
RECYCLE_ANYWAY = 1.5
"""So many times the limit, and the process ends in mid-speech too: its worker sends the open utterances again."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Options:
    """``max_rss_mb`` 0: no limit."""

    model: str
    model_dir: Path | None
    threads: int
    shedding: bool
    max_rss_mb: int


class SinkProcess:
    """One run, from loading the model to the last fact."""

    def __init__(self, options: Options, stdin: int, facts: FactStream) -> None:
        self._options = options
        self._stdin = stdin
        self._facts = facts
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_writer, False)
        self._terminated = False
        self._memory_checked_s = -MEMORY_CHECK_S

    def run(self) -> int:
        """Exit code: 0 when everything heard is written down, 1 when the stream or the model is unusable."""
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # meant for the terminal's foreground process, which ends us in order
        signal.signal(signal.SIGTERM, self._terminate)
        signal.set_wakeup_fd(self._wake_writer)
        try:
            found, model = self._load()
        except AsrError as error:
            _log.error("no model", reason=str(error))
            self._facts.say(transcriber_state(RecognitionState.FAILED, self._options.model, demo_model=False, lag_ms=0))
            return 1
        threads = RecognitionThreads(self._options.threads)
        try:
            return self._transcribe(Transcriber(self._surroundings(found, model), threads))
        finally:
            threads.close()
            _log.info("transcriber ended")

    def _load(self) -> tuple[FoundModel, VoskModel]:
        store = ModelStore(self._options.model_dir)
        try:
            found = store.find(self._options.model)
        except ModelNotFound:
            self._facts.say(
                transcriber_state(RecognitionState.LOADING, self._options.model, demo_model=False, lag_ms=0)
            )
            found = store.find_or_fetch(self._options.model)
        self._facts.say(transcriber_state(RecognitionState.LOADING, found.name, found.demo, lag_ms=0))
        model = VoskModel(found.path)
        _log.info("model loaded", model=found.name, demo=found.demo)
        self._facts.say(transcriber_state(RecognitionState.LIVE, found.name, found.demo, lag_ms=0))
        return found, model

    def _surroundings(self, found: FoundModel, model: VoskModel) -> Surroundings:
        def announce(state: RecognitionState, lag_ms: int) -> None:
            _log.info("recognition state", state=state, lag_ms=lag_ms)
            self._facts.say(transcriber_state(state, found.name, found.demo, lag_ms))

        return Surroundings(model, found.name, self._facts, LoadBoard(announce), self._options.shedding, now_us())

    def _transcribe(self, transcriber: Transcriber) -> int:
        code = 0
        reader = FrameReader()
        try:
            while (chunk := self._next_chunk()) is not None:
                for frame in reader.feed(chunk):
                    transcriber.receive(frame)
                if self._options.shedding:
                    transcriber.tick()
                if self._must_recycle(transcriber):
                    break
        except (SinkStreamError, ValueError) as error:
            _log.error("the stream from the worker is broken", reason=type(error).__name__)
            code = 1
        transcriber.finish()
        return code

    def _next_chunk(self) -> bytes | None:
        """Empty when nothing came for a moment; None at the end of the stream, at SIGTERM, or when nobody reads the facts."""
        if self._terminated or self._facts.reader_gone:
            return None
        readable, _, _ = select.select(
            [self._stdin, self._wake_reader], [], [], TICK_S if self._options.shedding else None
        )
        if self._terminated:
            return None
        if self._stdin not in readable:
            return b""
        return os.read(self._stdin, READ_BYTES) or None

    def _must_recycle(self, transcriber: Transcriber) -> bool:
        limit_mb, now_s = self._options.max_rss_mb, time.monotonic()
        if not limit_mb or now_s - self._memory_checked_s < MEMORY_CHECK_S:
            return False
        rss_mb = resident_mb()
        if rss_mb <= limit_mb:
            self._memory_checked_s = now_s
            return False
        if not transcriber.is_quiet and rss_mb < limit_mb * RECYCLE_ANYWAY:
            return False  # asked again at each chunk: the next pause will do
        _log.warning("recycling", rss_mb=rss_mb, limit_mb=limit_mb)
        self._facts.say(recycling(rss_mb))
        return True

    def _terminate(self, number: int, frame: object) -> None:
        self._terminated = True


def resident_mb() -> int:
    """Memory this process holds (proc(5), statm); 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // (1024 * 1024)
