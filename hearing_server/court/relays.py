"""Relays (TURN, RFC 8656) a court offers, and the credentials its participants get for them. Pure."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from signaling.protocol.to_client import IceServer

VALID_S = 8 * 3600
"""A court's day: a connection that has to be built anew in the afternoon must not fail for it. A resumed session gets new ones."""


@dataclass(frozen=True, slots=True)
class Relays:
    """``urls`` as in RFC 7065; ``secret`` is what the relay knows as ``static-auth-secret``."""

    urls: tuple[str, ...] = ()
    secret: str = ""

    def servers_for(self, participant: str, now_ms: int) -> list[IceServer]:
        """Credentials that a relay checks by itself: ``username`` is the end of validity (UTC seconds) and who it is for, the
        password its HMAC-SHA1 ("A REST API For Access To TURN Services", draft-uberti-behave-turn-rest-00 section 2.2)."""
        if not self.urls:
            return []
        username = f"{now_ms // 1000 + VALID_S}:{participant}"
        digest = hmac.new(self.secret.encode(), username.encode(), hashlib.sha1).digest()
        return [IceServer(urls=list(self.urls), username=username, credential=base64.b64encode(digest).decode())]
