"""What a worker counts of itself, for the operators' figures: one small notice every few seconds."""

from bisect import bisect_left
from typing import Literal

from signaling.protocol.base import Message

FIGURES_EACH_S = 5.0


class Distribution(Message):
    """How often values fell between bounds: ``counts`` has one entry for each bound (values up to and including it) and a last one for
    what is beyond. Counted over the whole life of who counts."""

    bounds: tuple[float, ...]
    counts: list[int]
    total: float
    """Sum of the values."""


class DistributionCount:
    """Collects one; ``observe`` costs a fraction of a microsecond."""

    def __init__(self, *bounds: float) -> None:
        """``bounds`` in increasing order."""
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self._total += value

    def taken(self) -> Distribution:
        return Distribution(bounds=self._bounds, counts=list(self._counts), total=self._total)


class MediaTotals(Message):
    """One direction of all media connections a worker ever had; numbers grow until it ends."""

    direction: Literal["publish", "subscribe"]
    connected: int
    """Connections of now."""
    packets: int
    octets: int
    lost: int
    asked: int
    repeated: int
    keyframes_asked: int
    unsent: int
    closed: dict[str, int]
    """Connections that ended, by cause."""


class SinkFigures(Message):
    """A recorder or transcriber process."""

    sink: str
    """``recorder`` or ``transcriber``."""
    ready: bool
    starts: int
    """How often its process was started; more than once means that it was lost."""
    waiting_bytes: int
    """Kept until it says that it has dealt with them."""


class WorkerFigures(Message):
    type: Literal["worker_figures"] = "worker_figures"
    worker: str
    """Names the worker among all of the court; a new one after each start."""
    rooms: int
    members: int
    tracks: int
    """Published streams of now; each simulcast layer is one."""
    facts_waiting: int
    """Told to the front and not yet committed by it."""
    refused: dict[str, int]
    """Media commands refused, by code."""
    media: list[MediaTotals]
    sinks: list[SinkFigures]
    forward_s: Distribution
    """From a packet's arrival at the machine until it was sent to the last receiver; one in 256 is looked at."""
    loop_lag_s: Distribution
    """How late the worker's clockwork of 100 ms ran."""
