"""How well media travelled between each participant and the worker, measured by the worker: one notice per room each five seconds."""

from typing import Literal, NamedTuple

from signaling.protocol.base import Message, RoomNotice

MEASURED_EACH_S = 5.0


class LineFigures(NamedTuple):
    """One direction of one participant's media over one span; a list in this order in JSON. ``publish`` is to the court, ``subscribe``
    from it. What was counted is that of the span alone; -1 stands for what nobody could know.
    """

    kbps: int
    """Media, RTP headers included; neither repeats nor probes."""
    packets: int
    lost: int
    """Packets that never arrived at the worker, or that the participant's device reported missing."""
    jitter_ms: int
    """RFC 3550 section 6.4.1, the worst of the tracks, as of the end of the span."""
    round_trip_ms: int
    """Between worker and device, from the device's reports on what it receives; always -1 for ``publish``."""
    asked: int
    """Packets in requests to send them again (NACK), the same packet each time anew."""
    repeated: int
    """Of these, sent again by the worker; 0 for ``publish``."""
    keyframes_asked: int
    """Picture loss indications."""
    full: int
    """Pictures sent in full: for ``publish`` layers that flow, for ``subscribe`` other people's pictures."""
    half: int
    """In half of the full width and height."""
    quarter: int
    withheld: int
    """Pictures not sent: not displayed, or no room on the line; 0 for ``publish``."""
    estimate_kbps: int
    """What the device believes its downlink carries (REMB)."""


class MeasuredLine(Message):
    """A direction is null while it has no connection, and otherwise the list kbps, packets, lost, jitter_ms, round_trip_ms, asked,
    repeated, keyframes_asked, full, half, quarter, withheld, estimate_kbps."""

    participant: str
    publish: LineFigures | None
    subscribe: LineFigures | None


class LinesMeasured(RoomNotice):
    """Everybody in a room who has a media connection. Of the moment: one that is lost leaves a hole in the figures, nothing more."""

    type: Literal["lines_measured"] = "lines_measured"
    hearing: str
    at_ms: int
    """End of the span, on the hearing clock."""
    span_ms: int
    lines: list[MeasuredLine]
