"""One leg's way to its browser: ICE-lite (RFC 8445 section 2.5), then DTLS, then SRTP.

The browser does all the checking; the server answers from one socket and learns the browser's address from checks that carry the right
password. Candidates of the browser are never needed, so mDNS names and changing networks work.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import structlog

from signaling.media.library_internals import BindingCheck, DtlsAssociation, PacketMemory, SrtpSession, srtp_protect
from signaling.media.observer import LegCloseCause, MediaPath
from signaling.media.tcp_paths import TcpAddress

if TYPE_CHECKING:
    from signaling.media.endpoint import MediaEndpoint

Address = tuple[object, ...]
"""As the socket gives it: (host, port), for IPv6 with flow and scope."""

HANDSHAKE_DEADLINE_S = 20.0
"""From the first authenticated check on."""
MAX_ADDRESSES = 8
"""Known addresses of one leg; the one unused longest is forgotten."""
CHECKS_REMEMBERED = 512
"""Of one leg: those of 20 minutes or more."""
MAX_DATAGRAMS = 32
"""Handshake datagrams waiting to be read; when full the newest is dropped and DTLS repeats it."""

_log = structlog.get_logger(__name__)


class TransportOwner(Protocol):
    def transport_connected(self, incoming: SrtpSession) -> Callable[[int], None]:
        """The keys are there. Returns the function that takes every SRTP datagram (its size) from now on."""

    def transport_ended(self, cause: LegCloseCause) -> None: ...

    def transport_moved(self) -> None:
        """The browser's address changed."""


def _drop(_size: int) -> None:
    """Before the handshake and after the end nothing can be decrypted."""


