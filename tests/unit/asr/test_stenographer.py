"""What happens to speech when recognition is behind; in process, with the real recogniser and a lag that is made."""

import itertools
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from asr.capture_clock import CaptureClock
from asr.case_dictionary import CaseDictionary
from asr.countdown import Countdown
from asr.engine import RecognisedWord, Recogniser, SpeechModel
from asr.errors import EngineFailed
from asr.facts import FactStream, transcriber_state
from asr.load import LoadBoard
from asr.model_store import ModelStore
from asr.progress import Progress
from asr.recognition_threads import RecognitionThreads
from asr.speaker import Speaker
from asr.stenographer import Stenographer, Surroundings
from asr.transcribed_hearing import TranscribedHearing, now_us
from asr.vosk_engine import VoskModel
from asr.waiting_speech import Mark, Pause, Speech
from signaling.protocol.worker import worker_message
from signaling.sink_stream.clock import HearingClock, SenderClock
from tests.unit.asr.child import Line
from tests.unit.asr.court_speech import script

PIECE_MS = 20


class Desk:
    """A stenographer with everything around it, and what it said."""

    def __init__(self, model: SpeechModel, threads: RecognitionThreads, said: int) -> None:
        facts = FactStream(said)
        board = LoadBoard(lambda state, lag_ms: facts.say(transcriber_state(state, "m", True, lag_ms)))
        self.begin_us = now_us()
        hearing = TranscribedHearing("room", "hearing", HearingClock(1_000_000, self.begin_us), CaseDictionary([]))
        clock = CaptureClock(48_000, SenderClock(), threading.Lock())
        clock.observe_packet(self.begin_us, 0)
        speaker = Speaker(1, "plaintiff", hearing, clock)
        around = Surroundings(model, "m", facts, board, shedding=True, ready_us=0)
        self.stenographer = Stenographer(speaker, around, Progress(1), threads.wake)
        self.sequence = 0

    def speak(self, pcm: bytes, lag_ms: float) -> None:
        """``pcm`` as if it had arrived ``lag_ms`` ago; all of it waits before the first piece is taken."""
        arrival_us = round(now_us() - lag_ms * 1000)
        for at in range(0, len(pcm), PIECE_MS * 32):
            rtp = self.sequence * 960
            self.stenographer.put(Speech(rtp, pcm[at : at + PIECE_MS * 32], self.sequence, arrival_us))
            self.sequence += 1

    def pause(self) -> None:
        self.stenographer.put(Pause(self.sequence - 1))

    def wait(self) -> None:
        done = threading.Event()
        self.stenographer.put(Mark(Countdown(1, done.set).passed))
        assert done.wait(30)


@contextmanager
def desk(model: SpeechModel) -> Iterator[tuple[Desk, list[Line]]]:
    """The lines are there once the block is left."""
    lines: list[Line] = []
    read_end, write_end = os.pipe()

    def read() -> None:
        with os.fdopen(read_end) as said:
            lines.extend(json.loads(line) for line in said)

    reader = threading.Thread(target=read)
    reader.start()
    threads = RecognitionThreads(1)
    try:
        yield Desk(model, threads, write_end), lines
    finally:
        threads.close()
        os.close(write_end)
        reader.join()


@pytest.fixture(scope="module")
def vosk_model() -> VoskModel:
    return VoskModel(ModelStore().find("court-demo-zh").path)


def of_type(lines: list[Line], kind: str) -> list[Line]:
    for line in lines:
        if line["type"] != "heard":
            worker_message.validate_python(line)
    return [line for line in lines if line["type"] == kind]


def test_in_time_it_gives_captions_and_is_live(vosk_model: VoskModel) -> None:
    with desk(vosk_model) as (at_desk, lines):
        at_desk.speak(script()[8].pcm, lag_ms=0)
        at_desk.pause()
        at_desk.wait()
        assert at_desk.stenographer.idle
    assert len(of_type(lines, "caption_heard")) > 3
    assert of_type(lines, "utterance_recognised")[0]["raw_text"].startswith("请求 法院")
    assert lines[-1] == {"type": "heard", "track": 1, "sequence": at_desk.sequence - 1}


@pytest.mark.parametrize("lag_ms", [2_000, 6_000])
def test_behind_it_gives_finals_without_captions_and_says_so(vosk_model: VoskModel, lag_ms: float) -> None:
    with desk(vosk_model) as (at_desk, lines):
        at_desk.speak(script()[8].pcm, lag_ms)
        at_desk.pause()
        at_desk.wait()
    assert not of_type(lines, "caption_heard")
    assert of_type(lines, "utterance_recognised")[0]["raw_text"] == "请求 法院 判令 被告 偿还 借款 本金 五 十 万 元"
    states = [line["state"] for line in of_type(lines, "transcriber_state")]
    assert states == ["lagging", "live"]


def test_far_behind_it_leaves_the_interval_out_says_which_and_goes_on(vosk_model: VoskModel) -> None:
    with desk(vosk_model) as (at_desk, lines):
        at_desk.speak(script()[7].pcm, lag_ms=16_000)
        left_out = at_desk.sequence
        at_desk.pause()
        at_desk.wait()
        at_desk.speak(script()[3].pcm, lag_ms=0)
        at_desk.pause()
        at_desk.wait()
    gaps = of_type(lines, "transcription_gap")
    assert {gap["cause"] for gap in gaps} == {"overload"}
    assert gaps[0]["start_ms"] == 1_000_000
    assert gaps[-1]["end_ms"] == pytest.approx(1_000_000 + left_out * PIECE_MS, abs=PIECE_MS)
    assert all(before["end_ms"] == after["start_ms"] for before, after in itertools.pairwise(gaps))
    assert [line["raw_text"] for line in of_type(lines, "utterance_recognised")] == ["现在 开庭"]
    assert "deferred" in [line["state"] for line in of_type(lines, "transcriber_state")]
    assert of_type(lines, "transcriber_state")[-1]["state"] == "live"


def test_noise_gives_nothing_and_takes_its_caption_back(vosk_model: VoskModel) -> None:
    with desk(vosk_model) as (at_desk, lines):
        at_desk.speak(bytes(32_000), lag_ms=0)
        at_desk.pause()
        at_desk.wait()
    assert not of_type(lines, "utterance_recognised")
    captions = of_type(lines, "caption_heard")
    assert not captions or captions[-1]["text"] == ""
    assert lines[-1]["type"] == "heard"


class BrittleModel:
    """Every second recogniser works; the others fail at the first sound. For the engine port's one failure path."""

    def __init__(self, model: SpeechModel) -> None:
        self._model = model
        self._made = 0

    def recogniser(self) -> Recogniser:
        self._made += 1
        return BrokenRecogniser() if self._made % 2 else self._model.recogniser()


class BrokenRecogniser:
    def accept(self, pcm: bytes) -> tuple[RecognisedWord, ...] | None:
        raise EngineFailed("broken")

    def partial(self) -> str:
        return ""

    def final(self) -> tuple[RecognisedWord, ...]:
        raise EngineFailed("broken")


def test_a_recogniser_that_fails_is_replaced_and_the_loss_is_said(vosk_model: VoskModel) -> None:
    with desk(BrittleModel(vosk_model)) as (at_desk, lines):
        at_desk.speak(script()[3].pcm, lag_ms=0)
        at_desk.pause()
        at_desk.wait()
    (gap,) = of_type(lines, "transcription_gap")
    assert gap["cause"] == "transcriber_lost"
    assert gap["end_ms"] - gap["start_ms"] == 100
    assert of_type(lines, "utterance_recognised")[0]["raw_text"].startswith("现在")
