"""The port to a speech recogniser. `asr.vosk_engine` is the implementation; nothing else in the package knows it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RecognisedWord:
    """Seconds of audio *fed to this recogniser since it was made*, not of the hearing; ``confidence`` 0 to 1."""

    text: str
    start_s: float
    end_s: float
    confidence: float


class Recogniser(Protocol):
    """One microphone's ear, used by one thread at a time. Every method raises `asr.errors.EngineFailed`."""

    def accept(self, pcm: bytes) -> tuple[RecognisedWord, ...] | None:
        """16-bit mono at 16 kHz, not empty. The words of an utterance that ended within it, None while it goes on."""

    def partial(self) -> str:
        """Tokens of the utterance so far, separated by spaces."""

    def final(self) -> tuple[RecognisedWord, ...]:
        """Ends the utterance here. Time goes on counting in the next one."""


class SpeechModel(Protocol):
    """Loaded once, shared by every recogniser of the process."""

    def recogniser(self) -> Recogniser: ...
