"""The transcriber process as its worker sees it: real Vosk, real Opus, real pipes."""

import random
import signal

import pytest

from asr.error_rate import comparable, edit_distance
from signaling.protocol.facts import UtteranceRecognised
from signaling.protocol.worker import CaptionHeard, TranscriberState, worker_message
from signaling.sink_stream.control import CloseTrack, Stop, to_dict
from signaling.sink_stream.frames import encode_control
from tests.unit.asr.child import Line, TranscriberChild, transcriber
from tests.unit.asr.court_speech import (
    ANCHOR_UTC_MS,
    HEARING,
    ROOM,
    Packet,
    ScriptLine,
    TrackSource,
    script,
    silence,
    start,
)

BEGIN_US = 5_000_000_000
PAUSE_US = 900_000


class Scene:
    """Lines of the demonstration hearing, one after the other, each on its speaker's own track."""

    def __init__(self, lines: tuple[ScriptLine, ...], begin_us: int = BEGIN_US, level_extension: int = 1) -> None:
        self.lines = lines
        self.begin_us = begin_us
        self.sources: dict[str, TrackSource] = {}
        self.packets: dict[str, list[Packet]] = {}
        self.start_us: list[int] = []
        at_us = begin_us
        for line in lines:
            source = self.sources.setdefault(
                line.participant, TrackSource(len(self.sources) + 1, line.participant, level_extension)
            )
            speech = line.pcm + silence(PAUSE_US)
            self.packets.setdefault(line.participant, []).extend(source.packets(speech, at_us))
            self.start_us.append(at_us)
            at_us += line.duration_us + PAUSE_US

    def opening(self, vocabulary: tuple[str, ...] = ()) -> bytes:
        return start(self.begin_us, vocabulary) + b"".join(source.opened() for source in self.sources.values())

    def frames(self) -> list[tuple[int, bytes]]:
        """What the worker would send and when, all tracks together."""
        batches = [batch for who, source in self.sources.items() for batch in source.batches(self.packets[who])]
        return sorted(batches, key=lambda batch: batch[0])

    def said_ms(self, line: int, offset_s: float) -> float:
        """True hearing time of an instant of a line."""
        return ANCHOR_UTC_MS + (self.start_us[line] - self.begin_us) / 1000 + offset_s * 1000

    def recognised(self, child: TranscriberChild, line: int) -> list[Line]:
        """The utterances of the line's speaker while the line was spoken."""
        begin_ms, end_ms = self.said_ms(line, 0), self.said_ms(line, self.lines[line].duration_us / 1e6)
        return [
            utterance
            for utterance in child.of_type("utterance_recognised")
            if utterance["participant"] == self.lines[line].participant and begin_ms <= utterance["start_ms"] < end_ms
        ]

    def edits(self, child: TranscriberChild) -> int:
        return sum(
            edit_distance(comparable(line.text), comparable("".join(u["raw_text"] for u in self.recognised(child, at))))
            for at, line in enumerate(self.lines)
        )

    @property
    def characters(self) -> int:
        return sum(len(comparable(line.text)) for line in self.lines)


def test_demo_hearing_is_written_down_with_speakers_and_word_times() -> None:
    scene = Scene(script())
    with transcriber("--no-shedding") as child:
        child.send(scene.opening())
        for _, frame in scene.frames():
            child.send(frame)
        assert child.finish() == 0
    assert scene.edits(child) / scene.characters <= 0.05
    errors_ms = []
    for at, line in enumerate(scene.lines):
        words = [word for utterance in scene.recognised(child, at) for word in utterance["words"]]
        if [word["text"] for word in words] == [text for text, _, _ in line.words]:
            for word, (_, begin_s, end_s) in zip(words, line.words, strict=True):
                errors_ms += [word["start_ms"] - scene.said_ms(at, begin_s), word["end_ms"] - scene.said_ms(at, end_s)]
    assert len(errors_ms) > 200
    assert max(map(abs, errors_ms)) <= 150
    for _, said in child.lines:
        if said["type"] not in {"heard", "barrier"}:
            worker_message.validate_python(said)


