"""Session tokens in the clear, with the refusals of the real ones."""

from hearing_server.court.credentials import TokenExpired, TokenInvalid, TokenRevoked
from hearing_server.court.ports import SessionClaims


class PlainTokens:
    """``participant@hearing`` or ``participant@hearing@staff``, or a word that stands for a refusal. Implements
    ``ports.SessionTokens``."""

    async def verify(self, token: str) -> SessionClaims:
        if token == "expired":
            raise TokenExpired
        if token == "revoked":
            raise TokenRevoked
        if token == "fault":
            raise RuntimeError("the token store is on fire")
        participant, at, hearing = token.partition("@")
        if not at:
            raise TokenInvalid
        hearing, _, staff = hearing.partition("@")
        return SessionClaims(hearing, participant, expires_at_ms=2**53, staff=staff or None)
