"""Coming and going: hello, resume, a lost line, a seat given up, leaving (ID-2, ABS-1, ABS-4)."""

from collections.abc import Callable

from hearing_server.court.bench import watch_for_loss
from hearing_server.court.deed import Deed
from hearing_server.court.errors import AlreadyConnected
from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.media_grants import labels
from hearing_server.court.outbox import Farewell, Outbox, SocketEnding
from hearing_server.court.ports import SessionClaims
from hearing_server.court.record import show_editing
from hearing_server.court.session import Session
from hearing_server.domain.errors import WrongState
from hearing_server.domain.hearing import LIVE, HearingStatus
from hearing_server.domain.media_rights import media_rights
from hearing_server.domain.participant import DepartureCause, Participant, Presence
from hearing_server.domain.permissions import Act
from hearing_server.domain.permit import permissions
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.from_client import Hello, Leave
from signaling.protocol.snapshot import Snapshot
from signaling.protocol.to_client import MediaLost, Welcome

ATTENDED = LIVE | {HearingStatus.SCHEDULED}
"""Statuses in which coming and going is attendance; afterwards people only look."""


async def join(live: LiveHearing, claims: SessionClaims, hello: Hello, outbox: Outbox) -> Session:
    """Carry a participant's session by this socket. Raises ``AlreadyConnected`` while another device does, unless the hello
    takes over or proves by its resume secret that it is the same client."""
    if live.hearing.status is HearingStatus.DRAFT:
        raise WrongState("hearing_is_draft")
    async with live.lock:
        line = live.line(live.person(claims.participant).id)
        same = line.session if line.session and line.session.proves(hello.resume) else None
        if line.session and line.session.outbox and not same and not hello.take_over:
            raise AlreadyConnected
        missed = same.missed(hello.last_sequence) if same else None
        async with live.deed(f"participant:{claims.participant}") as deed:
            await _arrive(
                deed, claims, before=line.session.outbox if line.session else None, resumed=missed is not None
            )
        if line.session is not None:
            line.session.hang_up(Farewell("replaced", retry=False))
        if same is None:
            line.switch_off()  # another page or device: its media is not there yet
        session = same or Session(claims, hello.language)
        line.session = session
        await _welcome(live, session, hello, outbox, resumed=missed is not None)
        if same is None:
            live.resources.figures.welcomed(session.joining)
        if hello.resume is not None and not same:
            session.say(MediaLost(type="media_lost"))
        await live.announce()
    return session


async def _arrive(deed: Deed, claims: SessionClaims, *, before: Outbox | None, resumed: bool) -> None:
    """``before``: of the socket that still carries the session, often one that a network swallowed: how long it has been silent
    is then how long somebody was away."""
    if deed.hearing.status in ATTENDED:
        await deed.change_person(deed.person(claims.participant).arrive())
    data: dict[str, object] = {"resumed": resumed, "took_over": before is not None}
    data |= {"kiosk": claims.kiosk, "staff": claims.staff}
    if before is not None:
        data["silent_ms"] = before.silent_ms
    await deed.note("session_opened", data)


async def _welcome(live: LiveHearing, session: Session, hello: Hello, outbox: Outbox, *, resumed: bool) -> None:
    """The first message; then what was missed. A client that knows nothing gets the whole snapshot."""
    session.language = hello.language
    missed = session.missed(hello.last_sequence) or [] if resumed else []
    snapshot = None if resumed else await live.snapshot(session)
    session.outbox = outbox
    session.say(_welcome_message(live, session, snapshot))
    for event in missed:
        session.say(event)


def _welcome_message(live: LiveHearing, session: Session, snapshot: Snapshot | None) -> Welcome:
    person, now_ms = live.person(session.participant), live.resources.clock.now_ms()
    return Welcome(
        type="welcome",
        sequence=session.sequence,
        resume=session.resume,
        resumed=snapshot is None,
        participant=person.id,
        permissions=permissions(person, live.hearing),
        may_publish=labels(media_rights(person, live.hearing).publish),
        ice_servers=live.resources.terms.relays.servers_for(person.id, now_ms),
        snapshot=snapshot,
        server_time_ms=now_ms,
    )


