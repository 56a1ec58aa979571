"""What a browser says over the WebSocket.

Messages with a ``request`` are acts: each is answered by exactly one ``accepted`` or ``error`` with the same ``request``.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from signaling.protocol.base import Message
from signaling.protocol.court_words import Language
from signaling.protocol.grants import SourceLabel

RequestId = Annotated[str, Field(min_length=1, max_length=64)]
ShortText = Annotated[str, Field(max_length=500)]
Identifier = Annotated[str, Field(min_length=1, max_length=64)]
Number = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""What a browser can count (ECMAScript's safe integers), and every database can store."""
Measured = Annotated[float, Field(allow_inf_nan=False)]
SessionDescription = Annotated[str, Field(max_length=100_000)]


class Hello(Message):
    """First message on every socket. ``resume`` and ``last_sequence`` replay what was missed on a lost one."""

    type: Literal["hello"] = "hello"
    version: int
    token: Annotated[str, Field(max_length=4096)]
    language: Language = Language.CHINESE
    resume: str | None = None
    last_sequence: Number = 0
    take_over: bool = False
    """Move this participant here from another device that is connected now."""


class Ping(Message):
    """Answered at once by ``pong``, after every effect of earlier messages of this socket: it is a barrier."""

    type: Literal["ping"] = "ping"
    time_ms: Measured


class PublishedSource(Message):
    mid: Annotated[str, Field(max_length=16)]
    source: SourceLabel


class PublishOffer(Message):
    """SDP offer of the sending connection. A new ``connection`` replaces the old one."""

    type: Literal["publish_offer"] = "publish_offer"
    connection: Identifier
    sdp: SessionDescription
    sources: list[PublishedSource] = Field(max_length=8)


class Subscribe(Message):
    """Ready to receive: the server answers with ``subscribe_offer`` for this new connection."""

    type: Literal["subscribe"] = "subscribe"
    connection: Identifier


class SubscribeAnswer(Message):
    type: Literal["subscribe_answer"] = "subscribe_answer"
    connection: Identifier
    negotiation: Number
    sdp: SessionDescription


class ShownPicture(Message):
    """``width`` and ``height`` in device pixels, as displayed."""

    participant: Identifier
    source: SourceLabel
    width: Annotated[int, Field(ge=1, le=16_384)]
    height: Annotated[int, Field(ge=1, le=16_384)]


class ShowParticipants(Message):
    """Whose pictures this client displays now, all of them. Others are not sent, so hidden ones cost nothing; voices always are. Until
    the first such message everything is sent, in a middling size. Each ``subscribe`` begins with what was said last."""

    type: Literal["show_participants"] = "show_participants"
    shown: list[ShownPicture] = Field(max_length=256)


class SetMedia(Message):
    """What the participant has switched on, for others to see."""

    type: Literal["set_media"] = "set_media"
    microphone: bool
    camera: bool
    screen: bool = False


class RaiseHand(Message):
    type: Literal["raise_hand"] = "raise_hand"
    request: RequestId
    raised: bool


class ReportDevices(Message):
    """Result of the device check in the lobby; a fact in the journal. Each is ``works``, ``missing``, ``refused`` or
    ``untested``."""

    type: Literal["report_devices"] = "report_devices"
    request: RequestId
    camera: Literal["works", "missing", "refused", "untested"]
    microphone: Literal["works", "missing", "refused", "untested"]
    speaker: Literal["works", "missing", "refused", "untested"]


class AcknowledgeDiscipline(Message):
    """The court's rules were shown and accepted, no recording promised (OPN-2). ``text_sha256`` is of the shown wording."""

    type: Literal["acknowledge_discipline"] = "acknowledge_discipline"
    request: RequestId
    text_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class OpenLobby(Message):
    type: Literal["open_lobby"] = "open_lobby"
    request: RequestId


class MarkReady(Message):
    """The opening checklist is complete, or ``gap_reason`` says why opening without the rest is right (OPN-1)."""

    type: Literal["mark_ready"] = "mark_ready"
    request: RequestId
    gap_reason: ShortText = ""


