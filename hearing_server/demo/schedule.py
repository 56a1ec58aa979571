"""The sample case, its hearing and its people are entered, as a clerk would."""

import time
from dataclasses import dataclass

from hearing_server.demo.court_api import CourtApi, token_of
from hearing_server.web.models import (
    CaseView,
    HearingDetail,
    HearingStep,
    JoinLink,
    NewCase,
    NewHearing,
    NewParticipant,
    SeatView,
)


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody in the sample hearing."""

    name: str
    role: str
    side: str = ""


CAST: dict[str, Part] = {
    "presiding_judge": Part("周正清", "presiding_judge"),
    "clerk": Part("林书妍", "clerk"),
    "plaintiff": Part("王雪梅", "party", "plaintiff"),
    "defendant": Part("李建国", "party", "defendant"),
    "witness": Part("赵宏", "witness"),
}
"""By the role that the script gives them."""
OBSERVER = Part("旁听席", "observer")
"""A seat for a person who watches."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A hearing whose lobby is open."""

    hearing: str
    case_number: str
    participants: dict[str, str]
    """Participant ids by part."""
    links: dict[str, str]
    tokens: dict[str, str]
    """Join tokens by part; ``observer`` is among them."""


async def schedule_hearing(api: CourtApi, number: int) -> Scheduled:
    """Enter case and hearing, issue the links, open the lobby. ``api`` is signed in as a clerk or administrator."""
    now_ms = round(time.time() * 1000)
    case = await api.post(
        "/api/cases",
        NewCase(case_number=f"（2026）示民初{now_ms % 10_000_000}-{number}号", title="王雪梅诉李建国民间借贷纠纷"),
        CaseView,
    )
    hearing = await api.post(
        f"/api/cases/{case.case}/hearings",
        NewHearing(scheduled_at_ms=now_ms + 60_000, courtroom=f"第{number}互联网法庭"),
        HearingDetail,
    )
    participants: dict[str, str] = {}
    links: dict[str, str] = {}
    for key, part in {**CAST, "observer": OBSERVER}.items():
        base = f"/api/hearings/{hearing.hearing}/participants"
        body = NewParticipant(name=part.name, role=part.role, side=part.side)
        seat = await api.post(base, body, SeatView)
        link = await api.post(f"{base}/{seat.participant}/link", None, JoinLink)
        participants[key], links[key] = seat.participant, link.url
    for status in ("scheduled", "lobby_open"):
        step = HearingStep.model_validate({"status": status})
        await api.post(f"/api/hearings/{hearing.hearing}/status", step, HearingDetail)
    tokens = {key: token_of(link) for key, link in links.items()}
    return Scheduled(hearing.hearing, case.case_number, participants, links, tokens)
