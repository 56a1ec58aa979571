"""What is true of a running hearing only for the moment, and so stands in no database: lines, levels, who edits what."""

from dataclasses import dataclass, field
from typing import assert_never

from hearing_server.court.session import Session
from hearing_server.domain.line_quality import OwnFigures
from hearing_server.domain.media_rights import Source
from hearing_server.domain.recording import RecordingSpan
from signaling.protocol.court_words import ConnectionState, RecordingState, TranscriptionState
from signaling.protocol.grants import Grants
from signaling.protocol.snapshot import CompositeView, TranscriptionView

NO_COMPOSITE = CompositeView(state="none", progress=0.0, remaining_s=None)
NO_TRANSCRIPTION = TranscriptionView(state=TranscriptionState.OFF, model="", demo_model=False, lag_ms=0)

RUNNING = frozenset({RecordingState.STARTING, RecordingState.RECORDING, RecordingState.DEGRADED, RecordingState.FAILED})
"""States between the command to record and the word that everything is sealed."""


@dataclass(slots=True)
class Line:
    """One participant's connection to the court."""

    session: Session | None = None
    connection: ConnectionState = ConnectionState.NONE
    legs: set[str] = field(default_factory=set)
    """Directions whose media flows: ``publish``, ``subscribe``."""
    microphone: bool = False
    camera: bool = False
    screen: bool = False
    quality: str = ""
    """As the client measured it last: good, weak or bad."""
    quality_at_ms: int = 0
    """When that was journalled last."""
    own: OwnFigures | None = None
    """What the client said of its line since the worker measured last."""
    grants: Grants | None = None
    """What the room was told last; None when the room does not know them."""
    editing: str | None = None
    """Utterance they have open."""
    kept_until_ms: int = 0
    """When the seat's line is looked at again; 0 while nothing is planned."""

    def lock(self, source: Source) -> None:
        """The bench locked it: whether it was on is forgotten, for only they can switch it on again."""
        match source:
            case Source.MICROPHONE:
                self.microphone = False
            case Source.CAMERA:
                self.camera = False
            case Source.SCREEN:
                self.screen = False
            case _:
                assert_never(source)

    def switch_off(self) -> None:
        """Nothing of theirs flows any more."""
        self.connection, self.microphone, self.camera, self.screen = ConnectionState.NONE, False, False, False
        self.legs.clear()
        self.editing = None


@dataclass(slots=True)
class LiveState:
    """Recording, recognition and the combined video, as they stand now."""

    recording: RecordingState = RecordingState.OFF
    recording_message: str = ""
    """Key of the warning for judge and clerk; empty when all is well."""
    spans: list[RecordingSpan] = field(default_factory=list)
    copies_failing: bool = False
    """A store does not take what is recorded."""
    transcribing: bool = False
    transcription: TranscriptionView = NO_TRANSCRIPTION
    composite: CompositeView = NO_COMPOSITE
    speaking: list[str] = field(default_factory=list)
    lost_at_ms: dict[str, int] = field(default_factory=dict)
    """When a participant's line, or the ``recorder``, was lost last; whether it is back is seen elsewhere."""
    room_open: bool = False
    room_awaited: bool = False
    """No worker could take the room; it is tried again."""
    room_lost: bool = False
    """It was lost with its worker, and is not there again yet."""
    media_refused: bool = False
    """Somebody could not connect because there was no room."""
    anchor_monotonic_us: int | None = None
    """Identifies the room's present clock; a new one means that the room was made anew."""
