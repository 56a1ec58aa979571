"""What a worker tells its sink processes, and the two answers every sink gives. Sinks add facts of their own.

These are plain dictionaries on the wire (`frames.Control`); the classes here are their one definition. Standard library only.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class OpenTrack:
    """A new track instance; its packets follow under ``track``. ``track`` numbers are never used again by a worker."""

    type: ClassVar[str] = "open_track"
    track: int
    room: str
    hearing: str
    participant: str
    connection: str
    """Tracks of one connection share the sender's clock."""
    source: str
    """``microphone``, ``camera`` or ``screen``."""
    kind: str
    """``audio`` or ``video``."""
    codec: str
    """``opus``, ``VP8`` or ``H264``."""
    clock_rate_hz: int
    channels: int
    ssrc: int
    payload_type: int
    audio_level_extension: int
    """Header extension id of the audio level (RFC 6464) in these packets, 0 when the sender has none."""
    display_name: str
    role_title: str


@dataclass(frozen=True, slots=True)
class CloseTrack:
    """``packets_received`` is the worker's count of what it handed over; ``packets_lost`` never arrived from the network."""

    type: ClassVar[str] = "close_track"
    track: int
    packets_received: int
    packets_lost: int


@dataclass(frozen=True, slots=True)
class Start:
    """Begin to record or to transcribe a hearing; tracks already open count from now on."""

    type: ClassVar[str] = "start"
    room: str
    hearing: str
    anchor_utc_ms: int
    anchor_monotonic_us: int
    cause: str
    vocabulary: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stop:
    """Suspend or end; the sink answers ``stopped`` when nothing of the hearing is left unwritten."""

    type: ClassVar[str] = "stop"
    room: str
    hearing: str
    cause: str


@dataclass(frozen=True, slots=True)
class Release:
    """Another worker goes on with the hearing: what there is of it is sealed and let go of, and nothing is stopped."""

    type: ClassVar[str] = "release"
    hearing: str


@dataclass(frozen=True, slots=True)
class Alive:
    """Said when there is nothing else to say: a sink that hears nothing at all takes the worker for halted."""

    type: ClassVar[str] = "alive"


@dataclass(frozen=True, slots=True)
class Barrier:
    """Answered by ``{"type": "barrier", "token": …}`` after everything before it took effect."""

    type: ClassVar[str] = "barrier"
    token: str


ControlMessage = OpenTrack | CloseTrack | Start | Stop | Release | Alive | Barrier

_TYPES: dict[str, type[ControlMessage]] = {
    cls.type: cls for cls in (OpenTrack, CloseTrack, Start, Stop, Release, Alive, Barrier)
}


def to_dict(message: ControlMessage) -> dict[str, Any]:
    return {"type": message.type, **asdict(message)}


def from_dict(message: dict[str, Any]) -> ControlMessage:
    """Raises `ValueError` for an unknown type or fields that do not fit."""
    fields = dict(message)
    cls = _TYPES.get(str(fields.pop("type", "")))
    if cls is None:
        raise ValueError(f"unknown control message {message.get('type')!r}")
    try:
        return cls(**fields)
    except TypeError as error:
        raise ValueError(str(error)) from error
