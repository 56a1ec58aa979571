"""Who is shown as speaking, from levels alone: held against real speech, whose words are known to the tenth of a second."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from signaling.room.speaking import HANG_OVER_S, SpeakerDetector
from tests.unit.asr.court_speech import ScriptLine, script
from tests.unit.signaling.room.speaker import Speaker

PACKET_S, LOOK_S = 0.02, 0.1
PAUSE_S = 1.5
ROOM_NOISE_DBOV = 62
RIGHT = 0.95
"""Of all looks while words are spoken."""


def levels(line: ScriptLine) -> list[int]:
    """Of each 20 ms, as a browser writes them into packets (RFC 6464 section 3)."""
    samples = np.frombuffer(line.pcm, np.int16).astype(np.float64)
    frames = samples[: len(samples) // 320 * 320].reshape(-1, 320)
    loudness = np.sqrt((frames**2).mean(axis=1)) / 32767
    return [int(level) for level in np.clip(-20 * np.log10(np.maximum(loudness, 1e-7)), 0, ROOM_NOISE_DBOV)]


class Courtroom:
    """Everybody whose lines are in the sample hearing sends all the time; one of them speaks."""

    def __init__(self) -> None:
        self.speakers = {name: Speaker(name) for name in sorted({line.participant for line in script()})}
        self.detector = SpeakerDetector()
        self.now_s = 0.0
        self.speaking: list[str] = []

    def hears(self, speaker: str | None, spoken: list[int]) -> Iterator[tuple[float, list[str]]]:
        """Who is shown each tenth of a second, from the beginning of what is ``spoken``."""
        for number, level in enumerate(spoken):
            for name, microphone in self.speakers.items():
                microphone.send(level if name == speaker else ROOM_NOISE_DBOV)
            self.now_s += PACKET_S
            if number % round(LOOK_S / PACKET_S) == 4:
                sources = [microphone.source for microphone in self.speakers.values()]
                changed = self.detector.update(sources, self.now_s)
                self.speaking = self.speaking if changed is None else changed
                for source in sources:
                    source.take_peak()
                yield number * PACKET_S, self.speaking

    def pause(self, seconds: float = PAUSE_S) -> list[list[str]]:
        return [shown for _, shown in self.hears(None, [ROOM_NOISE_DBOV] * round(seconds / PACKET_S))]


def test_the_speaker_of_a_real_hearing_is_shown_while_speaking_and_not_after() -> None:
    court = Courtroom()
    right = looks = 0
    for line in itertools.islice(script(), 20):
        begin, end = line.words[0][1], line.words[-1][2]
        for at_s, shown in court.hears(line.participant, levels(line)):
            assert set(shown) <= {line.participant}, "nobody else"
            if begin + LOOK_S <= at_s <= end:
                looks += 1
                right += shown == [line.participant]
        assert court.pause()[-1] == []
    assert looks > 300 and right / looks >= RIGHT


def test_a_speaker_is_shown_within_two_looks_and_gone_soon_after_the_last_word() -> None:
    line = script()[8]
    court = Courtroom()
    shown_at = next(at_s for at_s, shown in court.hears(line.participant, levels(line)) if shown)
    assert shown_at - line.words[0][1] <= 2 * LOOK_S
    for _ in court.hears(line.participant, levels(line)):
        pass
    gone_after = sum(bool(shown) for shown in court.pause(2.0)) * LOOK_S
    assert gone_after <= HANG_OVER_S + LOOK_S


def test_the_noise_of_rooms_is_nobody() -> None:
    assert not any(Courtroom().pause(30.0))


@pytest.mark.parametrize(("one", "other"), [(20, 30), (30, 20)])
def test_of_two_the_louder_comes_first(one: int, other: int) -> None:
    detector, speakers = SpeakerDetector(), [Speaker("one"), Speaker("other")]
    speakers[0].send(one)
    speakers[1].send(other)
    louder = "one" if one < other else "other"
    shown = detector.update([speaker.source for speaker in speakers], 0.0)
    assert shown is not None and shown[0] == louder
