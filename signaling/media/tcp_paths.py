"""Media over TCP for networks that let no UDP through: ICE-TCP, passive side (RFC 6544), frames as in RFC 4571.

A connection is a path like any other: what it carries goes through the same STUN check before DTLS or SRTP is read. Knows connections and
frames; what a frame means is the endpoint's business.
"""

import asyncio
import resource
import socket
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple, cast

import structlog

from signaling.media.library_internals import PACKET_BYTES

CLAIM_WITHIN_S = 10.0
"""A connection that belongs to no leg this long is dropped: one that never passed a check, or whose leg has ended."""
MAX_UNCLAIMED_PER_HOST = 128
"""From one address, behind which a whole court may sit; beyond it that address's oldest goes."""
MAX_WAITING_BYTES = 192 << 10
"""Unsent bytes of one connection; beyond it packets are lost, as on any narrow link, and congestion control learns of it."""
RESERVED_BYTES = 64 << 10
"""Of those, for small packets: speech and feedback still get through when pictures have filled the rest."""
SMALL_PACKET_BYTES = 400
SEND_BUFFER_BYTES = 64 << 10
"""The kernel's part. What waits there is late, so it is kept short."""

_READ_BYTES = 8 << 10

_log = structlog.get_logger(__name__)


class TcpAddress(NamedTuple):
    """What stands where a datagram's source address stands; the connection makes it unique."""

    host: str
    port: int
    path: "TcpPath"


class TcpPath(asyncio.BufferedProtocol):
    """One connection."""

    def __init__(self, paths: "TcpPaths") -> None:
        self._paths = paths
        self._buffer = bytearray(_READ_BYTES)
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._transport: asyncio.Transport | None = None
        self.address = TcpAddress("", 0, self)
        self.proven = False
        """A check with a right password once came this way."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        if peer is None:  # gone before it was here
            self.drop()
            return
        self.address = TcpAddress(str(peer[0]), int(peer[1]), self)
        self._paths.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._paths.lost(self)

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view[self._filled :]

    def buffer_updated(self, count: int) -> None:
        """A frame is its length in two bytes, then a packet; an empty one keeps middleboxes awake and means nothing."""
        view, start, filled = self._view, 0, self._filled + count
        while filled - start >= 2:
            size = view[start] << 8 | view[start + 1]
            end = start + 2 + size
            if size > PACKET_BYTES:
                self.drop()  # no browser sends it, and there is no way to find the next frame
            if self._transport is None or end > filled:
                break
            if size:
                self._paths.take(view[start + 2 : end], self.address)
            start = end
        if start:
            self._buffer[: filled - start] = self._buffer[start:filled]
        self._filled = filled - start

    def send(self, datagram: bytes | memoryview) -> None:
        """Raises `BlockingIOError` when too much waits already, `ConnectionError` when the connection is gone."""
        if self._transport is None:
            raise ConnectionResetError
        size = len(datagram)
        room = MAX_WAITING_BYTES - self._transport.get_write_buffer_size()
        if room < (size if size < SMALL_PACKET_BYTES else RESERVED_BYTES):
            raise BlockingIOError
        self._transport.write(size.to_bytes(2, "big") + datagram)

    def drop(self) -> None:
        """At once: what waits to be sent is thrown away. Idempotent."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None


class TcpPaths:
    """All connections of one endpoint. Owns the listening socket after `listen`."""

    def __init__(
        self,
        clock: Callable[[], float],
        take: Callable[[memoryview, TcpAddress], None],
        lost: Callable[[TcpAddress], None],
    ) -> None:
        """``take`` is given each packet, valid only during the call; ``lost`` is told that an address is no more."""
        self.take = take
        self._clock = clock
        self._tell_lost = lost
        self.limit = min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        """Connections at one time. When full an unclaimed one makes room; if none is, the new one is refused."""
        self._paths: set[TcpPath] = set()
        self._unclaimed: dict[TcpPath, float] = {}
        """With the moment each is dropped, the oldest first."""
        self._unclaimed_of: Counter[str] = Counter()
        """How many each host has of them."""
        self._server: asyncio.Server | None = None
        self._all_gone = asyncio.Event()
        self._all_gone.set()

    async def listen(self, listening: socket.socket) -> None:
        """``listening`` listens already; it is owned, and closed, from here on."""
        self._server = await asyncio.get_running_loop().create_server(lambda: TcpPath(self), sock=listening)

    def __len__(self) -> int:
        return len(self._paths)

    def opened(self, path: TcpPath) -> None:
        self._paths.add(path)
        self._all_gone.clear()
        host = path.address.host
        if self._unclaimed_of[host] >= MAX_UNCLAIMED_PER_HOST:
            self._drop(next(each for each in self._unclaimed if each.address.host == host))
        elif len(self._paths) > self.limit:
            self._drop(next(iter(self._unclaimed), path))
        if path.is_open:
            self._await_claim(path)

    def lost(self, path: TcpPath) -> None:
        self._await_no_claim(path)
        if path in self._paths:
            self._paths.remove(path)
            self._tell_lost(path.address)
        if not self._paths:
            self._all_gone.set()

    def claim(self, path: TcpPath) -> None:
        """A check with the right password came this way."""
        path.proven = True
        self._await_no_claim(path)

    def release(self, path: TcpPath) -> None:
        """No leg uses it any more. Its goodbye may still be sent."""
        if path in self._paths:
            self._await_no_claim(path)
            self._await_claim(path)

    def _await_claim(self, path: TcpPath) -> None:
        self._unclaimed[path] = self._clock() + CLAIM_WITHIN_S
        self._unclaimed_of[path.address.host] += 1

    def _await_no_claim(self, path: TcpPath) -> None:
        if self._unclaimed.pop(path, None) is not None:
            host = path.address.host
            self._unclaimed_of[host] -= 1
            if not self._unclaimed_of[host]:
                del self._unclaimed_of[host]

    def _drop(self, path: TcpPath) -> None:
        self._await_no_claim(path)
        path.drop()

    def tick(self, now_s: float) -> None:
        overdue = [path for path, until_s in self._unclaimed.items() if until_s <= now_s]
        for path in overdue:
            self._drop(path)
        if overdue:
            _log.info("tcp_paths_unclaimed", dropped=len(overdue))

    async def close(self) -> None:
        """Returns when every connection is gone. Idempotent."""
        if self._server is not None:
            self._server.close()
        for path in list(self._paths):
            path.drop()
        await self._all_gone.wait()
        if self._server is not None:
            await self._server.wait_closed()
