"""How well everybody's line was in each minute of a hearing: what the worker measured, and what each device said of itself.

Kept beside the journal, not in it: it is bulky, explains and proves nothing by itself. A minute is one compact blob, column by column,
for numbers that hardly change from one span to the next shrink to a few bits.
"""

import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MINUTE_MS = 60_000
MOST_PER_MINUTE = 60
"""Samples kept in one minute; there are twelve, and more after this many are a fault and left out."""

Figures = tuple[int, ...]
"""In the order of `MEASURED` or `OWN`; -1 is unknown."""

MEASURED = (
    *("kbps", "packets", "lost", "jitter_ms", "round_trip_ms", "asked", "repeated"),
    *("keyframes_asked", "full", "half", "quarter", "withheld", "estimate_kbps"),
)
OWN = ("round_trip_ms", "loss_per_mille", "received_kbps", "sent_kbps", "freezes")


class View(StrEnum):
    """Of what the figures speak, and whose they are."""

    PUBLISH = "publish"
    """From the participant to the court, measured by the worker."""
    SUBSCRIBE = "subscribe"
    """From the court to the participant, measured by the worker."""
    OWN = "own"
    """The device's own words. Nobody checked them; they explain, and decide nothing."""


LineKey = tuple[str, View]
"""(participant, view)."""


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """What a device said of itself within bounds that no honest one leaves; made by `told`."""

    round_trip_ms: int
    loss_per_mille: int
    received_kbps: int
    sent_kbps: int
    freezes: int

    @classmethod
    def told(
        cls, *, round_trip_ms: float, loss: float, received_kbps: float, sent_kbps: float, freezes: int
    ) -> "OwnFigures":
        """``loss`` is a share. What is beyond a bound is taken for the bound."""
        return cls(
            _within(round_trip_ms, 60_000),
            _within(loss * 1000, 1000),
            _within(received_kbps, 1_000_000),
            _within(sent_kbps, 1_000_000),
            _within(freezes, 1000),
        )

    def after(self, before: "OwnFigures | None") -> "OwnFigures":
        """The newer of two that fall into one span; what was counted is counted together."""
        freezes = self.freezes + (before.freezes if before is not None else 0)
        return OwnFigures(
            self.round_trip_ms, self.loss_per_mille, self.received_kbps, self.sent_kbps, _within(freezes, 1000)
        )

    @property
    def figures(self) -> Figures:
        return (self.round_trip_ms, self.loss_per_mille, self.received_kbps, self.sent_kbps, self.freezes)


def _within(value: float, most: int) -> int:
    return round(min(most, max(0.0, value))) if math.isfinite(value) else 0


@dataclass(slots=True)
class LineMinute:
    """The samples of one minute, in order of time. ``lines`` has a list as long as ``at_ms`` each, None where there was no line."""

    minute_ms: int
    """Its beginning, a multiple of a minute."""
    at_ms: list[int] = field(default_factory=list)
    lines: dict[LineKey, list[Figures | None]] = field(default_factory=dict)

    def add(self, at_ms: int, sample: Mapping[LineKey, Figures]) -> bool:
        """False when the minute is full, or has the sample: a notice may be heard twice."""
        if at_ms in self.at_ms or len(self.at_ms) >= MOST_PER_MINUTE:
            return False
        for key in sample.keys() - self.lines.keys():
            self.lines[key] = [None] * len(self.at_ms)
        self.at_ms.append(at_ms)
        for key, values in self.lines.items():
            values.append(sample.get(key))
        return True

    def packed(self) -> bytes:
        """For the database."""
        lines = {f"{view}:{participant}": _columns(values) for (participant, view), values in self.lines.items()}
        times = [at_ms - self.minute_ms for at_ms in self.at_ms]
        return zlib.compress(json.dumps([times, lines], separators=(",", ":")).encode(), 6)

    @classmethod
    def unpacked(cls, minute_ms: int, blob: bytes) -> "LineMinute":
        """Raises ``ValueError`` or ``zlib.error`` for anything but what `packed` gave."""
        times, lines = json.loads(zlib.decompress(blob))
        minute = cls(minute_ms, [minute_ms + time for time in times])
        for name, columns in lines.items():
            view, _, participant = name.partition(":")
            minute.lines[participant, View(view)] = _rows(columns)
        return minute


def _columns(values: list[Figures | None]) -> list[list[int] | int]:
    """First the samples that are there, as one number with a bit each; then each column, or one number if it never changes."""
    there = [each for each in values if each is not None]
    present = sum(1 << at for at, each in enumerate(values) if each is not None)
    columns = [list(column) for column in zip(*there, strict=True)]
    return [[present, len(values)], *(column[0] if len(set(column)) == 1 else column for column in columns)]


def _rows(columns: list[list[int] | int]) -> list[Figures | None]:
    head = columns[0]
    assert isinstance(head, list)
    present, length = head
    count = present.bit_count()
    spread = [column if isinstance(column, list) else [column] * count for column in columns[1:]]
    rows = iter(zip(*spread, strict=True))
    return [next(rows) if present >> at & 1 else None for at in range(length)]