async def lose_line(live: LiveHearing, session: Session, outbox: Outbox, ending: SocketEnding) -> None:
    """The socket ended. The seat is kept for a while; nothing happens when another socket carries the session already."""
    async with live.lock:
        if session.outbox not in (outbox, None) or live.line(session.participant).session is not session:
            return
        session.outbox = None
        _stop_editing(live, session)
        person = live.person(session.participant)
        if live.hearing.status not in ATTENDED:
            live.line(person.id).session = None
            return
        if person.is_here:
            async with live.deed(f"participant:{person.id}") as deed:
                await deed.change_person(deed.person(person.id).lose_line())
                await deed.note("line_lost", _evidence(live, person, outbox, ending))
        wait_for_return(live, person.id)
        watch_for_loss(live, person.id)


def _evidence(live: LiveHearing, person: Participant, outbox: Outbox, ending: SocketEnding) -> dict[str, object]:
    """A proposed cause with what speaks for it; the judge decides (ABS-1, OLR 25). What the transport of the media knows follows in
    ``media_disconnected``."""
    line = live.line(person.id)
    theirs = ending.by in ("closed", "broken", "silent", "slow_client")
    proposed = DepartureCause.CONNECTION_LOST if theirs else DepartureCause.SERVER_FAULT
    return {
        "proposed_cause": proposed.value,
        "ended_by": ending.by,
        "close_code": ending.close_code,
        "silent_ms": outbox.silent_ms,
        "media": line.connection.value,
        "quality": line.quality,
    }


def wait_for_return(live: LiveHearing, participant: str) -> None:
    """Give the seat's line up when nobody has come back in time; the place stays theirs."""
    line, agenda = live.line(participant), live.resources.agenda
    planned = line.kept_until_ms > 0
    line.kept_until_ms = live.resources.clock.now_ms() + live.resources.terms.seat_kept_ms

    async def give_up() -> None:
        async with live.lock:
            line = live.line(participant)
            if live.resources.clock.now_ms() < line.kept_until_ms:  # it came back and dropped again meanwhile
                agenda.at(line.kept_until_ms, "end of a kept seat", give_up)
                return
            line.kept_until_ms = 0
            gone = line.session is None or line.session.outbox is None
            if gone and live.person(participant).presence is Presence.RECONNECTING:
                line.session = None
                async with live.deed("server") as deed:
                    await deed.change_person(deed.person(participant).give_up_waiting())
                    await deed.note("connection_given_up", {"participant": participant})

    if not planned:  # one item for each participant, however often the line drops
        agenda.at(line.kept_until_ms, "end of a kept seat", give_up)


async def leave(live: LiveHearing, session: Session, message: Leave) -> None:
    """Of their own will; coming back later is possible."""
    async with live.act(session, Act.TAKE_PART) as deed:
        _stop_editing(live, session)
        if deed.hearing.status in ATTENDED:
            await deed.change_person(deed.person(session.participant).leave())
        await deed.note("participant_left", {"proposed_cause": DepartureCause.LEFT_VOLUNTARILY.value})
        deed.afterwards.append(lambda: _forget(live, session))


WITHDRAWN = Farewell(ErrorCode.TOKEN_REVOKED, retry=False)


async def turn_out(live: LiveHearing, concerned: Callable[[Session], bool], farewell: Farewell = WITHDRAWN) -> None:
    """The court withdrew a link, a device or a sign-in: these sessions end now, and nothing of theirs is heard any more."""
    async with live.lock:
        for session in [session for session in live.sessions if concerned(session)]:
            async with live.deed("server") as deed:
                person = deed.person(session.participant)
                if deed.hearing.status in ATTENDED and person.keeps_seat:
                    await deed.change_person(person.give_up_waiting())
                await deed.note("session_withdrawn", {"participant": person.id, "kiosk": session.kiosk})
            _forget(live, session)
            session.hang_up(farewell)


def _forget(live: LiveHearing, session: Session) -> None:
    line = live.line(session.participant)
    if line.session is session:
        line.session = None


def _stop_editing(live: LiveHearing, session: Session) -> None:
    line = live.line(session.participant)
    if line.editing is not None:
        line.editing = None
        show_editing(live, session.participant, None)
