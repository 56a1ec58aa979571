"""Copies of a recording outside the folder it was made in (RCD-5): which stores there are, how far a copy has come, what is wrong.

Times are UTC in milliseconds.
"""

from dataclasses import dataclass
from enum import StrEnum


class StoreName(StrEnum):
    """The court's stores. Both are optional; without any a recording lies where it was made and nowhere else."""

    PRIMARY = "primary"
    """主存储."""
    BACKUP = "backup"
    """备份存储."""


class CopyState(StrEnum):
    """How far one copy of one file has come."""

    WAITING = "waiting"
    """Not written yet."""
    STORED = "stored"
    """The store said it has it."""
    VERIFIED = "verified"
    """It was read back and is what was sealed."""
    DELETED = "deleted"
    """Removed when its time of keeping had ended."""


class CopiesState(StrEnum):
    """How well a hearing's recording is kept, as screens show it."""

    LOCAL_ONLY = "local_only"
    """仅本机: it lies where it was made and nowhere else."""
    COPYING = "copying"
    """正在存储: something is still on its way, or said to be there and not read back."""
    VERIFIED = "verified"
    """已核验: everything is in one store, and was read back."""
    BACKED_UP = "backed_up"
    """已备份: the same in both stores."""
    FAILING = "failing"
    """存储异常: a store does not take it."""
    DELETED = "deleted"
    """已到期删除: its time of keeping had ended."""


class CopyTrouble(StrEnum):
    """Why a copy cannot be made now. These codes stand in the journal, in logs and in metrics and do not change."""

    NOT_ANSWERING = "store_not_answering"
    """No answer within the time allowed; it may still come."""
    UNREACHABLE = "store_unreachable"
    """No connection, a fault of the store, or an answer that breaks off."""
    REFUSED = "store_refused"
    """The store refuses: credentials, permission, no such bucket."""
    FULL = "store_full"
    """No space is left."""
    DIFFERS = "copy_differs"
    """What is read back is not what was written."""
    SOURCE_MISSING = "source_missing"
    """The file is not in the recordings folder any more."""
    SOURCE_DIFFERS = "source_differs"
    """The file in the recordings folder is not what was sealed; it is not copied over anything."""


OF_THE_STORE = frozenset({CopyTrouble.NOT_ANSWERING, CopyTrouble.UNREACHABLE, CopyTrouble.REFUSED, CopyTrouble.FULL})
"""Troubles in which other files would not fare better."""

AT_ONCE = frozenset({CopyTrouble.DIFFERS, CopyTrouble.SOURCE_MISSING, CopyTrouble.SOURCE_DIFFERS})
"""Troubles that raise the alarm the first time; of the others the second time in a row, or when they last."""

FIRST_RETRY_MS = 500
LONGEST_RETRY_MS = 30_000


def retry_after_ms(failures: int, chance: float) -> int:
    """Exponential back-off with jitter; ``chance`` is from 0 to 1. The first comes after a quarter to half a second."""
    ceiling = min(LONGEST_RETRY_MS, FIRST_RETRY_MS << min(failures - 1, 10))
    return round(ceiling * (0.5 + chance / 2))


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a hearing's recording as it was sealed. ``path`` is relative to the hearing's folder."""

    hearing_id: str
    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FileCopy:
    """A copy of a file in one store, wanted or made. ``repair`` counts the objects that were given up as damaged."""

    file: StoredFile
    store: StoreName
    state: CopyState = CopyState.WAITING
    repair: int = 0
    failures: int = 0
    """In a row."""


@dataclass(frozen=True, slots=True)
class StoreTrouble:
    """Copies of a hearing cannot be made in this store since then."""

    hearing_id: str
    store: StoreName
    code: CopyTrouble
    since_ms: int


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """How many files of a hearing have come how far in one store."""

    store: StoreName
    waiting: int
    stored: int
    verified: int
    size_bytes: int
    """Of all of them."""


def copies_state(counts: list[StoreCounts], troubles: list[StoreTrouble]) -> CopiesState:
    """Of a recording that was not deleted."""
    if troubles:
        return CopiesState.FAILING
    if not counts:
        return CopiesState.LOCAL_ONLY
    if any(each.waiting or each.stored for each in counts):
        return CopiesState.COPYING
    return CopiesState.BACKED_UP if len(counts) > 1 else CopiesState.VERIFIED
