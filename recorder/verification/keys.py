"""Keys and signatures of a seal, as the court publishes them: Ed25519, 32 bytes; a key's id is the SHA-256 of these bytes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Any

from recorder.verification.ed25519 import is_signed
from recorder.verification.sealed_lines import canonical

SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")
"""Before the 32 bytes in a PEM or DER public key (RFC 8410 section 4)."""


def key_id(public_key: bytes) -> str:
    return hashlib.sha256(public_key).hexdigest()


def trusted_ids(text: str) -> list[str]:
    """Key ids out of what the court publishes: ids in hexadecimal, one a line, or public keys in PEM."""
    ids = []
    for block in re.findall(r"-----BEGIN PUBLIC KEY-----([^-]+)-----END PUBLIC KEY-----", text):
        der = decoded("".join(block.split()))
        if der[:-32] == SPKI_PREFIX:
            ids.append(key_id(der[-32:]))
    for line in text.splitlines():
        spelled = re.sub(r"[ :]", "", line)
        if re.fullmatch(r"[0-9a-fA-F]{64}", spelled):
            ids.append(spelled.lower())
    return ids


def decoded(text: Any) -> bytes:
    """Base64; empty when it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        return b""


def statement_signed(statement: dict[str, Any], signature: Any) -> str | None:
    """The code of what is wrong with a statement that names its ``key`` and ``public_key``; None when it is signed."""
    public_key = decoded(statement.get("public_key"))
    if key_id(public_key) != statement.get("key"):
        return "key_misnamed"
    if not is_signed(public_key, canonical(statement).encode(), decoded(signature)):
        return "signature_wrong"
    return None
