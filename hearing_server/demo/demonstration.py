"""`hold_demo_hearing`: robots hold the sample hearing on a running server, and its record is read back."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from hearing_server.demo.court_api import CourtApi
from hearing_server.demo.play import Play, Troupe
from hearing_server.demo.result import HearingResult
from hearing_server.demo.robot import Picture, load_clips
from hearing_server.demo.schedule import schedule_hearing
from hearing_server.demo.script import sample_hearing
from hearing_server.demo.steady_clock import SteadyClock
from hearing_server.demo.summary import Held, summarise
from hearing_server.web.models import NewStaffMember, ServerInfo, StaffMember

COMPOSITE_S = 900.0
SMALL = Picture(width=320, frames_per_s=10)
"""With several hearings at once the machine has better things to do than large pictures."""


@dataclass(frozen=True, slots=True)
class CourtAccess:
    """An account that may enter cases, or that may make one. On a fresh server it is made with ``setup_token``."""

    login: str
    password: str
    setup_token: str = ""
    name: str = "示范管理员"


async def hold_demo_hearing(
    base_url: str,
    access: CourtAccess,
    *,
    hearings: int = 1,
    people: frozenset[str] = frozenset(),
    verify_tls: bool = True,
    announce: Callable[[str], None] = print,
    composite_timeout_s: float = COMPOSITE_S,
) -> list[HearingResult]:
    """Hold ``hearings`` sample hearings at once; ``people`` are the parts left to persons (``presiding_judge``, ``clerk``).

    Raises `Refused` when the server refuses what a hearing needs.
    """
    lines = sample_hearing()
    troupe = Troupe(lines, load_clips(lines), Picture() if hearings == 1 else SMALL, SteadyClock())
    async with CourtApi(base_url, verify_tls=verify_tls) as api:
        await _sign_in(api, access)

        async def hold(number: int) -> HearingResult:
            return await _hold_one(api, troupe, number, people, announce, composite_timeout_s)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(hold(number)) for number in range(1, hearings + 1)]
        return [task.result() for task in tasks]


async def _sign_in(api: CourtApi, access: CourtAccess) -> None:
    """Administrators enter no cases; signed in as one, make a clerk's account and use that."""
    server = await api.get("/api/server", ServerInfo)
    if server.setup_needed and access.setup_token:
        await api.set_up(access.setup_token, access.name, access.login, access.password)
    account = await api.sign_in(access.login, access.password)
    if "manage_cases" in account.may:
        return
    login, password = f"demo-{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    clerk = NewStaffMember(name="示范书记员", login=login, password=password, roles=["clerk"])
    await api.post("/api/staff", clerk, StaffMember)
    await api.sign_in(login, password)


async def _hold_one(
    api: CourtApi,
    troupe: Troupe,
    number: int,
    people: frozenset[str],
    announce: Callable[[str], None],
    composite_timeout_s: float,
) -> HearingResult:
    scheduled = await schedule_hearing(api, number)
    announce(f"{scheduled.case_number}: to watch, open {scheduled.links['observer']}")
    for part in sorted(people):
        announce(f"{scheduled.case_number}: {part} is yours at {scheduled.links[part]}")
    play = Play(api, scheduled, troupe, people, announce)
    await play.perform()
    names = {participant: part for part, participant in scheduled.participants.items() if part != "observer"}
    held = Held(scheduled.hearing, names, play.spoken, play.captions)
    return await summarise(api, held, composite_timeout_s)
