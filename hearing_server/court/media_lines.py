"""A participant's media connections: offers and answers on their way to the room. The room enforces the grants; what the
law refuses outright is refused here already, and journalled."""

from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.session import Session
from hearing_server.domain.errors import NotPermitted, WrongState
from hearing_server.domain.media_rights import media_rights, will_publish
from hearing_server.domain.permissions import Act
from signaling.protocol.court_words import ConnectionState
from signaling.protocol.from_client import PublishOffer, ShowParticipants, Subscribe, SubscribeAnswer
from signaling.protocol.worker import AnswerSubscribe, OfferPublish, RequestSubscribe, SetShown


async def publish_offer(live: LiveHearing, session: Session, message: PublishOffer) -> None:
    """Raises ``NotPermitted`` for a role that never publishes, ``WrongState`` for one that may not here and now."""
    async with live.lock:
        person = live.person(session.participant)
        if not will_publish(person):
            raise NotPermitted(Act.PUBLISH_MEDIA)
        if not media_rights(person, live.hearing).publish:
            raise WrongState("nothing_to_publish_here", (person.place,))
        live.require_room()
        _connecting(live, session)
        live.resources.figures.offered(session.joining)
        await live.send(
            OfferPublish(
                room=live.room,
                participant=person.id,
                connection=message.connection,
                sdp=message.sdp,
                sources=message.sources,
            )
        )
        await live.announce()


async def subscribe(live: LiveHearing, session: Session, message: Subscribe) -> None:
    """The connection may be made before anything is granted; until then nothing flows."""
    async with live.lock:
        _require_room(live)
        _connecting(live, session)
        await live.send(
            RequestSubscribe(room=live.room, participant=session.participant, connection=message.connection)
        )
        await live.announce()


async def subscribe_answer(live: LiveHearing, session: Session, message: SubscribeAnswer) -> None:
    async with live.lock:
        _require_room(live)
        await live.send(
            AnswerSubscribe(
                room=live.room,
                participant=session.participant,
                connection=message.connection,
                negotiation=message.negotiation,
                sdp=message.sdp,
            )
        )


async def show_participants(live: LiveHearing, session: Session, message: ShowParticipants) -> None:
    """Only saves bandwidth: what may be seen at all is decided by the grants. Before and after the hearing it means nothing."""
    async with live.lock:
        if live.hearing.is_live:
            await live.send(SetShown(room=live.room, participant=session.participant, shown=message.shown))


def _require_room(live: LiveHearing) -> None:
    if not live.hearing.is_live:
        raise WrongState("no_courtroom", (live.hearing.status,))
    live.require_room()


def _connecting(live: LiveHearing, session: Session) -> None:
    line = live.line(session.participant)
    if line.connection is not ConnectionState.CONNECTED:
        line.connection = ConnectionState.CONNECTING
