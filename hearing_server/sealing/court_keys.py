"""The court's Ed25519 keys, with which hearings are sealed: made at the first start, replaced by ``rotate``, never sent anywhere.

``keys/seal-0001.pem`` is a private key, mode 0600; ``keys/seal-0001.pub.pem`` its public half. The newest key signs. A key that was
replaced keeps its public half only, so that what it signed can be checked for ever and nothing more can be signed with it.
"""

import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from recorder.verification.keys import key_id
from recorder.verification.sealed_lines import canonical

_PUBLIC = re.compile(r"seal-(\d{4})\.pub\.pem")


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """``id`` is the SHA-256 of the 32 bytes of ``public_key``."""

    number: int
    id: str
    public_key: bytes
    current: bool
    """Whether it still signs."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    published: PublishedKey
    _private: Ed25519PrivateKey

    @property
    def id(self) -> str:
        return self.published.id

    @property
    def public_key(self) -> bytes:
        return self.published.public_key

    def sign(self, statement: dict[str, Any]) -> bytes:
        """Of its canonical JSON; 64 bytes."""
        return self._private.sign(canonical(statement).encode())


class CourtKeys:
    """Several processes may use the same folder; whoever asks first makes the key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def current(self) -> SigningKey:
        """The newest key; a first one is made."""
        newest = max(self._numbers(), default=0)
        if not self._private(newest).exists():
            newest = self._make(newest + 1)
        private = serialization.load_pem_private_key(self._private(newest).read_bytes(), None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError(f"{self._private(newest)} is no Ed25519 key")
        self._publish(newest, private)
        return SigningKey(self._published(newest), private)

    def rotate(self) -> SigningKey:
        """A new key from now on; private keys before it are removed."""
        before = self.current().published.number
        self._make(before + 1)
        for number in range(1, before + 1):
            self._private(number).unlink(missing_ok=True)
        return self.current()

    def published(self) -> list[PublishedKey]:
        """Every key that ever signed, oldest first."""
        self.current()
        return [self._published(number) for number in self._numbers()]

    def public_file(self, key: PublishedKey) -> Path:
        """PEM."""
        return self._public(key.number)

    def _numbers(self) -> list[int]:
        names = os.listdir(self._folder) if self._folder.is_dir() else []
        numbers = {int(found[1]) for name in names if (found := _PUBLIC.fullmatch(name))}
        # A crash may have come between the two files of a pair.
        numbers |= {int(name[5:9]) for name in names if re.fullmatch(r"seal-\d{4}\.pem", name)}
        return sorted(numbers)

    def _published(self, number: int) -> PublishedKey:
        public = serialization.load_pem_public_key(self._public(number).read_bytes())
        if not isinstance(public, Ed25519PublicKey):
            raise ValueError(f"{self._public(number)} is no Ed25519 key")
        raw = public.public_bytes_raw()
        return PublishedKey(number, key_id(raw), raw, self._private(number).exists())

    def _make(self, number: int) -> int:
        """Linked into place whole, so that of two processes one wins and both read the same key."""
        self._folder.mkdir(parents=True, exist_ok=True)
        private = Ed25519PrivateKey.generate()
        formats = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        draft = self._folder / f"seal-{number:04d}.{secrets.token_hex(6)}.draft"
        _write(draft, private.private_bytes(*formats), 0o600)
        try:
            os.link(draft, self._private(number))
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return number

    def _publish(self, number: int, private: Ed25519PrivateKey) -> None:
        if self._public(number).exists():
            return
        formats = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        draft = self._folder / f"seal-{number:04d}.{secrets.token_hex(6)}.pub.draft"
        _write(draft, private.public_key().public_bytes(*formats), 0o644)
        draft.rename(self._public(number))

    def _private(self, number: int) -> Path:
        return self._folder / f"seal-{number:04d}.pem"

    def _public(self, number: int) -> Path:
        return self._folder / f"seal-{number:04d}.pub.pem"


def _write(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
