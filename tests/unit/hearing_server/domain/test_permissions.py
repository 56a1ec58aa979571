"""The whole permission matrix, as it stands in domain.md; and what an extent means for one person at one moment."""

import pytest

from hearing_server.domain.errors import NotPermitted
from hearing_server.domain.hearing import HearingStatus, Openness
from hearing_server.domain.participant import Place
from hearing_server.domain.permissions import COLUMN_OF, TABLE, Act, Column, extent
from hearing_server.domain.permit import may, permissions, require
from hearing_server.domain.role import Role
from tests.unit.hearing_server.domain.people import hearing, person

MATRIX = """
act                presiding   panel      clerk        bailiff party              counsel         witness      interpreter helper     observer      site        tech         inspector mediator       admin
schedule           .           .          yes          .       .                  .               .            .           .          .             .           .            .         .              .
open_lobby         yes         .          yes          .       .                  .               .            .           .          .             .           .            .         .              .
mark_ready         yes         .          yes          .       .                  .               .            .           .          .             .           .            .         .              .
cancel             .           .          yes          .       .                  .               .            .           .          .             .           .            .         .              .
seal               .           .          yes          .       .                  .               .            .           .          .             .           .            .         .              .
open_hearing       yes         .          propose      .       .                  request         .            .           .          .             .           .            .         .              .
close_hearing      yes         .          propose      .       .                  request         .            .           .          .             .           .            .         .              .
call_recess        yes         .          propose      .       .                  request         .            .           .          .             .           .            .         .              .
resume_hearing     yes         .          propose      .       .                  request         .            .           .          .             .           .            .         .              .
interrupt          yes         .          propose      .       .                  request         .            .           .          .             .           .            .         .              .
deliberate         yes         .          propose      .       .                  request         .            .           .          .             .           .            .         .              .
adjourn            yes         .          propose      .       .                  request         .            .           .          .             .           .            .         .              .
convert_offline    yes         .          propose      .       .                  request         .            .           .          .             .           .            .         .              .
advance_stage      yes         .          yes          .       .                  .               .            .           .          .             .           .            .         .              .
admit              yes         .          yes          yes     .                  .               .            .           .          .             .           .            .         .              .
send_to_waiting    yes         .          yes          yes     .                  .               .            .           .          .             .           .            .         .              .
call_witness       yes         .          on_order     .       .                  request         .            .           .          .             .           .            .         .              .
dismiss_witness    yes         .          on_order     .       .                  request         .            .           .          .             .           .            .         .              .
publish_media      yes         yes        yes          yes     yes                yes             while_called yes         .          .             test_only   support_room .         mediation_room .
always_heard       yes         yes        .            .       .                  .               .            .           .          .             .           .            .         .              .
mute_participant   yes         .          yes          yes     .                  .               .            .           .          .             .           .            .         .              .
ask_to_unmute      yes         .          yes          .       .                  .               .            .           .          .             .           .            .         .              .
spotlight          yes         .          yes          .       .                  .               .            .           .          .             .           .            .         .              .
warn               yes         .          propose      execute .                  .               .            .           .          .             .           .            .         .              .
expel              yes         .          propose      execute .                  .               .            .           .          .             .           .            .         .              .
show_exhibit       yes         yes        yes          .       if_granted         if_granted      mark_only    .           .          .             scan        .            .         .              .
allow_share        yes         .          yes          .       .                  .               .            .           .          .             .           .            .         .              .
see_captions       yes         yes        yes          yes     yes                yes             while_called yes         yes        judge_decides .           .            yes       .              .
edit_utterance     suggest     suggest    yes          .       .                  .               .            .           .          .             .           .            .         .              .
request_correction yes         yes        .            .       own_words          own_and_clients own_part     .           .          .             .           .            .         .              .
sign_transcript    yes         yes        yes          .       yes                yes             own_part     yes         .          .             .           .            .         .              .
use_consult_room   bench_room  bench_room .            .       own_representative own_client      .            its_party   its_party  .             .           .            .         .              .
suspend_recording  with_reason .          restart_only .       .                  .               .            .           .          .             .           restart_only .         .              .
restart_recording  with_reason .          yes          .       .                  .               .            .           .          .             .           yes          .         .              .
close_gallery      yes         .          on_order     .       .                  request         .            .           .          .             .           .            .         .              .
verify_identity    yes         .          yes          yes     .                  .               .            .           .          .             scan        .            .         .              .
classify_departure decide      .          propose      .       explain            explain         .            .           .          .             local_facts telemetry    view      .              .
view_lines         yes         yes        yes          .       .                  .               .            .           .          .             .           yes          .         .              .
check_copies       yes         .          yes          .       .                  .               .            .           .          .             .           yes          .         .              .
watch              yes         yes        yes          yes     yes                yes             while_called yes         with_party if_public     .           logged       logged    .              .
export             yes         .          yes          .       own_copy           own_copy        .            .           .          .             .           .            .         .              .
take_part          yes         yes        yes          yes     yes                yes             yes          yes         yes        yes           yes         yes          yes       yes            .
"""  # noqa: E501 - one act a line, as the table of the design has it

LINES = [line.split() for line in MATRIX.strip().splitlines()]
COLUMNS = [Column(name) for name in LINES[0][1:]]


@pytest.mark.parametrize("line", LINES[1:], ids=lambda line: line[0])
def test_the_table_is_the_one_of_the_design(line: list[str]) -> None:
    act = Act(line[0])
    for column, expected in zip(COLUMNS, line[1:], strict=True):
        assert TABLE[act].get(column, "no") == ("no" if expected == "." else expected), (act, column)


def test_the_matrix_names_every_act_and_every_column() -> None:
    assert [line[0] for line in LINES[1:]] == list(Act)
    assert list(Column) == COLUMNS
    assert set(COLUMN_OF) == set(Role)


def test_a_lesser_form_of_an_act_does_not_carry_it() -> None:
    session = hearing(HearingStatus.IN_SESSION)
    clerk = person(Role.CLERK)
    with pytest.raises(NotPermitted) as refused:
        require(clerk, session, Act.OPEN_HEARING)
    assert refused.value.because == "open_hearing"
    assert "open_hearing:propose" in permissions(clerk, session)
    assert "open_hearing" not in permissions(clerk, session)
    assert "edit_utterance" in permissions(clerk, session)


def test_an_observer_watches_only_while_a_public_hearing_is_in_session() -> None:
    observer = person(Role.OBSERVER, Place.GALLERY)
    assert may(observer, hearing(HearingStatus.IN_SESSION), Act.WATCH)
    for status in set(HearingStatus) - {HearingStatus.IN_SESSION}:
        assert not may(observer, hearing(status), Act.WATCH), status
    assert not may(observer, hearing(HearingStatus.IN_SESSION, Openness.CLOSED_BY_LAW), Act.WATCH)


def test_a_witness_has_nothing_but_their_own_acts_until_called() -> None:
    session = hearing(HearingStatus.IN_SESSION)
    isolated, called = person(Role.WITNESS, Place.WITNESS_ROOM), person(Role.WITNESS)
    assert [act for act in Act if may(isolated, session, act)] == [Act.TAKE_PART]
    assert may(called, session, Act.WATCH)
    assert may(called, session, Act.SEE_CAPTIONS)
    assert may(called, session, Act.PUBLISH_MEDIA)


@pytest.mark.parametrize("act", list(Act))
def test_an_administrator_has_no_act_in_a_hearing(act: Act) -> None:
    assert extent(Role.ADMIN, act) == "no"
