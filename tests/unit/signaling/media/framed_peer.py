"""The light client again, over TCP: frames of RFC 4571 instead of datagrams."""

import asyncio
from typing import cast

from tests.unit.signaling.media.rtp_peer import RtpPeer


def tcp_candidate(sdp: str) -> tuple[str, int]:
    """Address and port of the first passive TCP candidate."""
    for line in sdp.splitlines():
        words = line.split()
        if line.startswith("a=candidate:") and words[2] == "tcp" and words[8:] == ["tcptype", "passive"]:
            return words[4], int(words[5])
    raise AssertionError("no passive TCP candidate")


def framed(packet: bytes) -> bytes:
    return len(packet).to_bytes(2, "big") + packet


class FramedPeer(RtpPeer, asyncio.Protocol):
    """`dial` instead of `open`; then everything an `RtpPeer` can."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = self._lost
        self._received = b""

    async def dial(self, sdp: str) -> "FramedPeer":
        await asyncio.get_running_loop().create_connection(lambda: self, *tcp_candidate(sdp))
        return self

    @property
    def stream(self) -> asyncio.Transport:
        return cast(asyncio.Transport, self.transport)

    async def close(self) -> None:
        await self._association.close()
        if hasattr(self, "transport"):
            self.stream.abort()
            await self.lost.wait()

    def send_raw(self, datagram: bytes) -> None:
        self.stream.write(framed(datagram))

    def data_received(self, data: bytes) -> None:
        self._received += data
        while len(self._received) >= 2:
            end = 2 + int.from_bytes(self._received[:2], "big")
            if len(self._received) < end:
                return
            packet, self._received = self._received[2:end], self._received[end:]
            self.datagram_received(packet, ())
