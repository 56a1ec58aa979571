"""The cookies: one that says who signed in, one that lets a browser's media element fetch an archive."""

from aiohttp import web

from hearing_server.court.join import SEAT_LIFETIME_MS
from hearing_server.court.staff import SIGN_IN_LIFETIME_MS

PLAIN_NAME = "hearing-sign-in"
SECURE_NAME = "__Host-hearing-sign-in"
"""The prefix makes browsers refuse it from anything but this very host over TLS (RFC 6265bis section 4.1.3.2)."""

SEAT_NAME = "hearing-seat"


class Cookies:
    """Sets and reads them. Never readable by scripts, never sent along from another site."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._name = SECURE_NAME if secure else PLAIN_NAME

    def sign_in_secret(self, request: web.Request) -> str | None:
        return request.cookies.get(self._name)

    def set_sign_in(self, response: web.StreamResponse, secret: str) -> None:
        response.set_cookie(
            self._name,
            secret,
            max_age=SIGN_IN_LIFETIME_MS // 1000,
            path="/",
            httponly=True,
            secure=self._secure,
            samesite="Strict",
        )

    def end_sign_in(self, response: web.StreamResponse) -> None:
        response.del_cookie(self._name, path="/", httponly=True, secure=self._secure, samesite="Strict")

    def seat_token(self, request: web.Request) -> str | None:
        return request.cookies.get(SEAT_NAME)

    def set_seat(self, response: web.StreamResponse, hearing: str, session_token: str) -> None:
        """A ``<video>`` cannot send a header: this cookie goes to the files of this one hearing and nowhere else."""
        response.set_cookie(
            SEAT_NAME,
            session_token,
            max_age=SEAT_LIFETIME_MS // 1000,
            path=f"/api/hearings/{hearing}/files/",
            httponly=True,
            secure=self._secure,
            samesite="Strict",
        )


COOKIES: web.AppKey[Cookies] = web.AppKey("cookies", Cookies)
