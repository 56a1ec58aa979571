"""One participant's session: it outlives sockets, numbers its events and keeps them for a while for a resume (ID-2)."""

import hmac
import secrets
from collections import deque
from dataclasses import dataclass

from hearing_server.court.figures import Joining
from hearing_server.court.outbox import Farewell, Outbox, Refusal
from hearing_server.court.ports import SessionClaims
from hearing_server.court.sight import Sight
from signaling.protocol.court_words import Language
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import CompositeView, HearingView, ParticipantView, RecordingView, TranscriptionView
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
    UnmuteAsked,
    UtteranceChanged,
)

EVENTS_KEPT = 1000
"""A client that missed more gets the whole snapshot instead."""

Event = (
    HearingChanged
    | ParticipantChanged
    | ParticipantHidden
    | PermissionsChanged
    | SnapshotReplaced
    | UtteranceChanged
    | RecordingChanged
    | TranscriptionChanged
    | CompositeChanged
    | UnmuteAsked
)


@dataclass(slots=True)
class Shown:
    """What the client was shown last; the next announcement says only what differs."""

    sight: Sight
    hearing: HearingView
    people: dict[str, ParticipantView]
    recording: RecordingView
    transcription: TranscriptionView
    composite: CompositeView
    permissions: list[str]
    may_publish: list[SourceLabel]


class Session:
    """``outbox`` is None while no socket carries it."""

    def __init__(self, claims: SessionClaims, language: Language) -> None:
        self.participant = claims.participant
        self.kiosk = claims.kiosk
        self.staff = claims.staff
        self.by_link = claims.kiosk is None and claims.staff is None
        self.language = language
        self.resume = secrets.token_urlsafe(24)
        self.sequence = 0
        self.outbox: Outbox | None = None
        self.joining = Joining()
        self.shown: Shown | None = None
        self._events: deque[Event] = deque(maxlen=EVENTS_KEPT)

    def proves(self, resume: str | None) -> bool:
        return resume is not None and hmac.compare_digest(resume, self.resume)

    def tell(self, event: Event) -> None:
        """An event of the session: numbered, kept, and replayed after a resume."""
        self.sequence += 1
        numbered = event.model_copy(update={"sequence": self.sequence})
        self._events.append(numbered)
        self.say(numbered)

    def say(self, message: ServerMessage | Refusal) -> None:
        """A message that concerns only the socket of the moment."""
        if self.outbox is not None:
            self.outbox.put(message)

    def mention(self, message: ServerMessage) -> None:
        """The same, left out when the client is behind."""
        if self.outbox is not None:
            self.outbox.mention(message)

    def missed(self, last_sequence: int) -> list[Event] | None:
        """Events after ``last_sequence``; None when they are not all kept any more, or never were."""
        if not 0 < last_sequence <= self.sequence:
            return None
        missed = [event for event in self._events if event.sequence > last_sequence]
        return missed if len(missed) == self.sequence - last_sequence else None

    def hang_up(self, farewell: Farewell) -> None:
        """End the socket of the moment, if there is one; the session stays."""
        outbox, self.outbox = self.outbox, None
        if outbox is not None:
            outbox.end(farewell)
