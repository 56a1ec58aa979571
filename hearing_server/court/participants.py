"""Acts around who takes part: name, strike, links and codes by which people reach their seats."""

import unicodedata
from dataclasses import dataclass, replace

from hearing_server.court.credentials import join_token_sha256, keyed_code_hash, new_code, new_join_token
from hearing_server.court.kiosks import DRAWS
from hearing_server.court.office import Office, new_id, permit, staff_actor
from hearing_server.court.schedule import load_hearing, load_to_change
from hearing_server.domain.errors import Conflict, InvalidValue, NotFound, WrongState
from hearing_server.domain.hearing import Hearing, HearingStatus
from hearing_server.domain.kiosk import HEARING_CODE_DIGITS, HEARING_CODE_LIFETIME_MS
from hearing_server.domain.participant import Participant, Presence, first_place
from hearing_server.domain.role import CALLED_WHEN_NEEDED, SIDE_TITLES, SIDED, Role, seat_for
from hearing_server.domain.staff import OfficeAct, StaffAccount, StaffRole
from hearing_server.storage import hearings, journal, kiosks, participants
from hearing_server.storage import staff as accounts
from hearing_server.storage.database import Transaction

OVER = frozenset(
    {
        HearingStatus.ADJOURNED,
        HearingStatus.CONVERTED_OFFLINE,
        HearingStatus.CLOSED,
        HearingStatus.CANCELLED,
        HearingStatus.SEALED,
    }
)
"""Nobody joins the list of a hearing that is over."""

WATCHERS = frozenset({Role.OBSERVER, Role.REPORTER})
BENCH = frozenset({Role.PRESIDING_JUDGE, Role.PANEL_MEMBER})
DESK = frozenset({Role.CLERK, Role.JUDGE_ASSISTANT})

HEARING = "hearing"
"""Purpose in the keyed hash of a kiosk code."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom the clerk names."""

    name: str
    role: str
    side: str
    staff_id: str | None
    """The account that takes the seat by signing in."""


@dataclass(frozen=True, slots=True)
class IssuedLink:
    url: str
    expires_at_ms: int


async def name_participant(
    office: Office, who: StaffAccount, hearing_id: str, invitation: Invitation
) -> tuple[Hearing, Participant]:
    """Give somebody a seat. Raises ``InvalidValue`` for a role or side that cannot be, or for a listed witness or expert who
    would watch (WIT-4); ``Conflict`` for a second presiding judge or a second seat of an account; ``WrongState`` when the
    hearing is over."""
    await permit(office, who, OfficeAct.NAME_PARTICIPANT)
    role, side = _checked_role(invitation)
    async with office.database.transaction() as transaction:
        hearing = await load_to_change(transaction, hearing_id)
        if hearing.status in OVER:
            raise WrongState("hearing_over", (hearing.status,))
        people = await participants.of_hearing(transaction, hearing_id)
        await _require_free(transaction, role, invitation.staff_id, people)
        await _require_no_watching_witness(transaction, hearing, invitation.name, role)
        participant = Participant(
            id=new_id(),
            hearing_id=hearing_id,
            seat=seat_for(role, side, {person.seat for person in people}),
            name=invitation.name.strip(),
            role=role,
            side=side,
            staff_id=invitation.staff_id,
            place=first_place(role),
            created_at_ms=office.clock.now_ms(),
        )
        await participants.add(transaction, participant)
        data = {"participant": participant.id, "role": role.value, "side": side, "staff": participant.staff_id}
        await journal.append(
            transaction, hearing_id, participant.created_at_ms, "participant_named", staff_actor(who), data
        )
    await office.courtroom.hearing_changed(hearing_id)
    return hearing, participant


async def strike_participant(office: Office, who: StaffAccount, hearing_id: str, participant_id: str) -> None:
    """Take somebody off the list who never took part. Raises ``NotFound``, ``WrongState``."""
    await permit(office, who, OfficeAct.NAME_PARTICIPANT)
    async with office.database.transaction() as transaction:
        await load_to_change(transaction, hearing_id)
        participant = await _load(transaction, hearing_id, participant_id)
        if participant.presence is not Presence.INVITED:
            raise WrongState("took_part")
        await kiosks.remove_hearing_codes(transaction, participant_id)
        await participants.remove(transaction, participant_id)
        data = {"participant": participant_id, "role": participant.role.value}
        await journal.append(
            transaction, hearing_id, office.clock.now_ms(), "participant_struck", staff_actor(who), data
        )
    await office.courtroom.hearing_changed(hearing_id)


