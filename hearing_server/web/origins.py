"""Which web pages may speak to this server: its own. Browsers name the page in ``Origin``; scripts outside browsers do not.

A page of this server is known by the configured address or, when none is configured, by being reached under the same
name as the request. A name out of the DNS may be pointed at this machine by anybody, so only ``localhost`` and addresses
in figures count then.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Origins:
    """The allow list."""

    def __init__(self, base_url: str, others: Iterable[str] = ()) -> None:
        self._allowed = {_origin(base_url), *(_origin(other) for other in others)}

    def allows(self, request: web.Request) -> bool:
        """Whether the page that sent this, if a page did, is one of this server's."""
        origin = request.headers.get("Origin")
        if origin is None:
            return request.headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"}
        if origin in self._allowed:
            return True
        return origin in {f"http://{request.host}", f"https://{request.host}"} and _cannot_be_rebound(request.host)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _cannot_be_rebound(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
