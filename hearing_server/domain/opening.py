"""The opening checklist: ordered, and no hearing opens while an item is open and unreasoned (OPN-1, CPL 140)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hearing_server.domain.errors import WrongState
from hearing_server.domain.participant import Participant
from hearing_server.domain.role import SIDED, Role


class CheckItem(StrEnum):
    """What is checked, in this order."""

    JUDGE_PRESENT = "judge_present"
    """The presiding judge is in the courtroom. No reason replaces it."""
    CLERK_PRESENT = "clerk_present"
    """A clerk or judge's assistant is in the courtroom."""
    SIDE_PRESENT = "side_present"
    """Of every side somebody is in the courtroom: the party, or somebody who acts for it."""
    IDENTITY_VERIFIED = "identity_verified"
    """Everybody in the courtroom was verified at this hearing (ID-1)."""
    RULES_ACKNOWLEDGED = "rules_acknowledged"
    """Everybody of a side who is in the courtroom has accepted the court's rules (OPN-2)."""


@dataclass(frozen=True, slots=True)
class Check:
    item: CheckItem
    subject: str
    """Side or participant id it concerns; empty when it concerns the hearing."""
    done: bool


def checklist(people: Sequence[Participant], acknowledged: Collection[str]) -> tuple[Check, ...]:
    """``acknowledged`` holds the ids of those who accepted the court's rules."""
    inside = [person for person in people if person.is_in_courtroom and person.is_here]
    roles = {person.role for person in inside}
    speaking_for_a_side = SIDED - {Role.HELPER}
    sides = dict.fromkeys(person.side for person in people if person.role in speaking_for_a_side)
    present_sides = {person.side for person in inside if person.role in speaking_for_a_side}
    of_a_side = [person for person in inside if person.role in SIDED]
    return (
        Check(CheckItem.JUDGE_PRESENT, "", Role.PRESIDING_JUDGE in roles),
        Check(CheckItem.CLERK_PRESENT, "", bool(roles & {Role.CLERK, Role.JUDGE_ASSISTANT})),
        *(Check(CheckItem.SIDE_PRESENT, side, side in present_sides) for side in sides),
        *(Check(CheckItem.IDENTITY_VERIFIED, person.id, person.identity is not None) for person in of_a_side),
        *(Check(CheckItem.RULES_ACKNOWLEDGED, person.id, person.id in acknowledged) for person in of_a_side),
    )


def require_complete(checks: Sequence[Check], gap_reason: str) -> tuple[Check, ...]:
    """The open items, when ``gap_reason`` says why opening is right nevertheless. Raises ``WrongState`` otherwise."""
    gaps = tuple(check for check in checks if not check.done)
    needs_judge = any(gap.item is CheckItem.JUDGE_PRESENT for gap in gaps)
    if gaps and (needs_judge or not gap_reason.strip()):
        raise WrongState("checklist_incomplete", tuple(dict.fromkeys(gap.item.value for gap in gaps)))
    return gaps
