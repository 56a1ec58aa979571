"""Who takes part in a hearing, what each is called, and where each sits."""

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """A person's part in one hearing."""

    PRESIDING_JUDGE = "presiding_judge"
    """审判长 or 独任审判员: leads the hearing."""
    PANEL_MEMBER = "panel_member"
    """合议庭成员."""
    JUDGE_ASSISTANT = "judge_assistant"
    """法官助理; has the clerk's column of the permission table."""
    CLERK = "clerk"
    """书记员: keeps the record."""
    BAILIFF = "bailiff"
    """司法警察."""
    PROSECUTOR = "prosecutor"
    """公诉人."""
    PARTY = "party"
    """当事人, with a side."""
    REPRESENTATIVE = "representative"
    """诉讼代理人 or 辩护人, with the side they act for."""
    ACCUSED = "accused"
    """被告人 of a criminal case."""
    WITNESS = "witness"
    """证人: hears nothing before being called and after being dismissed (OLR 26)."""
    EXPERT = "expert"
    """鉴定人 or 有专门知识的人."""
    INTERPRETER = "interpreter"
    """翻译."""
    HELPER = "helper"
    """陪同协助人员: sits with a party, says nothing."""
    MEDIATOR = "mediator"
    """调解员: in mediation rooms only."""
    OBSERVER = "observer"
    """旁听人员: only receives."""
    REPORTER = "reporter"
    """媒体: as an observer."""
    SITE_OPERATOR = "site_operator"
    """共享法庭联络员: looks after a shared court room, does not watch."""
    TECH_OFFICER = "tech_officer"
    """技术保障: looks on only where it is logged and shown."""
    INSPECTOR = "inspector"
    """庭审巡查员: looks on, logged and shown."""
    ADMIN = "admin"
    """系统管理员: configuration only, no content."""


TITLES: dict[Role, tuple[str, str]] = {
    Role.PRESIDING_JUDGE: ("审判长", "Presiding judge"),
    Role.PANEL_MEMBER: ("合议庭成员", "Panel member"),
    Role.JUDGE_ASSISTANT: ("法官助理", "Judge's assistant"),
    Role.CLERK: ("书记员", "Clerk"),
    Role.BAILIFF: ("司法警察", "Bailiff"),
    Role.PROSECUTOR: ("公诉人", "Prosecutor"),
    Role.PARTY: ("当事人", "Party"),
    Role.REPRESENTATIVE: ("诉讼代理人", "Representative"),
    Role.ACCUSED: ("被告人", "Accused"),
    Role.WITNESS: ("证人", "Witness"),
    Role.EXPERT: ("鉴定人", "Expert"),
    Role.INTERPRETER: ("翻译", "Interpreter"),
    Role.HELPER: ("陪同协助人员", "Helper"),
    Role.MEDIATOR: ("调解员", "Mediator"),
    Role.OBSERVER: ("旁听人员", "Observer"),
    Role.REPORTER: ("媒体", "Reporter"),
    Role.SITE_OPERATOR: ("共享法庭联络员", "Site operator"),
    Role.TECH_OFFICER: ("技术保障", "Technical officer"),
    Role.INSPECTOR: ("庭审巡查员", "Inspector"),
    Role.ADMIN: ("系统管理员", "Administrator"),
}

SIDE_TITLES: dict[str, tuple[str, str]] = {
    "plaintiff": ("原告", "Plaintiff"),
    "defendant": ("被告", "Defendant"),
    "third_party": ("第三人", "Third party"),
    "appellant": ("上诉人", "Appellant"),
    "appellee": ("被上诉人", "Appellee"),
    "applicant": ("申请人", "Applicant"),
    "respondent": ("被申请人", "Respondent"),
    "prosecution": ("公诉机关", "Prosecution"),
    "defence": ("辩护方", "Defence"),
}
"""Sides of a case; the first ones sit to the bench's left, in this order."""

SIDED = frozenset({Role.PARTY, Role.REPRESENTATIVE, Role.ACCUSED, Role.PROSECUTOR, Role.HELPER})
"""Roles that belong to a side; everybody else has none."""

COURT_STAFF = frozenset({Role.PRESIDING_JUDGE, Role.PANEL_MEMBER, Role.JUDGE_ASSISTANT, Role.CLERK, Role.BAILIFF})
"""They are in the courtroom as soon as they arrive; the court knows who they are."""

CALLED_WHEN_NEEDED = frozenset({Role.WITNESS, Role.EXPERT})
"""They wait in the witness room and are called."""

WITHIN_A_SIDE = (Role.PROSECUTOR, Role.PARTY, Role.ACCUSED, Role.REPRESENTATIVE, Role.HELPER)
"""Order of the people of one side."""

SEATS_PER_ROW = 100
"""No hearing has this many people in one row."""


def _rows() -> dict[tuple[Role, str], int]:
    """The bench first, then side by side the parties, then everybody else."""
    bench = [(role, "") for role in Role if role in COURT_STAFF]
    sides = [(role, side) for side in (*SIDE_TITLES, "") for role in WITHIN_A_SIDE]
    others = [(role, "") for role in Role if role not in COURT_STAFF and role not in SIDED]
    return {row: number for number, row in enumerate((*bench, *sides, *others))}


_ROWS = _rows()


def seat_for(role: Role, side: str, taken: Collection[int]) -> int:
    """First free seat of the row that belongs to role and side. A seat never moves, whoever is named later."""
    first = _ROWS[role, side if role in SIDED and side in SIDE_TITLES else ""] * SEATS_PER_ROW + 1
    return next(seat for seat in range(first, first + SEATS_PER_ROW) if seat not in taken)


def title(role: Role, side: str, english: bool = False) -> str:
    """What stands on the seat plate: 原告 for a party with a side, 原告诉讼代理人 for its representative, else the role."""
    which = 1 if english else 0
    side_title = SIDE_TITLES[side][which] if side in SIDE_TITLES else ""
    if role is Role.PARTY and side_title:
        return side_title
    if role is Role.REPRESENTATIVE and side_title:
        return f"{side_title}{' ' if english else ''}{TITLES[role][which]}"
    return TITLES[role][which]
