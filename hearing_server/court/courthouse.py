"""The running hearings of this server: found, restored after a restart, kept in step with the worker, closed at the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from hearing_server.court import acts, attendance, door, worker_facts, worker_notices
from hearing_server.court.agenda import Agenda
from hearing_server.court.errors import NoCapacity
from hearing_server.court.figures import CourtFigures
from hearing_server.court.live_hearing import LiveHearing
from hearing_server.court.outbox import Farewell, Outbox, SocketEnding
from hearing_server.court.ports import Clock, JobRunner, MediaRooms, SessionClaims, WorkerMessages
from hearing_server.court.resources import Resources, WorkerStanding
from hearing_server.court.restoring import finish_recording, load, restore
from hearing_server.court.session import Session
from hearing_server.court.terms import CourtTerms
from hearing_server.domain.errors import NotFound
from hearing_server.domain.hearing import LIVE, HearingStatus
from hearing_server.domain.job import JobKind
from hearing_server.storage import archive, hearings
from hearing_server.storage.database import Database
from hearing_server.storage.jobs import composite_of, newest_state
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.facts import Fact, MediaConnected, TrackPublished, WorkerFact
from signaling.protocol.from_client import Hello
from signaling.protocol.worker import RecorderState, RoomLost, TranscriberState, WorkerLost, WorkerSaid
from signaling.protocol.worker_figures import WorkerFigures

logger = structlog.get_logger(__name__)

LOBBY_LOOK_MS = 15_000
"""How often it looks whether a lobby is due."""
LATE_OPENING_MS = 12 * 3600 * 1000
"""A hearing nobody opened for so long is not opened by the timer any more."""


class Courthouse:
    """``start``, then ``run_agenda`` and ``run_worker_messages`` in tasks of the owner, at last ``close``."""

    def __init__(self, database: Database, rooms: MediaRooms, jobs: JobRunner, clock: Clock, terms: CourtTerms) -> None:
        self._agenda = Agenda(clock)
        self._resources = Resources(database, rooms, jobs, clock, terms, self._agenda)
        self._rooms = rooms
        self._hearings: dict[str, LiveHearing] = {}
        self._loading = asyncio.Lock()
        self._closing = False

    @property
    def recorder_ready(self) -> bool:
        return self._resources.best_standing.recorder_ready

    @property
    def figures(self) -> CourtFigures:
        """For the operators."""
        return self._resources.figures

    @property
    def worker(self) -> WorkerStanding:
        """What the best placed worker said last of recorder and transcriber."""
        return self._resources.best_standing

    @property
    def demo_model(self) -> bool:
        """Whether only the small demonstration model recognises speech."""
        return self._resources.best_standing.transcriber.demo_model

    # -------------------------------------------------------------- life

    async def start(self) -> None:
        """Take up every hearing that was running: rooms, recordings, countdowns, kept seats."""
        async with self._resources.database.reading() as transaction:
            running = await hearings.with_status(transaction, LIVE)
            ended = await hearings.with_status(transaction, {HearingStatus.CLOSED})
            unfinished = await archive.with_open_span(transaction)
            unrendered = [each.id for each in ended if await composite_of(transaction, each.id) is None]
            unsealed = [each.id for each in ended if await newest_state(transaction, JobKind.SEAL, each.id) is None]
        for hearing in running:
            await restore(await self.live(hearing.id))
        for stopped in unfinished:
            await finish_recording(await self.live(stopped))
        for closed in set(unrendered) - unfinished:  # the server went down between closing and asking
            await self._resources.jobs.enqueue_composite(closed)
        for closed in set(unsealed) - unfinished:
            await self._resources.jobs.enqueue_seal(closed)
        self._look_for_lobbies(self._resources.clock.now_ms())

    async def run_agenda(self) -> None:
        """Timers: lobbies, countdowns, kept seats. Until cancelled."""
        await self._agenda.run()

    async def run_worker_messages(self, workers: WorkerMessages) -> None:
        """Until the bus closes. A message that cannot be taken is logged, and a fact then comes again later."""
        async for heard in workers.messages():
            try:
                await self._take(heard)
            except Exception:  # one broken message must not deafen the front
                logger.exception("worker message failed", type=_type_of(heard))

    async def close(self) -> None:
        """Say goodbye to everybody; their clients come back by themselves. More than once is fine."""
        self._closing = True
        for live in self._hearings.values():
            for session in live.sessions:
                session.hang_up(Farewell(ErrorCode.SHUTTING_DOWN, retry=True))

    # -------------------------------------------------------------- people

    async def join(self, claims: SessionClaims, hello: Hello, outbox: Outbox) -> Session:
        """Raises ``NotFound``, ``WrongState`` or ``AlreadyConnected``."""
        async with self._at_hand(claims.hearing) as live:
            session = await attendance.join(live, claims, hello, outbox)
        if self._closing:
            session.hang_up(Farewell(ErrorCode.SHUTTING_DOWN, retry=True))
        return session

    async def carry_out(self, claims: SessionClaims, session: Session, message: acts.CourtMessage) -> None:
        """Raises a ``Refused``; nothing has changed then."""
        async with self._at_hand(claims.hearing) as live:
            await acts.carry_out(live, session, message)

    async def lose_line(self, claims: SessionClaims, session: Session, outbox: Outbox, ending: SocketEnding) -> None:
        """The socket ended; the seat is kept. While the server stops that is no absence of anybody's."""
        if not self._closing:
            async with self._at_hand(claims.hearing) as live:
                await attendance.lose_line(live, session, outbox, ending)

    async def prepare_room(self, hearing: str) -> None:
        """Raises ``NoCapacity`` when no worker can take it."""
        live = await self.live(hearing)
        async with live.lock:
            if not await live.open_room():
                raise NoCapacity

    async def link_withdrawn(self, hearing: str, participant: str) -> None:
        """Whoever is connected by this participant's join link must go, and is not heard any more."""
        if live := self._hearings.get(hearing):
            await attendance.turn_out(live, lambda session: session.participant == participant and session.by_link)

    async def kiosk_withdrawn(self, kiosk: str) -> None:
        """A device was withdrawn: whoever sits at it must go."""
        for live in list(self._hearings.values()):
            await attendance.turn_out(live, lambda session: session.kiosk == kiosk)

    async def staff_signed_out(self, staff: str) -> None:
        """An account was disabled or has another password: whoever took a seat by signing in to it must go."""
        farewell = Farewell(ErrorCode.NOT_SIGNED_IN, retry=False)
        for live in list(self._hearings.values()):
            await attendance.turn_out(live, lambda session: session.staff == staff, farewell)

    # -------------------------------------------------------------- hearings

    async def live(self, hearing: str) -> LiveHearing:
        """Raises ``NotFound``."""
        if hearing not in self._hearings:
            async with self._loading:
                if hearing not in self._hearings:
                    self._hearings[hearing] = await load(hearing, self._resources)
        return self._hearings[hearing]

    @asynccontextmanager
    async def _at_hand(self, hearing: str) -> AsyncIterator[LiveHearing]:
        """The hearing for as long as something is done with it; one that is done is put away then. Raises ``NotFound``."""
        live = await self.live(hearing)
        live.users += 1
        try:
            yield live
        finally:
            live.users -= 1
            if live.is_done:
                self._hearings.pop(hearing, None)

    async def hearing_changed(self, hearing: str) -> None:
        """Something else changed it in the database, such as the clerk's schedule or the job of the combined video:
        take it over and show it."""
        if hearing not in self._hearings:
            return
        async with self._at_hand(hearing) as live, live.lock:
            await live.reload()

    def _look_for_lobbies(self, at_ms: int) -> None:
        async def look() -> None:
            try:
                await self._open_due_lobbies()
            finally:
                self._look_for_lobbies(self._resources.clock.now_ms() + LOBBY_LOOK_MS)

        self._agenda.at(at_ms, "lobbies due", look)

    async def _open_due_lobbies(self) -> None:
        now_ms = self._resources.clock.now_ms()
        due_ms = now_ms + self._resources.terms.lobby_opens_before_ms
        async with self._resources.database.reading() as transaction:
            scheduled = await hearings.with_status(transaction, {HearingStatus.SCHEDULED})
        for hearing in scheduled:
            if now_ms - LATE_OPENING_MS < hearing.scheduled_at_ms <= due_ms:
                live = await self.live(hearing.id)
                async with live.lock:
                    await live.reload()
                await door.open_lobby_by_timer(live)

    # -------------------------------------------------------------- the worker

    async def _take(self, heard: WorkerSaid | RoomLost | WorkerLost) -> None:
        if isinstance(heard, WorkerLost):
            self._resources.workers.pop(heard.worker, None)
        elif isinstance(heard, RoomLost):
            if live := self._hearings.get(heard.room):
                await worker_notices.lose_room(live, heard)
        elif isinstance(heard.message, Fact):
            await self._store(heard.worker, heard.message, heard.late)
        elif isinstance(heard.message, RecorderState | TranscriberState):
            await self._hear_standing(heard.worker, heard.message)
        elif isinstance(heard.message, WorkerFigures):
            self.figures.hear_worker(heard.message)
        elif heard.message.room in self._hearings:
            await worker_notices.hear_notice(self._hearings[heard.message.room], heard.message)

    async def _hear_standing(self, worker: str, notice: RecorderState | TranscriberState) -> None:
        standing = self._resources.workers.setdefault(worker, WorkerStanding())
        there = [live for live in self._hearings.values() if self._rooms.worker_of(live.room) in (worker, None)]
        if isinstance(notice, RecorderState):
            worker_notices.hear_recorder(standing, there, notice)
        else:
            worker_notices.hear_transcriber(standing, there, notice)
        for live in there:
            async with live.lock:
                await live.announce()

    async def _store(self, worker: str, fact: WorkerFact, late: bool) -> None:
        try:
            await self.live(fact.hearing)
        except NotFound:
            logger.warning("fact of an unknown hearing", type=fact.type, hearing=fact.hearing)
        else:
            async with self._at_hand(fact.hearing) as live:
                self._time_joining(live, fact)
                await worker_facts.store_fact(live, fact, late=late)
        await self._rooms.acknowledge(worker, fact.fact)

    def _time_joining(self, live: LiveHearing, fact: WorkerFact) -> None:
        if not isinstance(fact, MediaConnected | TrackPublished) or fact.participant not in live.people:
            return
        session = live.line(fact.participant).session
        if session is None:
            return
        if isinstance(fact, TrackPublished):
            self.figures.first_packet(session.joining)
        elif fact.direction == "publish":
            self.figures.connected(session.joining)


def _type_of(heard: WorkerSaid | RoomLost | WorkerLost) -> str:
    return heard.message.type if isinstance(heard, WorkerSaid) else type(heard).__name__
