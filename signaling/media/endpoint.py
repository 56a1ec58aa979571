"""The worker's one media port, UDP and TCP: tells datagrams apart, lends its packet memory to the legs, and drives their clockwork.

What a datagram is shows in its first byte (RFC 7983). Whose it is: a STUN check names its leg by ufrag and proves it by
password; everything else is known by the source address of such a check, and is dropped unread when there was none (OWASP ASVS
5.0, 17.2.6).
"""

import asyncio
import errno
import ipaddress
import random
import socket
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING

import structlog

from signaling.media.clockwork import SHARES, TURN_S, Clockwork
from signaling.media.endpoint_counts import EndpointCounts
from signaling.media.forward_latency import ForwardLatency
from signaling.media.handshake_turns import HandshakeTurns
from signaling.media.hot_path import FASTEST, HotPath, Row
from signaling.media.library_internals import (
    PacketMemory,
    fingerprint_sha256,
    host_addresses,
    new_certificate,
    read_binding_check,
)
from signaling.media.observer import LegCloseCause
from signaling.media.sending import Send, sender
from signaling.media.tcp_paths import SEND_BUFFER_BYTES, TcpAddress, TcpPaths
from signaling.protocol.worker_figures import MediaTotals

if TYPE_CHECKING:
    from signaling.media.leg import Leg
    from signaling.media.leg_transport import Address, LegTransport

SOCKET_BUFFER_BYTES = 4 << 20
BACKLOG = 128
"""TCP connections the kernel keeps until they are accepted."""
PORT_ATTEMPTS = 16
"""Any free UDP port will do, but the TCP port of the same number has to be free too."""

_log = structlog.get_logger(__name__)


