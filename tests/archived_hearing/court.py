"""A court whose archive holds one hearing, and a browser at its door."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from hearing_server.web.application import CLIENT_DIST
from tests.archived_hearing.filing import Plan, file_hearing
from tests.archived_hearing.recording import Recorded, record
from tests.archived_hearing.scenes import Part, beep_act, conversation, court_act
from tests.integration.http_court import PASSWORD, HttpCourt, Visitor, open_office


@dataclass(slots=True)
class ArchivedHearing:
    """A closed hearing. ``people`` are participant ids in the order of ``parts``."""

    court: HttpCourt
    clerk: Visitor
    hearing: str
    parts: Sequence[Part]
    people: list[str]
    recorded: Recorded

    async def sign_in(self, page: Page, search: str = "", *, language: str = "zh-CN") -> None:
        """The clerk comes by a link to the archive, such as ``?t=12``, and is asked to sign in first."""
        then = f"%23%2Farchive%2F{self.hearing}{search.replace('?', '%3F').replace('=', '%3D')}"
        await page.goto(f"{self.court.url}/#/sign-in?then={then}")
        english = language == "en"
        await page.get_by_label("Login name" if english else "登录名", exact=True).fill("staff1")
        await page.get_by_label("Password" if english else "密码", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Sign in" if english else "登录", exact=True).click()
        await expect(page.get_by_role("slider", name="Position" if english else "播放位置")).to_be_visible(
            timeout=15_000
        )


@asynccontextmanager
async def archived_hearing(
    folder: Path,
    parts: Sequence[Part],
    seconds: float,
    plan: Plan | None = None,
    *,
    width: int = 320,
    beeps: bool = False,
) -> AsyncIterator[ArchivedHearing]:
    """``seconds`` are really encoded and recorded; ``plan`` may put them one behind the other."""
    async with open_office(folder, client=CLIENT_DIST) as court:
        clerk = await court.staff("clerk", name="陈静")
        hearing = await court.hearing(clerk)
        account = (await clerk.must("GET", "/api/me"))["staff"]
        people = []
        for part in parts:
            more = {"staff": account} if part.role == "clerk" else {}
            if part.role == "presiding_judge":
                judge = await court.staff("judge", name=part.name)
                more = {"staff": (await judge.must("GET", "/api/me"))["staff"]}
            if part.side:
                more["side"] = part.side
            people.append(await court.seat(clerk, hearing, part.name, part.role, **more))
        acts = {
            person: beep_act(number, seconds, width) if beeps else court_act(parts, number, seconds, width)
            for number, person in enumerate(people)
        }
        recorded = record(folder / "recorder", acts, seconds)
        spoken = [] if beeps else conversation(parts, seconds)
        await file_hearing(court, hearing, people, recorded, spoken, plan or Plan(1))
        yield ArchivedHearing(court, clerk, hearing, parts, people, recorded)


async def open_page(browser: Browser, size: tuple[int, int] = (1440, 900), locale: str = "zh-CN") -> Page:
    context = await browser.new_context(locale=locale, viewport={"width": size[0], "height": size[1]}, bypass_csp=True)
    return await context.new_page()
