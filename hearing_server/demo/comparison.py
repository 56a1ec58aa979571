"""What was recognised against what was said: characters, word times, caption delays. No I/O.

All instants are UTC in milliseconds on the hearing clock.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from asr.error_rate import comparable, edit_distance
from hearing_server.demo.caption_log import CaptionLog
from hearing_server.demo.script import Line
from signaling.protocol.snapshot import UtteranceView, WordView


@dataclass(frozen=True, slots=True)
class Spoken:
    """A line that was said, by whom, and when its first sample was sent."""

    line: Line
    participant: str
    started_ms: float

    @property
    def speech_start_ms(self) -> float:
        return self.started_ms + self.line.speech_start_s * 1000

    @property
    def speech_end_ms(self) -> float:
        return self.started_ms + self.line.speech_end_s * 1000


@dataclass(frozen=True, slots=True)
class WordTimes:
    """How far word starts and ends are from the truth, over the words recognised rightly."""

    compared: int
    spoken: int
    median_ms: float
    largest_ms: float
    worst_line: int
    """Number of the line with the largest difference; 0 when nothing was compared."""


def character_error_rate(spoken: Iterable[Spoken], utterances: Iterable[UtteranceView]) -> float:
    """Edits per character said, each participant's words compared with their own: a word under the wrong speaker counts twice.

    The recogniser's own words are compared, before numbers and punctuation were put into court style and before corrections.
    """
    said: dict[str, str] = {}
    heard: dict[str, str] = {}
    for entry in sorted(spoken, key=lambda entry: entry.started_ms):
        said[entry.participant] = said.get(entry.participant, "") + comparable(entry.line.text)
    for utterance in sorted(utterances, key=lambda utterance: utterance.start_ms):
        raw = comparable("".join(word.text for word in utterance.words))
        heard[utterance.participant] = heard.get(utterance.participant, "") + raw
    total = sum(map(len, said.values()))
    edits = sum(edit_distance(said.get(who, ""), heard.get(who, "")) for who in said | heard)
    return edits / total if total else float(edits > 0)


def belonging(entry: Spoken, utterances: Iterable[UtteranceView]) -> list[UtteranceView]:
    """The utterances of the same participant that overlap the time in which a line was spoken."""
    return [
        utterance
        for utterance in utterances
        if utterance.participant == entry.participant
        and utterance.start_ms < entry.speech_end_ms
        and utterance.end_ms > entry.speech_start_ms
    ]


def word_times(spoken: Sequence[Spoken], utterances: Sequence[UtteranceView]) -> WordTimes:
    """Compare the words of each line with those recognised for it, in order, where the text agrees."""
    errors: list[tuple[float, int]] = []
    compared = 0
    for entry in spoken:
        heard = [word for utterance in belonging(entry, utterances) for word in utterance.words]
        for truth, word in _agreeing(entry, sorted(heard, key=lambda word: word.start_ms)):
            compared += 1
            for found_ms, truth_s in zip((word.start_ms, word.end_ms), truth, strict=True):
                errors.append((abs(found_ms - (entry.started_ms + truth_s * 1000)), entry.line.number))
    total = sum(len(entry.line.words) for entry in spoken)
    if not errors:
        return WordTimes(0, total, 0.0, 0.0, 0)
    return WordTimes(compared, total, statistics.median(error for error, _ in errors), *max(errors))


def _agreeing(entry: Spoken, heard: Sequence[WordView]) -> list[tuple[tuple[float, float], WordView]]:
    """Longest common sequence of the spoken and the recognised words."""
    words = entry.line.words
    longest = [[0] * (len(heard) + 1) for _ in range(len(words) + 1)]
    for i in range(len(words) - 1, -1, -1):
        for j in range(len(heard) - 1, -1, -1):
            same = words[i].text == heard[j].text
            longest[i][j] = longest[i + 1][j + 1] + 1 if same else max(longest[i + 1][j], longest[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(words) and j < len(heard):
        if words[i].text == heard[j].text:
            pairs.append(((words[i].start_s, words[i].end_s), heard[j]))
            i, j = i + 1, j + 1
        elif longest[i + 1][j] >= longest[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs


def caption_delays(spoken: Iterable[Spoken], log: CaptionLog) -> tuple[list[float], list[float]]:
    """Milliseconds from the start of speech to the first partial caption, and from its end to the final one, per line."""
    first, final = [], []
    for entry in spoken:
        found = [utterance.utterance for utterance in belonging(entry, log.originals.values())]
        partials = [log.first_partial_ms[name] for name in found if name in log.first_partial_ms]
        finals = [log.final_ms[name] for name in found]
        if partials:
            first.append(min(partials) - entry.speech_start_ms)
        if finals:
            final.append(max(finals) - entry.speech_end_ms)
    return first, final


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least ``share`` (0 to 1) of the values do not exceed; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]
