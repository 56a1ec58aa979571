"""The web application: every route, and what stands around them. Wired by the front; nothing is decided here."""

import importlib.metadata
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from hearing_server.court.office import Office
from hearing_server.web import (
    export_routes,
    hearing_routes,
    integrity_routes,
    keeping_routes,
    record_routes,
    seat_routes,
    staff_routes,
)
from hearing_server.web.answering import Answering
from hearing_server.web.client_files import ClientFiles
from hearing_server.web.errors import answer_errors
from hearing_server.web.export_shelf import EXPORT_SHELF, ExportShelf
from hearing_server.web.metrics import RequestMetrics
from hearing_server.web.openapi import openapi_document
from hearing_server.web.origins import Origins
from hearing_server.web.rate_limits import RateLimits
from hearing_server.web.recording_files import RECORDING_FILES, RecordingFiles
from hearing_server.web.route_table import Route
from hearing_server.web.sealed_records import SEALED_RECORDS, SealedRecords
from hearing_server.web.security_headers import add_security_headers
from hearing_server.web.server_facts import SERVER_FACTS, ServerCondition, ServerFacts
from hearing_server.web.sign_in_cookie import COOKIES, Cookies

MAX_BODY_BYTES = 64 * 1024
"""No body of this API comes near it."""

CLIENT_DIST = Path(__file__).parent / "dist"

ROUTES: tuple[Route, ...] = (
    *staff_routes.ROUTES,
    *hearing_routes.ROUTES,
    *seat_routes.ROUTES,
    *record_routes.ROUTES,
    *integrity_routes.ROUTES,
    *keeping_routes.ROUTES,
    *export_routes.ROUTES,
)
"""The whole HTTP API; ``/api/openapi.json`` is made of it."""


@dataclass(frozen=True, slots=True)
class WebTerms:
    """What the front settles for this application."""

    court_name: str
    help_phone: str
    secure: bool
    """People reach it over TLS."""
    recordings: Path
    """One folder per hearing."""
    seals: SealedRecords
    exports: ExportShelf
    allowed_origins: tuple[str, ...] = ()
    """Web origins besides the server's own."""
    client: Path = CLIENT_DIST
    version: str = importlib.metadata.version("hearing-server")


def build_application(
    office: Office,
    terms: WebTerms,
    condition: ServerCondition,
    *,
    add_socket: Callable[[web.Application, Origins], None],
    limits: RateLimits | None = None,
    metrics: RequestMetrics | None = None,
) -> web.Application:
    """``add_socket`` adds the WebSocket's route. ``office.database`` must be open while the application runs."""
    limits = limits or RateLimits()
    metrics = metrics or RequestMetrics()
    origins = Origins(office.base_url, terms.allowed_origins)
    cookies = Cookies(secure=terms.secure)
    app = web.Application(middlewares=[answer_errors(metrics)], client_max_size=MAX_BODY_BYTES)
    app[SERVER_FACTS] = ServerFacts(terms.court_name, terms.help_phone, terms.version, condition)
    app[COOKIES] = cookies
    app[RECORDING_FILES] = RecordingFiles(terms.recordings)
    app[SEALED_RECORDS] = terms.seals
    app[EXPORT_SHELF] = terms.exports
    add_security_headers(app, secure=terms.secure)
    Answering(office, limits, origins, cookies).add(app, ROUTES)
    _add_watching(app, office, condition, metrics, terms.version)
    add_socket(app, origins)
    app.router.add_get("/{path:.*}", ClientFiles(terms.client).serve)

    async def closing_limits(_: web.Application) -> AsyncIterator[None]:
        yield
        await limits.close()

    app.cleanup_ctx.append(closing_limits)
    return app


def _add_watching(
    app: web.Application, office: Office, condition: ServerCondition, metrics: RequestMetrics, version: str
) -> None:
    """Routes for whoever watches over the server rather than for people."""
    document = openapi_document(ROUTES, version=version)

    async def openapi(_: web.Request) -> web.Response:
        return web.json_response(document)

    async def alive(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def ready(_: web.Request) -> web.Response:
        reachable = await office.database.is_reachable()
        if not reachable or not condition.accepting:
            return web.Response(text="not ready\n", status=503)
        return web.Response(text="ready\n")

    app.router.add_get("/api/openapi.json", openapi)
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", metrics.serve)
