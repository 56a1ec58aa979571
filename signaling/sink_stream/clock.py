"""From a track's RTP timestamps to the hearing clock (UTC in milliseconds), while the hearing runs.

The hearing clock is UTC carried by the worker's monotonic clock from one anchor. A track's capture time is found in two
steps: RTP → sender NTP through sender reports (RFC 3550 section 6.4.1), and sender NTP → hearing clock through the smallest
(arrival − NTP) of the last minute, followed by at most one millisecond a second. Until the first sender report the arrival of the earliest
packet stands in for it. Nothing estimated here is written into media: the raw pairs are kept beside it.

Standard library only.
"""

from collections import deque
from dataclasses import dataclass

WINDOW_US = 60_000_000
SETTLE_US = 10_000_000
"""While a participant is this new, a smaller delay is believed at once instead of slewed to."""
SLEW = 0.001
STEP_US = 1_000_000
"""A larger change is a step of the sender's clock, or a pause in its track's timestamps."""
NTP_FRACTION = 1 << 32


@dataclass(frozen=True, slots=True)
class HearingClock:
    """One anchor per room: at ``anchor_monotonic_us`` it was ``anchor_utc_ms``."""

    anchor_utc_ms: int
    anchor_monotonic_us: int

    def utc_ms(self, monotonic_us: float) -> float:
        return self.anchor_utc_ms + (monotonic_us - self.anchor_monotonic_us) / 1000


def ntp_us(ntp: int) -> float:
    """64-bit NTP timestamp in microseconds since 1900."""
    return (ntp >> 32) * 1e6 + (ntp & 0xFFFFFFFF) * 1e6 / NTP_FRACTION


class TimestampUnwrapper:
    """32-bit RTP timestamps to a number that only grows across wrap-arounds."""

    def __init__(self) -> None:
        self._last: int | None = None

    def unwrap(self, timestamp: int) -> int:
        if self._last is None:
            self._last = timestamp
            return timestamp
        step = (timestamp - self._last) & 0xFFFFFFFF
        if step >= 1 << 31:
            step -= 1 << 32
        value = self._last + step
        self._last = max(self._last, value)
        return value

    def near(self, timestamp: int) -> int:
        """Unwrap without moving on, for a timestamp that belongs beside those already seen; the first one is where counting begins."""
        if self._last is None:
            self._last = timestamp
        step = (timestamp - self._last) & 0xFFFFFFFF
        return self._last + (step - (1 << 32) if step >= 1 << 31 else step)


class LeastOffset:
    """The smallest offset of the last minute: what a clock differs by when nothing was late. Lateness only ever adds to it.

    A large fall is a clock that was set, and believed at once. A large rise looks like lateness; with ``may_rise`` it is believed
    when it lasts.
    """

    def __init__(self, *, may_rise: bool) -> None:
        self._may_rise = may_rise
        self._window: deque[tuple[float, float]] = deque()
        self._first_us: float | None = None
        self._last_us = 0.0
        self._risen_us: float | None = None
        self.estimate_us: float | None = None

    def observe(self, at_us: float, offset_us: float) -> None:
        if self._stepped(at_us, offset_us):
            self._window.clear()
            self._first_us = self._risen_us = None
        while self._window and self._window[-1][1] >= offset_us:
            self._window.pop()
        self._window.append((at_us, offset_us))
        while self._window[0][0] < at_us - WINDOW_US:
            self._window.popleft()
        smallest = self._window[0][1]
        if self._first_us is None or self.estimate_us is None:
            self._first_us, self.estimate_us = at_us, smallest
        elif at_us - self._first_us < SETTLE_US:
            self.estimate_us = smallest
        else:
            step = SLEW * (at_us - self._last_us)
            self.estimate_us += max(-step, min(step, smallest - self.estimate_us))
        self._last_us = at_us

    def _stepped(self, at_us: float, offset_us: float) -> bool:
        change_us = 0.0 if self.estimate_us is None else offset_us - self.estimate_us
        if change_us <= STEP_US or not self._may_rise:
            self._risen_us = None
            return change_us < -STEP_US
        if self._risen_us is None:
            self._risen_us = at_us
        return at_us - self._risen_us >= SETTLE_US


class SenderClock:
    """One sender's NTP clock against the worker's monotonic clock; shared by all tracks of one connection."""

    def __init__(self) -> None:
        self._delay = LeastOffset(may_rise=False)

    def observe(self, arrival_us: float, sender_us: float) -> None:
        """A sender report said ``sender_us`` and arrived at ``arrival_us``."""
        self._delay.observe(arrival_us, arrival_us - sender_us)

    def monotonic_us(self, sender_us: float) -> float | None:
        """Where a sender instant lies on the monotonic clock; None before the first report."""
        return None if self._delay.estimate_us is None else sender_us + self._delay.estimate_us


class TrackClock:
    """RTP timestamps of one track to the worker's monotonic clock.

    Not the last report counts but the least late one: a sender that takes the instant of sending for the instant of capture says
    a report too late whenever it was busy.
    """

    def __init__(self, clock_rate_hz: int, sender: SenderClock) -> None:
        self._rate = clock_rate_hz
        self._sender = sender
        self._unwrapper = TimestampUnwrapper()
        self._capture = LeastOffset(may_rise=True)
        self._arrival_offset_us: float | None = None

    def unwrap(self, timestamp: int) -> int:
        return self._unwrapper.unwrap(timestamp)

    def observe_packet(self, arrival_us: float, unwrapped: int) -> None:
        """Packets only matter before the first sender report: the least delayed one anchors the track."""
        if self._capture.estimate_us is None:
            offset = arrival_us - unwrapped * 1e6 / self._rate
            if self._arrival_offset_us is None or offset < self._arrival_offset_us:
                self._arrival_offset_us = offset

    def observe_report(self, arrival_us: float, ntp: int, rtp: int) -> None:
        sender_us = ntp_us(ntp)
        self._capture.observe(arrival_us, sender_us - self._unwrapper.near(rtp) * 1e6 / self._rate)
        self._sender.observe(arrival_us, sender_us)

    def monotonic_us(self, unwrapped: int) -> float:
        """Estimated capture instant. Raises `LookupError` before any packet or report."""
        if self._capture.estimate_us is not None:
            at = self._sender.monotonic_us(unwrapped * 1e6 / self._rate + self._capture.estimate_us)
            if at is not None:
                return at
        if self._arrival_offset_us is None:
            raise LookupError("no packet and no sender report seen yet")
        return unwrapped * 1e6 / self._rate + self._arrival_offset_us
