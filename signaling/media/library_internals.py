"""Every private name of aiortc, aioice and pylibsrtp that the server touches, and nothing else.

The exact versions are pinned; ``tests/contract/test_library_internals.py`` does a handshake and an SRTP round trip, so that an
upgrade which moves one of these names fails there and not in a hearing.
"""

import asyncio
import struct
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from aioice import stun
from aioice.ice import get_host_addresses
from aiortc import RTCCertificate, RTCDtlsTransport
from aiortc.rtcdtlstransport import SRTP_PROFILES, RTCDtlsFingerprint, RTCDtlsParameters
from aiortc.rtcicetransport import RTCIceTransport
from pylibsrtp import Error as SrtpError
from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib

PACKET_BYTES = 2048
"""Largest datagram read. Browsers keep below 1,200 bytes of RTP payload; the SRTP trailer adds 16."""

SrtpPointer = Any
"""A libsrtp ``srtp_t``; valid only while the `SrtpSession` it came from is alive."""

srtp_protect: Callable[[SrtpPointer, Any, Any], int] = lib.srtp_protect
srtp_unprotect: Callable[[SrtpPointer, Any, Any], int] = lib.srtp_unprotect


def address_of(pointer: Any) -> int:
    """Where in memory a pointer of libsrtp's points; what points there has to be kept alive."""
    return int(ffi.cast("uintptr_t", pointer))


srtp_protect_address = address_of(ffi.addressof(lib, "srtp_protect"))
srtp_unprotect_address = address_of(ffi.addressof(lib, "srtp_unprotect"))
"""For compiled code: ``int (*)(srtp_t, void *, int *)``."""


class PacketMemory:
    """A packet, or several, in memory that libsrtp works on in place.

    ``data`` and ``length`` go to libsrtp, ``buffer`` gives `bytes` when sliced, ``view`` is a writable `memoryview` of bytes.
    """

    def __init__(self, size: int = PACKET_BYTES) -> None:
        self.data: Any = ffi.new("char[]", size + 256)  # room for the longest SRTP trailer
        self.length: Any = ffi.new("int *")
        self.buffer: Any = ffi.buffer(self.data)
        self.view = memoryview(self.buffer).cast("B")


_CONTROL = PacketMemory()
"""Several packets of each leg are encrypted every second."""


class SrtpSession:
    """Keys of one direction of one leg."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.pointer: SrtpPointer = session._srtp[0]

    def protect_rtcp(self, packet: bytes) -> bytes | None:
        """None if it cannot be encrypted."""
        memory, size = _CONTROL, len(packet)
        if size > PACKET_BYTES:
            return None
        memory.buffer[0:size] = packet
        memory.length[0] = size
        if lib.srtp_protect_rtcp(self.pointer, memory.data, memory.length):
            return None
        return bytes(memory.buffer[0 : memory.length[0]])

    def unprotect_rtcp(self, packet: bytes) -> bytes | None:
        try:
            return self._session.unprotect_rtcp(packet)
        except (SrtpError, ValueError):
            return None

    def forget(self, ssrc: int) -> None:
        """Frees the state of one stream. The SSRC must never be used again under these keys."""
        try:
            self._session.remove_stream(ssrc)
        except SrtpError:
            return  # no packet was ever protected for it


def new_certificate() -> RTCCertificate:
    return RTCCertificate.generateCertificate()


def fingerprint_sha256(certificate: RTCCertificate) -> str:
    """Upper-case hexadecimal pairs joined by colons (RFC 8122 section 5)."""
    return next(f.value for f in certificate.getFingerprints() if f.algorithm == "sha-256")


def host_addresses(*, ipv6: bool) -> list[str]:
    """Addresses of this machine's interfaces, loopback left out."""
    return get_host_addresses(use_ipv4=True, use_ipv6=ipv6)


class _Link:
    """What `RTCDtlsTransport` calls its ICE transport."""

    role = "controlled"
    state = "completed"

    def __init__(self, receive: Callable[[], Awaitable[bytes]], send: Callable[[bytes], None]) -> None:
        self._receive = receive
        self._transmit = send

    async def _recv(self) -> bytes:
        return await self._receive()

    async def _send(self, data: bytes) -> None:
        self._transmit(data)


class DtlsAssociation:
    """One DTLS-SRTP association (RFC 5764) over any datagram path.

    ``receive`` waits for the next DTLS datagram and raises `ConnectionError` when there will be none; ``send`` sends one.
    ``closed`` is called when an established association ends, whoever ended it.
    """

    # 128-bit keys first: browsers offer both, and the longer key costs more for each packet sent.
    _PROFILES = sorted(SRTP_PROFILES, key=lambda profile: profile.openssl_profile != b"SRTP_AEAD_AES_128_GCM")

    def __init__(
        self,
        certificate: RTCCertificate,
        receive: Callable[[], Awaitable[bytes]],
        send: Callable[[bytes], None],
        closed: Callable[[], None],
    ) -> None:
        self._dtls = RTCDtlsTransport(cast(RTCIceTransport, _Link(receive, send)), [certificate])
        self._dtls._srtp_profiles = list(self._PROFILES)
        self._closed = closed
        self.incoming: SrtpSession | None = None
        self.outgoing: SrtpSession | None = None

    async def handshake(self, *, server: bool, fingerprints: Sequence[tuple[str, str]]) -> bool:
        """``fingerprints``: (algorithm, value) as announced in the SDP. False: refused, failed, or another certificate."""
        self._dtls._set_role("server" if server else "client")
        await self._dtls.start(RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(*each) for each in fingerprints]))
        if self._dtls.state != "connected":
            return False
        self.incoming = SrtpSession(self._dtls._rx_srtp)
        self.outgoing = SrtpSession(self._dtls._tx_srtp)
        self._dtls.on("statechange", self._changed)
        return True

    def _changed(self) -> None:
        if self._dtls.state == "closed":
            self._closed()

    async def close(self) -> None:
        """Says goodbye, and returns when aiortc's own task is over."""
        pump = self._dtls._task
        await self._dtls.stop()
        if pump is not None:
            await asyncio.gather(pump, return_exceptions=True)


class BindingCheck:
    """A STUN binding request (RFC 8445 section 7.3), read but not yet trusted."""

    def __init__(self, message: stun.Message, ufrag: str) -> None:
        self._message = message
        self.ufrag = ufrag
        """The server's half of the user name."""
        self.nominated = "USE-CANDIDATE" in message.attributes
        self.transaction: bytes = message.transaction_id

    def is_signed_with(self, password: bytes) -> bool:
        return "MESSAGE-INTEGRITY" in self._message.attributes and self._message.check_message_integrity(password)

    def response(self, address: tuple[str, int], password: bytes) -> bytes:
        answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, self._message.transaction_id)
        answer.attributes["XOR-MAPPED-ADDRESS"] = address
        answer.add_message_integrity(password)
        return bytes(answer)


_BINDING_REQUEST = struct.pack("!H", stun.Method.BINDING | stun.Class.REQUEST)
_COOKIE = struct.pack("!I", stun.COOKIE)


def read_binding_check(datagram: bytes) -> BindingCheck | None:
    """None for anything that is not a well-formed binding request with a user name."""
    if datagram[:2] != _BINDING_REQUEST or datagram[4:8] != _COOKIE:
        return None
    try:
        message = stun.parse_message(datagram)
    except (ValueError, KeyError, IndexError, struct.error):
        return None
    ufrag, colon, _ = str(message.attributes.get("USERNAME", "")).partition(":")
    return BindingCheck(message, ufrag) if colon else None