class MediaEndpoint:
    """Made by `open`. Owns the sockets, the tick and the tasks of all legs."""

    def __init__(
        self, sock: socket.socket, announced: Sequence[str], clock: Callable[[], float], hot_path: HotPath
    ) -> None:
        self.port: int = sock.getsockname()[1]
        self.announced = tuple(announced)
        """Addresses told to browsers."""
        self.clock = clock
        """Seconds on a clock that never jumps; what expires is measured with it."""
        self.certificate = new_certificate()
        self.fingerprint = fingerprint_sha256(self.certificate)
        self.incoming = PacketMemory()
        self.outgoing = PacketMemory()
        self.sendto: Send = sender(sock)
        """Who stands in for it is given every packet by itself."""
        self.hot_path = hot_path
        self.row: Row = hot_path.row(self, sock)
        self.latency = ForwardLatency(sock)
        self.counts = EndpointCounts()
        self.handshake_turns = HandshakeTurns()
        self._socket = sock
        self._tcp = TcpPaths(clock, self._take_framed, self._path_lost)
        self._loop = asyncio.get_running_loop()
        self._legs = Clockwork()
        self._by_ufrag: dict[str, LegTransport] = {}
        self._by_address: dict[Address, LegTransport] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_track = random.getrandbits(32)
        self._closed = False
        read = hot_path.reader(sock, self.incoming, self._by_address, self.row, self.latency, self._take_other)
        self._loop.add_reader(sock.fileno(), read)
        self._timer = self._loop.call_later(TURN_S, self._timed)

    @classmethod
    async def open(
        cls,
        host: str,
        port: int = 0,
        announced: Sequence[str] = (),
        *,
        clock: Callable[[], float] | None = None,
        hot_path: HotPath = FASTEST,
    ) -> "MediaEndpoint":
        """``host``: name or address to bind, ``::`` for IPv4 and IPv6 at once; ``port`` 0: any free one. ``announced`` empty: the bound
        address, or those of all interfaces if bound to any. Raises `OSError` if the address cannot be had."""
        loop = asyncio.get_running_loop()
        infos = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = infos[0]
        datagrams, connections = _bound_pair(family, address, attempts=1 if port else PORT_ATTEMPTS)
        announced = announced or reachable_addresses(str(address[0]))
        endpoint = cls(datagrams, announced, clock or loop.time, hot_path)
        await endpoint._tcp.listen(connections)
        _log.info("media_port_open", port=endpoint.port, hot_path=hot_path.name)
        return endpoint

    async def close(self) -> None:
        """Ends every leg and returns when nothing is left running. Idempotent."""
        if not self._closed:
            self._closed = True
            self._timer.cancel()
            self._loop.remove_reader(self._socket.fileno())
            for leg in list(self._legs):
                leg.end(LegCloseCause.CLOSED)
        if self._tasks:
            await asyncio.wait(list(self._tasks))
        await self._tcp.close()
        self._socket.close()

    def totals(self) -> list[MediaTotals]:
        """Of both directions, since the endpoint was opened."""
        return self.counts.totals(self._legs)

    # ---------------------------------------------------------------- for legs and their transports

    @property
    def candidates(self) -> list[str]:
        """Values of ``a=candidate`` (RFC 8839 section 5.1), best first: every address by UDP, then by TCP (RFC 6544 section 4.5)."""
        return [
            *(
                f"{n} 1 udp {_priority(126, 65_536 - n)} {address} {self.port} typ host"
                for n, address in enumerate(self.announced, 1)
            ),
            *(
                f"{n} 1 tcp {_priority(90, (4 << 13) - n)} {address} {self.port} typ host tcptype passive"
                for n, address in enumerate(self.announced, 1 + len(self.announced))
            ),
        ]

    def next_track(self) -> int:
        """A number (32 bits) no other track of this process has."""
        self._next_track = (self._next_track + 1) & 0xFFFFFFFF
        return self._next_track

    def send(self, datagram: bytes | memoryview, address: "Address") -> None:
        """A datagram the socket refuses is lost, as it could be anywhere on its way."""
        try:
            self.sendto(datagram, address)
        except OSError:
            return

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """A task that `close` waits for."""
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("leg_task_broke", exc_info=task.exception())

    def add_leg(self, leg: "Leg") -> None:
        self._legs.add(leg)

    def remove_leg(self, leg: "Leg") -> None:
        if self._legs.remove(leg):
            self.counts.leg_ended(leg)

    def register(self, transport: "LegTransport") -> None:
        self._by_ufrag[transport.ufrag] = transport

    def learn_address(self, address: "Address", transport: "LegTransport") -> None:
        self._by_address[address] = transport
        if isinstance(address, TcpAddress):
            self._tcp.claim(address.path)

    def forget_address(self, address: "Address", transport: "LegTransport") -> None:
        if self._by_address.get(address) is transport:
            del self._by_address[address]
            if isinstance(address, TcpAddress):
                self._tcp.release(address.path)

    def forget(self, transport: "LegTransport") -> None:
        self._by_ufrag.pop(transport.ufrag, None)
        for address in transport.addresses:
            self.forget_address(address, transport)

    # ---------------------------------------------------------------- datagrams

    def _take_other(self, datagram: bytes, address: "Address", transport: "LegTransport | None") -> None:
        if datagram[0] < 4:
            check = read_binding_check(datagram)
            claimed = self._by_ufrag.get(check.ufrag) if check is not None else None
            if check is not None and claimed is not None:
                answer = claimed.take_check(check, address)
                if answer is not None:
                    self.send(answer, address)
        elif transport is not None and 19 < datagram[0] < 64:
            transport.take_dtls(datagram)

    def _take_framed(self, frame: memoryview, address: TcpAddress) -> None:
        size, transport = len(frame), self._by_address.get(address)
        if transport is None and frame[0] > 3:
            if not address.path.proven:
                address.path.drop()  # a browser checks before it says anything else
            return
        try:
            if transport is not None and 127 < frame[0] < 192 and size > 11:
                self.incoming.view[:size] = frame
                transport.take_srtp(size)
                self.row.leave()
            else:
                self._take_other(bytes(frame), address, transport)
        except Exception:
            # Ownership border: as for a datagram.
            _log.exception("frame_broke")

    def _path_lost(self, address: TcpAddress) -> None:
        transport = self._by_address.pop(address, None)
        if transport is not None:
            transport.path_lost(address)

    # ---------------------------------------------------------------- clockwork

    def _timed(self) -> None:
        self.counts.lag_s.observe(max(0.0, self._loop.time() - self._timer.when()))
        self._timer = self._loop.call_later(TURN_S, self._timed)
        self._serve_share()

    def tick(self) -> None:
        """100 ms of work for every leg, and each tenth time the work of a second. The endpoint's own timer does it in shares."""
        for _ in range(SHARES):
            self._serve_share()

    def _serve_share(self) -> None:
        now_s = self.clock()
        if self._legs.turns % SHARES == 0:
            self._tcp.tick(now_s)
        self._legs.serve_share(now_s)


def reachable_addresses(bound: str) -> list[str]:
    """What an endpoint bound there announces when it is told nothing else."""
    if not ipaddress.ip_address(bound).is_unspecified:
        return [bound]
    return host_addresses(ipv6=":" in bound) or ["127.0.0.1"]


def _priority(type_preference: int, local_preference: int) -> int:
    """RFC 8445 section 5.1.2.1, component 1."""
    return type_preference << 24 | local_preference << 8 | 255


def _bound_pair(
    family: socket.AddressFamily, address: tuple[object, ...], attempts: int
) -> tuple[socket.socket, socket.socket]:
    """A UDP and a TCP socket with the same address and port number. Raises `OSError`."""
    while True:
        attempts -= 1
        datagrams = _bound(family, socket.SOCK_DGRAM, address)
        try:
            return datagrams, _bound(family, socket.SOCK_STREAM, datagrams.getsockname())
        except OSError as error:
            datagrams.close()
            if error.errno != errno.EADDRINUSE or not attempts:
                raise


def _bound(family: socket.AddressFamily, kind: socket.SocketKind, address: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, kind)
    try:
        sock.setblocking(False)
        if kind == socket.SOCK_DGRAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BUFFER_BYTES)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)  # accepted sockets inherit it
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(address)
        if kind == socket.SOCK_STREAM:
            sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock
