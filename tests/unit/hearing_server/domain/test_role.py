"""Seats and titles."""

from hearing_server.domain.role import SIDE_TITLES, TITLES, Role, seat_for, title


def test_every_role_has_a_title_in_both_languages() -> None:
    assert set(TITLES) == set(Role)
    assert all(chinese and english for chinese, english in [*TITLES.values(), *SIDE_TITLES.values()])


def test_seats_are_ordered_by_role_whoever_is_named_first() -> None:
    named = [
        (Role.OBSERVER, ""),
        (Role.WITNESS, ""),
        (Role.REPRESENTATIVE, "defendant"),
        (Role.PARTY, "defendant"),
        (Role.CLERK, ""),
        (Role.PARTY, "plaintiff"),
        (Role.REPRESENTATIVE, "plaintiff"),
        (Role.PRESIDING_JUDGE, ""),
    ]
    seats = {who: seat_for(*who, taken=()) for who in named}
    assert sorted(seats, key=lambda who: seats[who]) == [
        (Role.PRESIDING_JUDGE, ""),
        (Role.CLERK, ""),
        (Role.PARTY, "plaintiff"),
        (Role.REPRESENTATIVE, "plaintiff"),
        (Role.PARTY, "defendant"),
        (Role.REPRESENTATIVE, "defendant"),
        (Role.WITNESS, ""),
        (Role.OBSERVER, ""),
    ]


def test_two_of_a_kind_sit_side_by_side() -> None:
    first = seat_for(Role.PANEL_MEMBER, "", taken=())
    assert seat_for(Role.PANEL_MEMBER, "", taken={first}) == first + 1


def test_the_seat_plate_names_the_side() -> None:
    assert title(Role.PARTY, "plaintiff") == "原告"
    assert title(Role.REPRESENTATIVE, "plaintiff") == "原告诉讼代理人"
    assert title(Role.REPRESENTATIVE, "defendant", english=True) == "Defendant Representative"
    assert title(Role.PRESIDING_JUDGE, "") == "审判长"
