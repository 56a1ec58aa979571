"""Proofs that people and devices bring along: passwords, cookies, links, device tokens, short codes.

Here stand what they mean and the ports that make and check them; how a token is signed or a password hashed is not known
here.

``Refused`` (domain) ⊃ ``CredentialRefused`` ⊃ ``TokenInvalid``, ``TokenExpired``, ``TokenRevoked``, ``NotSignedIn``,
``LoginFailed``, ``CodeInvalid``.
"""

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Protocol

from hearing_server.court.ports import SessionClaims
from hearing_server.domain.errors import Refused


class CredentialRefused(Refused):
    """Base of refusals of a proof."""


class TokenInvalid(CredentialRefused):
    """Forged, damaged, or made for something else."""

    def __init__(self, because: str = "token_invalid") -> None:
        super().__init__(because)


class TokenExpired(CredentialRefused):
    """Good once."""

    def __init__(self) -> None:
        super().__init__("token_expired")


class TokenRevoked(CredentialRefused):
    """Withdrawn by the court, or replaced by a newer one; ``because`` says what was."""

    def __init__(self, because: str = "token_revoked") -> None:
        super().__init__(because)


class NotSignedIn(CredentialRefused):
    """No cookie, or one that is worth nothing any more."""

    def __init__(self) -> None:
        super().__init__("not_signed_in")


class LoginFailed(CredentialRefused):
    """Wrong name or password; never says which."""

    def __init__(self) -> None:
        super().__init__("login_failed")


class CodeInvalid(CredentialRefused):
    """A short code that is wrong, used or expired; never says which."""

    def __init__(self) -> None:
        super().__init__("code_invalid")


@dataclass(frozen=True, slots=True)
class SeatClaims:
    """What a session token says: the seat, and by what right it was taken, so that it ends when that right is withdrawn."""

    session: SessionClaims
    link_generation: int | None
    """When the seat was taken by a join link."""
    password_generation: int | None
    """When it was taken by signing in."""


class TokenSigner(Protocol):
    """Makes tokens and reads them back. Reading raises ``TokenInvalid`` or ``TokenExpired``; a token of one kind is invalid
    as any other."""

    def sign_seat(self, claims: SeatClaims) -> str: ...

    def read_seat(self, token: str) -> SeatClaims: ...

    def sign_kiosk(self, kiosk: str) -> str: ...

    def read_kiosk(self, token: str) -> str: ...


class Passwords(Protocol):
    """Slow on purpose, and bounded in how many are computed at once."""

    async def hash(self, password: str) -> str:
        """The encoded hash to store."""

    async def matches(self, password: str, encoded: str | None) -> bool:
        """Whether it is the password. With None as much time is spent, so that an unknown login cannot be told by it."""


def new_secret() -> str:
    """256 bits for a cookie or a one-time link, in letters that a URL takes."""
    return secrets.token_urlsafe(32)


def sha256(secret: str) -> str:
    """What is stored of a secret that has enough entropy by itself. Hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


JOIN_TOKEN_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's Base32: without i, l, o and u, which are read as something else or spell something."""
JOIN_TOKEN_LENGTH = 26
"""130 bits."""
_MISREAD = str.maketrans("ilo", "110")


def new_join_token() -> str:
    """For a join link: short enough to be typed from paper, in groups of five and a last one of six."""
    letters = "".join(secrets.choice(JOIN_TOKEN_LETTERS) for _ in range(JOIN_TOKEN_LENGTH))
    return "-".join((letters[:5], letters[5:10], letters[10:15], letters[15:20], letters[20:]))


def join_token_sha256(token: str) -> str:
    """What is stored of a join token and looked up. The same however it was typed: case, hyphens, spaces, full-width forms,
    and letters that look like figures do not matter."""
    typed = unicodedata.normalize("NFKC", token).lower().translate(_MISREAD)
    return sha256("".join(letter for letter in typed if letter.isalnum()))


def new_code(digits: int) -> str:
    """Random digits, leading zeros included."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def keyed_code_hash(key: bytes, purpose: str, code: str) -> str:
    """What is stored of a short code. Keyed, since all hashes of six digits are computed in a second. Hexadecimal."""
    return hmac.new(key, f"{purpose}:{code}".encode(), hashlib.sha256).hexdigest()
