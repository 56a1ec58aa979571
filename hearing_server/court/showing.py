"""What one client should be shown now, and which events bring it there from what it was shown last."""

from collections.abc import Mapping
from dataclasses import dataclass

from hearing_server.court.live_state import NO_COMPOSITE, Line, LiveState
from hearing_server.court.media_grants import labels
from hearing_server.court.session import Session, Shown
from hearing_server.court.sight import sees_person, sight_of
from hearing_server.court.terms import CourtTerms
from hearing_server.court.views import hearing_view, participant_view, recording_view, transcription_view
from hearing_server.domain.case import Case
from hearing_server.domain.hearing import Hearing
from hearing_server.domain.media_rights import media_rights
from hearing_server.domain.participant import Participant
from hearing_server.domain.permit import permissions
from signaling.protocol.court_words import Language
from signaling.protocol.to_client import (
    CompositeChanged,
    HearingChanged,
    ParticipantChanged,
    ParticipantHidden,
    PermissionsChanged,
    RecordingChanged,
    TranscriptionChanged,
)


@dataclass(frozen=True, slots=True)
class Showing:
    """Everything there is, and the eyes that look at it."""

    hearing: Hearing
    case: Case
    people: Mapping[str, Participant]
    lines: Mapping[str, Line]
    state: LiveState
    terms: CourtTerms
    viewer: Participant
    language: Language
    now_ms: int

    def whole(self) -> Shown:
        """Cut to what the viewer may see."""
        sight = sight_of(self.viewer, self.hearing)
        return Shown(
            sight=sight,
            hearing=hearing_view(self.hearing, self.case, self.terms, sight, self.language),
            people={
                person.id: participant_view(person, self.lines.get(person.id, Line()))
                for person in self.people.values()
                if sees_person(self.viewer, sight, person)
            },
            recording=recording_view(self.state, sight, self.language, self.now_ms),
            transcription=transcription_view(self.state, sight),
            composite=self.state.composite if sight.proceedings else NO_COMPOSITE,
            permissions=permissions(self.viewer, self.hearing),
            may_publish=labels(media_rights(self.viewer, self.hearing).publish),
        )


def show_changes(showing: Showing, session: Session) -> bool:
    """Tell the session what differs from what it was shown. True when so much changed that it needs a new snapshot, which
    the caller makes; permissions are told either way."""
    before, now = session.shown, showing.whole()
    if before is None:
        return False  # the welcome has not been said yet, and shows everything
    session.shown = now
    if (before.permissions, before.may_publish) != (now.permissions, now.may_publish):
        session.tell(
            PermissionsChanged(
                type="permissions_changed", sequence=0, permissions=now.permissions, may_publish=now.may_publish
            )
        )
    if before.sight != now.sight:
        return True
    _show_people(before, now, session)
    if before.hearing != now.hearing:
        session.tell(HearingChanged(type="hearing_changed", sequence=0, hearing=now.hearing))
    if _without_elapsed(before) != _without_elapsed(now):
        session.tell(RecordingChanged(type="recording_changed", sequence=0, recording=now.recording))
    if before.transcription != now.transcription:
        session.tell(TranscriptionChanged(type="transcription_changed", sequence=0, transcription=now.transcription))
    if before.composite != now.composite:
        session.tell(CompositeChanged(type="composite_changed", sequence=0, composite=now.composite))
    return False


def _show_people(before: Shown, now: Shown, session: Session) -> None:
    for participant in before.people.keys() - now.people.keys():
        session.tell(ParticipantHidden(type="participant_hidden", sequence=0, participant=participant))
    for participant, view in now.people.items():
        if before.people.get(participant) != view:
            session.tell(ParticipantChanged(type="participant_changed", sequence=0, participant=view))


def _without_elapsed(shown: Shown) -> tuple[object, ...]:
    """Time goes on by itself; the client counts it."""
    recording = shown.recording
    return recording.state, recording.started_at_ms, recording.message
