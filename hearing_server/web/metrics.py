"""Figures about the server for its operators, in Prometheus' format. No person, case or hearing appears in them."""

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from hearing_server.domain.errors import NotFound

LOOPBACK = frozenset({"127.0.0.1", "::1"})


class RequestMetrics:
    """One registry per application; other parts of the server may register their figures in it."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
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
        self._requests.labels(request.method, route, str(status)).inc()
        self._durations.labels(route).observe(duration_s)

    async def serve(self, request: web.Request) -> web.Response:
        """``GET /metrics``; only for this machine, and not through a proxy."""
        if request.remote not in LOOPBACK or "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
            raise NotFound("metrics")
        return web.Response(body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
