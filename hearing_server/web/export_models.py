"""Bodies of the routes about copies of the record."""

from typing import Literal

from hearing_server.web.integrity_models import WorkState
from signaling.protocol.base import Message


class ExportFileView(Message):
    name: str
    language: str
    """Empty where there is but one."""
    size_bytes: int
    sha256: str
    url: str


class ExportView(Message):
    kind: Literal["bundle", "sheet", "fault_statement"]
    state: WorkState
    """Of the newest work on it; ``files`` are what was made before, and stay until that is done."""
    progress: float
    remaining_s: float | None
    error: Literal["font_missing", "verifier_missing", "disk_full", "record_changed", "other"] | None
    """Of the last attempt; while ``state`` is ``queued`` it is tried again by itself."""
    files: list[ExportFileView]
    made_at_ms: int | None
    outdated: bool
    """There is a newer seal than the one it was made of."""


class ExportsView(Message):
    """``GET /api/hearings/{hearing}/exports``. A fault statement is among ``exports`` only where there is something to state."""

    exports: list[ExportView]
    sealed: bool
    faults: int
    recorded_bytes: int
    """About what a bundle takes."""
    may_take: bool
    may_make: bool
