"""How often one address may try something that can be guessed (passwords, links, six-digit codes) or that costs work for anybody."""

from enum import StrEnum

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter


class Guarded(StrEnum):
    """What is counted, each by itself."""

    LOGIN = "login"
    """Signing in, per address."""
    LOGIN_NAME = "login_name"
    """Signing in, per login name, so that many addresses cannot share the guessing."""
    SETUP = "setup"
    """The one-time setup token."""
    JOIN = "join"
    """Join links."""
    KIOSK_PAIRING = "kiosk_pairing"
    """Eight-digit pairing codes: 10 a minute leaves 1 guess in 10^7 over ten minutes for one address."""
    KIOSK_CODE = "kiosk_code"
    """Six-digit hearing codes, counted per address; a guess needs a paired device besides."""
    SEAL = "seal"
    """What the court publishes of its seals: nothing to guess, but each answer is computed and signed."""


PER_MINUTE: dict[Guarded, int] = {
    Guarded.LOGIN: 10,
    Guarded.LOGIN_NAME: 10,
    Guarded.SETUP: 10,
    Guarded.JOIN: 120,  # a whole court house may stand behind one address
    Guarded.KIOSK_PAIRING: 10,
    Guarded.KIOSK_CODE: 10,
    Guarded.SEAL: 60,
}


class RateLimits:
    """Counts attempts in windows of one minute, in this process."""

    def __init__(self, per_minute: dict[Guarded, int] | None = None) -> None:
        self._items: dict[Guarded, RateLimitItem] = {
            guarded: RateLimitItemPerMinute(amount, namespace=guarded.value)
            for guarded, amount in {**PER_MINUTE, **(per_minute or {})}.items()
        }
        self._storage = MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._storage)

    async def allows(self, guarded: Guarded, who: str) -> bool:
        """Count one attempt by ``who``; False when it is one too many."""
        return await self._limiter.hit(self._items[guarded], who)

    async def close(self) -> None:
        """Wait for the storage's own clean-up task, which nobody else would."""
        if self._storage.timer is not None:
            await self._storage.timer
