"""Acts at the courtroom's door: open the lobby, declare everything ready, verify, admit, send to waiting."""

from hearing_server.court.errors import NoCapacity
from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.session import Session
from hearing_server.domain.errors import WrongState
from hearing_server.domain.hearing import HearingStatus
from hearing_server.domain.opening import checklist, require_complete
from hearing_server.domain.participant import Identity, IdentityMethod, Participant
from hearing_server.domain.permissions import Act
from hearing_server.domain.role import CALLED_WHEN_NEEDED
from hearing_server.storage import participants
from signaling.protocol.from_client import Admit, MarkReady, OpenLobby, SendToWaiting, VerifyIdentity

_WITNESS_MAY_BE_CALLED = frozenset({HearingStatus.IN_SESSION, HearingStatus.CLOSED_SESSION})


async def open_lobby(live: LiveHearing, session: Session, message: OpenLobby) -> None:
    async with live.act(session, Act.OPEN_LOBBY) as deed:
        await deed.change_hearing(deed.hearing.change(Act.OPEN_LOBBY, deed.now_ms))
        if not await live.open_room():
            raise NoCapacity
        await deed.note("lobby_opened")


async def open_lobby_by_timer(live: LiveHearing) -> None:
    """Half an hour before; nothing happens when somebody was quicker, or while no worker can take the hearing."""
    async with live.lock:
        if live.hearing.status is HearingStatus.SCHEDULED and await live.open_room():
            async with live.deed("server") as deed:
                await deed.change_hearing(deed.hearing.change(Act.OPEN_LOBBY, deed.now_ms))
                await deed.note("lobby_opened")


async def mark_ready(live: LiveHearing, session: Session, message: MarkReady) -> None:
    """The checklist is complete, or its gaps have a reason; both go into the journal (OPN-1)."""
    async with live.act(session, Act.MARK_READY) as deed:
        ready = deed.hearing.change(Act.MARK_READY, deed.now_ms)
        acknowledged = await participants.acknowledged(deed.transaction, deed.hearing.id)
        gaps = require_complete(checklist(list(deed.people.values()), acknowledged), message.gap_reason)
        ready = ready.explain_gaps(message.gap_reason if gaps else "")
        await deed.change_hearing(ready)
        open_items = [{"item": gap.item.value, "subject": gap.subject} for gap in gaps]
        await deed.note("marked_ready", {"gaps": open_items, "gap_reason": ready.gap_reason})


async def verify_identity(live: LiveHearing, session: Session, message: VerifyIdentity) -> None:
    """ID-1: at this hearing, by this person, in this way."""
    async with live.act(session, Act.VERIFY_IDENTITY) as deed:
        identity = Identity(IdentityMethod(message.method), session.participant, deed.now_ms)
        await deed.change_person(deed.person(message.participant).verify(identity))
        await deed.note("identity_verified", {"participant": message.participant, "method": message.method})


async def admit(live: LiveHearing, session: Session, message: Admit) -> None:
    """A party from the lobby; a witness or expert is called, which is the judge's to do."""
    person = live.person(message.participant)
    is_call = person.role in CALLED_WHEN_NEEDED
    async with live.act(session, Act.CALL_WITNESS if is_call else Act.ADMIT) as deed:
        if not deed.hearing.is_live:
            raise WrongState("no_courtroom", (deed.hearing.status,))
        admitted = deed.person(message.participant).admit(message.override_reason)
        if is_call:
            _require_witness_may_come(deed.hearing.status, list(deed.people.values()))
        await deed.change_person(admitted)
        data = {"participant": person.id, "override_reason": message.override_reason if not person.identity else ""}
        await deed.note("witness_called" if is_call else "participant_admitted", data)


def _require_witness_may_come(status: HearingStatus, people: list[Participant]) -> None:
    """Only into a session, and one at a time (WIT-2, EVR 74). Raises ``WrongState``."""
    if status not in _WITNESS_MAY_BE_CALLED:
        raise WrongState("not_in_session", (status,))
    if any(person.is_called and person.is_in_courtroom for person in people):
        raise WrongState("another_witness_in_court")


async def send_to_waiting(live: LiveHearing, session: Session, message: SendToWaiting) -> None:
    """Back to the lobby; a witness or expert is dismissed by it."""
    person = live.person(message.participant)
    is_dismissal = person.role in CALLED_WHEN_NEEDED
    async with live.act(session, Act.DISMISS_WITNESS if is_dismissal else Act.SEND_TO_WAITING) as deed:
        await deed.change_person(deed.person(message.participant).send_to_waiting())
        data = {"participant": person.id}
        await deed.note("witness_dismissed" if is_dismissal else "participant_sent_to_waiting", data)
