"""The port every store of recordings stands behind. The local folder and S3 pass one suite: ``tests/contract/test_stores.py``."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredObject:
    """As the store lists it."""

    key: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What really is in an object: every byte of it was read."""

    size_bytes: int
    sha256: str


class RecordingStore(Protocol):
    """Objects are written once and never changed. Every call may raise ``StoreUnreachable``, ``StoreRefused`` or ``StoreFull``;
    none waits for ever, and none tries again by itself: that is the caller's, who also raises the alarm."""

    async def put(self, key: str, data: bytes) -> bool:
        """The whole object or none of it, durable on return. False when the key is taken, and nothing was written."""

    async def read(self, key: str) -> bytes:
        """The whole object. Raises ``ObjectMissing``."""

    async def read_back(self, key: str) -> ReadBack:
        """Read from the store itself, to the last byte. Raises ``ObjectMissing``."""

    def objects(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Those of one hearing; ``prefix`` is its id and a slash."""

    async def remove(self, key: str) -> None:
        """For the job that ends the time of keeping, and for nobody else. An object that is not there is no error."""

    async def close(self) -> None:
        """More than once is fine."""


def read_back_of(data: bytes) -> ReadBack:
    return ReadBack(len(data), hashlib.sha256(data).hexdigest())
