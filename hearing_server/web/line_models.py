"""Body of ``GET /api/hearings/{hearing}/quality``. Column by column: every list of one entry is as long as its ``at_ms``; -1 is
unknown. What was counted is that of the five seconds that end at ``at_ms``; times are UTC in milliseconds."""

from typing import Literal

from signaling.protocol.base import Message


class MeasuredHistory(Message):
    """One participant's line in one direction, as the worker measured it; ``publish`` is to the court, ``subscribe`` from it. The
    columns are those of the worker's notice ``lines_measured``."""

    participant: str
    direction: Literal["publish", "subscribe"]
    at_ms: list[int]
    kbps: list[int]
    packets: list[int]
    lost: list[int]
    jitter_ms: list[int]
    round_trip_ms: list[int]
    asked: list[int]
    repeated: list[int]
    keyframes_asked: list[int]
    full: list[int]
    half: list[int]
    quarter: list[int]
    withheld: list[int]
    estimate_kbps: list[int]


class OwnHistory(Message):
    """What a participant's device said of itself. Nobody checked it."""

    participant: str
    at_ms: list[int]
    round_trip_ms: list[int]
    loss_per_mille: list[int]
    received_kbps: list[int]
    sent_kbps: list[int]
    freezes: list[int]
    """Pictures that stood still."""


class LineQuality(Message):
    """``GET /api/hearings/{hearing}/quality?after_ms=&minutes=``; clerk, bench and technical officer. Without ``after_ms`` the last
    minutes, with it the first minutes after it, oldest first either way."""

    measured: list[MeasuredHistory]
    own: list[OwnHistory]
    last_ms: int
    """Say it as ``after_ms`` to go on from here."""
