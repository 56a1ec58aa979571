"""Where a seal's root is made known beyond the court's own folder, so that not even the court can replace it unseen."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class AnchoredRoot:
    """``root`` is that of seal ``number`` of a hearing, hexadecimal."""

    hearing: str
    number: int
    root: str


class Anchor(Protocol):
    """A judicial chain, or the court's own log of roots (`transparency_log`)."""

    def place(self, root: AnchoredRoot, now_ms: int) -> dict[str, Any]:
        """A receipt, kept in ``seal.json``; the same root again gives one for the same entry. Blocking; raises `OSError`."""
