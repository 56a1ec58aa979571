"""A track's RTP time on the hearing clock, for the reading thread that observes and the recognition threads that ask."""

from threading import Lock

from signaling.sink_stream.clock import HearingClock, SenderClock, TrackClock
from signaling.sink_stream.frames import SenderReport


class CaptureClock:
    """Guards a `TrackClock`; ``lock`` is shared by all clocks that share a `SenderClock`."""

    def __init__(self, clock_rate_hz: int, sender: SenderClock, lock: Lock) -> None:
        self._track = TrackClock(clock_rate_hz, sender)
        self._lock = lock

    def observe_packet(self, arrival_us: int, timestamp: int) -> int:
        """The unwrapped timestamp."""
        with self._lock:
            unwrapped = self._track.unwrap(timestamp)
            self._track.observe_packet(arrival_us, unwrapped)
            return unwrapped

    def observe_report(self, report: SenderReport) -> None:
        with self._lock:
            self._track.observe_report(report.arrival_us, report.ntp, report.rtp)

    def utc_ms(self, unwrapped: int, hearing: HearingClock) -> int:
        """UTC milliseconds on the hearing clock. Raises `LookupError` before any packet."""
        with self._lock:
            return round(hearing.utc_ms(self._track.monotonic_us(unwrapped)))
