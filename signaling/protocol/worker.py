"""What front and worker say to each other over the bus.

Commands go to the worker that holds the room. Replies and notices are of the moment; *facts* carry a ``fact`` id, are spooled by
the worker until the front acknowledges them, may arrive more than once, and are stored once. All ``*_ms`` are UTC on the
hearing clock, ``*_us`` are the worker machine's monotonic clock.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from signaling.protocol.base import Message, RoomNotice
from signaling.protocol.court_words import ErrorCode, TranscriptionState
from signaling.protocol.facts import WorkerFact
from signaling.protocol.from_client import PublishedSource, ShownPicture
from signaling.protocol.grants import Grants
from signaling.protocol.line_figures import LinesMeasured
from signaling.protocol.snapshot import SlotView
from signaling.protocol.worker_figures import WorkerFigures

# ------------------------------------------------------------------ commands: front → worker


class OpenRoom(Message):
    """Make the room if it is not there; answered by ``RoomOpened`` either way."""

    type: Literal["open_room"] = "open_room"
    room: str
    hearing: str
    lease: int = 0
    """Fencing token under which the worker holds the room; it stands on everything said of the room."""


class CloseRoom(Message):
    type: Literal["close_room"] = "close_room"
    room: str


class SetMember(Message):
    """Bring a member in, or change the name or grants of one that is there."""

    type: Literal["set_member"] = "set_member"
    room: str
    participant: str
    display_name: str
    role_title: str
    grants: Grants


class RemoveMember(Message):
    type: Literal["remove_member"] = "remove_member"
    room: str
    participant: str


class OfferPublish(Message):
    type: Literal["offer_publish"] = "offer_publish"
    room: str
    participant: str
    connection: str
    sdp: str
    sources: list[PublishedSource]


class RequestSubscribe(Message):
    type: Literal["request_subscribe"] = "request_subscribe"
    room: str
    participant: str
    connection: str


class AnswerSubscribe(Message):
    type: Literal["answer_subscribe"] = "answer_subscribe"
    room: str
    participant: str
    connection: str
    negotiation: int
    sdp: str


class SetShown(Message):
    """Which pictures a member displays, and how large."""

    type: Literal["set_shown"] = "set_shown"
    room: str
    participant: str
    shown: list[ShownPicture]


class StartRecording(Message):
    type: Literal["start_recording"] = "start_recording"
    room: str
    cause: str
    """``opened``, ``resumed``, ``server_restarted`` or ``worker_lost``."""


class StopRecording(Message):
    """Suspend or end the recording; ``RecordingStopped`` follows when everything is sealed."""

    type: Literal["stop_recording"] = "stop_recording"
    room: str
    cause: str
    """``recess``, ``closed``, ``closed_evidence`` or ``mediation``."""


class StartTranscription(Message):
    type: Literal["start_transcription"] = "start_transcription"
    room: str
    vocabulary: list[str]
    """Names and terms of the case, for suggestions."""


class StopTranscription(Message):
    type: Literal["stop_transcription"] = "stop_transcription"
    room: str


class AcknowledgeFacts(Message):
    """These facts are committed; the worker may forget them."""

    type: Literal["acknowledge_facts"] = "acknowledge_facts"
    facts: list[str]


class TellStanding(Message):
    """Say again how recorder and transcriber are doing: this front has just found the worker."""

    type: Literal["tell_standing"] = "tell_standing"


WorkerCommand = Annotated[
    OpenRoom
    | CloseRoom
    | SetMember
    | RemoveMember
    | OfferPublish
    | RequestSubscribe
    | AnswerSubscribe
    | SetShown
    | StartRecording
    | StopRecording
    | StartTranscription
    | StopTranscription
    | AcknowledgeFacts
    | TellStanding,
    Field(discriminator="type"),
]

# ------------------------------------------------------------------ notices: worker → front, of the moment


class RoomOpened(RoomNotice):
    type: Literal["room_opened"] = "room_opened"
    hearing: str
    anchor_utc_ms: int
    anchor_monotonic_us: int
    """The hearing clock: UTC = anchor_utc_ms + (monotonic − anchor_monotonic_us) / 1000."""
    recording: bool = False
    """The room was there already, and is being recorded."""


class PublishAnswered(RoomNotice):
    type: Literal["publish_answered"] = "publish_answered"
    participant: str
    connection: str
    sdp: str


class SubscribeOffered(RoomNotice):
    type: Literal["subscribe_offered"] = "subscribe_offered"
    participant: str
    connection: str
    negotiation: int
    sdp: str
    slots: list[SlotView]


class MediaRefused(RoomNotice):
    """A media command could not be obeyed; nothing changed."""

    type: Literal["media_refused"] = "media_refused"
    participant: str
    code: ErrorCode
    message: str


class SpeakingChanged(RoomNotice):
    type: Literal["speaking_changed"] = "speaking_changed"
    participants: list[str]


class CaptionHeard(RoomNotice):
    type: Literal["caption_heard"] = "caption_heard"
    hearing: str
    utterance: str
    participant: str
    text: str
    """Empty: nothing came of this utterance, its caption goes away."""


class TranscriberState(Message):
    type: Literal["transcriber_state"] = "transcriber_state"
    room: str
    """Empty when it concerns every room of the worker."""
    state: TranscriptionState
    model: str
    demo_model: bool
    lag_ms: int


class RecorderState(Message):
    """Whether the recorder process is there and able to write; the guard of opening a hearing."""

    type: Literal["recorder_state"] = "recorder_state"
    ready: bool
    message: str


WorkerNotice = (
    RoomOpened
    | PublishAnswered
    | SubscribeOffered
    | MediaRefused
    | SpeakingChanged
    | CaptionHeard
    | TranscriberState
    | RecorderState
    | LinesMeasured
    | WorkerFigures
)
WorkerMessage = Annotated[WorkerNotice | WorkerFact, Field(discriminator="type")]

worker_command: TypeAdapter[WorkerCommand] = TypeAdapter(WorkerCommand)
worker_message: TypeAdapter[WorkerMessage] = TypeAdapter(WorkerMessage)

# ------------------------------------------------------------------ within the front: bus and placement → court


@dataclass(frozen=True, slots=True)
class WorkerSaid:
    """One message, and who says it."""

    worker: str
    message: WorkerNotice | WorkerFact
    late: bool = False
    """A fact of before the room was given to another worker: it belongs in the record, and says nothing of the present."""


LossCause = Literal["worker_lost", "worker_drained"]


@dataclass(frozen=True, slots=True)
class RoomLost:
    """The worker does not hold the room any more: its members have no media until it is opened again, on another one."""

    room: str
    worker: str
    cause: LossCause


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """It reports no more; what it said of its recorder and transcriber holds no longer."""

    worker: str
