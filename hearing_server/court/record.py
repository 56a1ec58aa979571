"""The clerk's desk: correcting the transcript while it grows, and seeing who has what open."""

from hearing_server.court.errors import StaleRevision
from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.session import Session
from hearing_server.court.views import utterance_view
from hearing_server.domain.errors import Conflict, InvalidValue, NotFound
from hearing_server.domain.permissions import Act
from hearing_server.domain.permit import may, require
from hearing_server.domain.transcript import text_sha256
from hearing_server.storage import utterances
from signaling.protocol.from_client import EditingUtterance, EditUtterance
from signaling.protocol.to_client import EditingChanged


async def edit_utterance(live: LiveHearing, session: Session, message: EditUtterance) -> None:
    """Every version is kept, with its author (TRN-6). Raises ``StaleRevision`` when somebody was quicker."""
    async with live.act(session, Act.EDIT_UTTERANCE) as deed:
        if message.participant not in deed.people:
            raise InvalidValue("unknown_speaker", (message.participant,))
        present = await utterances.by_id(deed.transaction, message.utterance)
        if present is None or present.hearing_id != deed.hearing.id:
            raise NotFound("utterance", (message.utterance,))
        try:
            revised = present.revise(message.base_revision, message.text, message.participant, session.participant)
        except Conflict as conflict:
            raise StaleRevision(utterance_view(present)) from conflict
        await utterances.revise(deed.transaction, revised, deed.now_ms)
        await deed.note(
            "utterance_edited",
            {
                "utterance": revised.id,
                "revision": revised.revision,
                "speaker": revised.participant_id,
                "text_sha256": text_sha256(revised.text),
            },
        )
        view = utterance_view(revised)
        deed.afterwards.append(lambda: live.show_utterance(view))


async def editing_utterance(live: LiveHearing, session: Session, message: EditingUtterance) -> None:
    """Only those who edit themselves are told."""
    async with live.lock:
        require(live.person(session.participant), live.hearing, Act.EDIT_UTTERANCE)
        live.line(session.participant).editing = message.utterance
        show_editing(live, session.participant, message.utterance)


def show_editing(live: LiveHearing, editor: str, utterance: str | None) -> None:
    """Who has which utterance open, to the other editors."""
    changed = EditingChanged(type="editing_changed", participant=editor, utterance=utterance)
    for other in live.sessions:
        edits = may(live.person(other.participant), live.hearing, Act.EDIT_UTTERANCE)
        if other.participant != editor and edits and live.sight(other).captions:
            other.say(changed)
