"""What the server says to a browser over the WebSocket.

Events carry ``sequence``: they are numbered per session, kept for a while and replayed after a resume. Messages without it
concern only the moment. No field has a default (see ``snapshot``).
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from signaling.protocol.base import Message
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import (
    CompositeView,
    HearingView,
    ParticipantView,
    RecordingView,
    SlotView,
    Snapshot,
    TranscriptionView,
    UtteranceView,
)


class IceServer(Message):
    """A relay for networks that let no media through, as ``RTCIceServer`` wants it (W3C WebRTC section 4.2.2)."""

    urls: list[str]
    username: str
    credential: str
    """Good for some hours; every welcome brings a new one."""


class Welcome(Message):
    """Answer to hello. When ``resumed`` is true the missed events follow and the snapshot is null; otherwise the snapshot
    replaces everything the client knew."""

    type: Literal["welcome"]
    sequence: int
    resume: str
    """Secret that resumes this session on a new socket."""
    resumed: bool
    participant: str
    """The client's own participant id."""
    permissions: list[str]
    """Acts of the permission table this participant has; views show controls by these, never by role."""
    may_publish: list[SourceLabel]
    ice_servers: list[IceServer]
    """Relays of this court, for every peer connection; empty when it has none."""
    snapshot: Snapshot | None
    server_time_ms: int


class Accepted(Message):
    """The act ``request`` was carried out and journalled."""

    type: Literal["accepted"]
    request: str


class Error(Message):
    """Something was refused; nothing changed."""

    type: Literal["error"]
    request: str | None
    code: ErrorCode
    message: str
    """One sentence for people, in the language of hello: what happened and what to do."""
    fatal: bool
    """The server closes the connection after this."""
    utterance: UtteranceView | None
    """Present state of the utterance, with ``conflict`` on an edit."""


class Pong(Message):
    type: Literal["pong"]
    time_ms: float


class PublishAnswer(Message):
    type: Literal["publish_answer"]
    connection: str
    sdp: str


class SubscribeOffer(Message):
    """Offer of the receiving connection; a later ``negotiation`` replaces an earlier one."""

    type: Literal["subscribe_offer"]
    connection: str
    negotiation: int
    sdp: str
    slots: list[SlotView]


class HearingChanged(Message):
    type: Literal["hearing_changed"]
    sequence: int
    hearing: HearingView


class ParticipantChanged(Message):
    type: Literal["participant_changed"]
    sequence: int
    participant: ParticipantView


class ParticipantHidden(Message):
    """The participant is no longer visible to this client (moved to a place it does not see)."""

    type: Literal["participant_hidden"]
    sequence: int
    participant: str


class PermissionsChanged(Message):
    type: Literal["permissions_changed"]
    sequence: int
    permissions: list[str]
    may_publish: list[SourceLabel]


class SnapshotReplaced(Message):
    """What this participant may see changed as a whole, as on moving from the lobby into the courtroom."""

    type: Literal["snapshot_replaced"]
    sequence: int
    snapshot: Snapshot


class UtteranceChanged(Message):
    """A new final utterance, or a new revision of one."""

    type: Literal["utterance_changed"]
    sequence: int
    utterance: UtteranceView


class RecordingChanged(Message):
    type: Literal["recording_changed"]
    sequence: int
    recording: RecordingView


class TranscriptionChanged(Message):
    type: Literal["transcription_changed"]
    sequence: int
    transcription: TranscriptionView


class CompositeChanged(Message):
    type: Literal["composite_changed"]
    sequence: int
    composite: CompositeView


class UnmuteAsked(Message):
    """The bench asks this participant to unmute; only they can."""

    type: Literal["unmute_asked"]
    sequence: int


class CaptionPartial(Message):
    """Words recognised so far of an utterance that is still being spoken."""

    type: Literal["caption_partial"]
    utterance: str
    participant: str
    text: str


class Speaking(Message):
    """Participants speaking now, loudest first."""

    type: Literal["speaking"]
    participants: list[str]


class EditingChanged(Message):
    """Which utterance another clerk has open."""

    type: Literal["editing_changed"]
    participant: str
    utterance: str | None


class MediaLost(Message):
    """The server's room forgot this client's connections (as after a restart): publish and subscribe again."""

    type: Literal["media_lost"]


class Goodbye(Message):
    """Last message on a socket. ``retry`` says whether coming back by itself is right."""

    type: Literal["goodbye"]
    code: ErrorCode | Literal["left", "removed", "replaced", "hearing_ended"]
    message: str
    retry: bool


ServerMessage = Annotated[
    Welcome
    | Accepted
    | Error
    | Pong
    | PublishAnswer
    | SubscribeOffer
    | HearingChanged
    | ParticipantChanged
    | ParticipantHidden
    | PermissionsChanged
    | SnapshotReplaced
    | UtteranceChanged
    | RecordingChanged
    | TranscriptionChanged
    | CompositeChanged
    | UnmuteAsked
    | CaptionPartial
    | Speaking
    | EditingChanged
    | MediaLost
    | Goodbye,
    Field(discriminator="type"),
]

server_message: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)
