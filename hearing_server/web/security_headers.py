"""Headers that tell a browser what a page of this server may do. Set on every answer, also on refusals.

The policy allows this server's own files and its WebSocket, and nothing from anywhere else (DAT-1): no inline script,
no foreign font, picture, frame or connection.
"""

import re

from aiohttp import web

HOST_PATTERN = re.compile(r"^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?$")
"""A host that may be repeated in the policy; anything else in a ``Host`` header is left out."""

PERMISSIONS_POLICY = ", ".join(
    (
        "camera=(self)",
        "microphone=(self)",
        "display-capture=(self)",
        "autoplay=(self)",
        "fullscreen=(self)",
        "screen-wake-lock=(self)",
        "geolocation=()",
        "payment=()",
        "usb=()",
        "midi=()",
    )
)

HSTS_SECONDS = 365 * 24 * 3600


def content_security_policy(host: str) -> str:
    """The policy for a page served under ``host``.

    ``ws:`` and ``wss:`` of the same host are named because Safari before 15.4 does not count them as ``'self'``.
    """
    sockets = f" ws://{host} wss://{host}" if HOST_PATTERN.match(host) else ""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            f"connect-src 'self'{sockets}",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def add_security_headers(app: web.Application, *, secure: bool) -> None:
    """Register the headers on ``app``; ``secure`` says that people reach it over TLS."""

    async def set_headers(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers["Content-Security-Policy"] = content_security_policy(request.host)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Permissions-Policy"] = PERMISSIONS_POLICY
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Server"] = "hearing-server"
        if request.path.startswith("/api/"):
            headers.setdefault("Cache-Control", "no-store")
        if secure:
            headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}"

    app.on_response_prepare.append(set_headers)
