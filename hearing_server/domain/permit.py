"""Asking the permission table about one person in one hearing. An act asks once, at its top."""

from hearing_server.domain.errors import NotPermitted
from hearing_server.domain.hearing import Hearing
from hearing_server.domain.participant import Participant, Place
from hearing_server.domain.permissions import OUTRIGHT, Act, Extent, extent


def may(participant: Participant, hearing: Hearing, act: Act) -> bool:
    """Whether this person may carry the act out now, as far as their role goes; the state machine has its own say.

    Extents that wait for somebody's decision (``judge_decides``, ``on_order``) are no until that decision
    is on record; lesser forms of an act (``propose``, ``request``, ``suggest`` …) never carry it.
    """
    cell = extent(participant.role, act)
    if cell in OUTRIGHT:
        return True
    match cell:
        case Extent.WHILE_CALLED:
            return participant.is_called and participant.is_in_courtroom
        case Extent.IF_PUBLIC:
            return hearing.gallery_is_open
        case Extent.WITH_PARTY:
            return participant.is_in_courtroom
        case Extent.IF_GRANTED:
            return participant.share_allowed
        case Extent.SUPPORT_ROOM:
            return participant.place == Place.SUPPORT
        case Extent.MEDIATION_ROOM:
            return participant.place.startswith(Place.MEDIATION)
        case _:
            return False


def require(participant: Participant, hearing: Hearing, act: Act) -> None:
    """Raises ``NotPermitted``."""
    if not may(participant, hearing, act):
        raise NotPermitted(act)


def permissions(participant: Participant, hearing: Hearing) -> list[str]:
    """What a client's views show controls by: the acts this person may carry out, and ``act:extent`` for lesser forms."""
    held: list[str] = []
    for act in Act:
        if may(participant, hearing, act):
            held.append(act)
        elif (cell := extent(participant.role, act)) is not Extent.NO:
            held.append(f"{act}:{cell}")
    return held
