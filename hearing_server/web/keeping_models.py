"""Bodies of the routes about copies of recordings and about how long recordings are kept."""

from typing import Literal

from pydantic import Field

from hearing_server.web.integrity_models import WorkState
from signaling.protocol.base import Message

StoreWord = Literal["primary", "backup"]
PlaceWord = Literal["folder", "primary", "backup"]
CopiesWord = Literal["local_only", "copying", "verified", "backed_up", "failing", "deleted"]
RetentionWord = Literal["permanent", "long", "short"]


class StoreCopiesView(Message):
    """One store. ``stored`` files were taken by it and not read back yet."""

    store: StoreWord
    waiting: int
    stored: int
    verified: int
    size_bytes: int
    trouble: str | None
    """A stable code, such as ``store_unreachable``, while copies cannot be made."""
    failing_since_ms: int | None


class CopyFindingView(Message):
    code: Literal["missing", "differs", "extra", "lost", "unreachable"]
    place: PlaceWord
    path: str
    repaired: bool


class ReconciliationView(Message):
    """The newest comparison of the copies with what should be there."""

    state: WorkState
    thorough: bool
    """Every byte was read; otherwise names and sizes were compared."""
    progress: float
    finished_at_ms: int | None
    read_at_ms: int | None
    """When every byte was read last."""
    files: int
    findings: int
    repaired: int
    listed: list[CopyFindingView]
    """The first 500."""


class CopiesView(Message):
    """``GET /api/hearings/{hearing}/copies``; ``POST …/copies/reconciliation`` asks for a comparison of every byte."""

    state: CopiesWord
    stores: list[StoreCopiesView]
    reconciliation: ReconciliationView
    deleted_at_ms: int | None


class HoldView(Message):
    hold: str
    reason: str
    placed_at_ms: int


class DeletionListView(Message):
    """What the retention job would delete, counted over all places; ``list_sha256`` names exactly this list."""

    files: int
    size_bytes: int
    list_sha256: str
    listed_at_ms: int


class RetentionView(Message):
    """``GET /api/hearings/{hearing}/retention``; staff."""

    hearing: str
    case_number: str
    closed_at_ms: int | None
    retention_class: RetentionWord
    kept_until_ms: int | None
    """None for ever, or while the hearing has not ended."""
    holds: list[HoldView]
    listing: DeletionListView | None
    approved_at_ms: int | None
    deleted_at_ms: int | None
    may_set: bool
    may_release: bool


class DeletionList(Message):
    """``GET /api/retention``: recordings whose time is over, with what would be deleted."""

    recordings: list[RetentionView]


class RetentionChoice(Message):
    """``PUT /api/hearings/{hearing}/retention``."""

    retention_class: RetentionWord


class HoldReason(Message):
    """``POST /api/hearings/{hearing}/holds``."""

    reason: str = Field(min_length=1, max_length=500)


class DeletionApproval(Message):
    """``POST /api/hearings/{hearing}/retention/approval``: of this list and of no other."""

    list_sha256: str = Field(pattern="^[0-9a-f]{64}$")