def test_lost_and_reordered_packets_still_give_text_at_the_right_time() -> None:
    scene = Scene(script()[4:14])
    rng = random.Random(7)
    for who, packets in scene.packets.items():
        kept = [packet for packet in packets if rng.random() >= 0.03]
        for at in range(0, len(kept) - 1, 9):
            kept[at], kept[at + 1] = kept[at + 1], kept[at]
        scene.packets[who] = kept
    with transcriber("--no-shedding") as child:
        child.send(scene.opening())
        for _, frame in scene.frames():
            child.send(frame)
        assert child.finish() == 0
    assert scene.edits(child) / scene.characters <= 0.10
    for at in range(len(scene.lines)):
        (first, *_) = scene.recognised(child, at)
        assert abs(first["start_ms"] - scene.said_ms(at, scene.lines[at].words[0][1])) <= 150


def test_levels_are_measured_when_the_sender_tells_none() -> None:
    scene = Scene(script()[3:5], level_extension=0)
    with transcriber("--no-shedding") as child:
        child.send(scene.opening())
        for _, frame in scene.frames():
            child.send(frame)
        child.barrier("all")
        assert scene.edits(child) == 0
        assert child.finish() == 0


def test_captions_come_while_speaking_under_the_id_of_the_final() -> None:
    scene = Scene(script()[8:9])
    with transcriber("--no-shedding") as child:
        child.send(scene.opening())
        for _, frame in scene.frames():
            child.send(frame)
        child.barrier("all")
        (final,) = child.of_type("utterance_recognised")
        captions = child.of_type("caption_heard")
        assert child.finish() == 0
    assert len(captions) >= 5
    assert {caption["utterance"] for caption in captions} == {final["utterance"]}
    assert captions[0]["text"] in final["raw_text"].replace(" ", "")
    assert final["text"] == "请求法院判令被告偿还借款本金50万元。"
    assert final["changes"][0]["said"] == "五十万元"
    types = [worker_message.validate_python(line) for line in (captions[0], final)]
    assert isinstance(types[0], CaptionHeard) and isinstance(types[1], UtteranceRecognised)


def test_names_of_the_case_are_found_by_their_sound() -> None:
    scene = Scene(script()[14:15])
    with transcriber("--no-shedding") as child:
        child.send(scene.opening(vocabulary=("银杭流水", "结条")))
        for _, frame in scene.frames():
            child.send(frame)
        assert child.finish() == 0
    (final,) = child.of_type("utterance_recognised")
    assert final["text"] == "借条和银杭流水可以证明借款事实。"
    assert "银行 流水" in final["raw_text"]
    assert [(change["said"], change["applied"]) for change in final["changes"]] == [("银行流水", True)]


def test_nothing_before_the_start_or_after_the_stop_is_written_down() -> None:
    scene = Scene(script()[3:4] + script()[26:27] + script()[7:8])
    source = scene.sources["presiding_judge"]
    packets = scene.packets["presiding_judge"]
    first_us, last_us = scene.start_us[1], scene.start_us[2]
    with transcriber("--no-shedding") as child:
        child.send(source.opened())
        for _, frame in source.batches([p for p in packets if p.capture_us < first_us]):
            child.send(frame)
        child.send(start(scene.begin_us))
        for _, frame in source.batches([p for p in packets if first_us <= p.capture_us < last_us]):
            child.send(frame)
        child.send(encode_control(to_dict(Stop(ROOM, HEARING, "recess"))))
        child.wait_for(lambda line: line["type"] == "transcription_stopped" and line["hearing"] == HEARING)
        for _, frame in source.batches([p for p in packets if p.capture_us >= last_us]):
            child.send(frame)
        assert child.finish() == 0
    assert [utterance["raw_text"] for utterance in child.of_type("utterance_recognised")] == ["现在 休庭"]
    heard = child.of_type("heard")
    before_start = max(p.sequence for p in packets if p.capture_us < first_us)
    assert before_start in {mark["sequence"] for mark in heard}