async def issue_link(office: Office, who: StaffAccount, hearing_id: str, participant_id: str) -> IssuedLink:
    """A fresh link; earlier ones of this participant stop working, and so do seats that were taken by them."""
    await permit(office, who, OfficeAct.ISSUE_ACCESS)
    token = new_join_token()
    async with office.database.transaction() as transaction:
        hearing = await load_to_change(transaction, hearing_id)
        if hearing.status in OVER:
            raise WrongState("hearing_over", (hearing.status,))
        participant = await _load(transaction, hearing_id, participant_id)
        now_ms = office.clock.now_ms()
        renewed = replace(
            participant,
            link_generation=participant.link_generation + 1,
            link_issued_at_ms=now_ms,
            link_revoked_at_ms=None,
        )
        await participants.save(transaction, renewed)
        await participants.add_link(transaction, join_token_sha256(token), renewed)
        data = {"participant": participant_id, "generation": renewed.link_generation}
        await journal.append(transaction, hearing_id, now_ms, "link_issued", staff_actor(who), data)
    if participant.link_generation:
        await office.courtroom.link_withdrawn(hearing_id, participant_id)
    expires_at_ms = renewed.link_expires_at_ms(hearing.scheduled_at_ms) or now_ms
    return IssuedLink(f"{office.base_url}/#/join/{token}", expires_at_ms)


async def withdraw_link(office: Office, who: StaffAccount, hearing_id: str, participant_id: str) -> None:
    """The link stops working and no new one is made. Raises ``WrongState`` when there is none."""
    await permit(office, who, OfficeAct.ISSUE_ACCESS)
    async with office.database.transaction() as transaction:
        await load_to_change(transaction, hearing_id)
        participant = await _load(transaction, hearing_id, participant_id)
        if participant.link_issued_at_ms is None or participant.link_revoked_at_ms is not None:
            raise WrongState("no_link")
        now_ms = office.clock.now_ms()
        await participants.save(transaction, replace(participant, link_revoked_at_ms=now_ms))
        data = {"participant": participant_id, "generation": participant.link_generation}
        await journal.append(transaction, hearing_id, now_ms, "link_withdrawn", staff_actor(who), data)
    await office.courtroom.link_withdrawn(hearing_id, participant_id)


async def issue_kiosk_code(office: Office, who: StaffAccount, hearing_id: str, participant_id: str) -> tuple[str, int]:
    """Six digits for a kiosk, good once, and when they end. Earlier ones of this participant stop working."""
    await permit(office, who, OfficeAct.ISSUE_ACCESS)
    now_ms = office.clock.now_ms()
    expires_at_ms = now_ms + HEARING_CODE_LIFETIME_MS
    async with office.database.transaction() as transaction:
        hearing = await load_hearing(transaction, hearing_id)
        if hearing.status in OVER:
            raise WrongState("hearing_over", (hearing.status,))
        await _load(transaction, hearing_id, participant_id)
        await kiosks.end_hearing_codes(transaction, participant_id, now_ms)
        for _ in range(DRAWS):
            code = new_code(HEARING_CODE_DIGITS)
            hashed = keyed_code_hash(office.code_key, HEARING, code)
            if await kiosks.add_hearing_code(
                transaction, hashed, hearing_id, participant_id, who.id, now_ms, expires_at_ms
            ):
                data = {"participant": participant_id}
                await journal.append(transaction, hearing_id, now_ms, "kiosk_code_issued", staff_actor(who), data)
                return code, expires_at_ms
    raise Conflict("no_code_free")


async def _load(transaction: Transaction, hearing_id: str, participant_id: str) -> Participant:
    participant = await participants.by_id(transaction, participant_id)
    if participant is None or participant.hearing_id != hearing_id:
        raise NotFound("participant")
    return participant


def _checked_role(invitation: Invitation) -> tuple[Role, str]:
    if not invitation.name.strip():
        raise InvalidValue("name_missing")
    try:
        role = Role(invitation.role)
    except ValueError:
        raise InvalidValue("unknown_role") from None
    if role is Role.ADMIN:
        raise InvalidValue("unknown_role")
    if role in SIDED and invitation.side not in SIDE_TITLES:
        raise InvalidValue("unknown_side")
    if role not in SIDED and invitation.side:
        raise InvalidValue("role_has_no_side")
    return role, invitation.side


async def _require_free(transaction: Transaction, role: Role, staff_id: str | None, people: list[Participant]) -> None:
    if role is Role.PRESIDING_JUDGE and any(person.role is role for person in people):
        raise Conflict("presiding_judge_named")
    if staff_id is None:
        return
    account = await accounts.by_id(transaction, staff_id)
    if account is None:
        raise NotFound("staff")
    needed = StaffRole.JUDGE if role in BENCH else StaffRole.CLERK if role in DESK else None
    if needed is None or needed not in account.roles:
        raise InvalidValue("account_unfit")
    if any(person.staff_id == staff_id for person in people):
        raise Conflict("staff_has_seat")


async def _require_no_watching_witness(transaction: Transaction, hearing: Hearing, name: str, role: Role) -> None:
    """A listed witness or expert can never be an observer of the case, in whichever of its hearings (WIT-4)."""
    opposite = CALLED_WHEN_NEEDED if role in WATCHERS else WATCHERS if role in CALLED_WHEN_NEEDED else frozenset()
    if not opposite:
        return
    for each in await hearings.of_case(transaction, hearing.case_id):
        for person in await participants.of_hearing(transaction, each.id):
            if person.role in opposite and same_name(person.name, name):
                raise InvalidValue("witness_cannot_observe", (person.id,))


def same_name(one: str, other: str) -> bool:
    """Names that people would read as the same: width, case and spaces do not matter."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
