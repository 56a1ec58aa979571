"""The court's office behind a real web server for tests of the HTTP API: real SQLite file, real aiohttp on a free port; only
the running hearings are a twin."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher

from hearing_server.court.office import Office
from hearing_server.court.staff import prepare_setup
from hearing_server.domain.journal import COURT_CHAIN, JournalRow
from hearing_server.exports.shelf import Shelf
from hearing_server.sealing.court_keys import CourtKeys
from hearing_server.sealing.proofs import SealedRecordings
from hearing_server.sealing.transparency_log import TransparencyLog
from hearing_server.storage import journal, server_secrets
from hearing_server.storage.database import Database
from hearing_server.web.application import WebTerms, build_application
from hearing_server.web.passwords import Argon2Passwords
from hearing_server.web.rate_limits import Guarded, RateLimits
from hearing_server.web.tokens import SignedTokens
from tests.fakes.courtroom import RememberingCourtroom
from tests.fakes.set_clock import SetClock

PASSWORD = "a long enough password"
PLENTY = dict.fromkeys(Guarded, 10_000)
DAY_MS = 24 * 3600 * 1000


class SettledCondition:
    """Implements ``web.server_facts.ServerCondition``."""

    demo_model = True
    recorder_ready = True
    accepting = True


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self._url = url

    async def ask(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and decoded body; None when there is none."""
        async with self.http.request(method, self._url + path, json=body, headers=headers) as response:
            text = await response.text()
            is_json = response.content_type == "application/json"
            return response.status, (await response.json() if is_json and text else None)

    async def must(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The body of an answer that is no refusal."""
        status, answer = await self.ask(method, path, body, **more)
        assert status < 300, answer
        return answer

    async def refused(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """Status and code of a refusal, whose body is as declared."""
        status, answer = await self.ask(method, path, body, **more)
        assert status >= 400, answer
        assert set(answer) == {"code", "message", "request_id"} and answer["message"]
        return status, answer["code"]


class HttpCourt:
    """Inside ``open_office``."""

    def __init__(self, office: Office, clock: SetClock, courtroom: RememberingCourtroom, key: bytes) -> None:
        self.office = office
        self.clock = clock
        self.courtroom = courtroom
        self.key = key
        self.condition = SettledCondition()
        self.recordings = Path()
        self.url = ""
        self.setup_url = ""
        self._stack = AsyncExitStack()

    async def visitor(self) -> Visitor:
        jar = aiohttp.CookieJar(unsafe=True)  # cookies for an address in figures
        http = await self._stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        return Visitor(http, self.url)

    async def staff(self, *roles: str, name: str = "王法官") -> Visitor:
        """A new member of staff, signed in."""
        if not hasattr(self, "_admin"):
            self._admin = await self.visitor()
            token = self.setup_url.rpartition("/")[2]
            wanted = {"token": token, "name": "管理员", "login": "root", "password": PASSWORD}
            await self._admin.must("POST", "/api/setup", wanted)
        if roles == ("admin",):
            return self._admin
        count = len((await self._admin.must("GET", "/api/staff"))["staff"])
        login = f"staff{count}"
        new = {"name": name, "login": login, "password": PASSWORD, "roles": list(roles)}
        await self._admin.must("POST", "/api/staff", new)
        visitor = await self.visitor()
        await visitor.must("POST", "/api/login", {"login": login, "password": PASSWORD})
        return visitor

    async def journal(self, chain: str = COURT_CHAIN, type: str = "") -> list[JournalRow]:
        async with self.office.database.reading() as transaction:
            rows = await journal.page(transaction, chain, 0, 10_000)
        return [row for row in rows if type in ("", row.type)]

    async def hearing(self, clerk: Visitor, *, status: str = "scheduled") -> str:
        """A hearing of a new case, without anybody on its list."""
        number = f"（2029）示01民初{len((await clerk.must('GET', '/api/cases'))['cases']) + 1}号"
        case = await clerk.must("POST", "/api/cases", {"case_number": number, "title": "买卖合同纠纷"})
        plan = {"scheduled_at_ms": self.clock.now_ms() + DAY_MS, "courtroom": "第一法庭"}
        hearing: str = (await clerk.must("POST", f"/api/cases/{case['case']}/hearings", plan))["hearing"]
        if status == "scheduled":
            await clerk.must("POST", f"/api/hearings/{hearing}/status", {"status": "scheduled"})
        return hearing

    async def seat(self, clerk: Visitor, hearing: str, name: str, role: str, **more: Any) -> str:
        """Participant id of somebody new on the list."""
        wanted = {"name": name, "role": role, **more}
        participant: str = (await clerk.must("POST", f"/api/hearings/{hearing}/participants", wanted))["participant"]
        return participant

    async def link(self, clerk: Visitor, hearing: str, participant: str) -> str:
        """The token of a fresh join link."""
        path = f"/api/hearings/{hearing}/participants/{participant}/link"
        url: str = (await clerk.must("POST", path))["url"]
        return url.rpartition("/")[2]


@asynccontextmanager
async def open_office(
    folder: Path,
    *,
    per_minute: dict[Guarded, int] | None = None,
    secure: bool = False,
    client: Path | None = None,
    database_url: str = "",
) -> AsyncIterator[HttpCourt]:
    async with AsyncExitStack() as stack:
        database = Database(database_url or f"sqlite+aiosqlite:///{folder / 'court.sqlite3'}")
        await database.open()
        stack.push_async_callback(database.close)
        clock, courtroom = SetClock(), RememberingCourtroom()
        key = await server_secrets.key(database, "tokens", clock.now_ms())
        office = Office(
            database=database,
            clock=clock,
            passwords=Argon2Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
            tokens=SignedTokens(key, now_s=clock.now_s),
            code_key=await server_secrets.key(database, "codes", clock.now_ms()),
            courtroom=courtroom,
            base_url="https://court.example",
        )
        court = HttpCourt(office, clock, courtroom, key)
        court.recordings = folder / "recordings"
        court.setup_url = await prepare_setup(office) or ""
        keys = CourtKeys(folder / "keys")
        log = TransparencyLog(folder / "transparency", keys)
        seals = SealedRecordings(court.recordings, keys, log)
        terms = WebTerms(
            "示范人民法院",
            "12368",
            secure,
            court.recordings,
            seals,
            Shelf(court.recordings),
            client=client or folder / "no client",
        )
        app = build_application(
            office, terms, court.condition, add_socket=_no_socket, limits=RateLimits(per_minute or PLENTY)
        )
        server = TestServer(app)
        await server.start_server(shutdown_timeout=1)
        stack.push_async_callback(server.close)
        court.url = str(server.make_url("")).rstrip("/")
        await stack.enter_async_context(court._stack)
        yield court


def _no_socket(_app: web.Application, _origins: object) -> None:
    """These tests open no WebSocket."""
