"""The subscription matrix: role × place × status."""

import itertools

import pytest

from hearing_server.domain.hearing import LIVE, HearingStatus, Openness
from hearing_server.domain.media_rights import NOTHING, MediaRights, Source, media_rights, will_publish
from hearing_server.domain.participant import Place, Presence
from hearing_server.domain.role import Role
from tests.unit.hearing_server.domain.people import hearing, person

VOICE_AND_PICTURE = (Source.MICROPHONE, Source.CAMERA)
WAITING = (Place.LOBBY, Place.WITNESS_ROOM)


@pytest.mark.parametrize("role", list(Role))
def test_nobody_who_waits_sends_or_receives_anything(role: Role) -> None:
    for place, status in itertools.product(WAITING, HearingStatus):
        assert media_rights(person(role, place), hearing(status)) == NOTHING


@pytest.mark.parametrize("role", list(Role))
def test_no_media_before_the_lobby_opens_or_after_the_end(role: Role) -> None:
    for place, status in itertools.product(Place, set(HearingStatus) - LIVE):
        assert media_rights(person(role, place), hearing(status)) == NOTHING


@pytest.mark.parametrize("role", [Role.OBSERVER, Role.REPORTER, Role.INSPECTOR])
def test_the_gallery_never_sends(role: Role) -> None:
    for place, status, openness in itertools.product(Place, HearingStatus, Openness):
        assert media_rights(person(role, place), hearing(status, openness)).publish == ()


def test_the_gallery_receives_only_a_public_session() -> None:
    observer = person(Role.OBSERVER, Place.GALLERY)
    received = {
        (status, openness)
        for status in HearingStatus
        for openness in Openness
        if media_rights(observer, hearing(status, openness)) != NOTHING
    }
    assert received == {(HearingStatus.IN_SESSION, Openness.PUBLIC)}


@pytest.mark.parametrize(
    "role",
    [Role.PARTY, Role.REPRESENTATIVE, Role.PROSECUTOR, Role.ACCUSED, Role.INTERPRETER, Role.WITNESS, Role.BAILIFF],
)
def test_people_in_the_courtroom_see_and_hear_each_other(role: Role) -> None:
    rights = media_rights(person(role), hearing(HearingStatus.IN_SESSION))
    assert rights == MediaRights(VOICE_AND_PICTURE, Place.COURTROOM, (Place.COURTROOM,), always_heard=False)


@pytest.mark.parametrize("role", [Role.PRESIDING_JUDGE, Role.PANEL_MEMBER, Role.CLERK, Role.JUDGE_ASSISTANT])
def test_the_bench_and_the_clerk_may_also_show_their_screen(role: Role) -> None:
    assert media_rights(person(role), hearing(HearingStatus.IN_SESSION)).publish == (*VOICE_AND_PICTURE, Source.SCREEN)


def test_a_helper_hears_and_says_nothing() -> None:
    rights = media_rights(person(Role.HELPER), hearing(HearingStatus.IN_SESSION))
    assert rights == MediaRights(receive_from=(Place.COURTROOM,))


@pytest.mark.parametrize("role", [Role.SITE_OPERATOR, Role.MEDIATOR, Role.ADMIN])
def test_whoever_may_not_watch_gets_nothing_even_in_the_courtroom(role: Role) -> None:
    assert media_rights(person(role), hearing(HearingStatus.IN_SESSION)) == NOTHING


@pytest.mark.parametrize("role", list(Role))
def test_while_the_bench_deliberates_the_courtroom_is_silent(role: Role) -> None:
    assert media_rights(person(role), hearing(HearingStatus.DELIBERATION)) == NOTHING


def test_a_private_room_is_heard_in_itself_alone() -> None:
    rights = media_rights(person(Role.PARTY, "consult:2"), hearing(HearingStatus.RECESS))
    assert (rights.publish_to, rights.receive_from) == ("consult:2", ("consult:2",))


@pytest.mark.parametrize("presence", [Presence.LEFT, Presence.CONNECTION_LOST, Presence.EXPELLED, Presence.INVITED])
def test_whoever_is_gone_has_no_media(presence: Presence) -> None:
    gone = person(Role.PARTY, presence=presence)
    assert media_rights(gone, hearing(HearingStatus.IN_SESSION)) == NOTHING


def test_a_dropped_line_keeps_its_rights_while_the_seat_is_kept() -> None:
    dropped = person(Role.PARTY, presence=Presence.RECONNECTING)
    assert media_rights(dropped, hearing(HearingStatus.IN_SESSION)).publish == VOICE_AND_PICTURE


def test_a_locked_microphone_leaves_the_camera() -> None:
    muted = person(Role.PARTY).mute(True)
    assert media_rights(muted, hearing(HearingStatus.IN_SESSION)).publish == (Source.CAMERA,)


def test_a_locked_camera_leaves_the_voice() -> None:
    locked = person(Role.PARTY).lock_camera(True)
    assert media_rights(locked, hearing(HearingStatus.IN_SESSION)).publish == (Source.MICROPHONE,)


@pytest.mark.parametrize("role", [Role.PARTY, Role.REPRESENTATIVE, Role.PROSECUTOR, Role.ACCUSED])
def test_a_party_shows_a_screen_only_while_the_bench_lets_them(role: Role) -> None:
    session = hearing(HearingStatus.IN_SESSION)
    allowed = person(role).allow_share(True)
    assert media_rights(allowed, session).publish == (*VOICE_AND_PICTURE, Source.SCREEN)
    assert media_rights(allowed.allow_share(False), session).publish == VOICE_AND_PICTURE
    assert media_rights(allowed.send_to_waiting().admit("known"), session).publish == VOICE_AND_PICTURE


@pytest.mark.parametrize("role", [Role.WITNESS, Role.INTERPRETER, Role.BAILIFF, Role.HELPER])
def test_leave_to_share_gives_nothing_to_a_role_that_never_shows_anything(role: Role) -> None:
    shares = media_rights(person(role).allow_share(True), hearing(HearingStatus.IN_SESSION)).publish
    assert Source.SCREEN not in shares


def test_only_the_judges_are_heard_in_any_crowd() -> None:
    always = {role for role in Role if media_rights(person(role), hearing(HearingStatus.IN_SESSION)).always_heard}
    assert always == {Role.PRESIDING_JUDGE, Role.PANEL_MEMBER}


def test_observers_are_asked_for_no_device() -> None:
    assert will_publish(person(Role.OBSERVER, Place.GALLERY)) == ()
    assert will_publish(person(Role.WITNESS, Place.WITNESS_ROOM)) == VOICE_AND_PICTURE
    assert will_publish(person(Role.CLERK)) == (*VOICE_AND_PICTURE, Source.SCREEN)
