"""Coming, being verified, being admitted, going."""

from dataclasses import replace

import pytest

from hearing_server.domain.errors import InvalidValue, WrongState
from hearing_server.domain.participant import (
    Identity,
    IdentityMethod,
    Place,
    Presence,
    WitnessStatus,
    first_place,
    kind_of,
)
from hearing_server.domain.role import COURT_STAFF, Role
from tests.unit.hearing_server.domain.people import person

VERIFIED = Identity(IdentityMethod.DOCUMENT_SHOWN, "clerk", 1)


@pytest.mark.parametrize("role", list(Role))
def test_everybody_comes_in_at_their_own_place(role: Role) -> None:
    came = replace(person(role, Place.LOBBY, presence=Presence.INVITED), witness_status=None).arrive()
    assert came.place == first_place(role)
    assert came.is_here
    assert (came.place == Place.COURTROOM) is (role in COURT_STAFF)
    assert (came.witness_status is WitnessStatus.ISOLATED) is (role in (Role.WITNESS, Role.EXPERT))


def test_coming_back_leads_to_the_same_place() -> None:
    party = person(Role.PARTY).lose_line()
    assert party.presence is Presence.RECONNECTING
    assert party.arrive() == person(Role.PARTY)
    witness = person(Role.WITNESS, Place.WITNESS_ROOM).give_up_waiting().arrive()
    assert witness.place == Place.WITNESS_ROOM


def test_whoever_was_ordered_out_does_not_come_back() -> None:
    with pytest.raises(WrongState):
        person(Role.PARTY, presence=Presence.EXPELLED).arrive()


def test_admitting_asks_for_a_verified_identity_or_a_reason() -> None:
    party = person(Role.PARTY, Place.LOBBY)
    with pytest.raises(WrongState) as refused:
        party.admit("")
    assert refused.value.because == "identity_unverified"
    assert party.admit("本人系法院工作人员认识").is_in_courtroom
    assert party.verify(VERIFIED).admit("").is_in_courtroom


def test_a_witness_is_called_dismissed_and_recalled() -> None:
    called = person(Role.WITNESS, Place.WITNESS_ROOM).verify(VERIFIED).admit("")
    assert called.is_called
    dismissed = called.send_to_waiting()
    assert (dismissed.place, dismissed.witness_status, dismissed.is_called) == (
        Place.WITNESS_ROOM,
        WitnessStatus.DISMISSED,
        False,
    )
    assert dismissed.admit("").witness_status is WitnessStatus.RECALLED


def test_nobody_is_admitted_twice_or_from_the_gallery_or_while_away() -> None:
    with pytest.raises(WrongState):
        person(Role.PARTY).admit("x")
    with pytest.raises(WrongState):
        person(Role.OBSERVER, Place.GALLERY).admit("x")
    with pytest.raises(WrongState):
        person(Role.PARTY, Place.LOBBY).lose_line().admit("x")


def test_court_staff_are_not_sent_out() -> None:
    with pytest.raises(InvalidValue):
        person(Role.CLERK).send_to_waiting()


def test_a_hand_keeps_the_time_it_went_up() -> None:
    raised = person(Role.PARTY).raise_hand(True, 5)
    assert raised.raise_hand(True, 9).hand_raised_at_ms == 5
    assert raised.raise_hand(False, 9).hand_raised_at_ms is None
    assert raised.lose_line().hand_raised_at_ms is None


def test_the_end_does_not_rewrite_how_somebody_left() -> None:
    assert person(Role.PARTY).finish().presence is Presence.FINISHED
    assert person(Role.PARTY).leave().finish().presence is Presence.LEFT


def test_numbered_rooms_have_a_kind() -> None:
    assert kind_of("consult:3") is Place.CONSULT
    assert kind_of("courtroom") is Place.COURTROOM
