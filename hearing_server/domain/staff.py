"""The court's own people: accounts, what each kind may do in the office, outside any courtroom."""

from dataclasses import dataclass
from enum import StrEnum


class StaffRole(StrEnum):
    """What an account is for; one account may have several."""

    ADMIN = "admin"
    """系统管理员: accounts and kiosks, no content of any case."""
    CLERK = "clerk"
    """书记员: cases, schedule, participants, links."""
    JUDGE = "judge"
    """法官: own hearings."""


class OfficeAct(StrEnum):
    """What staff do outside the courtroom."""

    ADD_STAFF = "add_staff"
    """Make an account."""
    CLOSE_ACCOUNT = "close_account"
    """Disable an account, or open it again."""
    SET_PASSWORD = "set_password"
    """Give a colleague who forgot it a new password."""
    LIST_STAFF = "list_staff"
    """See who has an account, to give colleagues their seats."""
    ENTER_CASE = "enter_case"
    """Enter a case."""
    VIEW_CASES = "view_cases"
    """Search the cases and see one."""
    SCHEDULE_HEARING = "schedule_hearing"
    """Enter a hearing, change its time, send out notices, open its lobby, cancel it, seal it."""
    NAME_PARTICIPANT = "name_participant"
    """Name a participant, or strike one who never took part."""
    ISSUE_ACCESS = "issue_access"
    """Make or withdraw join links and kiosk codes."""
    VIEW_ANY_HEARING = "view_any_hearing"
    """See the schedule of every hearing, not only those with an own seat."""
    PAIR_KIOSK = "pair_kiosk"
    """Make a pairing code, see the list of kiosks."""
    WITHDRAW_KIOSK = "withdraw_kiosk"
    """Withdraw a kiosk."""
    SET_RETENTION = "set_retention"
    """Say how long a recording is kept."""
    HOLD_RECORDING = "hold_recording"
    """Order that nothing of a recording be deleted; see what holds it and what is due."""
    RELEASE_RECORDING = "release_recording"
    """Lift such an order, and approve the list of what is deleted when its time is over."""


_ADMIN, _CLERK, _JUDGE = StaffRole.ADMIN, StaffRole.CLERK, StaffRole.JUDGE

OFFICE_PERMISSIONS: dict[OfficeAct, frozenset[StaffRole]] = {
    OfficeAct.ADD_STAFF: frozenset({_ADMIN}),
    OfficeAct.CLOSE_ACCOUNT: frozenset({_ADMIN}),
    OfficeAct.SET_PASSWORD: frozenset({_ADMIN}),
    OfficeAct.LIST_STAFF: frozenset({_ADMIN, _CLERK, _JUDGE}),
    OfficeAct.ENTER_CASE: frozenset({_CLERK}),
    OfficeAct.VIEW_CASES: frozenset({_CLERK, _JUDGE}),
    OfficeAct.SCHEDULE_HEARING: frozenset({_CLERK}),
    OfficeAct.NAME_PARTICIPANT: frozenset({_CLERK}),
    OfficeAct.ISSUE_ACCESS: frozenset({_CLERK}),
    OfficeAct.VIEW_ANY_HEARING: frozenset({_CLERK}),
    OfficeAct.PAIR_KIOSK: frozenset({_ADMIN, _CLERK}),
    OfficeAct.WITHDRAW_KIOSK: frozenset({_ADMIN, _CLERK}),
    OfficeAct.SET_RETENTION: frozenset({_CLERK}),
    OfficeAct.HOLD_RECORDING: frozenset({_CLERK, _JUDGE}),
    OfficeAct.RELEASE_RECORDING: frozenset({_JUDGE}),
}


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """Somebody who may sign in, unless disabled."""

    id: str
    name: str
    login: str
    roles: frozenset[StaffRole]
    password_generation: int = 1
    """What was begun with an older password has ended."""
    disabled: bool = False

    def may(self, act: OfficeAct) -> bool:
        return not self.roles.isdisjoint(OFFICE_PERMISSIONS[act])
