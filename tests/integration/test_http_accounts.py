"""Accounts that are closed and opened again, and passwords that change: what was begun before ends at once."""

from pathlib import Path

import pytest

from hearing_server.court.credentials import TokenRevoked
from hearing_server.court.join import SessionKeeper
from hearing_server.web.rate_limits import Guarded
from tests.integration.http_court import PASSWORD, PLENTY, HttpCourt, Visitor, open_office

OTHER = "another long password"


async def judge_with_a_seat(court: HttpCourt) -> tuple[Visitor, str, str, str]:
    """A signed-in judge, the account's id, the hearing, and the session token of the seat taken in it."""
    clerk, judge = await court.staff("clerk"), await court.staff("judge")
    staff = (await judge.must("GET", "/api/me"))["staff"]
    hearing = await court.hearing(clerk)
    await court.seat(clerk, hearing, "王法官", "presiding_judge", staff=staff)
    seat = await judge.must("POST", f"/api/hearings/{hearing}/seat")
    return judge, staff, hearing, seat["session_token"]


async def login(court: HttpCourt, password: str) -> tuple[int, str]:
    """As the judge, who is the second account after the administrator's."""
    status, answer = await (await court.visitor()).ask("POST", "/api/login", {"login": "staff2", "password": password})
    return status, answer.get("code", "")


async def test_disabling_ends_everything_at_once_and_opening_again_begins_anew(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        judge, staff, _, session = await judge_with_a_seat(court)
        admin, path = await court.staff("admin"), f"/api/staff/{staff}/standing"
        closed = await admin.must("PUT", path, {"disabled": True})
        assert closed["disabled"] is True
        assert (await admin.must("GET", "/api/staff"))["staff"][-1] == closed
        assert await judge.refused("GET", "/api/me") == (401, "not_signed_in")
        with pytest.raises(TokenRevoked):
            await SessionKeeper(court.office).verify(session)
        assert ("staff_signed_out", staff) in court.courtroom.told
        assert await login(court, PASSWORD) == (401, "login_failed")
        assert await admin.refused("PUT", path, {"disabled": True}) == (409, "wrong_state")
        await admin.must("PUT", path, {"disabled": False})
        assert await judge.refused("GET", "/api/me") == (401, "not_signed_in")
        assert await login(court, PASSWORD) == (200, "")
        rows = await court.journal(type="staff_disabled") + await court.journal(type="staff_opened_again")
        assert [staff in row.data for row in rows] == [True, True]


async def test_a_disabled_account_takes_no_seat_and_keeps_its_login_name(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        _, staff, _, _ = await judge_with_a_seat(court)
        admin, clerk = await court.staff("admin"), await court.staff("clerk")
        await admin.must("PUT", f"/api/staff/{staff}/standing", {"disabled": True})
        seats = f"/api/hearings/{await court.hearing(clerk)}/participants"
        wanted = {"name": "王法官", "role": "presiding_judge", "staff": staff}
        assert await clerk.refused("POST", seats, wanted) == (404, "not_found")
        same = {"name": "新法官", "login": "staff2", "password": PASSWORD, "roles": ["judge"]}
        assert await admin.refused("POST", "/api/staff", same) == (409, "conflict")


async def test_another_password_ends_what_the_old_one_began(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        judge, staff, _, session = await judge_with_a_seat(court)
        admin = await court.staff("admin")
        await admin.must("PUT", f"/api/staff/{staff}/password", {"password": OTHER})
        assert await judge.refused("GET", "/api/me") == (401, "not_signed_in")
        with pytest.raises(TokenRevoked):
            await SessionKeeper(court.office).verify(session)
        assert ("staff_signed_out", staff) in court.courtroom.told
        assert await login(court, PASSWORD) == (401, "login_failed")
        assert await login(court, OTHER) == (200, "")
        assert len(await court.journal(type="password_set")) == 1


async def test_own_password_needs_the_present_one_and_keeps_only_this_sign_in(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        judge, staff, hearing, session = await judge_with_a_seat(court)
        elsewhere = await court.visitor()
        await elsewhere.must("POST", "/api/login", {"login": "staff2", "password": PASSWORD})
        wrong = {"present": OTHER, "password": OTHER}
        assert await judge.refused("PUT", "/api/me/password", wrong) == (422, "invalid_value")
        await elsewhere.must("GET", "/api/me")
        short = {"present": PASSWORD, "password": "short"}
        assert await judge.refused("PUT", "/api/me/password", short) == (422, "invalid_value")
        await judge.must("PUT", "/api/me/password", {"present": PASSWORD, "password": OTHER})
        await judge.must("GET", "/api/me")
        assert await elsewhere.refused("GET", "/api/me") == (401, "not_signed_in")
        with pytest.raises(TokenRevoked):
            await SessionKeeper(court.office).verify(session)
        await judge.must("POST", f"/api/hearings/{hearing}/seat")
        assert await login(court, PASSWORD) == (401, "login_failed")
        assert await login(court, OTHER) == (200, "")
        types = [row.type for row in await court.journal() if row.actor == f"staff:{staff}"]
        assert "password_change_refused" in types and "password_changed" in types


async def test_only_administrators_close_accounts_and_nobody_their_own(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk, admin = await court.staff("clerk"), await court.staff("admin")
        own = (await admin.must("GET", "/api/me"))["staff"]
        for part, body in (("standing", {"disabled": True}), ("password", {"password": OTHER})):
            assert await clerk.refused("PUT", f"/api/staff/{own}/{part}", body) == (403, "not_permitted")
            assert await admin.refused("PUT", f"/api/staff/{own}/{part}", body) == (409, "wrong_state")
            assert await admin.refused("PUT", f"/api/staff/unknown/{part}", body) == (404, "not_found")
        assert len(await court.journal(type="act_refused")) == 2


async def test_guessing_the_present_password_is_slowed(tmp_path: Path) -> None:
    async with open_office(tmp_path, per_minute={**PLENTY, Guarded.LOGIN_NAME: 3}) as court:
        clerk = await court.staff("clerk")  # whose signing in was the first of three
        wrong = {"present": OTHER, "password": OTHER}
        codes = [(await clerk.refused("PUT", "/api/me/password", wrong))[1] for _ in range(3)]
        assert codes == ["invalid_value", "invalid_value", "too_many"]
