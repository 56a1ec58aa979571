"""Bodies of the routes about seals and their verification."""

from typing import Literal

from pydantic import Field

from signaling.protocol.base import Message

WorkState = Literal["none", "queued", "running", "done", "failed"]


class SealKey(Message):
    key: str
    """Its id: SHA-256 of the 32 bytes of the public key, hexadecimal."""
    public_key: str
    """Base64 of the 32 bytes."""
    current: bool
    """Whether it still signs."""


class SealKeyList(Message):
    """``GET /api/seal/keys``: every key this court ever sealed with; public."""

    keys: list[SealKey]


class LogHead(Message):
    """``GET /api/seal/log``: the court's log of roots as it stands, signed; public. ``signature`` is over ``head`` as canonical JSON."""

    head: dict[str, str | int]
    signature: str


class LogSpan(Message):
    """From which size of the log to which."""

    earlier: int = Field(ge=0, le=2**53 - 1)
    size: int = Field(ge=0, le=2**53 - 1)


class LogGrowth(Message):
    """``GET /api/seal/log/growth``: that the log of ``size`` entries began with its first ``earlier`` ones (RFC 6962 section 2.1.2)."""

    earlier: int
    size: int
    proof: list[str]


class SealView(Message):
    number: int
    root: str
    leaves: int
    sealed_at_ms: int
    key: str
    authority: str | None
    """Address of the time stamp authority, once the seal is stamped."""
    stamped_at_ms: int | None


class FindingView(Message):
    """What a verification says, as a sentence in both languages."""

    code: str
    file: str
    line: int | None
    field: str | None
    sentence_zh: str
    sentence_en: str


class CheckView(Message):
    """The newest verification. ``findings`` speak against the recording; ``notices`` say what was or was not looked at."""

    state: WorkState
    progress: float
    finished_at_ms: int | None
    files: int
    lines: int
    findings: list[FindingView]
    notices: list[FindingView]


class IntegrityView(Message):
    """``GET /api/hearings/{hearing}/seal``."""

    seals: list[SealView]
    """Oldest first; each covers what the one before does."""
    sealing: WorkState
    stamping: WorkState
    check: CheckView
    unsealed_rows: int
    """Rows of the journal that came after the newest seal."""
    may_seal: bool
    may_check_copies: bool
    """Whether the addresses of the copies may be asked."""


class ProofOfUtterance(Message):
    """Query of a proof; without ``revision`` the newest sealed version."""

    revision: int | None = Field(default=None, ge=0, le=2**31)
