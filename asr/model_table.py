"""The speech models this project knows by name."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SpeechModelEntry:
    """``url`` and ``sha256`` of the zip archive; both empty for the model that comes with the package."""

    name: str
    url: str
    size_bytes: int
    sha256: str
    unpacked_bytes: int
    """No archive of it may grow beyond this."""
    licence: str
    language: str
    demo: bool
    """Serves tests and the demonstration only, which the screen says."""


BUILT_IN = "court-demo-zh"
PREFERRED = "vosk-model-small-cn-0.22"

MODELS = {
    entry.name: entry
    for entry in (
        SpeechModelEntry(
            name=BUILT_IN,
            url="",
            size_bytes=0,
            sha256="",
            unpacked_bytes=8 * MIB,
            licence="Apache-2.0",
            language="zh-CN",
            demo=True,
        ),
        SpeechModelEntry(
            name=PREFERRED,
            url="https://alphacephei.com/vosk/models/vosk-model-small-cn-0.22.zip",
            size_bytes=43_898_754,
            sha256="3af8b0e7e0f835ae9d414ce5df580237a3cfb08d586c9fbbb0f7ff29ad5b14ba",
            unpacked_bytes=256 * MIB,
            licence="Apache-2.0",
            language="zh-CN",
            demo=False,
        ),
    )
}
