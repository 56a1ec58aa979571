"""Acts around cases: enter, find."""

from hearing_server.court.office import Office, new_id, note, permit, staff_actor
from hearing_server.domain.case import Case, Procedure
from hearing_server.domain.errors import Conflict, InvalidValue, NotFound
from hearing_server.domain.staff import OfficeAct, StaffAccount
from hearing_server.storage import cases

MOST_FOUND = 100


async def enter_case(office: Office, who: StaffAccount, case_number: str, title: str, procedure: Procedure) -> Case:
    """Raises ``Conflict`` when the number is taken."""
    await permit(office, who, OfficeAct.ENTER_CASE)
    case = Case(new_id(), case_number.strip(), title.strip(), procedure, who.id, office.clock.now_ms())
    if not case.case_number or not case.title:
        raise InvalidValue("case_unnamed")
    async with office.database.transaction() as transaction:
        if await cases.by_number(transaction, case.case_number):
            raise Conflict("case_number_taken")
        await cases.add(transaction, case)
        data: dict[str, object] = {"case": case.id, "procedure": procedure.value}
        await note(transaction, office, "case_entered", staff_actor(who), data)
    return case


async def find_cases(office: Office, who: StaffAccount, text: str) -> list[Case]:
    """Cases whose number or title contains ``text``, newest first, ``MOST_FOUND`` at most."""
    await permit(office, who, OfficeAct.VIEW_CASES)
    async with office.database.reading() as transaction:
        return await cases.search(transaction, text.strip(), MOST_FOUND)


async def view_case(office: Office, who: StaffAccount, case_id: str) -> Case:
    """Raises ``NotFound``."""
    await permit(office, who, OfficeAct.VIEW_CASES)
    async with office.database.reading() as transaction:
        case = await cases.by_id(transaction, case_id)
    if case is None:
        raise NotFound("case")
    return case