class OpenHearing(Message):
    """宣布开庭. Recording starts by itself when the countdown ends (RCD-1)."""

    type: Literal["open_hearing"] = "open_hearing"
    request: RequestId
    without_transcription: bool = False
    """The judge acknowledges that no live transcript will be made."""


class CallRecess(Message):
    type: Literal["call_recess"] = "call_recess"
    request: RequestId
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    resumes_at_ms: Number | None = None


class ResumeHearing(Message):
    type: Literal["resume_hearing"] = "resume_hearing"
    request: RequestId


class CloseHearing(Message):
    """闭庭. ``reason`` is needed when final statements were not asked."""

    type: Literal["close_hearing"] = "close_hearing"
    request: RequestId
    reason: ShortText = ""


class AdvanceStage(Message):
    type: Literal["advance_stage"] = "advance_stage"
    request: RequestId
    stage: Identifier


class VerifyIdentity(Message):
    """Staff confirm who somebody is at this hearing (ID-1)."""

    type: Literal["verify_identity"] = "verify_identity"
    request: RequestId
    participant: Identifier
    method: Literal["document_shown", "known_to_court", "paired_device"] = "document_shown"


class Admit(Message):
    """From lobby or witness room into the courtroom. Refused unless the identity is verified, or ``override_reason``
    is given (ID-1)."""

    type: Literal["admit"] = "admit"
    request: RequestId
    participant: Identifier
    override_reason: ShortText = ""


class SendToWaiting(Message):
    type: Literal["send_to_waiting"] = "send_to_waiting"
    request: RequestId
    participant: Identifier


class MuteParticipant(Message):
    """The bench mutes and locks a microphone or a camera, or unlocks it (the participant then switches it on by themself)."""

    type: Literal["mute_participant"] = "mute_participant"
    request: RequestId
    participant: Identifier
    muted: bool
    source: Literal["microphone", "camera"] = "microphone"


class MuteEveryone(Message):
    """The bench locks or unlocks the microphones of all in the courtroom but its own and the clerks'; ``speaker`` alone may speak."""

    type: Literal["mute_everyone"] = "mute_everyone"
    request: RequestId
    muted: bool
    speaker: Identifier | None = None


class AllowShare(Message):
    """The bench lets a party show their screen, or takes that back: what is shown then ends at once."""

    type: Literal["allow_share"] = "allow_share"
    request: RequestId
    participant: Identifier
    allowed: bool


class AskToUnmute(Message):
    type: Literal["ask_to_unmute"] = "ask_to_unmute"
    request: RequestId
    participant: Identifier


class EditUtterance(Message):
    """A correction to the transcript. Refused with ``conflict`` when ``base_revision`` is not the newest."""

    type: Literal["edit_utterance"] = "edit_utterance"
    request: RequestId
    utterance: Identifier
    base_revision: Number
    text: Annotated[str, Field(max_length=5000)]
    participant: Identifier
    """Who spoke, as corrected."""


class EditingUtterance(Message):
    """Which utterance this clerk has open, for other clerks to see; null when none."""

    type: Literal["editing_utterance"] = "editing_utterance"
    utterance: Identifier | None


class ReportQuality(Message):
    """Summary of the client's own measurement, each five seconds."""

    type: Literal["report_quality"] = "report_quality"
    quality: Literal["good", "weak", "bad"]
    round_trip_ms: Measured
    loss: Measured
    received_kbps: Measured
    sent_kbps: Measured
    freezes: Number


class Leave(Message):
    """The participant leaves of their own will; the client has shown the legal consequence."""

    type: Literal["leave"] = "leave"
    request: RequestId


ClientMessage = Annotated[
    Hello
    | Ping
    | PublishOffer
    | Subscribe
    | SubscribeAnswer
    | ShowParticipants
    | SetMedia
    | RaiseHand
    | ReportDevices
    | AcknowledgeDiscipline
    | OpenLobby
    | MarkReady
    | OpenHearing
    | CallRecess
    | ResumeHearing
    | CloseHearing
    | AdvanceStage
    | VerifyIdentity
    | Admit
    | SendToWaiting
    | MuteParticipant
    | MuteEveryone
    | AllowShare
    | AskToUnmute
    | EditUtterance
    | EditingUtterance
    | ReportQuality
    | Leave,
    Field(discriminator="type"),
]

client_message: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
