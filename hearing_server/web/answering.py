"""Turns declared routes into aiohttp routes: origin, rate limit, sign-in, body, act, answer, in this order."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from hearing_server.court.archive import Reader
from hearing_server.court.credentials import NotSignedIn
from hearing_server.court.join import SessionKeeper
from hearing_server.court.office import Office
from hearing_server.court.staff import signed_in
from hearing_server.web.errors import BadValue, ForeignOrigin, Malformed, TooMany
from hearing_server.web.origins import SAFE_METHODS, Origins
from hearing_server.web.rate_limits import RateLimits
from hearing_server.web.route_table import Call, Route, Who
from hearing_server.web.sign_in_cookie import Cookies
from signaling.protocol.base import ESCAPED_NUL

BODY_WITHIN_S = 10.0
"""No body of this API is larger than a few lines."""
SHAPE_ERRORS = frozenset({"missing", "extra_forbidden", "json_invalid", "model_type", "model_attributes_type"})
"""pydantic's error types, besides those that end in ``_type`` or ``_parsing``, that say the shape is wrong."""


class Answering:
    """What every declared route is answered with."""

    def __init__(self, office: Office, limits: RateLimits, origins: Origins, cookies: Cookies) -> None:
        self._office = office
        self._limits = limits
        self._origins = origins
        self._cookies = cookies
        self._sessions = SessionKeeper(office)

    def add(self, app: web.Application, routes: Iterable[Route]) -> None:
        for route in routes:
            if route.method == "GET":
                app.router.add_get(route.path, self._answering(route))
            else:
                app.router.add_route(route.method, route.path, self._answering(route))

    def _answering(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            if request.method not in SAFE_METHODS and not self._origins.allows(request):
                raise ForeignOrigin
            if route.guarded and not await self._limits.allows(route.guarded, request.remote or ""):
                raise TooMany
            asked_by = await self._asked_by(request, route.who)
            body = await _body(request, route)
            result = await route.act(Call(request, self._office, self._limits, body, asked_by))
            return _answer(result, route.status)

        return answer

    async def _asked_by(self, request: web.Request, who: Who) -> Reader | None:
        if who is Who.ANYBODY:
            return None
        secret = self._cookies.sign_in_secret(request)
        if who is Who.READER:
            token = bearer(request) or self._cookies.seat_token(request)
            if token is not None:
                return await self._sessions.verify(token)
        return await signed_in(self._office, secret)


def json_answer(body: BaseModel, status: int = 200) -> web.Response:
    return web.json_response(text=body.model_dump_json(), status=status)


def _answer(result: BaseModel | web.StreamResponse | None, status: int) -> web.StreamResponse:
    match result:
        case None:
            return web.Response(status=204)
        case BaseModel():
            return json_answer(result, status)
        case _:
            return result


def bearer(request: web.Request) -> str | None:
    """RFC 6750 section 2.1. Raises ``NotSignedIn`` for another scheme."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn
    return token.strip()


async def _body(request: web.Request, route: Route) -> Any:
    if "\0" in request.path or "\0" in request.query_string:
        raise BadValue
    if route.body is None:
        return None
    try:
        if route.method == "GET":
            return route.body.model_validate_strings(dict(request.query))
        if request.content_type != "application/json":  # forms of other sites cannot send this without asking first
            raise Malformed
        raw = await _whole(request)
        body = route.body.model_validate_json(raw)
    except ValidationError as invalid:
        types = {error["type"] for error in invalid.errors(include_url=False, include_input=False)}
        raise (Malformed if any(map(_is_shape, types)) else BadValue) from None
    if ESCAPED_NUL.encode() in raw:
        raise BadValue
    return body


async def _whole(request: web.Request) -> bytes:
    """A body that does not come to its end in time is not waited for."""
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            return await request.read()
    except TimeoutError:
        raise Malformed from None


def _is_shape(error_type: str) -> bool:
    return error_type in SHAPE_ERRORS or error_type.endswith(("_type", "_parsing"))
