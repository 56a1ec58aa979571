"""The two digests every segment gets: SHA-256, and SM3 (GB/T 32905), which Chinese courts' systems check."""

from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives import hashes


@dataclass(frozen=True, slots=True)
class Digests:
    """Lower-case hexadecimal."""

    sha256: str
    sm3: str


def digests(data: bytes) -> Digests:
    sm3 = hashes.Hash(hashes.SM3())
    sm3.update(data)
    return Digests(sha256(data).hexdigest(), sm3.finalize().hex())
