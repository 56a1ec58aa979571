"""What one RTP stream's numbers say about its journey: order, loss, jitter (RFC 3550 section 6.4 and appendix A)."""

from signaling.media.rtcp import ReceptionReport, SenderReport

GIVE_UP_NS = 400_000_000
"""A packet that has not come by then comes too late for the picture on the screen, if its sender is near: a new one is better."""
GIVE_UP_ROUND_TRIPS = 3
"""Of a distant sender: what is sent again may be lost as well, and a new picture would have to come the same long way."""
LATEST_GIVE_UP_NS = 1_000_000_000
REPORT_INTERVAL_NS = 100_000_000
RETRY_NS = 40_000_000
"""Once the answer to the first request should be there. Before that one request more is made, in case the first was lost."""
MAX_MISSING = 400
"""Packets asked for at the same time; beyond it repairing costs more than a new picture."""
MAX_AGE = 900
"""Packets after which a lost one is given up: subscribers could no longer use it, and the ring holds 1,024."""


class Reception:
    """Order, loss and jitter of one stream. Extended numbers count on across wrap-arounds; the low 16 bits are those sent."""

    __slots__ = (
        "_previous_expected",
        "_previous_received",
        "_report",
        "_report_arrival_ns",
        "clock_rate_hz",
        "first",
        "highest",
        "jitter",
        "last_ns",
        "missing",
        "next_sequence",
        "received",
        "round_trip_ns",
        "timestamp",
        "transit",
    )

    def __init__(self, clock_rate_hz: int, first_sequence: int, timestamp: int) -> None:
        self.clock_rate_hz = clock_rate_hz
        self.next_sequence = first_sequence
        self.first = first_sequence
        self.highest = first_sequence - 1
        self.received = 0
        """Each packet once, however often it came."""
        self.timestamp = timestamp
        """Of the newest packet."""
        self.last_ns = 0
        self.jitter = 0.0
        self.missing: dict[int, tuple[int, int]] = {}
        """Extended number → (when first asked for, when last)."""
        self.transit: float | None = None
        """How much later than its timestamp says the newest packet came, in units of the clock, from a beginning of its own."""
        self.round_trip_ns = 0
        """From a request to what it brought, when neither is lost; 0 before the first."""
        self._report: SenderReport | None = None
        self._report_arrival_ns = 0
        self._previous_expected = 0
        self._previous_received = 0

    def extend(self, sequence: int) -> int:
        """The extended number nearest to the newest; negative for one before the stream began to count."""
        return self.highest + ((sequence - self.highest + 0x8000) & 0xFFFF) - 0x8000

    def advance(self, extended: int, now_ns: int) -> range:
        """A packet beyond the newest. Returns the numbers it skips; they count as asked for, unless they are too many."""
        skipped = range(self.highest + 1, extended)
        if len(skipped) <= MAX_MISSING:
            for number in skipped:
                self.missing[number] = (now_ns, now_ns)
        self.highest = extended
        self.next_sequence = (extended + 1) & 0xFFFF
        return skipped

    def observe_timestamp(self, timestamp: int, arrival_ns: int) -> None:
        """Of the newest packet, when it differs from the one before (packets of one picture leave together)."""
        transit = arrival_ns * self.clock_rate_hz / 1e9 - timestamp
        if self.transit is not None:
            change = abs(transit - self.transit)
            if change < self.clock_rate_hz * 4:  # a wrap-around or a new time base is no jitter
                self.jitter += (change - self.jitter) / 16
        self.transit = transit
        self.timestamp = timestamp

    def may_report(self, now_ns: int) -> bool:
        """Browsers report once or twice a second; more often it would only be work for every subscriber."""
        return self._report is None or now_ns - self._report_arrival_ns >= REPORT_INTERVAL_NS

    def observe_report(self, report: SenderReport, arrival_ns: int) -> None:
        self._report, self._report_arrival_ns = report, arrival_ns

    @property
    def last_report(self) -> SenderReport | None:
        return self._report

    @property
    def lost(self) -> int:
        return max(0, self.highest - self.first + 1 - self.received)

    def repaired(self, extended: int, now_ns: int) -> None:
        """A packet that was missing came. Those that took longest were lost twice, so the quickest count most."""
        asked = self.missing.pop(extended, None)
        if asked is not None:
            took_ns, known_ns = now_ns - asked[0], self.round_trip_ns
            self.round_trip_ns = known_ns + (took_ns - known_ns) // 16 if 0 < known_ns < took_ns else took_ns

    @property
    def give_up_ns(self) -> int:
        """How long a packet is asked for."""
        return min(LATEST_GIVE_UP_NS, max(GIVE_UP_NS, GIVE_UP_ROUND_TRIPS * self.round_trip_ns))

    def ask_again(self, now_ns: int) -> tuple[list[int], bool]:
        """Extended numbers, in order, to ask for once more, and whether any was given up."""
        oldest, give_up_ns = self.highest - MAX_AGE, self.give_up_ns
        given_up = [n for n, (first_ns, _) in self.missing.items() if now_ns - first_ns > give_up_ns or n < oldest]
        if len(self.missing) > MAX_MISSING:
            given_up = list(self.missing)
        for number in given_up:
            del self.missing[number]
        due = sorted(n for n, asked in self.missing.items() if self._due(*asked, now_ns))
        for number in due:
            self.missing[number] = (self.missing[number][0], now_ns)
        return due, bool(given_up)

    def _due(self, first_ns: int, last_ns: int, now_ns: int) -> bool:
        return now_ns - last_ns >= RETRY_NS and (last_ns == first_ns or now_ns - first_ns >= self.round_trip_ns)

    def report(self, ssrc: int, now_ns: int) -> ReceptionReport:
        """The block of a receiver report; each call begins a new interval for ``fraction_lost``."""
        expected = self.highest - self.first + 1
        expected_now = expected - self._previous_expected
        lost_now = expected_now - (self.received - self._previous_received)
        self._previous_expected, self._previous_received = expected, self.received
        fraction = min(255, max(0, (lost_now << 8) // expected_now)) if expected_now > 0 else 0
        last_report = delay = 0
        if self._report is not None:
            last_report = self._report.ntp >> 16 & 0xFFFFFFFF
            delay = (now_ns - self._report_arrival_ns) * 65_536 // 1_000_000_000
        return ReceptionReport(
            ssrc, fraction, expected - self.received, self.highest, int(self.jitter), last_report, delay
        )
