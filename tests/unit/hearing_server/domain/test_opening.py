"""The opening checklist (OPN-1)."""

from dataclasses import replace

import pytest

from hearing_server.domain.errors import WrongState
from hearing_server.domain.opening import CheckItem, checklist, require_complete
from hearing_server.domain.participant import Identity, IdentityMethod, Participant, Place
from hearing_server.domain.role import Role
from tests.unit.hearing_server.domain.people import person

IDENTITY = Identity(IdentityMethod.DOCUMENT_SHOWN, "clerk", 1)


def _party(side: str, place: str = Place.COURTROOM) -> Participant:
    return replace(person(Role.PARTY, place, side=side), id=side, identity=IDENTITY)


COURT = [person(Role.PRESIDING_JUDGE), person(Role.CLERK)]
PARTIES = [_party("plaintiff"), _party("defendant")]


def test_a_complete_checklist_needs_no_reason() -> None:
    checks = checklist([*COURT, *PARTIES], {"plaintiff", "defendant"})
    assert require_complete(checks, "") == ()
    assert [check.item for check in checks][:2] == [CheckItem.JUDGE_PRESENT, CheckItem.CLERK_PRESENT]


def test_each_gap_is_named_until_there_is_a_reason() -> None:
    unverified = replace(PARTIES[0], identity=None)
    checks = checklist([COURT[0], unverified, _party("defendant", Place.LOBBY)], set())
    with pytest.raises(WrongState) as refused:
        require_complete(checks, " ")
    assert refused.value.subjects == ("clerk_present", "side_present", "identity_verified", "rules_acknowledged")
    gaps = require_complete(checks, "被告经传票传唤未到庭")
    assert {gap.subject for gap in gaps if gap.item is CheckItem.SIDE_PRESENT} == {"defendant"}


def test_a_representative_stands_for_the_side() -> None:
    counsel = replace(person(Role.REPRESENTATIVE, side="defendant"), identity=IDENTITY)
    checks = checklist([*COURT, PARTIES[0], _party("defendant", Place.LOBBY), counsel], {"plaintiff", counsel.id})
    assert require_complete(checks, "") == ()


def test_no_reason_replaces_the_judge() -> None:
    with pytest.raises(WrongState):
        require_complete(checklist([COURT[1], *PARTIES], {"plaintiff", "defendant"}), "any reason")
