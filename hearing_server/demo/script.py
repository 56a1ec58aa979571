"""What is said in the sample hearing, by whom, and exactly when each word is spoken. Assets only, nothing is performed here."""

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

ASSETS = Path(str(files("hearing_server.demo"))) / "assets" / "hearing_demo"


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word and when it is spoken, in seconds from the first sample of its line."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance of the script and the sound that goes with it (16 kHz mono WAV)."""

    number: int
    role: str
    """A role of the domain, or ``plaintiff`` and ``defendant`` for parties by their side."""
    path: Path
    text: str
    words: tuple[SpokenWord, ...]

    @property
    def speech_start_s(self) -> float:
        return self.words[0].start_s

    @property
    def speech_end_s(self) -> float:
        return self.words[-1].end_s


def sample_hearing(folder: Path = ASSETS) -> tuple[Line, ...]:
    """The lines in the order in which they are spoken."""
    script = json.loads((folder / "script.json").read_text(encoding="utf-8"))
    return tuple(
        Line(
            number=entry["n"],
            role=entry["role"],
            path=folder / entry["file"],
            text=entry["text"],
            words=tuple(SpokenWord(*word) for word in entry["words"]),
        )
        for entry in script["utterances"]
    )
