"""The things a client shows, whole: they travel in ``welcome`` and, one by one, in the events that change them.

No field of a server message has a default, because a default would make the field optional in the generated TypeScript.
All times are UTC in milliseconds on the hearing clock.
"""

from signaling.protocol.base import Message
from signaling.protocol.court_words import ConnectionState, RecordingState, TranscriptionState
from signaling.protocol.grants import SourceLabel


class StageView(Message):
    """One stage of the procedure, in order, from the hearing's template."""

    stage: str
    title_zh: str
    title_en: str
    wording_zh: str
    """What the judge or clerk reads out at the start of the stage; empty when nothing is prescribed."""


class HearingView(Message):
    hearing: str
    case_number: str
    case_title: str
    court_name: str
    courtroom: str
    status: str
    """A ``HearingStatus`` of the domain."""
    allowed_status: list[str]
    """The statuses this hearing can go to next, whoever may do it; a button is shown only when its target is here."""
    stage: str | None
    stages: list[StageView]
    scheduled_at_ms: int
    opened_at_ms: int | None
    opens_at_ms: int | None
    """End of the opening countdown while it runs."""
    resumes_at_ms: int | None
    """Expected end of a recess."""
    reason: str
    """Reason given for the present recess, interruption or adjournment; empty otherwise."""
    help_phone: str


class ParticipantView(Message):
    participant: str
    name: str
    role: str
    """A ``Role`` of the domain."""
    side: str
    """Side of the case such as ``plaintiff`` or ``defendant``; empty for court staff and observers."""
    place: str
    presence: str
    connection: ConnectionState
    microphone: bool
    camera: bool
    screen: bool
    muted_by_court: bool
    """The bench muted and locked this microphone; only the bench can unlock it."""
    camera_locked: bool
    """The bench locked this camera."""
    share_allowed: bool
    """The bench lets this party show their screen."""
    hand_raised_at_ms: int | None
    seat: int
    """Fixed seat number; seats are ordered by role and never move when somebody comes or goes."""


class WordView(Message):
    text: str
    start_ms: int
    end_ms: int
    confidence: float


class UtteranceView(Message):
    utterance: str
    revision: int
    """0 is the recogniser's original; each correction adds one."""
    participant: str
    """Who speaks, as of this revision."""
    text: str
    words: list[WordView]
    """Words of the recogniser's original, with their times; they stay when the text is corrected."""
    start_ms: int
    end_ms: int
    status: str
    """An ``UtteranceStatus`` of the domain."""
    edited_by: str | None
    """Participant who made this revision, or null for the recogniser's own."""


class RecordingView(Message):
    state: RecordingState
    started_at_ms: int | None
    elapsed_ms: int
    """Recorded time up to now, recesses not counted."""
    message: str
    """A sentence for judge and clerk when something is wrong; empty otherwise."""


class TranscriptionView(Message):
    state: TranscriptionState
    model: str
    demo_model: bool
    """True while only the small court demonstration model is in use; the screen must say so."""
    lag_ms: int


class CompositeView(Message):
    """Progress of the combined video made after closing."""

    state: str
    """``none``, ``queued``, ``running``, ``done`` or ``failed``."""
    progress: float
    """0 to 1."""
    remaining_s: float | None


class SlotView(Message):
    """What one m-line of the receiving connection carries now."""

    mid: str
    participant: str | None
    source: SourceLabel | None


class Snapshot(Message):
    """Everything this participant may see at this moment."""

    hearing: HearingView
    participants: list[ParticipantView]
    utterances: list[UtteranceView]
    """The last 500 at most, oldest first; earlier ones come through the HTTP API."""
    utterance_count: int
    recording: RecordingView
    transcription: TranscriptionView
    composite: CompositeView
