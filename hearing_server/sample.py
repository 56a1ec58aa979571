"""The sample case and hearing of ``make run``: there to be tried out at once, with a fresh join link for each role at every start."""

from dataclasses import dataclass

from hearing_server.court import cases, participants, schedule
from hearing_server.court.office import Office
from hearing_server.court.participants import Invitation
from hearing_server.court.schedule import HearingPlan
from hearing_server.domain.case import Procedure
from hearing_server.domain.hearing import HearingStatus, Openness
from hearing_server.domain.staff import StaffAccount, StaffRole

CASE_NUMBER = "（2026）示民初1号"
CASE_TITLE = "王雪梅诉李建国民间借贷纠纷（示例）"
BEGINS_IN_MS = 10 * 60 * 1000

CLERK = StaffAccount("sample", "示例", "sample", frozenset({StaffRole.CLERK}))
"""In whose name the sample is entered; nobody can sign in as this."""

CAST = (
    Invitation("周正清", "presiding_judge", "", None),
    Invitation("林书妍", "clerk", "", None),
    Invitation("王雪梅", "party", "plaintiff", None),
    Invitation("李建国", "party", "defendant", None),
    Invitation("赵宏", "witness", "", None),
    Invitation("旁听人员", "observer", "", None),
)


@dataclass(frozen=True, slots=True)
class SampleLink:
    name: str
    role: str
    side: str
    url: str


async def sample_links(office: Office) -> list[SampleLink]:
    """Links into the sample hearing; a new one is entered when there is none that can still be joined."""
    hearing = await _open_sample(office) or await _enter_sample(office)
    scheduled = await schedule.view_hearing(office, CLERK, hearing)
    links = []
    for person in scheduled.people:
        issued = await participants.issue_link(office, CLERK, hearing, person.id)
        links.append(SampleLink(person.name, person.role.value, person.side, issued.url))
    return links


async def _open_sample(office: Office) -> str | None:
    for case in await cases.find_cases(office, CLERK, CASE_NUMBER):
        for listed in await schedule.hearings_of_case(office, CLERK, case.id):
            if listed.hearing.status not in participants.OVER:
                return listed.hearing.id
    return None


async def _enter_sample(office: Office) -> str:
    known = await cases.find_cases(office, CLERK, CASE_NUMBER)
    case = known[0] if known else await cases.enter_case(office, CLERK, CASE_NUMBER, CASE_TITLE, Procedure.CIVIL)
    plan = HearingPlan(office.clock.now_ms() + BEGINS_IN_MS, "第一互联网法庭", Openness.PUBLIC)
    entered = await schedule.enter_hearing(office, CLERK, case.id, plan)
    for invitation in CAST:
        await participants.name_participant(office, CLERK, entered.hearing.id, invitation)
    for step in (HearingStatus.SCHEDULED, HearingStatus.LOBBY_OPEN):
        await schedule.take_step(office, CLERK, entered.hearing.id, step, "")
    return entered.hearing.id
