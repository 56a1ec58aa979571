"""A light client for the media endpoint: real UDP, real STUN, DTLS and SRTP, but RTP made by hand.

It does what a browser does on the wire and nothing more, so that a test (or the forwarding benchmark) decides every packet.
"""

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from aioice import stun
from pylibsrtp import Error as SrtpError

from signaling.media import rtcp
from signaling.media.header_extensions import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    MID,
    REPAIRED_RID,
    RID,
    TRANSPORT_SEQUENCE,
)
from signaling.media.library_internals import (
    DtlsAssociation,
    SrtpSession,
    fingerprint_sha256,
    new_certificate,
)

DEADLINE_S = 10.0

EXTENSIONS = {1: AUDIO_LEVEL, 2: ABS_SEND_TIME, 3: TRANSPORT_SEQUENCE, 4: MID, 10: RID, 11: REPAIRED_RID}
"""Chromium's usual numbers."""
PROBE_TYPES = (97, 103)
"""What the server offers for repairs."""


def first_value(sdp: str, name: str) -> str:
    found = re.search(rf"^a={name}:(\S+(?: \S+)*)\r?$", sdp, re.MULTILINE)
    assert found is not None, f"no {name} in the description"
    return found[1]


class RtpPeer(asyncio.DatagramProtocol):
    """One transport of a client."""

    def __init__(self) -> None:
        self.certificate = new_certificate()
        self.fingerprint = fingerprint_sha256(self.certificate)
        self.rtp: asyncio.Queue[bytes] = asyncio.Queue()
        """Decrypted packets in order of arrival."""
        self.rtcp: asyncio.Queue[bytes] = asyncio.Queue()
        self.probes: list[bytes] = []
        """Encrypted packets of padding alone, which say something of the way only."""
        self.encrypted: list[bytes] = []
        """The same packets as they came, for tests of repetition."""
        self.on_srtp: Callable[[bytes], None] | None = None
        """Takes over incoming media, for the benchmark."""
        self.closed_by_server = asyncio.Event()
        self.server: tuple[Any, ...] = ()
        self._early: list[bytes] = []
        """Media that overtook the end of the handshake."""
        self._lost = asyncio.Event()
        self._stun: asyncio.Queue[stun.Message] = asyncio.Queue()
        self._dtls: asyncio.Queue[bytes] = asyncio.Queue()
        self._association = DtlsAssociation(self.certificate, self._dtls.get, self.send_raw, self.closed_by_server.set)
        self.transport: asyncio.DatagramTransport

    @property
    def keys(self) -> SrtpSession:
        assert self._association.outgoing is not None, "not connected"
        return self._association.outgoing

    async def open(self, host: str = "127.0.0.1") -> "RtpPeer":
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=(host, 0), family=family)
        return self

    async def connect(self, server_sdp: str, *, server_role: bool = False) -> None:
        """Checks and shakes hands with what ``server_sdp`` describes. Raises `ConnectionError` if the handshake fails."""
        await self.check(server_sdp)
        await self.shake_hands(server_sdp, server_role=server_role)

    async def check(self, server_sdp: str, password: str | None = None) -> stun.Message:
        """One nominating connectivity check; the response is verified."""
        self.point_at(server_sdp)
        self.send_raw(bytes(self.binding_request(server_sdp, password)))
        response = await asyncio.wait_for(self._stun.get(), DEADLINE_S)
        assert response.check_message_integrity(first_value(server_sdp, "ice-pwd").encode())
        return response

    def point_at(self, server_sdp: str) -> None:
        _, _, _, _, host, port, *_ = first_value(server_sdp, "candidate").split()
        self.server = (host, int(port))

    def binding_request(self, server_sdp: str, password: str | None = None) -> stun.Message:
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = first_value(server_sdp, "ice-ufrag") + ":peer"
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity((password or first_value(server_sdp, "ice-pwd")).encode())
        return request

    async def shake_hands(self, server_sdp: str, *, server_role: bool = False) -> None:
        algorithm, value = first_value(server_sdp, "fingerprint").split()
        async with asyncio.timeout(DEADLINE_S):
            if not await self._association.handshake(server=server_role, fingerprints=[(algorithm, value)]):
                raise ConnectionError("the handshake failed")
        early, self._early = self._early, []
        for datagram in early:
            self._take_srtp(datagram)

    async def close(self) -> None:
        await self._association.close()
        self.transport.close()
        await self._lost.wait()

    # ---------------------------------------------------------------- packets

    def send_raw(self, datagram: bytes) -> None:
        self.transport.sendto(datagram, self.server)

    def protect(self, packet: bytes) -> bytes:
        return bytes(self.keys._session.protect(packet))

    def send_rtp(self, *packets: bytes) -> None:
        for packet in packets:
            self.send_raw(self.protect(packet))

    def send_rtcp(self, packet: bytes) -> None:
        protected = self.keys.protect_rtcp(packet)
        assert protected is not None
        self.send_raw(protected)

    async def next_rtp(self) -> bytes:
        return await asyncio.wait_for(self.rtp.get(), DEADLINE_S)

    async def next_rtcp(self, kind: int, fmt: int | None = None) -> bytes:
        """The next RTCP packet of this type, others are passed over."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                packet = await self.rtcp.get()
                if packet[1] == kind and (fmt is None or packet[0] & 31 == fmt):
                    return packet

    async def next_item(self, kind: type[Any]) -> Any:
        """The next RTCP item of this class, others are passed over."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                for item in rtcp.read(await self.rtcp.get()):
                    if isinstance(item, kind):
                        return item

    # ---------------------------------------------------------------- asyncio.DatagramProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost.set()

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if data[0] < 4:
            self._stun.put_nowait(stun.parse_message(data))
        elif data[0] < 64:
            self._dtls.put_nowait(data)
        elif self._association.incoming is None:
            self._early.append(data)
        else:
            self._take_srtp(data)

    def _take_srtp(self, data: bytes) -> None:
        incoming = self._association.incoming
        assert incoming is not None, "the handshake is over"
        if 191 < data[1] < 224:
            packet = incoming.unprotect_rtcp(data)
            assert packet is not None, "RTCP of the server must decrypt"
            self.rtcp.put_nowait(packet)
        elif data[1] & 0x7F in PROBE_TYPES:
            self.probes.append(data)
        elif self.on_srtp is not None:
            self.on_srtp(data)
        else:
            self.encrypted.append(data)
            with contextlib.suppress(SrtpError):  # a repeated packet looks like a replay; see ``encrypted``
                self.rtp.put_nowait(bytes(incoming._session.unprotect(data)))


