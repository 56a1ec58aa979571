"""Signed tokens: seats and kiosk devices. What they mean is ``court.credentials``'s business.

One algorithm is made and one accepted (HS256 with a 256-bit key, RFC 7518 section 3.2), so neither ``none`` nor a public
key passed off as a secret gets anywhere. Every kind has its own ``typ`` and ``aud`` (RFC 8725 sections 3.11 and 3.9), so a
token of one kind is nothing as any other.
"""

import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Literal, TypeVar

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, ValidationError

from hearing_server.court.credentials import SeatClaims, TokenExpired, TokenInvalid
from hearing_server.court.ports import SessionClaims

ALGORITHM = "HS256"
ISSUER = "hearing-server"
MAX_TOKEN_CHARACTERS = 4096


class TokenKind(StrEnum):
    """What a token is for; it stands in ``typ`` as ``<kind>+jwt`` and in ``aud``."""

    SEAT = "seat"
    """A seat that was taken; said in ``hello``."""
    KIOSK = "kiosk"
    """An enrolled device."""


class _Payload(BaseModel):
    """Claims of RFC 7519 that every token has; times in seconds there."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    iss: Literal["hearing-server"]
    aud: str
    sub: str
    iat: int


class _SeatPayload(_Payload):
    hearing: str
    link_generation: int | None
    password_generation: int | None
    kiosk: str | None
    staff: str | None
    exp: int


class _KioskPayload(_Payload):
    exp: None = None
    """A device stays enrolled until the court withdraws it."""


P = TypeVar("P", _SeatPayload, _KioskPayload)


def _now_s() -> float:
    return time.time()


class SignedTokens:
    """Implements ``court.credentials.TokenSigner``."""

    def __init__(self, key: bytes, *, now_s: Callable[[], float] = _now_s) -> None:
        """``key``: 32 random bytes, the same on every front."""
        self._key = OctKey.import_key(key)
        self._now_s = now_s

    def sign_seat(self, claims: SeatClaims) -> str:
        session = claims.session
        own: dict[str, str | int | None] = {
            "hearing": session.hearing,
            "link_generation": claims.link_generation,
            "password_generation": claims.password_generation,
            "kiosk": session.kiosk,
            "staff": session.staff,
            "exp": session.expires_at_ms // 1000,
        }
        return self._sign(TokenKind.SEAT, session.participant, own)

    def read_seat(self, token: str) -> SeatClaims:
        payload = self._read(TokenKind.SEAT, token, _SeatPayload)
        session = SessionClaims(payload.hearing, payload.sub, payload.exp * 1000, payload.kiosk, payload.staff)
        return SeatClaims(session, payload.link_generation, payload.password_generation)

    def sign_kiosk(self, kiosk: str) -> str:
        """Without an end: a device stays enrolled until the court withdraws it."""
        return self._sign(TokenKind.KIOSK, kiosk, {})

    def read_kiosk(self, token: str) -> str:
        return self._read(TokenKind.KIOSK, token, _KioskPayload).sub

    def _sign(self, kind: TokenKind, subject: str, own: Mapping[str, str | int | None]) -> str:
        header = {"alg": ALGORITHM, "typ": f"{kind.value}+jwt"}
        registered = {"iss": ISSUER, "aud": kind.value, "sub": subject, "iat": int(self._now_s())}
        return jwt.encode(header, {**registered, **own}, self._key, algorithms=[ALGORITHM])

    def _read(self, kind: TokenKind, token: str, payload_type: type[P]) -> P:
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise TokenInvalid
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            payload = payload_type.model_validate(decoded.claims)
        except (JoseError, ValidationError, ValueError) as reason:
            raise TokenInvalid from reason
        if decoded.header.get("typ") != f"{kind.value}+jwt" or payload.aud != kind.value:
            raise TokenInvalid
        if payload.exp is not None and payload.exp <= self._now_s():
            raise TokenExpired
        return payload
