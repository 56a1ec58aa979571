"""Password hashing with argon2id, in threads, a bounded number at once."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2
"""Each hash takes 64 MiB and tens of milliseconds of a core; more sign-ins wait in line (the rate limit bounds the line)."""


class Argon2Passwords:
    """RFC 9106, second recommended option (64 MiB, 3 passes), as argon2-cffi defaults to."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password: str, encoded: str | None) -> bool:
        if encoded is None:
            if self._nobody is None:
                self._nobody = await self.hash("nobody")
            await self._verify(self._nobody, password)
            return False
        return await self._verify(encoded, password)

    async def _verify(self, encoded: str, password: str) -> bool:
        async with self._turns:
            try:
                return await asyncio.to_thread(self._hasher.verify, encoded, password)
            except (VerificationError, InvalidHashError):
                return False
