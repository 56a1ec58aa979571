"""Numbered events, kept for a resume."""

from hearing_server.court.outbox import Outbox
from hearing_server.court.ports import SessionClaims
from hearing_server.court.session import EVENTS_KEPT, Session
from signaling.protocol.court_words import Language
from signaling.protocol.to_client import UnmuteAsked

ASKED = UnmuteAsked(type="unmute_asked", sequence=0)


def _session(events: int) -> Session:
    session = Session(SessionClaims("h1", "judge", 0), Language.CHINESE)
    for _ in range(events):
        session.tell(ASKED)
    return session


def test_events_are_numbered_and_replayed_from_where_the_client_was() -> None:
    session = _session(5)
    missed = session.missed(3)
    assert missed is not None
    assert [event.sequence for event in missed] == [4, 5]
    assert session.missed(5) == []


def test_what_is_not_kept_any_more_cannot_be_replayed() -> None:
    session = _session(EVENTS_KEPT + 10)
    assert session.missed(5) is None
    missed = session.missed(10)
    assert missed is not None
    assert len(missed) == EVENTS_KEPT


def test_a_client_that_knows_nothing_or_too_much_is_not_resumed() -> None:
    session = _session(5)
    assert session.missed(0) is None
    assert session.missed(6) is None
    assert session.missed(-1) is None


def test_only_the_secret_proves_the_client() -> None:
    session = _session(0)
    assert session.proves(session.resume)
    assert not session.proves(None)
    assert not session.proves("")
    assert session.resume != _session(0).resume


def test_events_are_kept_while_no_socket_carries_them() -> None:
    session = _session(1)
    session.outbox = Outbox()
    session.tell(ASKED)
    assert [message.sequence for message in session.outbox.rest() if isinstance(message, UnmuteAsked)] == [2]
