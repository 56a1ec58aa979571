"""Reaching a seat: join links, signing in, kiosks; and what withdraws it."""

from pathlib import Path

import pytest

from hearing_server.court.credentials import TokenRevoked, new_join_token
from hearing_server.court.join import SessionKeeper
from hearing_server.web.rate_limits import Guarded
from tests.integration.http_court import DAY_MS, PLENTY, HttpCourt, Visitor, open_office

MINUTE_MS = 60_000


async def party(court: HttpCourt, clerk: Visitor) -> tuple[str, str]:
    """Hearing and participant."""
    hearing = await court.hearing(clerk)
    return hearing, await court.seat(clerk, hearing, "张三", "party", side="plaintiff")


async def paired(court: HttpCourt, clerk: Visitor) -> tuple[Visitor, dict[str, str]]:
    """A kiosk's browser, and what it was told when it was enrolled."""
    code = (await clerk.must("POST", "/api/kiosks/pairing"))["code"]
    kiosk = await court.visitor()
    return kiosk, await kiosk.must("POST", "/api/kiosk/pair", {"code": code, "name": "一楼大厅"})


async def test_link_leads_to_the_seat_with_rules_in_the_asked_language(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        path = f"/api/hearings/{hearing}/participants/{person}/link"
        link = await clerk.must("POST", path)
        assert link["url"].startswith("https://court.example/#/join/") and len(link["url"]) < 64
        assert link["qr_svg"].startswith("<svg") and "张三" not in link["qr_svg"]
        token = link["url"].rpartition("/")[2]
        visitor = await court.visitor()
        seat = await visitor.must("POST", "/api/join", {"token": token})
        assert (seat["hearing"], seat["participant"], seat["role"]) == (hearing, person, "party")
        assert seat["may_publish"] == ["microphone", "camera"] and "法庭纪律" in seat["discipline_text"]
        english = await visitor.must("POST", "/api/join", {"token": token, "language": "en"})
        assert "Rules of the court" in english["discipline_text"]
        claims = await SessionKeeper(court.office).verify(seat["session_token"])
        assert (claims.hearing, claims.participant, claims.kiosk, claims.staff) == (hearing, person, None, None)
        taken = await court.journal(hearing, "seat_taken")
        assert {row.actor for row in taken} == {f"participant:{person}"}


async def test_observer_is_asked_for_no_device(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        token = await court.link(clerk, hearing, await court.seat(clerk, hearing, "旁听人", "observer"))
        assert (await clerk.must("POST", "/api/join", {"token": token}))["may_publish"] == []


async def test_fresh_link_revokes_the_one_before_and_its_sessions(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        first = await court.link(clerk, hearing, person)
        seat = await clerk.must("POST", "/api/join", {"token": first})
        second = await court.link(clerk, hearing, person)
        assert await clerk.refused("POST", "/api/join", {"token": first}) == (401, "token_revoked")
        with pytest.raises(TokenRevoked):
            await SessionKeeper(court.office).verify(seat["session_token"])
        await clerk.must("POST", "/api/join", {"token": second})
        assert ("link_withdrawn", hearing, person) in court.courtroom.told


async def test_withdrawn_link_stops_working(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        path = f"/api/hearings/{hearing}/participants/{person}/link"
        assert await clerk.refused("DELETE", path) == (409, "wrong_state")
        token = await court.link(clerk, hearing, person)
        await clerk.must("DELETE", path)
        assert await clerk.refused("POST", "/api/join", {"token": token}) == (401, "token_revoked")
        seat = (await clerk.must("GET", f"/api/hearings/{hearing}"))["seats"][0]
        assert (seat["link_issued"], seat["link_revoked"]) == (True, True)
        await court.link(clerk, hearing, person)
        assert await clerk.refused("POST", "/api/join", {"token": token}) == (401, "token_revoked")


async def test_link_expires_a_week_after_the_hearing(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        token = await court.link(clerk, hearing, person)
        visitor = await court.visitor()
        await court.clock.move(8 * DAY_MS - 1000)
        await visitor.must("POST", "/api/join", {"token": token})
        await court.clock.move(1000)
        assert await visitor.refused("POST", "/api/join", {"token": token}) == (401, "token_expired")


async def test_link_is_read_however_it_was_typed(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        token = await court.link(clerk, hearing, person)
        for typed in (token.upper(), token.replace("-", ""), token.replace("-", " "), f" {token} "):
            assert (await clerk.must("POST", "/api/join", {"token": typed}))["participant"] == person


async def test_link_follows_a_hearing_that_is_put_off(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        token = await court.link(clerk, hearing, person)
        later_ms = court.clock.now_ms() + 30 * DAY_MS
        put_off = await clerk.must("PUT", f"/api/hearings/{hearing}", {"scheduled_at_ms": later_ms})
        assert put_off["seats"][0]["link_expires_at_ms"] == later_ms + 7 * DAY_MS
        await court.clock.move(37 * DAY_MS - 1)
        await clerk.must("POST", "/api/join", {"token": token})


async def test_a_struck_persons_link_says_so(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        token = await court.link(clerk, hearing, person)
        await clerk.must("DELETE", f"/api/hearings/{hearing}/participants/{person}")
        assert await clerk.refused("POST", "/api/join", {"token": token}) == (401, "token_revoked")


async def test_links_that_were_never_made_lead_nowhere(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        token = await court.link(clerk, hearing, person)
        seat = await clerk.must("POST", "/api/join", {"token": token})
        for wrong in (new_join_token(), token[:-1], seat["session_token"], "", "x" * 5000, "令牌"):
            assert await clerk.refused("POST", "/api/join", {"token": wrong}) == (401, "token_invalid")


async def test_guessing_links_is_slowed(tmp_path: Path) -> None:
    async with open_office(tmp_path, per_minute={**PLENTY, Guarded.JOIN: 3}) as court:
        clerk = await court.staff("clerk")
        token = await court.link(clerk, *await party(court, clerk))
        for _ in range(3):
            await clerk.refused("POST", "/api/join", {"token": new_join_token()})
        assert await clerk.refused("POST", "/api/join", {"token": token}) == (429, "too_many")


async def test_draft_and_cancelled_hearings_have_no_seats(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk, status="draft")
        token = await court.link(clerk, hearing, await court.seat(clerk, hearing, "张三", "witness"))
        status = f"/api/hearings/{hearing}/status"
        assert await clerk.refused("POST", "/api/join", {"token": token}) == (409, "wrong_state")
        await clerk.must("POST", status, {"status": "scheduled"})
        await clerk.must("POST", "/api/join", {"token": token})
        await clerk.must("POST", status, {"status": "cancelled", "reason": "撤诉"})
        assert await clerk.refused("POST", "/api/join", {"token": token}) == (409, "wrong_state")


async def test_judge_takes_the_own_seat_by_signing_in(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk, judge, stranger = await court.staff("clerk"), await court.staff("judge"), await court.staff("judge")
        staff = (await judge.must("GET", "/api/me"))["staff"]
        hearing = await court.hearing(clerk)
        person = await court.seat(clerk, hearing, "王法官", "presiding_judge", staff=staff)
        seat = await judge.must("POST", f"/api/hearings/{hearing}/seat")
        assert seat["participant"] == person
        assert (await SessionKeeper(court.office).verify(seat["session_token"])).staff == staff
        assert await stranger.refused("POST", f"/api/hearings/{hearing}/seat") == (403, "not_permitted")
        nobody = await court.visitor()
        assert await nobody.refused("POST", f"/api/hearings/{hearing}/seat") == (401, "not_signed_in")
        assert await judge.refused("POST", "/api/hearings/unknown/seat") == (404, "not_found")


async def test_kiosk_code_works_once_on_an_enrolled_kiosk(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        kiosk, enrolled = await paired(court, clerk)
        code = (await clerk.must("POST", f"/api/hearings/{hearing}/participants/{person}/code"))["code"]
        assert len(code) == 6 and code.isdigit()
        join = {"device_token": enrolled["device_token"], "code": code}
        assert await kiosk.refused("POST", "/api/kiosk/join", {**join, "device_token": "x"}) == (401, "token_invalid")
        seat = await kiosk.must("POST", "/api/kiosk/join", join)
        assert seat["participant"] == person
        assert (await SessionKeeper(court.office).verify(seat["session_token"])).kiosk == enrolled["kiosk"]
        assert await kiosk.refused("POST", "/api/kiosk/join", join) == (403, "code_invalid")


async def test_kiosk_codes_expire_and_a_new_one_ends_the_one_before(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        kiosk, enrolled = await paired(court, clerk)
        path = f"/api/hearings/{hearing}/participants/{person}/code"
        first, second = [(await clerk.must("POST", path))["code"] for _ in range(2)]
        join = {"device_token": enrolled["device_token"], "code": first}
        assert await kiosk.refused("POST", "/api/kiosk/join", join) == (403, "code_invalid")
        await court.clock.move(15 * MINUTE_MS)
        assert await kiosk.refused("POST", "/api/kiosk/join", {**join, "code": second}) == (403, "code_invalid")
        await kiosk.must("POST", "/api/kiosk/join", {**join, "code": (await clerk.must("POST", path))["code"]})


async def test_guessing_kiosk_codes_is_slowed(tmp_path: Path) -> None:
    async with open_office(tmp_path, per_minute={**PLENTY, Guarded.KIOSK_CODE: 3}) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        kiosk, enrolled = await paired(court, clerk)
        code = (await clerk.must("POST", f"/api/hearings/{hearing}/participants/{person}/code"))["code"]
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        join = {"device_token": enrolled["device_token"], "code": wrong}
        codes = [(await kiosk.refused("POST", "/api/kiosk/join", join))[1] for _ in range(3)]
        assert codes == ["code_invalid"] * 3
        assert await kiosk.refused("POST", "/api/kiosk/join", {**join, "code": code}) == (429, "too_many")


async def test_pairing_code_enrols_one_kiosk_within_a_quarter_of_an_hour(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        late, used = [(await clerk.must("POST", "/api/kiosks/pairing"))["code"] for _ in range(2)]
        visitor = await court.visitor()
        await visitor.must("POST", "/api/kiosk/pair", {"code": used, "name": "一楼"})
        assert await visitor.refused("POST", "/api/kiosk/pair", {"code": used, "name": "二楼"}) == (403, "code_invalid")
        await court.clock.move(15 * MINUTE_MS)
        assert await visitor.refused("POST", "/api/kiosk/pair", {"code": late, "name": "二楼"}) == (403, "code_invalid")
        assert await visitor.refused("POST", "/api/kiosk/pair", {"code": "12", "name": "x"}) == (422, "invalid_value")
        judge = await court.staff("judge")
        assert await judge.refused("POST", "/api/kiosks/pairing") == (403, "not_permitted")


async def test_withdrawn_kiosk_and_seats_taken_at_it_stop_working(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        kiosk, enrolled = await paired(court, clerk)
        hello = {"device_token": enrolled["device_token"]}
        assert await kiosk.must("POST", "/api/kiosk/hello", hello) == enrolled
        code = (await clerk.must("POST", f"/api/hearings/{hearing}/participants/{person}/code"))["code"]
        seat = await kiosk.must("POST", "/api/kiosk/join", {**hello, "code": code})
        listed = (await clerk.must("GET", "/api/kiosks"))["kiosks"]
        assert [(row["name"], row["revoked"], row["last_seen_ms"]) for row in listed] == [
            ("一楼大厅", False, court.clock.now_ms())
        ]
        await clerk.must("DELETE", f"/api/kiosks/{enrolled['kiosk']}")
        assert await kiosk.refused("POST", "/api/kiosk/hello", hello) == (401, "token_revoked")
        assert await kiosk.refused("POST", "/api/kiosk/join", {**hello, "code": "123456"}) == (401, "token_revoked")
        with pytest.raises(TokenRevoked):
            await SessionKeeper(court.office).verify(seat["session_token"])
        assert ("kiosk_withdrawn", enrolled["kiosk"]) in court.courtroom.told
        assert await clerk.refused("DELETE", f"/api/kiosks/{enrolled['kiosk']}") == (404, "not_found")


async def test_database_keeps_no_code_and_no_token(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing, person = await party(court, clerk)
        code = (await clerk.must("POST", f"/api/hearings/{hearing}/participants/{person}/code"))["code"]
        _, enrolled = await paired(court, clerk)
        token = await court.link(clerk, hearing, person)
        async with court.office.database.reading() as transaction:
            stored = [
                tuple(row)
                for table in ("kiosk_codes", "pairing_codes", "kiosks", "journal", "join_links", "participants")
                for row in await transaction.exec_driver_sql(f"SELECT * FROM {table}")
            ]
    assert stored
    values = {str(value) for row in stored for value in row}
    assert code not in values
    secrets = (enrolled["device_token"], token, token.replace("-", ""))
    assert not [value for value in values if any(secret in value for secret in secrets)]
