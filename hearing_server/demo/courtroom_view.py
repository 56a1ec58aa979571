"""What a client knows of its hearing: the snapshot, kept up by events. No I/O."""

from dataclasses import dataclass, field

from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import (
    CompositeView,
    HearingView,
    ParticipantView,
    RecordingView,
    Snapshot,
    TranscriptionView,
    UtteranceView,
)
from signaling.protocol.to_client import (
    CompositeChanged,
    HearingChanged,
    ParticipantChanged,
    ParticipantHidden,
    PermissionsChanged,
    RecordingChanged,
    ServerMessage,
    SnapshotReplaced,
    TranscriptionChanged,
    UtteranceChanged,
    Welcome,
)


@dataclass(slots=True)
class CourtroomView:
    """Empty until the first ``welcome``."""

    me: str = ""
    permissions: frozenset[str] = frozenset()
    may_publish: tuple[SourceLabel, ...] = ()
    hearing: HearingView | None = None
    participants: dict[str, ParticipantView] = field(default_factory=dict)
    utterances: dict[str, UtteranceView] = field(default_factory=dict)
    recording: RecordingView | None = None
    transcription: TranscriptionView | None = None
    composite: CompositeView | None = None

    @property
    def status(self) -> str:
        return self.hearing.status if self.hearing else ""

    @property
    def place(self) -> str:
        """Where this client's participant is; empty while unknown."""
        own = self.participants.get(self.me)
        return own.place if own else ""

    def apply(self, message: ServerMessage) -> None:
        """Messages that change nothing here are passed over."""
        match message:
            case Welcome():
                self.me = message.participant
                self._allow(message.permissions, message.may_publish)
                if message.snapshot is not None:
                    self._replace(message.snapshot)
            case PermissionsChanged():
                self._allow(message.permissions, message.may_publish)
            case SnapshotReplaced():
                self._replace(message.snapshot)
            case HearingChanged():
                self.hearing = message.hearing
            case ParticipantChanged():
                self.participants[message.participant.participant] = message.participant
            case ParticipantHidden():
                self.participants.pop(message.participant, None)
            case UtteranceChanged():
                self.utterances[message.utterance.utterance] = message.utterance
            case RecordingChanged():
                self.recording = message.recording
            case TranscriptionChanged():
                self.transcription = message.transcription
            case CompositeChanged():
                self.composite = message.composite
            case _:
                pass

    def _allow(self, permissions: list[str], may_publish: list[SourceLabel]) -> None:
        self.permissions = frozenset(permissions)
        self.may_publish = tuple(may_publish)

    def _replace(self, snapshot: Snapshot) -> None:
        self.hearing = snapshot.hearing
        self.participants = {view.participant: view for view in snapshot.participants}
        self.utterances = {view.utterance: view for view in snapshot.utterances}
        self.recording = snapshot.recording
        self.transcription = snapshot.transcription
        self.composite = snapshot.composite
