"""Routes of cases, hearings and who takes part."""

import io

import segno

from hearing_server.court import cases, participants, schedule
from hearing_server.domain.case import Procedure
from hearing_server.domain.hearing import HearingStatus, Openness
from hearing_server.web import bodies, models
from hearing_server.web.queries import CaseSearch, Days
from hearing_server.web.route_table import Call, Route


async def find_cases(call: Call[CaseSearch]) -> models.CaseList:
    """Cases whose number or title contains the text, newest first."""
    found = await cases.find_cases(call.office, call.staff, call.body.query)
    return models.CaseList(cases=[bodies.case_view(case) for case in found])


async def enter_case(call: Call[models.NewCase]) -> models.CaseView:
    """Enter a case."""
    new = call.body
    case = await cases.enter_case(call.office, call.staff, new.case_number, new.title, Procedure(new.procedure))
    return bodies.case_view(case)


async def view_case(call: Call[None]) -> models.CaseView:
    """One case."""
    return bodies.case_view(await cases.view_case(call.office, call.staff, call.part("case")))


async def hearings_of_case(call: Call[None]) -> models.HearingList:
    """The hearings of a case that the signed-in person may see."""
    listed = await schedule.hearings_of_case(call.office, call.staff, call.part("case"))
    return models.HearingList(hearings=[bodies.hearing_summary(each) for each in listed])


async def enter_hearing(call: Call[models.NewHearing]) -> models.HearingDetail:
    """Enter a hearing of a case, as a draft."""
    entered = await schedule.enter_hearing(call.office, call.staff, call.part("case"), _plan(call.body))
    return bodies.hearing_detail(entered)


async def list_hearings(call: Call[Days]) -> models.HearingList:
    """The hearings of a span of time that the signed-in person may see."""
    listed = await schedule.list_hearings(call.office, call.staff, call.body.from_ms, call.body.to_ms)
    return models.HearingList(hearings=[bodies.hearing_summary(each) for each in listed])


async def view_hearing(call: Call[None]) -> models.HearingDetail:
    """One hearing with its seats."""
    return bodies.hearing_detail(await schedule.view_hearing(call.office, call.staff, call.part("hearing")))


async def change_hearing(call: Call[models.NewHearing]) -> models.HearingDetail:
    """Another time, courtroom or openness, until the hearing is ready."""
    changed = await schedule.change_hearing(call.office, call.staff, call.part("hearing"), _plan(call.body))
    return bodies.hearing_detail(changed)


async def take_step(call: Call[models.HearingStep]) -> models.HearingDetail:
    """Schedule, open the lobby, cancel, seal."""
    target = HearingStatus(call.body.status)
    taken = await schedule.take_step(call.office, call.staff, call.part("hearing"), target, call.body.reason)
    return bodies.hearing_detail(taken)


async def name_participant(call: Call[models.NewParticipant]) -> models.SeatView:
    """Give somebody a seat."""
    new = call.body
    invitation = participants.Invitation(new.name, new.role, new.side, new.staff)
    named_in, person = await participants.name_participant(call.office, call.staff, call.part("hearing"), invitation)
    return bodies.seat_view(person, named_in)


async def strike_participant(call: Call[None]) -> None:
    """Take somebody off the list who never took part."""
    await participants.strike_participant(call.office, call.staff, call.part("hearing"), call.part("participant"))


async def issue_link(call: Call[None]) -> models.JoinLink:
    """A fresh join link; earlier ones of this participant stop working."""
    link = await participants.issue_link(call.office, call.staff, call.part("hearing"), call.part("participant"))
    return models.JoinLink(url=link.url, qr_svg=qr_svg(link.url), expires_at_ms=link.expires_at_ms)


async def withdraw_link(call: Call[None]) -> None:
    """Withdraw the participant's link without a new one."""
    await participants.withdraw_link(call.office, call.staff, call.part("hearing"), call.part("participant"))


async def issue_kiosk_code(call: Call[None]) -> models.KioskCode:
    """Six digits for a kiosk, good once, for fifteen minutes."""
    hearing, participant = call.part("hearing"), call.part("participant")
    code, expires_at_ms = await participants.issue_kiosk_code(call.office, call.staff, hearing, participant)
    return models.KioskCode(code=code, expires_at_ms=expires_at_ms)


def qr_svg(text: str) -> str:
    """A QR code as an SVG document that scales to its box."""
    svg = io.BytesIO()
    segno.make(text, error="m", micro=False).save(svg, kind="svg", omitsize=True, xmldecl=False, border=4)
    return svg.getvalue().decode()


def _plan(new: models.NewHearing) -> schedule.HearingPlan:
    return schedule.HearingPlan(new.scheduled_at_ms, new.courtroom, Openness(new.openness))


_SEAT = "/api/hearings/{hearing}/participants/{participant}"

ROUTES = (
    Route("GET", "/api/cases", find_cases, body=CaseSearch, answer=models.CaseList),
    Route("POST", "/api/cases", enter_case, body=models.NewCase, answer=models.CaseView, status=201),
    Route("GET", "/api/cases/{case}", view_case, answer=models.CaseView),
    Route("GET", "/api/cases/{case}/hearings", hearings_of_case, answer=models.HearingList),
    Route(
        "POST",
        "/api/cases/{case}/hearings",
        enter_hearing,
        body=models.NewHearing,
        answer=models.HearingDetail,
        status=201,
    ),
    Route("GET", "/api/hearings", list_hearings, body=Days, answer=models.HearingList),
    Route("GET", "/api/hearings/{hearing}", view_hearing, answer=models.HearingDetail),
    Route("PUT", "/api/hearings/{hearing}", change_hearing, body=models.NewHearing, answer=models.HearingDetail),
    Route("POST", "/api/hearings/{hearing}/status", take_step, body=models.HearingStep, answer=models.HearingDetail),
    Route(
        "POST",
        "/api/hearings/{hearing}/participants",
        name_participant,
        body=models.NewParticipant,
        answer=models.SeatView,
        status=201,
    ),
    Route("DELETE", _SEAT, strike_participant, status=204),
    Route("POST", f"{_SEAT}/link", issue_link, answer=models.JoinLink, status=201),
    Route("DELETE", f"{_SEAT}/link", withdraw_link, status=204),
    Route("POST", f"{_SEAT}/code", issue_kiosk_code, answer=models.KioskCode, status=201),
)
