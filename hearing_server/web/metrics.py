"""Figures about the server for its operators, in Prometheus' format. No person, case or hearing appears in them."""

import contextlib
import hmac
from collections.abc import Iterator
from typing import Literal

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from hearing_server.domain.errors import NotFound
from signaling.protocol.court_words import ErrorCode

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""A client may invent others, which must not become series."""
LOOPBACK = frozenset({"127.0.0.1", "::1"})


class RequestMetrics:
    """One registry per application; other parts of the server may register their figures in it."""

    def __init__(self, registry: CollectorRegistry | None = None, *, token: str = "") -> None:
        """``token``: whoever says it as ``Authorization: Bearer`` may ask from anywhere, and nobody else; empty: this machine may."""
        self.registry = registry or CollectorRegistry()
        self._token = token
        self._sockets = Gauge("hearing_websockets", "WebSockets open", registry=self.registry)
        self._refusals = Counter(
            "hearing_refusals", "Errors told to clients, by code", ["by", "code"], registry=self.registry
        )
        self._requests = Counter(
            "hearing_http_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        self._durations = Histogram(
            "hearing_http_request_seconds", "Time from request to answer", ["route"], registry=self.registry
        )

    def count(self, request: web.Request, status: int, duration_s: float) -> None:
        """One answered request; ``route`` is the declared path, never the asked one."""
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "unknown"
        method = request.method if request.method in METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(route).observe(duration_s)

    def refused(self, by: Literal["http", "socket"], code: ErrorCode) -> None:
        self._refusals.labels(by, code.value).inc()

    @contextlib.contextmanager
    def socket(self) -> Iterator[None]:
        """While a WebSocket is open."""
        self._sockets.inc()
        try:
            yield
        finally:
            self._sockets.dec()

    def _may_ask(self, request: web.Request) -> bool:
        if self._token:
            said = request.headers.get("Authorization", "").encode()
            return hmac.compare_digest(said, f"Bearer {self._token}".encode())
        through_proxy = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
        return request.remote in LOOPBACK and not through_proxy

    async def serve(self, request: web.Request) -> web.Response:
        """``GET /metrics``; for strangers there is no such page."""
        if not self._may_ask(request):
            raise NotFound("metrics")
        return web.Response(body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
