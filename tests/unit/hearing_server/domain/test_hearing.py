"""The state machine: exactly the transitions of domain.md."""

import pytest

from hearing_server.domain.errors import InvalidValue, WrongState
from hearing_server.domain.hearing import LIVE, RECORDED, TRANSITIONS, Guard, HearingStatus, Transition
from hearing_server.domain.permissions import Act
from tests.unit.hearing_server.domain.people import hearing

ALLOWED = """
draft scheduled | scheduled lobby_open | lobby_open ready | ready in_session | in_session recess | recess in_session
in_session closed_session | closed_session in_session | in_session interrupted | interrupted in_session
in_session deliberation | deliberation in_session | in_session adjourned | in_session converted_offline
recess adjourned | recess converted_offline | interrupted adjourned | interrupted converted_offline
in_session closed | scheduled cancelled | lobby_open cancelled | closed sealed | adjourned sealed
converted_offline sealed
"""


def test_the_transitions_are_those_of_the_design() -> None:
    expected = {tuple(pair.split()) for line in ALLOWED.strip().splitlines() for pair in line.split("|")}
    assert {(row.source.value, row.target.value) for row in TRANSITIONS} == expected


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row.source}-{row.target}")
def test_every_transition_can_be_made_by_its_act(row: Transition) -> None:
    assert hearing(row.source).change(row.act, 5, reason="x").status is row.target


@pytest.mark.parametrize("status", list(HearingStatus))
def test_an_act_without_a_transition_is_refused(status: HearingStatus) -> None:
    for act in set(Act) - {row.act for row in TRANSITIONS if row.source is status}:
        with pytest.raises(WrongState):
            hearing(status).change(act, 5, reason="x")


def test_a_reason_is_asked_for_where_the_table_says_so() -> None:
    with pytest.raises(InvalidValue):
        hearing(HearingStatus.IN_SESSION).change(Act.CALL_RECESS, 5, reason="  ")
    recess = hearing(HearingStatus.IN_SESSION).change(Act.CALL_RECESS, 5, reason="午休", resumes_at_ms=9)
    assert (recess.reason, recess.resumes_at_ms) == ("午休", 9)
    resumed = recess.change(Act.RESUME_HEARING, 10)
    assert (resumed.reason, resumed.resumes_at_ms) == ("", None)


def test_the_first_moment_in_session_is_kept() -> None:
    opened = hearing(HearingStatus.READY).announce_opening(4).change(Act.OPEN_HEARING, 5)
    assert (opened.opened_at_ms, opened.opens_at_ms) == (5, None)
    again = opened.change(Act.CALL_RECESS, 6, reason="x").change(Act.RESUME_HEARING, 7)
    assert again.opened_at_ms == 5
    assert again.change(Act.CLOSE_HEARING, 8).closed_at_ms == 8


def test_a_countdown_runs_once() -> None:
    announced = hearing(HearingStatus.READY).announce_opening(4)
    with pytest.raises(WrongState):
        announced.announce_opening(5)
    assert announced.call_off_opening().announce_opening(6).opens_at_ms == 6
    with pytest.raises(WrongState):
        hearing(HearingStatus.LOBBY_OPEN).announce_opening(4)


def test_stages_advance_only_in_session() -> None:
    assert hearing(HearingStatus.IN_SESSION).advance("debate").stage == "debate"
    with pytest.raises(WrongState):
        hearing(HearingStatus.IN_SESSION).advance("debate").advance("debate")
    with pytest.raises(WrongState):
        hearing(HearingStatus.RECESS).advance("debate")


def test_opening_needs_the_recorder_and_only_rec_3_suspends_it() -> None:
    opening = next(row for row in TRANSITIONS if row.act is Act.OPEN_HEARING)
    assert Guard.RECORDER_READY in opening.guards
    assert RECORDED < LIVE
    assert HearingStatus.INTERRUPTED in RECORDED
    assert HearingStatus.DELIBERATION not in RECORDED
