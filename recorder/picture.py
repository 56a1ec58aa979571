"""What video codecs have in common for a recorder: payloads of RTP packets become one picture, never decoded."""

from dataclasses import dataclass
from typing import Protocol


class DepacketiseError(ValueError):
    """The payloads do not make a picture."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One encoded picture as a Matroska block holds it."""

    data: bytes
    keyframe: bool


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """What a Matroska track has to say before its first picture; ``private`` is CodecPrivate."""

    width: int
    height: int
    private: bytes


class Depacketiser(Protocol):
    """One track's codec; `format` is known from the first keyframe on."""

    format: VideoFormat | None

    def begins_picture(self, payload: bytes) -> bool:
        """Whether this payload is surely the first of its picture."""

    def picture(self, payloads: list[bytes]) -> Picture:
        """All payloads of one picture in order. Updates `format` at a keyframe. Raises `DepacketiseError`."""
