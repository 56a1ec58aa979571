"""Cases, hearings, participants: what a clerk enters and who may see it."""

from pathlib import Path

import pytest

from tests.integration.http_court import DAY_MS, open_office

NEW_CASE = {"case_number": "（2029）示01民初77号", "title": "张三诉李四买卖合同纠纷"}


async def test_clerk_enters_a_case_and_finds_it(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        case = await clerk.must("POST", "/api/cases", NEW_CASE)
        assert case["procedure"] == "civil"
        other = await clerk.must("POST", "/api/cases", {"case_number": "100%_号", "title": "另案"})
        assert await clerk.refused("POST", "/api/cases", NEW_CASE) == (409, "conflict")
        assert (await clerk.must("GET", "/api/cases?query=张三"))["cases"] == [case]
        assert (await clerk.must("GET", "/api/cases?query=%25_"))["cases"] == [other]
        assert await clerk.must("GET", f"/api/cases/{case['case']}") == case
        assert await clerk.refused("GET", "/api/cases/unknown") == (404, "not_found")


async def test_hearing_goes_from_draft_to_lobby_and_cannot_be_sealed(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk, status="draft")
        path = f"/api/hearings/{hearing}/status"
        detail = await clerk.must("GET", f"/api/hearings/{hearing}")
        assert (detail["status"], detail["allowed_steps"]) == ("draft", ["scheduled"])
        assert await clerk.refused("POST", path, {"status": "lobby_open"}) == (409, "wrong_state")
        assert (await clerk.must("POST", path, {"status": "scheduled"}))["allowed_steps"] == ["lobby_open", "cancelled"]
        opened = await clerk.must("POST", path, {"status": "lobby_open"})
        assert (opened["status"], opened["allowed_steps"]) == ("lobby_open", ["cancelled"])
        assert await clerk.refused("POST", path, {"status": "sealed"}) == (409, "wrong_state")
        assert await clerk.refused("POST", path, {"status": "cancelled"}) == (422, "invalid_value")
        assert await clerk.refused("POST", path, {"status": "in_session"}) == (422, "invalid_value")
        assert (await clerk.must("POST", path, {"status": "cancelled", "reason": "撤诉"}))["status"] == "cancelled"
        changed = ("hearing_changed", hearing)
        assert court.courtroom.told == [changed, ("prepare_room", hearing), changed, changed]
        types = [row.type for row in await court.journal(hearing)]
        assert types == ["hearing_entered", *["hearing_status_changed"] * 3]


async def test_time_and_room_change_until_the_hearing_is_over(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        path = f"/api/hearings/{hearing}"
        later = {"scheduled_at_ms": court.clock.now_ms() + 3 * DAY_MS, "courtroom": " 第二法庭 ", "openness": "public"}
        assert (await clerk.must("PUT", path, later))["courtroom"] == "第二法庭"
        past = {**later, "scheduled_at_ms": court.clock.now_ms() - DAY_MS}
        assert await clerk.refused("PUT", path, past) == (422, "invalid_value")
        await clerk.must("POST", f"{path}/status", {"status": "cancelled", "reason": "撤诉"})
        assert await clerk.refused("PUT", path, later) == (409, "wrong_state")


async def test_judge_sees_own_hearings_of_the_day_only(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk, judge = await court.staff("clerk"), await court.staff("judge")
        me = await judge.must("GET", "/api/me")
        mine, other = await court.hearing(clerk), await court.hearing(clerk)
        seat = await court.seat(clerk, mine, "王法官", "presiding_judge", staff=me["staff"])
        await court.seat(clerk, mine, "张三", "party", side="plaintiff")
        await court.seat(clerk, mine, "旁听人", "observer")
        listed = (await judge.must("GET", "/api/hearings"))["hearings"]
        assert [(row["hearing"], row["my_participant"]) for row in listed] == [(mine, seat)]
        assert (listed[0]["present"], listed[0]["expected"]) == (0, 2)
        assert await judge.refused("GET", f"/api/hearings/{other}") == (403, "not_permitted")
        assert [row.type for row in await court.journal(other, "act_refused")] == ["act_refused"]
        assert len((await clerk.must("GET", "/api/hearings"))["hearings"]) == 2
        tomorrow = court.clock.now_ms() + DAY_MS
        assert (await judge.must("GET", f"/api/hearings?from_ms={tomorrow + 1}"))["hearings"] == []
        assert (await judge.must("GET", f"/api/hearings?to_ms={tomorrow}"))["hearings"] == []
        of_case = await judge.must("GET", f"/api/cases/{listed[0]['case']}/hearings")
        assert [row["hearing"] for row in of_case["hearings"]] == [mine]


async def test_judge_opens_the_lobby_of_the_own_hearing_but_does_not_schedule(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk, judge = await court.staff("clerk"), await court.staff("judge")
        hearing = await court.hearing(clerk, status="draft")
        path = f"/api/hearings/{hearing}/status"
        staff = (await judge.must("GET", "/api/me"))["staff"]
        await court.seat(clerk, hearing, "王法官", "presiding_judge", staff=staff)
        assert await judge.refused("POST", path, {"status": "scheduled"}) == (403, "not_permitted")
        await clerk.must("POST", path, {"status": "scheduled"})
        assert (await judge.must("POST", path, {"status": "lobby_open"}))["status"] == "lobby_open"
        assert await judge.refused("POST", "/api/cases", NEW_CASE) == (403, "not_permitted")


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        ({"role": "king"}, (422, "invalid_value")),
        ({"role": "admin"}, (422, "invalid_value")),
        ({"role": "party"}, (422, "invalid_value")),
        ({"role": "party", "side": "left"}, (422, "invalid_value")),
        ({"role": "witness", "side": "plaintiff"}, (422, "invalid_value")),
        ({"role": "observer", "name": "   "}, (422, "invalid_value")),
        ({"role": "observer", "name": ""}, (422, "invalid_value")),
        ({"role": "observer", "name": "名" * 101}, (422, "invalid_value")),
        ({"role": "clerk", "staff": "nobody"}, (404, "not_found")),
        ({"role": "observer", "seat": 4}, (400, "malformed")),
        ({"role": 4}, (400, "malformed")),
    ],
)
async def test_a_seat_that_cannot_be_is_refused(
    tmp_path: Path, wanted: dict[str, object], refusal: tuple[int, str]
) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        path = f"/api/hearings/{hearing}/participants"
        assert await clerk.refused("POST", path, {"name": "张三", **wanted}) == refusal
        assert (await clerk.must("GET", f"/api/hearings/{hearing}"))["seats"] == []


async def test_bench_and_accounts_are_seated_once(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk, judge = await court.staff("clerk"), await court.staff("judge")
        staff = (await judge.must("GET", "/api/me"))["staff"]
        hearing = await court.hearing(clerk)
        path = f"/api/hearings/{hearing}/participants"
        await court.seat(clerk, hearing, "王法官", "presiding_judge", staff=staff)
        second = {"name": "赵法官", "role": "presiding_judge"}
        assert await clerk.refused("POST", path, second) == (409, "conflict")
        assert await clerk.refused("POST", path, {**second, "role": "panel_member", "staff": staff}) == (
            409,
            "conflict",
        )
        assert await clerk.refused("POST", path, {**second, "role": "clerk", "staff": staff}) == (422, "invalid_value")


async def test_listed_witness_can_never_observe_the_case(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        case = (await clerk.must("GET", f"/api/hearings/{hearing}"))["case"]["case"]
        plan = {"scheduled_at_ms": court.clock.now_ms() + DAY_MS}
        again = (await clerk.must("POST", f"/api/cases/{case}/hearings", plan))["hearing"]
        await court.seat(clerk, hearing, "孙 七", "witness")
        await court.seat(clerk, hearing, "周八", "observer")
        for other in (hearing, again):
            path = f"/api/hearings/{other}/participants"
            assert await clerk.refused("POST", path, {"name": "孙七", "role": "observer"}) == (422, "invalid_value")
            assert await clerk.refused("POST", path, {"name": "孙七", "role": "reporter"}) == (422, "invalid_value")
            assert await clerk.refused("POST", path, {"name": "周八", "role": "expert"}) == (422, "invalid_value")
        await court.seat(clerk, await court.hearing(clerk), "孙七", "observer")


async def test_somebody_who_never_took_part_is_struck_with_codes_and_links(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        person = await court.seat(clerk, hearing, "张三", "party", side="plaintiff")
        token = await court.link(clerk, hearing, person)
        await clerk.must("POST", f"/api/hearings/{hearing}/participants/{person}/code")
        await clerk.must("DELETE", f"/api/hearings/{hearing}/participants/{person}")
        assert await clerk.refused("POST", "/api/join", {"token": token}) == (401, "token_revoked")
        assert (await clerk.must("GET", f"/api/hearings/{hearing}"))["seats"] == []


async def test_names_of_people_are_not_in_the_journal(tmp_path: Path) -> None:
    async with open_office(tmp_path) as court:
        clerk = await court.staff("clerk")
        hearing = await court.hearing(clerk)
        person = await court.seat(clerk, hearing, "张三", "party", side="plaintiff")
        token = await court.link(clerk, hearing, person)
        rows = [*await court.journal(), *await court.journal(hearing)]
        assert rows
        assert not [row for row in rows if "张三" in row.data or token in row.data]
