"""A whole court in one process for tests: real SQLite file, real aiohttp server, real WebSockets; only the media worker and
the job runner are twins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from hearing_server.court.clock import SystemClock
from hearing_server.court.courthouse import Courthouse
from hearing_server.court.terms import CourtTerms
from hearing_server.domain.case import Case, Procedure
from hearing_server.domain.hearing import Hearing, HearingStatus, Openness
from hearing_server.domain.journal import ChainCheck, JournalRow
from hearing_server.domain.participant import Participant
from hearing_server.domain.role import Role, seat_for
from hearing_server.storage import cases, hearings, journal, participants
from hearing_server.storage.database import Database
from hearing_server.web.errors import answer_errors
from hearing_server.web.metrics import RequestMetrics
from hearing_server.web.origins import Origins
from hearing_server.web.socket import CourtSocket, SocketLimits
from signaling.bus.memory import MemoryBus, MemoryLeases
from signaling.bus.placement import Placement
from signaling.bus.port import WorkerLoad
from signaling.protocol.facts import RecorderRestored
from tests.fakes.job_runner import RememberingJobs
from tests.fakes.session_tokens import PlainTokens
from tests.fakes.worker_twin import WorkerTwin
from tests.integration.court_client import CourtClient

HEARING = "hearing1"
PEOPLE: tuple[tuple[str, Role, str], ...] = (
    ("judge", Role.PRESIDING_JUDGE, ""),
    ("clerk", Role.CLERK, ""),
    ("clerk2", Role.JUDGE_ASSISTANT, ""),
    ("plaintiff", Role.PARTY, "plaintiff"),
    ("defendant", Role.PARTY, "defendant"),
    ("witness", Role.WITNESS, ""),
    ("witness2", Role.WITNESS, ""),
    ("observer", Role.OBSERVER, ""),
)
TERMS = CourtTerms("示范人民法院", "12368", opening_countdown_ms=20)


class SmallCourt:
    """Inside ``held``."""

    def __init__(
        self,
        database: Database,
        courthouse: Courthouse,
        worker: WorkerTwin,
        jobs: RememberingJobs,
        leases: MemoryLeases,
    ) -> None:
        self.database = database
        self.courthouse = courthouse
        self.worker = worker
        self.jobs = jobs
        self.leases = leases
        self.server: TestServer
        self.http: aiohttp.ClientSession
        self.url = ""
        self._sockets: list[aiohttp.ClientWebSocketResponse] = []

    async def connect(self, participant: str, *, token: str = "") -> CourtClient:
        socket = await self.http.ws_connect(f"{self.url}/ws", max_msg_size=0)
        self._sockets.append(socket)
        return CourtClient(socket, token or f"{participant}@{HEARING}")

    async def enter(self, participant: str) -> CourtClient:
        """Connected and welcome."""
        client = await self.connect(participant)
        await client.hello()
        return client

    async def synchronised(self) -> None:
        """Everything the worker has said until now has been taken: a fact of no hearing goes through and comes back."""
        fact = RecorderRestored(fact=self.worker.next_fact(), room="none", hearing="none", at_ms=0, away_ms=0)
        await self.worker.tell(fact)
        await self.worker.acknowledged(fact.fact)

    async def rows(self, type: str = "") -> list[JournalRow]:
        async with self.database.reading() as transaction:
            rows = await journal.page(transaction, HEARING, 0, 10_000)
        return [row for row in rows if type in ("", row.type)]

    async def chain(self) -> ChainCheck:
        async with self.database.reading() as transaction:
            return await journal.check(transaction, HEARING)

    async def hearing(self) -> Hearing:
        async with self.database.reading() as transaction:
            loaded = await hearings.by_id(transaction, HEARING)
        assert loaded is not None
        return loaded

    async def person(self, participant: str) -> Participant:
        async with self.database.reading() as transaction:
            loaded = await participants.by_id(transaction, participant)
        assert loaded is not None
        return loaded

    async def close_sockets(self) -> None:
        for socket in self._sockets:
            await socket.close()


@asynccontextmanager
async def held(
    folder: Path,
    *,
    terms: CourtTerms = TERMS,
    limits: SocketLimits | None = None,
    status: HearingStatus = HearingStatus.LOBBY_OPEN,
    openness: Openness = Openness.PUBLIC,
    ready: bool = True,
    due: bool = False,
    capable: bool = True,
) -> AsyncIterator[SmallCourt]:
    """A server over ``folder``; a second one over the same folder is a restart. ``due``: it is time for the hearing.
    ``capable``: there is a worker that takes hearings."""
    async with AsyncExitStack() as stack:
        database = Database(f"sqlite+aiosqlite:///{folder / 'court.sqlite3'}")
        await database.open()
        stack.push_async_callback(database.close)
        await _enter_hearing(database, status, openness, SystemClock().now_ms() if due else 1)
        bus, leases, jobs = MemoryBus(), MemoryLeases(), RememberingJobs()
        worker = WorkerTwin(bus.worker("twin"), ready=ready)
        if capable:
            await leases.report(WorkerLoad("twin", 0.0, 0))
        placement = Placement(bus, leases)
        courthouse = Courthouse(database, placement, jobs, SystemClock(), terms)
        court = SmallCourt(database, courthouse, worker, jobs, leases)
        await stack.enter_async_context(_running(courthouse, worker, bus, placement))
        await stack.enter_async_context(_serving(court, limits))
        await court.synchronised()
        yield court


@asynccontextmanager
async def _running(
    courthouse: Courthouse, worker: WorkerTwin, bus: MemoryBus, placement: Placement
) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(placement.run())
        messages = tasks.create_task(courthouse.run_worker_messages(placement))
        obeying = tasks.create_task(worker.run())
        agenda = tasks.create_task(courthouse.run_agenda())
        await courthouse.start()
        try:
            yield
        finally:
            await worker.bus.close()
            await obeying
            await bus.close()
            await messages
            agenda.cancel()


@asynccontextmanager
async def _serving(court: SmallCourt, limits: SocketLimits | None) -> AsyncIterator[None]:
    app = web.Application(middlewares=[answer_errors(RequestMetrics())])
    origins = Origins("http://court.example")
    app.router.add_get("/ws", CourtSocket(court.courthouse, PlainTokens(), origins, limits).serve)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=1)
    try:
        async with aiohttp.ClientSession() as http:
            court.server, court.http, court.url = server, http, str(server.make_url("")).rstrip("/")
            try:
                yield
            finally:
                await court.courthouse.close()
                await court.close_sockets()
    finally:
        await server.close()


async def _enter_hearing(database: Database, status: HearingStatus, openness: Openness, at_ms: int) -> None:
    async with database.transaction() as transaction:
        if await hearings.by_id(transaction, HEARING) is not None:
            return
        await cases.add(transaction, Case("case1", "(2026)示0101民初1号", "买卖合同纠纷", Procedure.CIVIL, None, 1))
        hearing = Hearing(HEARING, "case1", "civil", openness, "第一法庭", scheduled_at_ms=at_ms)
        await hearings.add(transaction, replace(hearing, status=status))
        taken: list[int] = []
        for name, role, side in PEOPLE:
            seat = seat_for(role, side, taken)
            taken.append(seat)
            await participants.add(transaction, Participant(name, HEARING, seat, f"人-{name}", role, side))
