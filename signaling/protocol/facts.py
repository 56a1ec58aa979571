"""Facts a worker tells of a room: what the hearing journal keeps.

Facts carry a ``fact`` id, are spooled by the worker until the front acknowledges them, may arrive more than once, and are stored
once. ``at_ms`` and every ``*_ms`` that is a moment are UTC on the hearing clock.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from signaling.protocol.base import Message
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import WordView


class Fact(Message):
    fact: str
    """Unique id, made once by the worker."""
    room: str
    hearing: str
    at_ms: int
    lease: int = 0
    """Stamped by the worker: the fencing token under which it held the room; 0 when it did not hold it."""


class MediaConnected(Fact):
    """Media can flow: the first time, or again (ABS-1)."""

    type: Literal["media_connected"] = "media_connected"
    participant: str
    direction: Literal["publish", "subscribe"]
    connection: str
    """The client's name of it; ``media_disconnected`` says the same one."""
    path: Literal["udp", "tcp"]
    setup_ms: int
    """From the moment both descriptions were known."""


class MediaDisconnected(Fact):
    """A leg ended, with the transport's evidence of why (ABS-1). Null: nobody could know.

    Losses to the court stand in the fact of direction publish, those from the court in that of subscribe.
    """

    type: Literal["media_disconnected"] = "media_disconnected"
    participant: str
    direction: Literal["publish", "subscribe"]
    connection: str
    cause: Literal["closed", "replaced", "expired", "dtls_failed", "dtls_closed", "flooding", "removed"]
    path: Literal["udp", "tcp"] | None
    """Null: not even a connectivity check came."""
    moves: int
    """How often the device came to another address."""
    connected_ms: int | None
    """How long it was connected; null: never."""
    last_stun_age_ms: int
    """Since the last authenticated connectivity check, one each 2.5 s, or since the leg began."""
    last_packet_age_ms: int | None
    """Since the last media packet (publish) or report (subscribe)."""
    round_trip_ms: int | None
    """Between worker and device, as measured last; only known of subscribe."""
    jitter_ms: int | None
    """RFC 3550 section 6.4.1, the worst track's last."""
    packets: int
    octets: int
    """Media in these packets, RTP headers included."""
    lost: int


class TrackPublished(Fact):
    type: Literal["track_published"] = "track_published"
    participant: str
    track: str
    source: SourceLabel
    codec: str


class TrackEnded(Fact):
    type: Literal["track_ended"] = "track_ended"
    participant: str
    track: str
    source: SourceLabel
    packets_received: int
    packets_lost: int


class RecordingStarted(Fact):
    type: Literal["recording_started"] = "recording_started"
    cause: str


class RecordingStopped(Fact):
    """Every segment is sealed."""

    type: Literal["recording_stopped"] = "recording_stopped"
    cause: str


class SegmentSealed(Fact):
    """One segment file was closed, read back and hashed."""

    type: Literal["segment_sealed"] = "segment_sealed"
    participant: str
    track: str
    source: SourceLabel
    path: str
    """Relative to the recordings folder of the hearing."""
    start_ms: int
    end_ms: int
    size_bytes: int
    sha256: str
    packets_received: int
    packets_written: int
    packets_read_back: int
    recovered: bool
    """True when it was a ``.part`` file left by a crash."""


class RecordingGap(Fact):
    """A span of a track that is not in the archive, and why."""

    type: Literal["recording_gap"] = "recording_gap"
    participant: str
    track: str
    start_ms: int
    end_ms: int
    packets: int
    cause: Literal["network_loss", "recorder_lost", "spill_full", "paused", "server_lost", "undecodable"]


class RecorderLost(Fact):
    type: Literal["recorder_lost"] = "recorder_lost"
    message: str


class RecorderRestored(Fact):
    type: Literal["recorder_restored"] = "recorder_restored"
    away_ms: int


class RecorderFellBehind(Fact):
    """The recorder does not keep up and memory is full: what comes now waits on the worker's disk. Nothing is lost."""

    type: Literal["recorder_fell_behind"] = "recorder_fell_behind"


class RecorderCaughtUp(Fact):
    """Nothing waits on disk any more."""

    type: Literal["recorder_caught_up"] = "recorder_caught_up"
    behind_ms: int


class TranscriberLost(Fact):
    type: Literal["transcriber_lost"] = "transcriber_lost"
    message: str


class TranscriberRestored(Fact):
    type: Literal["transcriber_restored"] = "transcriber_restored"
    away_ms: int


class TranscriptionGap(Fact):
    """Speech that live recognition missed, to be done again from the recording."""

    type: Literal["transcription_gap"] = "transcription_gap"
    participant: str
    start_ms: int
    end_ms: int
    cause: Literal["transcriber_lost", "overload"]


class TextChange(Message):
    """Where the shown text departs, or might depart, from the recogniser's words; each can be taken back.

    ``start`` and ``end`` are characters of the shown text; there ``said`` was heard and ``written`` stands, or is suggested
    when ``applied`` is false.
    """

    start: int
    end: int
    said: str
    written: str
    rule: Literal["case_number", "date", "time", "percentage", "amount", "quantity", "digits", "dictionary"]
    applied: bool


class UtteranceRecognised(Fact):
    type: Literal["utterance_recognised"] = "utterance_recognised"
    utterance: str
    participant: str
    text: str
    """As shown: spacing, punctuation and numbers in court style."""
    raw_text: str
    """The recogniser's own tokens, separated by spaces."""
    changes: list[TextChange] = Field(default_factory=list)
    words: list[WordView]
    start_ms: int
    end_ms: int
    model: str


WorkerFact = (
    MediaConnected
    | MediaDisconnected
    | TrackPublished
    | TrackEnded
    | RecordingStarted
    | RecordingStopped
    | SegmentSealed
    | RecordingGap
    | RecorderLost
    | RecorderRestored
    | RecorderFellBehind
    | RecorderCaughtUp
    | TranscriberLost
    | TranscriberRestored
    | TranscriptionGap
    | UtteranceRecognised
)

worker_fact: TypeAdapter[WorkerFact] = TypeAdapter(Annotated[WorkerFact, Field(discriminator="type")])
