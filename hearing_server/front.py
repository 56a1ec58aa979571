"""Composition root of a front: database, court, web application. Wiring only; loads no media library and no recogniser."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from hearing_server.court.clock import SystemClock
from hearing_server.court.composites import CompositeWatch
from hearing_server.court.copy_watch import CopyWatch
from hearing_server.court.courthouse import Courthouse
from hearing_server.court.job_queue import JobQueue
from hearing_server.court.join import SessionKeeper
from hearing_server.court.office import Office
from hearing_server.court.relays import Relays
from hearing_server.court.terms import CourtTerms
from hearing_server.exports.shelf import Shelf
from hearing_server.sealing.court_keys import CourtKeys
from hearing_server.sealing.proofs import SealedRecordings
from hearing_server.sealing.transparency_log import TransparencyLog
from hearing_server.settings import Settings
from hearing_server.storage import server_secrets
from hearing_server.storage.database import Database
from hearing_server.tls import self_signed_context
from hearing_server.turn_secret import turn_secret
from hearing_server.web.application import WebTerms, build_application
from hearing_server.web.court_metrics import CourtMetrics
from hearing_server.web.metrics import RequestMetrics
from hearing_server.web.origins import Origins
from hearing_server.web.passwords import Argon2Passwords
from hearing_server.web.socket import CourtSocket
from hearing_server.web.store_metrics import StoreMetrics
from hearing_server.web.tokens import SignedTokens
from signaling.bus.placement import Placement
from signaling.bus.port import FrontBus, Leases

IDLE_S = 15.0
"""A connection that has no request on it for so long is closed, also one that never finishes its first; browsers make another."""
LINGER_S = 2.0
"""For the rest of a body that was answered before it ended."""
SHUTDOWN_S = 2.0
"""How long open requests may take once the server stops."""


@dataclass(slots=True)
class Condition:
    """`ServerCondition` of this front."""

    courthouse: Courthouse
    placement: Placement
    admitting: bool = True

    @property
    def accepting(self) -> bool:
        return self.admitting and self.placement.reachable

    @property
    def demo_model(self) -> bool:
        return self.courthouse.demo_model

    @property
    def recorder_ready(self) -> bool:
        return self.courthouse.recorder_ready


@dataclass(frozen=True, slots=True)
class Front:
    office: Office
    courthouse: Courthouse
    composites: CompositeWatch
    copies: CopyWatch
    condition: Condition
    application: web.Application


@asynccontextmanager
async def running_front(settings: Settings, bus: FrontBus, leases: Leases, full_at: float) -> AsyncIterator[Front]:
    """Hears the workers while inside; nothing is served yet. On leaving, what they have said is still taken."""
    placement = Placement(bus, leases, full_at)
    async with _open_front(settings, placement) as front, asyncio.TaskGroup() as tasks:
        tasks.create_task(placement.run(), name="placement")
        messages = tasks.create_task(front.courthouse.run_worker_messages(placement), name="worker messages")
        try:
            yield front
        finally:
            await bus.close()
            await messages


@asynccontextmanager
async def admitting(settings: Settings, front: Front) -> AsyncIterator[int]:
    """The running hearings are taken up, and people are let in while inside; gives the port. Leaving says goodbye to everybody."""
    await front.courthouse.start()
    async with asyncio.TaskGroup() as tasks:
        agenda = tasks.create_task(front.courthouse.run_agenda(), name="agenda")
        composites = tasks.create_task(front.composites.run(), name="composites")
        copies = tasks.create_task(front.copies.run(), name="copies")
        async with _serving(settings, front) as port:
            try:
                yield port
            finally:
                front.condition.admitting = False
                agenda.cancel()
                composites.cancel()
                copies.cancel()
                await front.courthouse.close()


@asynccontextmanager
async def _open_front(settings: Settings, placement: Placement) -> AsyncIterator[Front]:
    clock = SystemClock()
    database = Database(settings.database)
    await database.open()
    try:
        courthouse = Courthouse(database, placement, JobQueue(database, clock), clock, _terms(settings))
        office = Office(
            database=database,
            clock=clock,
            passwords=Argon2Passwords(),
            tokens=SignedTokens(await server_secrets.key(database, "tokens", clock.now_ms())),
            code_key=await server_secrets.key(database, "codes", clock.now_ms()),
            courtroom=courthouse,
            base_url=settings.base_url,
            retention_years=settings.retention_years,
        )
        condition = Condition(courthouse, placement)
        composites = CompositeWatch(database, clock, courthouse.hearing_changed)
        copies = CopyWatch(database, clock, courthouse.hearing_changed)
        application = _application(settings, office, courthouse, condition, copies)
        yield Front(office, courthouse, composites, copies, condition, application)
    finally:
        await database.close()


@asynccontextmanager
async def _serving(settings: Settings, front: Front) -> AsyncIterator[int]:
    """Answers requests while inside; gives the port."""
    runner = web.AppRunner(
        front.application,
        access_log=None,
        shutdown_timeout=SHUTDOWN_S,
        keepalive_timeout=IDLE_S,
        lingering_time=LINGER_S,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, ssl_context=_tls(settings))
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _application(
    settings: Settings, office: Office, courthouse: Courthouse, condition: Condition, copies: CopyWatch
) -> web.Application:
    metrics = RequestMetrics(token=settings.metrics_token)
    metrics.registry.register(CourtMetrics(courthouse.figures, lambda: courthouse.worker))
    metrics.registry.register(StoreMetrics(lambda: copies.failing))

    def add_socket(app: web.Application, origins: Origins) -> None:
        socket = CourtSocket(courthouse, SessionKeeper(office), origins, metrics=metrics)
        app.router.add_get("/ws", socket.serve)

    keys = CourtKeys(settings.seals_dir / "keys")
    keys.current()  # made at the first start, so that it is published before anything is sealed with it
    log = TransparencyLog(settings.seals_dir / "transparency", keys)
    terms = WebTerms(
        court_name=settings.court_name,
        help_phone=settings.help_phone,
        secure=settings.base_url.startswith("https:"),
        recordings=settings.recordings_dir,
        seals=SealedRecordings(settings.recordings_dir, keys, log),
        exports=Shelf(settings.recordings_dir),
        allowed_origins=settings.allowed_origins,
    )
    return build_application(office, terms, condition, add_socket=add_socket, metrics=metrics)


def _terms(settings: Settings) -> CourtTerms:
    return CourtTerms(
        court_name=settings.court_name,
        help_phone=settings.help_phone,
        opening_countdown_ms=round(settings.opening_countdown_s * 1000),
        lobby_opens_before_ms=round(settings.lobby_opens_before_s * 1000),
        relays=Relays(settings.turn_urls, turn_secret(settings)) if settings.turn_urls else Relays(),
    )


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls == "off":
        return None
    return self_signed_context(settings.data_dir / "keys", settings.host)
