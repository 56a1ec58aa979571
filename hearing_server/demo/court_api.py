"""The court's HTTP API as a client sees it: typed bodies in and out, every refusal an exception."""

from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, ValidationError

from hearing_server.demo.failures import Refused
from hearing_server.web.models import ErrorBody, JoinRequest, LoginRequest, Seat, SetupRequest, StaffMember
from signaling.protocol.court_words import ErrorCode

Body = TypeVar("Body", bound=BaseModel)


class CourtApi:
    """One client of the server: its cookies are its own, like a browser's. Use as an asynchronous context."""

    def __init__(self, base_url: str, *, verify_tls: bool = True) -> None:
        self.base_url = base_url.rstrip("/")
        self._verify_tls = verify_tls
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # Cookies of an address without a name, such as 127.0.0.1, are only kept by an "unsafe" jar.
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"Origin": self.base_url}, raise_for_status=False
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    @property
    def http(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("use the client inside its context")
        return self._http

    async def get(self, path: str, answer: type[Body], *, bearer: str = "", **query: str | int) -> Body:
        return await self._request("GET", path, None, answer, bearer, query)

    async def post(self, path: str, body: BaseModel | None, answer: type[Body], *, bearer: str = "") -> Body:
        return await self._request("POST", path, body, answer, bearer, {})

    async def read(self, path: str, *, bearer: str = "") -> bytes:
        """A file, such as a segment of the archive; ``path`` may be a whole address of this server."""
        address = path if urlsplit(path).scheme else self.base_url + path
        async with self.http.get(address, headers=self._bearer(bearer), ssl=self.tls()) as response:
            content = await response.read()
            if response.status >= 400:
                raise _refusal(content, response.status)
            return content

    async def _request(
        self,
        method: str,
        path: str,
        body: BaseModel | None,
        answer: type[Body],
        bearer: str,
        query: dict[str, str | int],
    ) -> Body:
        headers = self._bearer(bearer)
        data = None
        if body is not None:
            data, headers["Content-Type"] = body.model_dump_json(), "application/json"
        async with self.http.request(
            method, self.base_url + path, params=query, data=data, headers=headers, ssl=self.tls()
        ) as response:
            content = await response.read()
            if response.status >= 400:
                raise _refusal(content, response.status)
            return answer.model_validate_json(content)

    @staticmethod
    def _bearer(token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"} if token else {}

    def tls(self) -> bool:
        """Whether certificates are checked; a self-signed demonstration server is trusted as it is."""
        return self._verify_tls

    # ------------------------------------------------------------------ the court's day

    async def set_up(self, token: str, name: str, login: str, password: str) -> StaffMember:
        """Make the first administrator of a fresh server, with the token it printed."""
        request = SetupRequest(token=token, name=name, login=login, password=password)
        return await self.post("/api/setup", request, StaffMember)

    async def sign_in(self, login: str, password: str) -> StaffMember:
        return await self.post("/api/login", LoginRequest(login=login, password=password), StaffMember)

    async def join(self, token: str) -> Seat:
        """Take the seat a join link stands for."""
        return await self.post("/api/join", JoinRequest(token=token), Seat)

    async def staff_seat(self, hearing: str) -> Seat:
        """Take one's own seat as a signed-in judge or clerk."""
        return await self.post(f"/api/hearings/{hearing}/seat", None, Seat)


def token_of(link: str) -> str:
    """The join token in a link's fragment, a path such as ``#/join/TOKEN``."""
    return urlsplit(link).fragment.rpartition("/")[2]


def _refusal(content: bytes, status: int) -> Refused:
    try:
        error = ErrorBody.model_validate_json(content)
    except ValidationError:
        return Refused(ErrorCode.INTERNAL, f"HTTP {status}")
    return Refused(error.code, error.message)
