"""Acts around the list of hearings: enter, change, take the steps that need no courtroom, see the list."""

from dataclasses import dataclass, replace

from hearing_server.court.office import Office, new_id, permit, staff_actor
from hearing_server.domain.case import Case
from hearing_server.domain.errors import InvalidValue, NotFound, NotPermitted, Refused, WrongState
from hearing_server.domain.hearing import Hearing, HearingStatus, Openness
from hearing_server.domain.job import CompositeStanding
from hearing_server.domain.participant import Participant
from hearing_server.domain.permissions import Act
from hearing_server.domain.permit import may
from hearing_server.domain.record_access import may_read
from hearing_server.domain.role import Role
from hearing_server.domain.staff import OfficeAct, StaffAccount
from hearing_server.domain.stage_templates import stages_of
from hearing_server.storage import cases, hearings, journal, participants, utterances
from hearing_server.storage.database import Transaction
from hearing_server.storage.jobs import composite_of

CHANGEABLE = frozenset({HearingStatus.DRAFT, HearingStatus.SCHEDULED, HearingStatus.LOBBY_OPEN})
"""Until it is ready, time and room may still change."""

STEPS: dict[HearingStatus, Act] = {
    HearingStatus.SCHEDULED: Act.SCHEDULE,
    HearingStatus.LOBBY_OPEN: Act.OPEN_LOBBY,
    HearingStatus.CANCELLED: Act.CANCEL,
}
"""Steps that need no courtroom, by where they lead. Sealing waits for a filed transcript (REC 8)."""

UNCOUNTED = frozenset({Role.OBSERVER, Role.REPORTER, Role.TECH_OFFICER, Role.INSPECTOR, Role.SITE_OPERATOR})
"""The hearing does not wait for these."""


@dataclass(frozen=True, slots=True)
class HearingPlan:
    """What a clerk decides about a hearing."""

    scheduled_at_ms: int
    courtroom: str
    openness: Openness


@dataclass(frozen=True, slots=True)
class ListedHearing:
    """A row of the day's list, as one account sees it."""

    hearing: Hearing
    case: Case
    mine: Participant | None
    present: int
    expected: int


@dataclass(frozen=True, slots=True)
class ScheduledHearing:
    """A hearing with everything the schedule shows of it, as one account sees it."""

    hearing: Hearing
    case: Case
    people: list[Participant]
    mine: Participant | None
    allowed_steps: list[HearingStatus]
    transcript_count: int
    composite: CompositeStanding | None
    record_readable: bool
    """Recording, transcript and journal, by this account."""


async def enter_hearing(office: Office, who: StaffAccount, case_id: str, plan: HearingPlan) -> ScheduledHearing:
    """A draft, with the stage template of the case's procedure. Raises ``NotFound``."""
    await permit(office, who, OfficeAct.SCHEDULE_HEARING)
    _require_future(office, plan)
    async with office.database.transaction() as transaction:
        case = await cases.by_id(transaction, case_id)
        if case is None:
            raise NotFound("case")
        template = case.procedure.value
        stages_of(template)
        hearing = Hearing(
            id=new_id(),
            case_id=case.id,
            template=template,
            openness=plan.openness,
            courtroom=plan.courtroom.strip(),
            scheduled_at_ms=plan.scheduled_at_ms,
            created_by=who.id,
            created_at_ms=office.clock.now_ms(),
        )
        await hearings.add(transaction, hearing)
        data = {"case": case.id, "template": template, **_plan_data(plan)}
        await journal.append(transaction, hearing.id, hearing.created_at_ms, "hearing_entered", staff_actor(who), data)
        return await _scheduled(transaction, who, hearing)


async def change_hearing(office: Office, who: StaffAccount, hearing_id: str, plan: HearingPlan) -> ScheduledHearing:
    """Another time, room or openness. Raises ``WrongState`` once the hearing is ready."""
    await permit(office, who, OfficeAct.SCHEDULE_HEARING)
    _require_future(office, plan)
    async with office.database.transaction() as transaction:
        hearing = await load_to_change(transaction, hearing_id)
        if hearing.status not in CHANGEABLE:
            raise WrongState("hearing_fixed", (hearing.status,))
        hearing = replace(
            hearing,
            scheduled_at_ms=plan.scheduled_at_ms,
            courtroom=plan.courtroom.strip(),
            openness=plan.openness,
        )
        await hearings.save(transaction, hearing)
        now_ms = office.clock.now_ms()
        await journal.append(transaction, hearing.id, now_ms, "hearing_changed", staff_actor(who), _plan_data(plan))
        scheduled = await _scheduled(transaction, who, hearing)
    await office.courtroom.hearing_changed(hearing_id)
    return scheduled


async def take_step(
    office: Office, who: StaffAccount, hearing_id: str, target: HearingStatus, reason: str
) -> ScheduledHearing:
    """Schedule a draft, open the lobby, cancel. Raises ``NotPermitted``, ``WrongState``, ``InvalidValue`` without a reason
    where one is needed, ``NoCapacity`` when no worker can take the hearing."""
    act = STEPS.get(target)
    if act is None:
        raise WrongState("transcript_not_filed", (target,))
    try:
        async with office.database.transaction() as transaction:
            hearing = await load_to_change(transaction, hearing_id)
            mine = await _seat_of(transaction, who, hearing_id)
            if not _may_step(who, mine, hearing, act):
                raise NotPermitted(act.value)
            now_ms = office.clock.now_ms()
            changed = hearing.change(act, now_ms, reason=reason)
            if act is Act.OPEN_LOBBY:
                await office.courtroom.prepare_room(hearing_id)
            await hearings.save(transaction, changed)
            data = {"from": hearing.status.value, "to": changed.status.value, "reason": reason.strip()}
            await journal.append(transaction, hearing_id, now_ms, "hearing_status_changed", staff_actor(who), data)
            scheduled = await _scheduled(transaction, who, changed)
    except NotPermitted as refusal:
        await note_refusal(office, hearing_id, staff_actor(who), refusal)
        raise
    await office.courtroom.hearing_changed(hearing_id)
    return scheduled


