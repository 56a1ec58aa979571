"""The one place where exceptions become answers over HTTP: a stable code, a sentence, and the request's id.

``RequestRefused`` ⊃ ``Malformed``, ``BadValue``, ``TooMany``, ``ForeignOrigin``; refusals of the court come from ``court``.
"""

import secrets
import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from hearing_server.court.errors import code_of
from hearing_server.domain.errors import Refused
from hearing_server.web.metrics import RequestMetrics
from hearing_server.web.models import ErrorBody
from hearing_server.web.sentences import sentence
from signaling.protocol.court_words import ErrorCode, Language

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATUS: dict[ErrorCode, int] = {
    ErrorCode.MALFORMED: 400,
    ErrorCode.NOT_SIGNED_IN: 401,
    ErrorCode.LOGIN_FAILED: 401,
    ErrorCode.TOKEN_INVALID: 401,
    ErrorCode.TOKEN_EXPIRED: 401,
    ErrorCode.TOKEN_REVOKED: 401,
    ErrorCode.CODE_INVALID: 403,
    ErrorCode.NOT_PERMITTED: 403,
    ErrorCode.FOREIGN_ORIGIN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.WRONG_STATE: 409,
    ErrorCode.CONFLICT: 409,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.INVALID_VALUE: 422,
    ErrorCode.TOO_MANY: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.RECORDER_UNAVAILABLE: 503,
    ErrorCode.NO_CAPACITY: 503,
    ErrorCode.SHUTTING_DOWN: 503,
}
"""Every code that HTTP can give."""

OF_AIOHTTP: dict[int, ErrorCode] = {
    400: ErrorCode.MALFORMED,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.NOT_FOUND,
    413: ErrorCode.TOO_LARGE,
    415: ErrorCode.MALFORMED,
    416: ErrorCode.INVALID_VALUE,
}


class RequestRefused(Exception):
    """Refused before the court was asked."""

    code = ErrorCode.MALFORMED


class Malformed(RequestRefused):
    """Not JSON, or a field is missing, unknown or of the wrong type."""


class BadValue(RequestRefused):
    """Well-formed, but a value is too long, too short or not of its pattern."""

    code = ErrorCode.INVALID_VALUE


class TooMany(RequestRefused):
    """More attempts than one address may make."""

    code = ErrorCode.TOO_MANY


class ForeignOrigin(RequestRefused):
    """Another site's page sent this."""

    code = ErrorCode.FOREIGN_ORIGIN


REQUEST_ID = web.RequestKey("request_id", str)
REFUSAL = web.RequestKey("refusal", ErrorCode)
"""Only where the request was refused."""


def answer_errors(metrics: RequestMetrics) -> Middleware:
    """The outermost middleware: nothing leaves this server as a traceback."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REQUEST_ID] = secrets.token_hex(8)
        began = time.monotonic()
        with structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID]):
            response = await _answered(request, handler)
        metrics.count(request, response.status, time.monotonic() - began)
        if REFUSAL in request:
            metrics.refused("http", request[REFUSAL])
        if not response.prepared:
            response.headers["X-Request-Id"] = request[REQUEST_ID]
        return response

    return middleware


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as refusal:
        return refused(request, code_of(refusal), refusal.because, refusal.subjects)
    except RequestRefused as refusal:
        return refused(request, refusal.code)
    except web.HTTPException as http:
        if http.status < 400:
            return http
        code = OF_AIOHTTP.get(http.status, ErrorCode.INTERNAL)
        return refused(request, code, status=http.status)
    except ConnectionError:
        raise  # the client went away; there is nobody to answer
    except Exception:
        # Ownership border: this request fails, the server goes on.
        log.exception("request_failed", method=request.method, route=route_of(request))
        return refused(request, ErrorCode.INTERNAL)


def refused(
    request: web.Request,
    code: ErrorCode,
    because: str = "",
    subjects: tuple[str, ...] = (),
    *,
    status: int | None = None,
) -> web.StreamResponse:
    """The body of a refusal, in the language the browser asks for."""
    request_id, request[REFUSAL] = request[REQUEST_ID], code
    message = sentence(code, language_of(request), because, request_id, subjects)
    body = ErrorBody(code=code, message=message, request_id=request_id)
    return web.json_response(text=body.model_dump_json(), status=status or STATUS[code])


def language_of(request: web.Request) -> Language:
    """Chinese unless the browser's first wish is English."""
    first = request.headers.get("Accept-Language", "").partition(",")[0].strip().lower()
    return Language.ENGLISH if first.startswith("en") else Language.CHINESE


def route_of(request: web.Request) -> str:
    """The declared path, so that neither ids nor names get into logs and metrics."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"
