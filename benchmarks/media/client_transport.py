"""A browser's transport as light as it can be: one socket that is read when there is time for it.

The kernel notes when each datagram arrived, so that reading late does not make the server look slow.
"""

import asyncio
import re
import socket
import struct
import time

from signaling.media.library_internals import (
    PACKET_BYTES,
    PacketMemory,
    read_binding_check,
    srtp_protect,
    srtp_unprotect,
)
from tests.unit.signaling.media.rtp_peer import RtpPeer, first_value

SO_TIMESTAMPNS = 35
"""Linux: the arrival as a timespec of the system clock (socket(7)); Python has no name for it."""
_TIMESPEC = struct.Struct("@qq")
_ANCILLARY_BYTES = socket.CMSG_SPACE(_TIMESPEC.size)
RECEIVE_BUFFER_BYTES = 1 << 20
PASSWORD = "peerpeerpeerpeerpeerpeer"
PAYLOAD_SPECIFIC, KEYFRAME_REQUESTS = 206, {1, 4}
"""RTCP type, and its formats PLI and FIR (RFC 4585 section 6.3, RFC 5104 section 4.3)."""

_memory = PacketMemory()


class ClientTransport(RtpPeer):
    """Reads by itself until the handshake is over, from then on only when it is told to (`count`, `arrivals`)."""

    socket: socket.socket
    connected = False
    keyframe_asked = False
    """The server asked since somebody last looked."""

    async def open(self, host: str = "127.0.0.1") -> "ClientTransport":
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((host, 0))
        self.local: tuple[str, int] = self.socket.getsockname()
        asyncio.get_running_loop().add_reader(self.socket, self._readable)
        return self

    async def connect(self, server_sdp: str, *, server_role: bool = False) -> None:
        await super().connect(server_sdp, server_role=server_role)
        self.connected = True
        asyncio.get_running_loop().remove_reader(self.socket)

    async def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.socket)
        await self._association.close()
        self.socket.close()

    def keep_alive(self, server_sdp: str) -> None:
        """What browsers send every few seconds (RFC 7675)."""
        self.send_raw(bytes(self.binding_request(server_sdp)))

    def send_raw(self, datagram: bytes) -> None:
        self.socket.sendto(datagram, self.server)

    def send_fast(self, packet: bytes) -> None:
        """Encrypts and sends one RTP packet."""
        size = len(packet)
        _memory.buffer[0:size] = packet
        _memory.length[0] = size
        srtp_protect(self.keys.pointer, _memory.data, _memory.length)
        self.socket.sendto(_memory.view[: _memory.length[0]], self.server)

    # ---------------------------------------------------------------- receiving

    def _take(self, datagram: bytes) -> None:
        """Anything but media. Janus checks too, though it calls itself ICE-lite."""
        check = read_binding_check(datagram)
        if check is not None:
            if not self.server:
                return  # it overtook the answer; there will be another one
            self.send_raw(check.response(self.server, PASSWORD.encode()))
        elif datagram[0] > 3 or not self.connected:
            self.datagram_received(datagram, ())

    def _readable(self) -> None:
        try:
            while True:
                self._take(self.socket.recv(PACKET_BYTES))
        except BlockingIOError:
            return

    def count(self) -> int:
        """Reads everything that came; returns how many packets of media there were."""
        receive, view, packets = self.socket.recv_into, _memory.view, 0
        # The first eight bytes of RTCP are not encrypted (RFC 3711 section 3.4): enough to know a request for a keyframe.
        try:
            while True:
                size = receive(view, PACKET_BYTES)
                if 127 < view[0] < 192:
                    packets += not 191 < view[1] < 224
                    self.keyframe_asked |= view[1] == PAYLOAD_SPECIFIC and view[0] & 31 in KEYFRAME_REQUESTS
                else:
                    self._take(bytes(view[:size]))
        except BlockingIOError:
            return packets

    def arrivals(self) -> list[tuple[bytes, int]]:
        """Like `count`, but gives each packet of media, decrypted, and when it came (system clock, nanoseconds)."""
        keys, packets = self._association.incoming, []
        assert keys is not None, "not connected"
        try:
            while True:
                data, ancillary, _, _ = self.socket.recvmsg(PACKET_BYTES, _ANCILLARY_BYTES)
                if not 127 < data[0] < 192:
                    self._take(data)
                    continue
                if 191 < data[1] < 224:
                    continue
                seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
                _memory.buffer[0 : len(data)] = data
                _memory.length[0] = len(data)
                if srtp_unprotect(keys.pointer, _memory.data, _memory.length):
                    raise RuntimeError("the server sent a packet that cannot be decrypted")
                packets.append((_memory.buffer[0 : _memory.length[0]], seconds * 1_000_000_000 + nanoseconds))
        except BlockingIOError:
            return packets


def offer_of(peer: ClientTransport, audio_ssrc: int | None, video_ssrc: int | None) -> str:
    """What a browser would offer of a microphone and a camera; an SSRC of None: has none."""
    host, port = peer.local
    transport = [
        f"c=IN IP4 {host}",
        "a=rtcp-mux",
        "a=ice-ufrag:peer",
        f"a=ice-pwd:{PASSWORD}",
        f"a=fingerprint:sha-256 {peer.fingerprint}",
        "a=setup:actpass",
        f"a=candidate:1 1 udp 2122260223 {host} {port} typ host",
        "a=sendonly",
        "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    ]
    mids = [mid for mid, ssrc in (("0", audio_ssrc), ("1", video_ssrc)) if ssrc is not None]
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE " + " ".join(mids)]
    if audio_ssrc is not None:
        lines += ["m=audio 9 UDP/TLS/RTP/SAVPF 111", *transport, "a=mid:0", "a=msid:s a"]
        lines += ["a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", "a=rtpmap:111 opus/48000/2"]
        lines += ["a=fmtp:111 minptime=10;useinbandfec=1", "a=rtcp-fb:111 transport-cc", f"a=ssrc:{audio_ssrc} cname:x"]
    if video_ssrc is not None:
        lines += ["m=video 9 UDP/TLS/RTP/SAVPF 96", *transport, "a=mid:1", "a=msid:s v", "a=rtpmap:96 VP8/90000"]
        lines += [f"a=rtcp-fb:96 {each}" for each in ("nack", "nack pli", "ccm fir", "goog-remb", "transport-cc")]
        lines += [f"a=ssrc:{video_ssrc} cname:x"]
    return "\r\n".join(lines) + "\r\n"


def answer_of(peer: ClientTransport, offer: str) -> str:
    """Takes everything offered."""
    host, port = peer.local
    answer = re.sub(r"a=(candidate|ssrc|ssrc-group|msid|end-of-candidates|ice-lite|ice-options).*\r\n", "", offer)
    answer = answer.replace("a=sendonly", "a=recvonly").replace("a=setup:actpass", "a=setup:active")
    answer = re.sub(r"a=ice-ufrag:.*", "a=ice-ufrag:peer", answer)
    answer = re.sub(r"a=ice-pwd:.*", f"a=ice-pwd:{PASSWORD}", answer)
    answer = re.sub(r"a=fingerprint:.*", f"a=fingerprint:sha-256 {peer.fingerprint}", answer)
    return answer.replace("a=rtcp-mux\r\n", f"a=rtcp-mux\r\na=candidate:1 1 udp 2122260223 {host} {port} typ host\r\n")


def is_client(answer: str) -> bool:
    """Whether the server that answered begins the DTLS handshake."""
    return first_value(answer, "setup") == "active"


def now_ns() -> int:
    """The clock the kernel stamps arrivals with."""
    return time.time_ns()