async def view_hearing(office: Office, who: StaffAccount, hearing_id: str) -> ScheduledHearing:
    """Raises ``NotFound``; ``NotPermitted`` for somebody who neither keeps the schedule nor has a seat."""
    async with office.database.reading() as transaction:
        hearing = await load_hearing(transaction, hearing_id)
        scheduled = await _scheduled(transaction, who, hearing)
    if scheduled.mine is None and not who.may(OfficeAct.VIEW_ANY_HEARING):
        refusal = NotPermitted("view_hearing")
        await note_refusal(office, hearing_id, staff_actor(who), refusal)
        raise refusal
    return scheduled


async def list_hearings(office: Office, who: StaffAccount, from_ms: int, to_ms: int) -> list[ListedHearing]:
    """Those the account may see, scheduled from ``from_ms`` and before ``to_ms``, in order of time."""
    async with office.database.reading() as transaction:
        return await _listed(transaction, who, await hearings.between(transaction, from_ms, to_ms))


async def hearings_of_case(office: Office, who: StaffAccount, case_id: str) -> list[ListedHearing]:
    """Those of a case that the account may see, in order of time. Raises ``NotFound``."""
    async with office.database.reading() as transaction:
        if await cases.by_id(transaction, case_id) is None:
            raise NotFound("case")
        return await _listed(transaction, who, await hearings.of_case(transaction, case_id))


async def load_hearing(transaction: Transaction, hearing_id: str) -> Hearing:
    """Raises ``NotFound``."""
    hearing = await hearings.by_id(transaction, hearing_id)
    if hearing is None:
        raise NotFound("hearing")
    return hearing


async def load_to_change(transaction: Transaction, hearing_id: str) -> Hearing:
    """Whoever changes the hearing or its people loads it so, one after the other. Raises ``NotFound``."""
    hearing = await hearings.by_id_to_change(transaction, hearing_id)
    if hearing is None:
        raise NotFound("hearing")
    return hearing


async def note_refusal(office: Office, hearing_id: str, actor: str, refusal: Refused) -> None:
    """An attempt that was not permitted stands in the hearing's journal."""
    async with office.database.transaction() as transaction:
        now_ms = office.clock.now_ms()
        await journal.append(transaction, hearing_id, now_ms, "act_refused", actor, {"act": refusal.because})


async def _scheduled(transaction: Transaction, who: StaffAccount, hearing: Hearing) -> ScheduledHearing:
    case = await cases.by_id(transaction, hearing.case_id)
    if case is None:
        raise NotFound("case")
    people = await participants.of_hearing(transaction, hearing.id)
    mine = next((person for person in people if person.staff_id == who.id), None)
    return ScheduledHearing(
        hearing,
        case,
        people,
        mine,
        _allowed_steps(who, mine, hearing),
        await utterances.count(transaction, hearing.id),
        await composite_of(transaction, hearing.id),
        may_read(hearing, mine, who.id),
    )


async def _listed(transaction: Transaction, who: StaffAccount, hearings: list[Hearing]) -> list[ListedHearing]:
    own = {person.hearing_id: person for person in await participants.of_staff(transaction, who.id)}
    sees_all = who.may(OfficeAct.VIEW_ANY_HEARING)
    listed: list[ListedHearing] = []
    for hearing in hearings:
        if not sees_all and hearing.id not in own:
            continue
        case = await cases.by_id(transaction, hearing.case_id)
        if case is None:
            continue
        people = await participants.of_hearing(transaction, hearing.id)
        counted = [person for person in people if person.role not in UNCOUNTED]
        present = sum(person.is_here for person in counted)
        listed.append(ListedHearing(hearing, case, own.get(hearing.id), present, len(counted)))
    return listed


async def _seat_of(transaction: Transaction, who: StaffAccount, hearing_id: str) -> Participant | None:
    people = await participants.of_hearing(transaction, hearing_id)
    return next((person for person in people if person.staff_id == who.id), None)


def _may_step(who: StaffAccount, mine: Participant | None, hearing: Hearing, act: Act) -> bool:
    return who.may(OfficeAct.SCHEDULE_HEARING) or (mine is not None and may(mine, hearing, act))


def _allowed_steps(who: StaffAccount, mine: Participant | None, hearing: Hearing) -> list[HearingStatus]:
    return [
        target
        for target in hearing.allowed()
        if (act := STEPS.get(target)) is not None and _may_step(who, mine, hearing, act)
    ]


def _require_future(office: Office, plan: HearingPlan) -> None:
    """Entered late is entered all the same, but not days late: that would be a slip of the pen."""
    if plan.scheduled_at_ms < office.clock.now_ms() - PAST_ALLOWED_MS:
        raise InvalidValue("time_past")


PAST_ALLOWED_MS = 12 * 3600 * 1000


def _plan_data(plan: HearingPlan) -> dict[str, object]:
    return {"scheduled_at_ms": plan.scheduled_at_ms, "courtroom": plan.courtroom, "openness": plan.openness.value}
