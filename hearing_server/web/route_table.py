"""How one route is declared. From the declaration come the routing, the check of the body, the sign-in and the OpenAPI
document.

The functions behind the routes make no decisions: they hand the request to ``court`` and turn the result into a body.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel

from hearing_server.court.archive import Reader
from hearing_server.court.credentials import NotSignedIn
from hearing_server.court.office import Office
from hearing_server.domain.staff import StaffAccount
from hearing_server.web.rate_limits import Guarded, RateLimits

Body = TypeVar("Body", covariant=True)


class Who(StrEnum):
    """Who may ask a route at all. What they may do is decided in ``court``, by the permission tables."""

    ANYBODY = "anybody"
    """No sign-in: the request proves itself by its body, or concerns nothing private."""
    STAFF = "staff"
    """A signed-in member of staff, by cookie."""
    READER = "reader"
    """A signed-in member of staff, or the holder of a seat by ``Authorization: Bearer`` with its session token."""


@dataclass(frozen=True, slots=True)
class Call(Generic[Body]):
    """One request, checked as far as its declaration says."""

    request: web.Request
    office: Office
    limits: RateLimits
    body: Body
    """As declared; None when the route takes none."""
    asked_by: Reader | None
    """None on routes for anybody."""

    @property
    def staff(self) -> StaffAccount:
        """Raises ``NotSignedIn``."""
        if not isinstance(self.asked_by, StaffAccount):
            raise NotSignedIn
        return self.asked_by

    @property
    def reader(self) -> Reader:
        """Raises ``NotSignedIn``."""
        if self.asked_by is None:
            raise NotSignedIn
        return self.asked_by

    def part(self, name: str) -> str:
        """A variable part of the path."""
        return self.request.match_info[name]


@dataclass(frozen=True, slots=True)
class Route:
    """One declared route. ``act`` has the summary as its docstring's first line."""

    method: str
    path: str
    act: Callable[[Call[Any]], Awaitable[BaseModel | web.StreamResponse | None]]
    body: type[BaseModel] | None = None
    """For ``GET`` the query string, otherwise the JSON body."""
    answer: type[BaseModel] | None = None
    """None: an answer without content, or a file of ``media_type``."""
    who: Who = Who.STAFF
    guarded: Guarded | None = None
    """Attempts are counted per address."""
    status: int = 200
    media_type: str | None = None
    """Of a file that is answered."""

    @property
    def summary(self) -> str:
        return (self.act.__doc__ or "").strip().splitlines()[0]

    @property
    def operation(self) -> str:
        """Name of the operation in the OpenAPI document."""
        return self.act.__name__