# -------------------------------------------------------------------- descriptions


def publisher_offer(
    peer: RtpPeer,
    media: Sequence[tuple[str, str, int | None]],
    *,
    extensions: dict[int, str] | None = None,
    video: str = "VP8",
    rtx: bool = True,
    setup: str = "actpass",
    fingerprint: str | None = None,
    direction: str = "sendonly",
    rids: Sequence[str] = (),
) -> str:
    """``media``: (mid, kind, announced SSRC or None) each; the RTX SSRC is one more. Opus is 111, video 96 with RTX 97. ``rids``:
    simulcast layers of all video."""
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    lines.append("a=group:BUNDLE " + " ".join(mid for mid, _, _ in media))
    for mid, kind, ssrc in media:
        lines.append(f"m={kind} 9 UDP/TLS/RTP/SAVPF " + ("111" if kind == "audio" else "96 97"))
        lines += ["c=IN IP4 0.0.0.0", "a=ice-ufrag:peer", "a=ice-pwd:peerpeerpeerpeerpeerpeer", "a=rtcp-mux"]
        lines += [f"a=fingerprint:sha-256 {fingerprint or peer.fingerprint}", f"a=setup:{setup}"]
        lines += [f"a=mid:{mid}", f"a={direction}", "a=candidate:1 1 udp 1 f00.local 9 typ host"]
        lines += [f"a=extmap:{i} {uri}" for i, uri in (extensions or EXTENSIONS).items()]
        if kind == "audio":
            lines += ["a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc"]
        else:
            lines += [f"a=rtpmap:96 {video}/90000", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96"]
            lines += [f"a=rtcp-fb:96 {each}" for each in ("nack", "nack pli", "ccm fir", "goog-remb", "transport-cc")]
            if video == "H264":
                lines.append("a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1")
        if rids and kind == "video":
            lines += [*(f"a=rid:{rid} send" for rid in rids), "a=simulcast:send " + ";".join(rids)]
        elif ssrc is not None:
            if kind == "video" and rtx:
                lines += [f"a=ssrc-group:FID {ssrc} {ssrc + 1}", f"a=ssrc:{ssrc + 1} cname:x"]
            lines.append(f"a=ssrc:{ssrc} cname:x")
    return "\r\n".join(lines) + "\r\n"


def subscriber_answer(
    peer: RtpPeer, offer: str, *, setup: str = "active", payload_types: Iterable[tuple[str, str]] = ()
) -> str:
    """Takes everything offered. ``payload_types``: (number offered, number wanted instead)."""
    answer = offer.replace("a=sendonly", "a=recvonly").replace("a=setup:actpass", f"a=setup:{setup}")
    answer = re.sub(r"a=fingerprint:.*", f"a=fingerprint:sha-256 {peer.fingerprint}", answer)
    answer = re.sub(r"a=(candidate|ssrc|msid|end-of-candidates|ice-lite).*\r\n", "", answer)
    for offered, wanted in payload_types:
        answer = re.sub(rf"(?<=[ :]){offered}(?=[ \r])", wanted, answer)
    return answer


# -------------------------------------------------------------------- packets


def extension_block(elements: Sequence[tuple[int, bytes]], profile: int = 0xBEDE) -> bytes:
    body = b"".join(bytes((identifier << 4 | len(value) - 1,)) + value for identifier, value in elements)
    body += bytes(-len(body) % 4)
    return struct.pack("!HH", profile, len(body) // 4) + body


def rtp(
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    *,
    payload_type: int = 96,
    marker: bool = False,
    elements: Sequence[tuple[int, bytes]] = (),
    padding: int = 0,
) -> bytes:
    """A plain RTP packet; ``elements``: header extensions (id, value)."""
    first = 0x80 | (0x10 if elements else 0) | (0x20 if padding else 0)
    head = struct.pack("!BBHII", first, payload_type | marker << 7, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    tail = bytes(padding - 1) + bytes((padding,)) if padding else b""
    return head + (extension_block(elements) if elements else b"") + payload + tail


def opus(sequence: int, ssrc: int, payload: bytes = b"sound", level: int = 30) -> bytes:
    elements = [(1, bytes((0x80 | level,))), (2, b"abc"), (3, struct.pack("!H", sequence & 0xFFFF))]
    return rtp(sequence, sequence * 960, ssrc, payload, payload_type=111, elements=elements)


KEYFRAME = b"\x10\x00"
"""VP8 payload descriptor of a first packet (S=1, PID=0), then a frame tag whose lowest bit says key frame."""
DELTA = b"\x10\x01"


def vp8_payload(picture: int, base: int, *, key: bool = False, height: int = 0) -> bytes:
    """A first packet as Chromium writes it: 15-bit ``picture`` id, TL0PICIDX ``base``; a keyframe tells its size, 16:9."""
    descriptor = b"\x90\xe0" + (0x8000 | picture).to_bytes(2, "big") + bytes((base, 0))
    width = height * 16 // 9
    size = b"\x00\x00\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return descriptor + (b"\x00" + size if key else b"\x01")


def vp8(sequence: int, ssrc: int, payload: bytes = DELTA, mid: str | None = None) -> bytes:
    elements = [(2, b"abc"), (3, struct.pack("!H", sequence & 0xFFFF))]
    if mid is not None:
        elements.append((4, mid.encode()))
    return rtp(sequence, sequence * 3000, ssrc, payload + b"picture", elements=elements)


def sequence_of(packet: bytes) -> int:
    return packet[2] << 8 | packet[3]


def ssrc_of(packet: bytes) -> int:
    return int.from_bytes(packet[8:12], "big")


def payload_of(packet: bytes) -> bytes:
    offset = 12 + (4 + 4 * int.from_bytes(packet[14:16], "big") if packet[0] & 0x10 else 0)
    return packet[offset:]


async def turn_of_the_loop() -> None:
    """Whatever is ready runs; for what no event tells of."""
    await asyncio.sleep(0)
