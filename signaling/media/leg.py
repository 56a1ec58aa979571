"""What a publish leg and a subscribe leg have in common: a transport, an owner to tell, and one end."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

import structlog

from signaling.media import rtcp
from signaling.media.allowance import Allowance
from signaling.media.endpoint import MediaEndpoint
from signaling.media.leg_transport import LegTransport
from signaling.media.library_internals import SrtpSession
from signaling.media.line_counts import LineCounts
from signaling.media.observer import LegCloseCause, LegEvidence, LegObserver
from signaling.media.strangers import Strangers
from signaling.media.transport_arrivals import TransportArrivals

EXPIRES_AFTER_S = 20.0
"""Without an authenticated STUN check. Browsers check every 2.5 to 5 s (RFC 7675 asks for 30 s at most)."""

REPORTS_PER_S = 500
"""RTCP packets read of one leg, long ones counted as several. A browser that misses parts of thirty pictures sends half as many."""
ENTRIES_AS_ONE = 64
"""Sequence numbers and arrivals that count as one more packet."""
SIGN_OF_LIFE_S = 0.5
"""The browser is told something at least this often, so that silence tells it soon that a path is gone: its checks are answered only
every 2.5 s, and media may pause."""
_SIGN_OF_LIFE = rtcp.receiver_report([])

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,64}")

_log = structlog.get_logger(__name__)


class Leg:
    """One direction of one participant's media. Everything but `close` is synchronous on the event loop."""

    direction = ""

    def __init__(self, endpoint: MediaEndpoint, participant: str, connection: str, observer: LegObserver) -> None:
        """``participant`` becomes the stream id in SDP. Raises `ValueError` unless it is a token (RFC 8830 section 2)."""
        if not _TOKEN.fullmatch(participant):
            raise ValueError("a participant id must be an SDP token of at most 64 characters")
        self.endpoint = endpoint
        self.participant = participant
        self.connection = connection
        self.observer = observer
        self.connected = False
        self.connected_s = 0.0
        """Endpoint clock; when the keys were there."""
        self.ended: LegCloseCause | None = None
        self.round_trip_ns: int | None = None
        """To the browser and back, as measured last; None before that, and where only the browser can measure it."""
        self._next_sign_s = 0.0
        self.unsent = 0
        """Packets the socket refused."""
        self.ignored_reports = 0
        """RTCP packets beyond what one leg may send."""
        self._reports = Allowance(REPORTS_PER_S, REPORTS_PER_S, time.monotonic_ns())
        self._strangers: Strangers | None = None
        self.transport = LegTransport(endpoint, self)
        endpoint.add_leg(self)

    # ---------------------------------------------------------------- called by the transport

    def transport_connected(self, incoming: SrtpSession) -> Callable[[int], None]:
        self._strangers = Strangers(incoming, self._knows)
        path = self._path(incoming)
        self.connected = True
        self.connected_s = self.endpoint.clock()
        _log.info("leg_connected", direction=self.direction, participant=self.participant, connection=self.connection)
        self._begun()
        self.observer.leg_connected(self)
        return path

    def transport_ended(self, cause: LegCloseCause) -> None:
        self.end(cause)

    def transport_moved(self) -> None:
        """The browser came to another address."""

    # ---------------------------------------------------------------- called by the endpoint

    def tick(self, now_s: float) -> None:
        """Every 100 ms, ``now_s`` on the endpoint's clock."""
        if now_s - self.transport.last_stun_s > EXPIRES_AFTER_S:
            self.end(LegCloseCause.EXPIRED)
            return
        self._tick()
        if self.ended is None and now_s >= self._next_sign_s:
            # By the clock and not by ticks, which are late when the machine is busy.
            self._next_sign_s = now_s + SIGN_OF_LIFE_S
            self.transport.send_rtcp(_SIGN_OF_LIFE)

    def second(self) -> None:
        """Every second."""

    # ---------------------------------------------------------------- reports

    def take_control(self, keys: SrtpSession, size: int) -> None:
        """An SRTCP datagram of ``size`` bytes in the endpoint's incoming memory. It counts only when it is genuine: a forger must not be
        able to use up what the member may send."""
        control = keys.unprotect_rtcp(self.endpoint.incoming.buffer[0:size])
        if control is None:
            return
        now_ns = time.monotonic_ns()
        if not self._reports.take(1, now_ns):
            self.ignored_reports += 1
            return
        if self._strangers is not None and len(control) >= 8:
            self._strangers.heard(int.from_bytes(control[4:8], "big"))
        items = rtcp.read(control)
        self._reports.take(_entries(items) // ENTRIES_AS_ONE, now_ns)
        self._take_reports(items)

    # ---------------------------------------------------------------- end

    def end(self, cause: LegCloseCause) -> None:
        """No packet comes or goes after this; the owner is told once. Idempotent."""
        if self.ended is not None:
            return
        self.ended = cause
        evidence = self._evidence()
        self._release()
        self.endpoint.remove_leg(self)
        self.transport.stop()
        _log.info(
            "leg_closed",
            direction=self.direction,
            participant=self.participant,
            connection=self.connection,
            cause=cause.value,
            unsent=self.unsent,
            **asdict(evidence),
        )
        self.observer.leg_closed(self, cause, evidence)

    async def close(self, cause: LegCloseCause = LegCloseCause.CLOSED) -> None:
        """Ends the leg and returns when nothing of it is left running. Idempotent."""
        self.end(cause)
        await self.transport.stopped()

    async def abandon(self) -> None:
        """Takes back a leg that never began, as when its first description was refused; the owner is told nothing."""
        self.ended = LegCloseCause.CLOSED
        self.endpoint.remove_leg(self)
        self.transport.stop()
        await self.transport.stopped()

    def _evidence(self) -> LegEvidence:
        now_s, counts = self.endpoint.clock(), self.counts
        last_ns, round_trip_ns = self._last_packet_ns(), self.round_trip_ns
        return LegEvidence(
            path=self.transport.path,
            moves=self.transport.moves,
            connected_ms=round((now_s - self.connected_s) * 1000) if self.connected else None,
            last_stun_age_ms=round((now_s - self.transport.last_stun_s) * 1000),
            last_packet_age_ms=(time.monotonic_ns() - last_ns) // 1_000_000 if last_ns else None,
            round_trip_ms=None if round_trip_ns is None else round(round_trip_ns / 1e6),
            jitter_ms=self.jitter_ms,
            packets=counts.packets,
            octets=counts.octets,
            lost=counts.lost,
        )

    # ---------------------------------------------------------------- for the two kinds

    def _path(self, incoming: SrtpSession) -> Callable[[int], None]:
        """The function that takes every SRTP and SRTCP datagram; its size lies in the endpoint's incoming memory."""
        raise NotImplementedError

    def _take_reports(self, items: Sequence[rtcp.RtcpItem]) -> None:
        """Everything in one RTCP packet."""
        raise NotImplementedError

    def _knows(self, ssrc: int) -> bool:
        """Whether the browser's SSRC is a stream of this leg."""
        return False

    def _begun(self) -> None:
        """The keys are there; before the observer is told."""

    def _tick(self) -> None: ...

    def _release(self) -> None:
        """Lets go of sources or outlets, while sending still works."""

    @property
    def counts(self) -> LineCounts:
        """Of the whole leg's life, also after its end."""
        raise NotImplementedError

    def _last_packet_ns(self) -> int:
        """Monotonic; when the last genuine packet came, of media (publish) or of reports (subscribe). 0 before the first."""
        raise NotImplementedError

    @property
    def jitter_ms(self) -> int | None:
        """The worst of the present tracks, as measured last; None if there is none."""
        raise NotImplementedError


def _entries(items: Sequence[rtcp.RtcpItem]) -> int:
    nacked = sum(len(item.sequences) for item in items if isinstance(item, rtcp.Nack))
    return nacked + sum(len(item.arrivals_us) for item in items if isinstance(item, TransportArrivals))