class LegTransport:
    """Registered at the endpoint from its making to `stop`."""

    def __init__(self, endpoint: "MediaEndpoint", owner: TransportOwner) -> None:
        self._endpoint = endpoint
        self._owner = owner
        self.ufrag = secrets.token_hex(4)
        self.password = secrets.token_hex(16)
        self.address: Address | None = None
        self.addresses: OrderedDict[Address, None] = OrderedDict()
        self._checked: OrderedDict[bytes, Address] = OrderedDict()
        """Transaction → where it came from first."""
        self.moves = 0
        """How often the browser came to another address."""
        self.began_s = endpoint.clock()
        """Endpoint clock; when both descriptions were known, or the transport was made."""
        self.last_stun_s = endpoint.clock()
        """Endpoint clock; the beginning of the leg until the first check."""
        self.take_srtp: Callable[[int], None] = _drop
        self.outgoing: SrtpSession | None = None
        """Keys for sending; None until connected."""
        self._datagrams: asyncio.Queue[bytes] = asyncio.Queue(MAX_DATAGRAMS)
        self._reachable = asyncio.Event()
        self._stopped = asyncio.Event()
        self._association = DtlsAssociation(
            endpoint.certificate, self._next_datagram, self._send_datagram, self._association_closed
        )
        self._task: asyncio.Task[None] | None = None
        endpoint.register(self)

    # ---------------------------------------------------------------- datagrams

    def take_check(self, check: BindingCheck, address: Address) -> bytes | None:
        """Answers a connectivity check; None if its password is wrong."""
        password = self.password.encode()
        if self._stopped.is_set() or not check.is_signed_with(password) or self._is_replayed(check, address):
            return None
        self.last_stun_s = self._endpoint.clock()
        self.addresses[address] = None
        self.addresses.move_to_end(address)
        self._endpoint.learn_address(address, self)
        while len(self.addresses) > MAX_ADDRESSES:
            self._endpoint.forget_address(self.addresses.popitem(last=False)[0], self)
        gone = self.address not in self.addresses
        if address != self.address and (check.nominated or gone):
            moved, self.address = self.address is not None, address
            self._reachable.set()
            if moved:
                self.moves += 1
                self._owner.transport_moved()
        return check.response(_plain(address), password)

    def _is_replayed(self, check: BindingCheck, address: Address) -> bool:
        """A genuine check that was overheard and comes again from elsewhere must not draw the media there."""
        first = self._checked.setdefault(check.transaction, address)
        if len(self._checked) > CHECKS_REMEMBERED:
            self._checked.popitem(last=False)
        return first != address

    def path_lost(self, address: Address) -> None:
        """The TCP connection ended. The next check that comes in on another path is answered and used."""
        self.addresses.pop(address, None)

    def take_dtls(self, datagram: bytes) -> None:
        if not self._datagrams.full():
            self._datagrams.put_nowait(datagram)

    async def _next_datagram(self) -> bytes:
        datagram = await self._datagrams.get()
        await self._endpoint.handshake_turns.next()
        if self._stopped.is_set() or not datagram:
            raise ConnectionError
        return datagram

    def _send_datagram(self, datagram: bytes) -> None:
        if self.address is None:
            raise ConnectionError
        self._endpoint.send(datagram, self.address)

    # ---------------------------------------------------------------- sending

    def send_rtcp(self, packet: bytes) -> None:
        """Silently nothing before the handshake and after the end: feedback is worth only its moment."""
        if self.outgoing is not None and self.address is not None:
            protected = self.outgoing.protect_rtcp(packet)
            if protected is not None:
                self._endpoint.send(protected, self.address)

    def send_rtp(self, packet: bytes, memory: PacketMemory) -> None:
        """For single packets; the stream of packets goes through `forwarding`. Encrypts in ``memory``."""
        if self.outgoing is None or self.address is None:
            return
        memory.buffer[0 : len(packet)] = packet
        memory.length[0] = len(packet)
        if not srtp_protect(self.outgoing.pointer, memory.data, memory.length):
            self._endpoint.send(memory.view[: memory.length[0]], self.address)

    # ---------------------------------------------------------------- life

    def start(self, *, server: bool, fingerprints: Sequence[tuple[str, str]]) -> None:
        """The other side's description is known: the handshake may begin. ``server``: DTLS role. Only once."""
        self.began_s = self.last_stun_s = self._endpoint.clock()
        self._task = self._endpoint.spawn(self._run(server, fingerprints))

    @property
    def path(self) -> MediaPath | None:
        """None until a check came."""
        if self.address is None:
            return None
        return MediaPath.TCP if isinstance(self.address, TcpAddress) else MediaPath.UDP

    @property
    def started(self) -> bool:
        return self._task is not None

    async def _run(self, server: bool, fingerprints: Sequence[tuple[str, str]]) -> None:
        """Owns the association from the handshake to the goodbye."""
        try:
            await self._reachable.wait()
            if await self._shaken_hands(server, fingerprints) and not self._stopped.is_set():
                self.outgoing, incoming = self._association.outgoing, self._association.incoming
                assert incoming is not None, "an established association has keys"
                self.take_srtp = self._owner.transport_connected(incoming)
                await self._stopped.wait()
            elif not self._stopped.is_set():
                self._owner.transport_ended(LegCloseCause.DTLS_FAILED)
        finally:
            self.take_srtp = _drop
            await self._association.close()

    async def _shaken_hands(self, server: bool, fingerprints: Sequence[tuple[str, str]]) -> bool:
        try:
            async with asyncio.timeout(HANDSHAKE_DEADLINE_S):
                await self._endpoint.handshake_turns.next()
                return await self._association.handshake(server=server, fingerprints=fingerprints)
        except TimeoutError:
            return False
        except Exception:
            # Ownership border: whatever a foreign certificate or datagram does to the TLS library ends this leg and no other.
            _log.exception("dtls_handshake_broke")
            return False

    def _association_closed(self) -> None:
        if not self._stopped.is_set():
            self._owner.transport_ended(LegCloseCause.DTLS_CLOSED)

    def stop(self) -> None:
        """Nothing is received or sent from now on but the goodbye. Idempotent; `stopped` waits for the rest."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        self.take_srtp = _drop
        self._endpoint.forget(self)
        self._reachable.set()
        while not self._datagrams.empty():
            self._datagrams.get_nowait()
        self._datagrams.put_nowait(b"")  # wakes a handshake that waits

    async def stopped(self) -> None:
        if self._task is not None:
            await asyncio.wait([self._task])


def _plain(address: Address) -> tuple[str, int]:
    """(host, port) for XOR-MAPPED-ADDRESS; a dual-stack socket gives IPv4 as ``::ffff:a.b.c.d``."""
    host, port = str(address[0]), address[1]
    assert isinstance(port, int), "socket addresses end in a number"
    return host.removeprefix("::ffff:") if "." in host else host, port
