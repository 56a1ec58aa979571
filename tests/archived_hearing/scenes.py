"""What the people of an archived hearing look and sound like: the figures and voices of the sample hearing, or beeps and flashes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt

from hearing_server.demo.clip import BLOCK, SHUT, Lips, load_clip
from hearing_server.demo.figures.figure import Figure
from hearing_server.demo.script import Line, sample_hearing
from tests.unit.recorder.sent_media import Picture, SentFrame

FPS = 15
RATE_HZ = 48_000
BLOCK_S = BLOCK / RATE_HZ
BEEP_EVERY_S, BEEP_S = 4, 0.1
PAUSE_S = 0.6
SILENCE_SENT_EVERY = 20
"""Blocks between two packets of a microphone that hears silence (Opus DTX)."""
SILENT_AFTER = 10
"""Blocks of silence before it stops sending."""

Drawing = Callable[[float], Picture]


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody in the archive. ``role`` and ``side`` as in the domain; ``looks`` is a figure of the sample hearing."""

    name: str
    role: str
    side: str
    looks: str


PEOPLE = (
    Part("张明", "presiding_judge", "", "presiding_judge"),
    Part("陈静", "clerk", "", "clerk"),
    Part("李秀英", "party", "plaintiff", "plaintiff"),
    Part("王建国", "party", "defendant", "defendant"),
    Part("赵芳", "witness", "", "witness"),
    Part("孙立新", "representative", "defendant", "defendant"),
    Part("周文", "party", "third_party", "plaintiff"),
    Part("吴敏", "expert", "", "witness"),
    Part("郑浩", "representative", "plaintiff", "clerk"),
)
"""Nine; take as many as are needed."""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """``at_s`` after the beginning of the scene."""

    line: Line
    part: int
    at_s: float


def conversation(parts: Sequence[Part], seconds: float) -> list[SpokenLine]:
    """Lines of the sample hearing one after the other, as many as fit."""
    by_looks = {part.looks: number for number, part in reversed(list(enumerate(parts)))}
    spoken, at_s = [], 1.0
    for line in sample_hearing():
        long_s = load_clip(line.path).blocks * BLOCK_S
        if line.role not in by_looks:
            continue
        if at_s + long_s > seconds - 1:
            break
        spoken.append(SpokenLine(line, by_looks[line.role], at_s))
        at_s += long_s + PAUSE_S
    return spoken


@dataclass(frozen=True, slots=True)
class Act:
    """One person's picture over time, and their voice: int16 mono at 48 kHz."""

    draw: Drawing
    samples: npt.NDArray[np.int16]


def court_act(parts: Sequence[Part], number: int, seconds: float, width: int) -> Act:
    """A figure that moves its lips with what it says."""
    samples = np.zeros(round(seconds * RATE_HZ), np.int16)
    lips: list[Lips] = [SHUT] * round(seconds / BLOCK_S)
    for spoken in conversation(parts, seconds):
        if spoken.part == number:
            clip, block = load_clip(spoken.line.path), round(spoken.at_s / BLOCK_S)
            samples[block * BLOCK : (block + clip.blocks) * BLOCK] = clip.samples
            lips[block : block + clip.blocks] = clip.lips
    figure = Figure(parts[number].looks, width)

    def draw(at_s: float) -> Picture:
        now = lips[min(int(at_s / BLOCK_S), len(lips) - 1)]
        drawn = figure.picture(at_s, now.loudness, now.rounded).to_ndarray()
        return drawn.astype(np.uint8, copy=False)

    return Act(draw, samples)


def beeping(at_s: float) -> bool:
    return at_s >= 1 and at_s % BEEP_EVERY_S < BEEP_S


def beep_act(number: int, seconds: float, width: int) -> Act:
    """Grey, and white for as long as it beeps; everybody at the same moments of the hearing."""
    height = width * 9 // 16
    dark = np.full((height * 3 // 2, width), 128, np.uint8)
    dark[:height] = 40 + 8 * number
    bright = dark.copy()
    bright[:height] = 235
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    loud = (times >= 1) & (times % BEEP_EVERY_S < BEEP_S)
    samples = (np.sin(2 * np.pi * 1000 * times) * 12_000 * loud).astype(np.int16)
    return Act(lambda at_s: bright if beeping(at_s + 1e-6) else dark, samples)


def voice_frames(samples: npt.NDArray[np.int16]) -> list[SentFrame]:
    """20 ms Opus packets of a microphone that says nothing while it hears nothing, but for one packet each 400 ms."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.format, encoder.layout = RATE_HZ, av.AudioFormat("s16"), av.AudioLayout("mono")
    encoder.options = {"application": "lowdelay", "frame_duration": "20"}
    encoder.bit_rate = 32_000
    frames: list[SentFrame] = []
    silent = 0
    for index in range(len(samples) // BLOCK):
        block = samples[index * BLOCK : (index + 1) * BLOCK]
        frame = av.AudioFrame.from_ndarray(block[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, index * BLOCK, Fraction(1, RATE_HZ)
        silent = 0 if block.any() else silent + 1
        packets = encoder.encode(frame)
        if silent <= SILENT_AFTER or silent % SILENCE_SENT_EVERY == 0:
            frames += [SentFrame(index * BLOCK_S, bytes(packet)) for packet in packets]
    return frames
