"""Who may read the record of a hearing afterwards: recording, transcript, journal. Derived from the permission table."""

from hearing_server.domain.hearing import LIVE, Hearing
from hearing_server.domain.participant import Participant
from hearing_server.domain.permissions import Act, Extent, extent
from hearing_server.domain.permit import may
from hearing_server.domain.role import Role


def may_read(hearing: Hearing, seat: Participant | None, staff: str | None) -> bool:
    """Whether the holder of ``seat``, or the account ``staff``, may read the record of ``hearing`` now."""
    if seat is not None and may_read_record(seat.role):
        return hearing.status not in LIVE or may_read_during_hearing(seat.role)
    return staff is not None and hearing.created_by == staff  # the clerk who entered the hearing keeps its record


def may_view_lines(hearing: Hearing, seat: Participant | None, staff: str | None) -> bool:
    """Whether they may see how well everybody's line was, during the hearing and afterwards."""
    if seat is not None and may(seat, hearing, Act.VIEW_LINES):
        return True
    return staff is not None and hearing.created_by == staff


def may_check_copies(hearing: Hearing, seat: Participant | None, staff: str | None) -> bool:
    """Whether they may see how the recording's copies are, and have them compared, during the hearing and afterwards."""
    if seat is not None and may(seat, hearing, Act.CHECK_COPIES):
        return True
    return staff is not None and hearing.created_by == staff


def may_export(hearing: Hearing, seat: Participant | None, staff: str | None) -> bool:
    """Whether they may have copies of the record made and removed, once the hearing is over."""
    if hearing.status in LIVE:
        return False
    if seat is not None and extent(seat.role, Act.EXPORT) is Extent.YES:
        return True
    return staff is not None and hearing.created_by == staff


def may_take_papers(hearing: Hearing, seat: Participant | None, staff: str | None) -> bool:
    """Whether they may take away the papers that the court has made, as a party and its counsel may (REC 15). The bundle stays with
    those who may export: its journal tells of rooms and people that parties were kept from."""
    if may_export(hearing, seat, staff):
        return True
    own = seat is not None and extent(seat.role, Act.EXPORT) is Extent.OWN_COPY
    return own and may_read(hearing, seat, staff)


def may_read_record(role: Role) -> bool:
    """Whoever signs the whole transcript may watch and read what they sign (REC 6), and an inspector may look, logged.
    Witnesses sign only their own part (WIT-5), and observers leave with what they saw."""
    return extent(role, Act.SIGN_TRANSCRIPT) is Extent.YES or extent(role, Act.WATCH) is Extent.LOGGED


def may_read_during_hearing(role: Role) -> bool:
    """The bench and the clerk's desk need the record while the hearing still goes on."""
    return extent(role, Act.EXPORT) is Extent.YES or role is Role.PANEL_MEMBER