def test_a_track_that_closes_in_mid_sentence_gives_what_was_said() -> None:
    scene = Scene(script()[8:9])
    spoken = [p for p in scene.packets["plaintiff"] if p.capture_us < scene.begin_us + 2_500_000]
    with transcriber("--no-shedding") as child:
        child.send(scene.opening())
        for _, frame in scene.sources["plaintiff"].batches(spoken):
            child.send(frame)
        child.send(encode_control(to_dict(CloseTrack(1, len(spoken), 0))))
        child.barrier("closed")
        (final,) = child.of_type("utterance_recognised")
        assert final["raw_text"].startswith("请求 法院")
        assert child.of_type("heard")[-1]["sequence"] == spoken[-1].sequence
        assert child.finish() == 0


def test_terminated_it_finishes_the_open_utterance_and_interrupted_it_goes_on() -> None:
    scene = Scene(script()[8:9])
    spoken = [p for p in scene.packets["plaintiff"] if p.capture_us < scene.begin_us + 2_500_000]
    with transcriber("--no-shedding") as child:
        child.wait_for(lambda line: line["type"] == "transcriber_state" and line["state"] == "live")
        child.process.send_signal(signal.SIGINT)
        child.send(scene.opening())
        for _, frame in scene.sources["plaintiff"].batches(spoken):
            child.send(frame)
        child.barrier("heard")
        assert not child.of_type("utterance_recognised")
        child.process.send_signal(signal.SIGTERM)
        assert child.ended() == 0
    (final,) = child.of_type("utterance_recognised")
    assert final["raw_text"].startswith("请求 法院")


def test_killed_in_mid_sentence_its_successor_given_the_rest_loses_nothing() -> None:
    scene = Scene(script()[8:10])
    frames = scene.frames()
    half = len(frames) * 2 // 3
    with transcriber("--no-shedding") as child:
        child.send(scene.opening())
        for _, frame in frames[:half]:
            child.send(frame)
        child.barrier("half")
        child.process.kill()
        child.ended()
        first = child
    assert [utterance["raw_text"] for utterance in first.of_type("utterance_recognised")] == [
        "请求 法院 判令 被告 偿还 借款 本金 五 十 万 元"
    ]
    heard = max(mark["sequence"] for mark in first.of_type("heard"))
    source = scene.sources["plaintiff"]
    rest = [packet for packet in scene.packets["plaintiff"] if packet.sequence > heard]
    assert rest[0].capture_us < scene.start_us[1] + 300_000
    with transcriber("--no-shedding") as child:
        child.send(scene.opening())
        for _, frame in source.batches(rest):
            child.send(frame)
        assert child.finish() == 0
    (final,) = child.of_type("utterance_recognised")
    assert final["raw_text"] == "请求 判令 被告 支付 利息 和 违约金"
    assert abs(final["start_ms"] - scene.said_ms(1, scene.lines[1].words[0][1])) <= 150


def test_at_start_it_says_which_model_and_that_it_is_the_demonstration_one() -> None:
    with transcriber() as child:
        child.wait_for(lambda line: line.get("state") == "live")
        states = [worker_message.validate_python(line) for line in child.of_type("transcriber_state")]
        assert child.finish() == 0
    assert [state.state for state in states if isinstance(state, TranscriberState)] == ["loading", "live"]
    assert all(
        state.demo_model and state.model == "court-demo-zh" for state in states if isinstance(state, TranscriberState)
    )


def test_above_its_memory_limit_it_ends_between_utterances() -> None:
    with transcriber("--max-rss-mb", "1") as child:
        line = child.wait_for(lambda line: line["type"] == "recycling")
        assert line["rss_mb"] > 1
        assert child.ended() == 0


@pytest.mark.parametrize("garbage", [b"\x00\x00\x00\x00\x00", b'\x00\x00\x00\x0d\x01{"type":"x"}'])
def test_a_broken_stream_ends_it_with_an_exit_code(garbage: bytes) -> None:
    with transcriber() as child:
        child.send(garbage)
        assert child.ended() == 1


def test_a_model_that_is_not_there_is_said_and_ends_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    with transcriber("--model", str(tmp_path_factory.mktemp("empty"))) as child:
        assert child.ended() == 1
        assert child.of_type("transcriber_state")[-1]["state"] == "failed"
