"""Vosk behind the engine port.

One `vosk.Model` for the process, a `KaldiRecognizer` per microphone; calls release the GIL. `SetGrammar` is never called: in mid-utterance
it aborts the process. `SetMaxAlternatives` stays unset, since with it words lose their confidence.
"""

import json
from pathlib import Path

import vosk

from asr.engine import RecognisedWord
from asr.errors import EngineFailed
from asr.opus import SPEECH_HZ


class VoskModel:
    """Loads in the constructor: 10 ms for the built-in model, seconds for a large one."""

    def __init__(self, path: Path) -> None:
        """Raises `EngineFailed` when the folder holds no model Vosk can read."""
        vosk.SetLogLevel(-2)
        if not (path / "am").is_dir() and not (path / "final.mdl").is_file():
            # Vosk would try, and write to stderr from native code.
            raise EngineFailed(f"{path.name} holds no speech model")
        try:
            self._model = vosk.Model(str(path))
        except Exception as error:  # vosk raises nothing more particular
            raise EngineFailed(f"the speech model {path.name} cannot be loaded: {error}") from error

    def recogniser(self) -> "VoskRecogniser":
        return VoskRecogniser(self._model)


class VoskRecogniser:
    """See `asr.engine.Recogniser`."""

    def __init__(self, model: "vosk.Model") -> None:
        self._kaldi = vosk.KaldiRecognizer(model, SPEECH_HZ)
        self._kaldi.SetWords(True)

    def accept(self, pcm: bytes) -> tuple[RecognisedWord, ...] | None:
        try:
            ended = self._kaldi.AcceptWaveform(pcm)
        except Exception as error:  # vosk raises nothing more particular
            raise EngineFailed(str(error)) from error
        return _words(self._kaldi.Result()) if ended else None

    def partial(self) -> str:
        return str(json.loads(self._kaldi.PartialResult()).get("partial", ""))

    def final(self) -> tuple[RecognisedWord, ...]:
        return _words(self._kaldi.FinalResult())


def _words(result: str) -> tuple[RecognisedWord, ...]:
    return tuple(
        RecognisedWord(word["word"], float(word["start"]), float(word["end"]), min(1.0, max(0.0, float(word["conf"]))))
        for word in json.loads(result).get("result", ())
    )
