"""What the court's acts give back, as bodies of the HTTP API. No decisions."""

import json
from typing import Literal

from hearing_server.court.join import TakenSeat
from hearing_server.court.live_state import NO_COMPOSITE
from hearing_server.court.schedule import ListedHearing, ScheduledHearing
from hearing_server.domain.case import Case
from hearing_server.domain.discipline import rules, rules_sha256
from hearing_server.domain.hearing import Hearing
from hearing_server.domain.job import CompositeStanding
from hearing_server.domain.journal import ChainCheck, JournalRow
from hearing_server.domain.kiosk import Kiosk
from hearing_server.domain.media_rights import will_publish
from hearing_server.domain.participant import Participant
from hearing_server.domain.staff import OfficeAct, StaffAccount
from hearing_server.web import models
from signaling.protocol.court_words import Language
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import CompositeView

Duty = Literal["view_cases", "manage_cases", "manage_kiosks", "manage_staff"]

DUTIES: dict[Duty, OfficeAct] = {
    "view_cases": OfficeAct.VIEW_CASES,
    "manage_cases": OfficeAct.ENTER_CASE,
    "manage_kiosks": OfficeAct.PAIR_KIOSK,
    "manage_staff": OfficeAct.ADD_STAFF,
}
"""Which screens an account needs, by an act that stands for all of the screen's."""


def staff_member(account: StaffAccount) -> models.StaffMember:
    return models.StaffMember(
        staff=account.id,
        name=account.name,
        login=account.login,
        roles=sorted(role.value for role in account.roles),
        may=[duty for duty, act in DUTIES.items() if account.may(act)],
        disabled=account.disabled,
    )


def case_view(case: Case) -> models.CaseView:
    return models.CaseView(
        case=case.id,
        case_number=case.case_number,
        title=case.title,
        procedure=case.procedure.value,
        created_at_ms=case.created_at_ms,
    )


def seat_view(person: Participant, hearing: Hearing) -> models.SeatView:
    return models.SeatView(
        participant=person.id,
        name=person.name,
        role=person.role.value,
        side=person.side,
        staff=person.staff_id,
        presence=person.presence.value,
        link_issued=person.link_issued_at_ms is not None,
        link_revoked=person.link_revoked_at_ms is not None,
        link_expires_at_ms=person.link_expires_at_ms(hearing.scheduled_at_ms),
    )


def hearing_summary(listed: ListedHearing) -> models.HearingSummary:
    return models.HearingSummary(
        hearing=listed.hearing.id,
        case=listed.case.id,
        case_number=listed.case.case_number,
        case_title=listed.case.title,
        status=listed.hearing.status.value,
        scheduled_at_ms=listed.hearing.scheduled_at_ms,
        courtroom=listed.hearing.courtroom,
        my_participant=listed.mine.id if listed.mine else None,
        present=listed.present,
        expected=listed.expected,
    )


def hearing_detail(scheduled: ScheduledHearing) -> models.HearingDetail:
    hearing = scheduled.hearing
    return models.HearingDetail(
        hearing=hearing.id,
        case=case_view(scheduled.case),
        status=hearing.status.value,
        allowed_steps=[step.value for step in scheduled.allowed_steps],
        scheduled_at_ms=hearing.scheduled_at_ms,
        courtroom=hearing.courtroom,
        openness=hearing.openness.value,
        seats=[seat_view(person, hearing) for person in scheduled.people],
        my_participant=scheduled.mine.id if scheduled.mine else None,
        transcript_count=scheduled.transcript_count,
        composite=composite_view(scheduled.composite),
        may_read_archive=scheduled.record_readable,
        may_read_journal=scheduled.record_readable,
    )


def composite_view(standing: CompositeStanding | None) -> CompositeView:
    if standing is None:
        return NO_COMPOSITE
    return CompositeView(state=standing.state.value, progress=standing.progress, remaining_s=standing.remaining_s)


def seat(taken: TakenSeat, language: Language) -> models.Seat:
    english = language is Language.ENGLISH
    return models.Seat(
        session_token=taken.session_token,
        expires_at_ms=taken.expires_at_ms,
        hearing=taken.hearing.id,
        participant=taken.participant.id,
        name=taken.participant.name,
        role=taken.participant.role.value,
        case_number=taken.case.case_number,
        case_title=taken.case.title,
        status=taken.hearing.status.value,
        scheduled_at_ms=taken.hearing.scheduled_at_ms,
        discipline_text=rules(english),
        discipline_sha256=rules_sha256(english),
        may_publish=[SourceLabel(source.value) for source in will_publish(taken.participant)],
    )


def kiosk_view(kiosk: Kiosk) -> models.KioskView:
    return models.KioskView(
        kiosk=kiosk.id,
        name=kiosk.name,
        paired_at_ms=kiosk.paired_at_ms,
        last_seen_ms=kiosk.last_seen_ms,
        revoked=kiosk.revoked,
    )


def journal_page(rows: list[JournalRow], check: ChainCheck) -> models.JournalPage:
    return models.JournalPage(
        rows=[
            models.JournalRow(
                number=row.number,
                at_ms=row.at_ms,
                type=row.type,
                actor=row.actor,
                data=json.loads(row.data),
                hash=row.hash,
            )
            for row in rows
        ],
        valid=check.valid,
        total=check.rows,
    )
