"""Where every segment lies on the hearing clock, worked out afterwards from the sidecars.

While recording, a segment's beginning is only known as well as the sender reports up to then allow. Afterwards all of them
are there: RTP → sender NTP by the nearest report of the track, sender NTP → monotonic clock by the least delayed report in every
minute of the sender's connection, straight lines between them.
"""

from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recorder.recording_folder import Recording, StoredSegment, StoredTrack, track_log
from recorder.sidecar import TrackLog
from signaling.sink_stream.clock import HearingClock, ntp_us

WINDOW_US = 60_000_000
"""Short enough that a clock 200 ppm off moves by 12 ms, long enough that one report in it was hardly delayed."""


class SenderFit:
    """One sender's NTP clock on the worker's monotonic clock. ``points``: (arrival_us, sender_us) of its reports."""

    def __init__(self, points: list[tuple[float, float]]) -> None:
        """Raises `ValueError` without points."""
        least: dict[int, tuple[float, float]] = {}
        for arrival_us, sender_us in points:
            window = int(arrival_us // WINDOW_US)
            delay = arrival_us - sender_us
            if window not in least or delay < least[window][1]:
                least[window] = sender_us, delay
        if not least:
            raise ValueError("no sender report")
        ordered = sorted(least.values())
        self._origin_us = ordered[0][0]
        self._senders: NDArray[np.float64] = np.array([sender_us - self._origin_us for sender_us, _ in ordered])
        self._delays: NDArray[np.float64] = np.array([delay for _, delay in ordered])

    def monotonic_us(self, sender_us: float) -> float:
        return sender_us + float(np.interp(sender_us - self._origin_us, self._senders, self._delays))


def segment_starts(folder: Path, recording: Recording) -> dict[str, float]:
    """Start of every segment in ms on the hearing clock, by its path. Without sender reports it is what the manifest says."""
    logs = {track.folder: track_log(folder, track) for track in recording.tracks}
    points: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
    for track in recording.tracks:
        log = logs[track.folder]
        if log is not None:
            points[_sender(track, log)] += [(float(arrival), ntp_us(ntp)) for arrival, ntp, _ in log.reports]
    fits = {sender: SenderFit(reports) for sender, reports in points.items() if reports}
    starts: dict[str, float] = {}
    for track in recording.tracks:
        log = logs[track.folder]
        for segment in track.segments:
            starts[segment.path] = float(segment.start_ms)
            if log is not None and log.reports:
                starts[segment.path] = _fitted(segment, log, fits[_sender(track, log)], track.clock_rate_hz)
    return starts


def _sender(track: StoredTrack, log: TrackLog) -> tuple[str, int]:
    return track.connection, log.anchor_monotonic_us


def _fitted(segment: StoredSegment, log: TrackLog, fit: SenderFit, rate_hz: int) -> float:
    behind, ntp = min(
        ((_behind(segment.first_rtp, rtp), ntp) for _, ntp, rtp in log.reports), key=lambda pair: abs(pair[0])
    )
    clock = HearingClock(log.anchor_utc_ms, log.anchor_monotonic_us)
    return clock.utc_ms(fit.monotonic_us(ntp_us(ntp) + behind * 1e6 / rate_hz))


def _behind(unwrapped: int, rtp: int) -> int:
    """How far ``unwrapped`` lies behind a report's 32-bit timestamp; negative when it lies before."""
    difference = (unwrapped - rtp) & 0xFFFFFFFF
    return difference - (1 << 32) if difference >= 1 << 31 else difference
