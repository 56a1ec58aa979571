"""What is missing from a track: collected while packets pass, told when a segment is sealed."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

MERGE_WITHIN_S = 1.0
"""Gaps of one cause that lie closer than this are told as one."""

MAX_TOLD = 60
"""Gaps that are told one by one: a minute, the longest segment, has no more that lie apart. A sender whose timestamps make no sense
has; then those of one cause are told as one."""


class GapCause(StrEnum):
    """Why a span of a track is not in the archive."""

    NETWORK_LOSS = "network_loss"
    """Packets did not come from the sender in time."""
    RECORDER_LOST = "recorder_lost"
    """Packets were lost while the recorder was being started again."""
    PAUSED = "paused"
    """Recording stopped in the middle of a frame."""
    SERVER_LOST = "server_lost"
    """The server was away while the hearing was being recorded."""
    UNDECODABLE = "undecodable"
    """Packets came, but not enough of them to make a frame."""


@dataclass(frozen=True, slots=True)
class Gap:
    """``packets`` from ``first_sequence`` on are not in the archive; times are unwrapped RTP timestamps.

    Packets of ``network_loss`` and ``recorder_lost`` never reached the recorder; those of ``paused`` and ``undecodable`` did.
    """

    cause: GapCause
    first_sequence: int
    packets: int
    start_rtp: int
    end_rtp: int

    @property
    def received(self) -> bool:
        return self.cause in (GapCause.PAUSED, GapCause.UNDECODABLE)

    def as_list(self) -> list[Any]:
        return [self.cause.value, self.first_sequence, self.packets, self.start_rtp, self.end_rtp]

    @classmethod
    def from_list(cls, values: list[Any]) -> "Gap":
        return cls(GapCause(values[0]), *map(int, values[1:5]))


class GapBook:
    """Gaps since the last `take`. A gap lasts from the end of the last good frame to the beginning of the next."""

    def __init__(self) -> None:
        self._gaps: list[Gap] = []
        self._open_from = 0
        self._last_end: int | None = None

    def begin(self, last_end_rtp: int | None) -> None:
        """A recording starts, or one goes on whose last frame ended at ``last_end_rtp``."""
        self._last_end = last_end_rtp

    def add(self, cause: GapCause, first_sequence: int, packets: int, near_rtp: int) -> None:
        start = near_rtp if self._last_end is None else min(self._last_end, near_rtp)
        self._gaps.append(Gap(cause, first_sequence, packets, start, near_rtp))

    def good_frame(self, start_rtp: int, end_rtp: int) -> None:
        for index in range(self._open_from, len(self._gaps)):
            gap = self._gaps[index]
            self._gaps[index] = replace(gap, end_rtp=max(gap.start_rtp, start_rtp))
        self._open_from = len(self._gaps)
        self._last_end = end_rtp

    def take(self) -> tuple[Gap, ...]:
        gaps, self._gaps, self._open_from = tuple(self._gaps), [], 0
        return gaps


def merged(gaps: list[Gap], clock_rate_hz: int) -> list[Gap]:
    """Neighbours of one cause become one gap under the first one's sequence number; no packet is counted twice or lost."""
    result: list[Gap] = []
    last_of: dict[GapCause, int] = {}
    for gap in gaps:
        index = last_of.get(gap.cause)
        if index is not None and gap.start_rtp - result[index].end_rtp <= MERGE_WITHIN_S * clock_rate_hz:
            last = result[index]
            result[index] = replace(
                last, packets=last.packets + gap.packets, end_rtp=max(last.end_rtp, gap.end_rtp)
            )  # fmt: skip
        else:
            last_of[gap.cause] = len(result)
            result.append(gap)
    return result if len(result) <= MAX_TOLD else _by_cause(result)


def _by_cause(gaps: list[Gap]) -> list[Gap]:
    of_cause: dict[GapCause, Gap] = {}
    for gap in gaps:
        before = of_cause.get(gap.cause, replace(gap, packets=0))
        start_rtp, end_rtp = min(before.start_rtp, gap.start_rtp), max(before.end_rtp, gap.end_rtp)
        of_cause[gap.cause] = replace(
            before, packets=before.packets + gap.packets, start_rtp=start_rtp, end_rtp=end_rtp
        )
    return list(of_cause.values())
