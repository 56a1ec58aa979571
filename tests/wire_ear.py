"""A subscriber that decodes nothing and misses nothing: which packets of whom arrived on the wire, and when."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable

from signaling.protocol.grants import SourceLabel
from tests.unit.signaling.media.rtp_peer import RtpPeer, ssrc_of, subscriber_answer

Track = tuple[str, SourceLabel]
_SECTION = re.compile(r"^a=msid:(\S+) \1-(\w+)\r?$(?:(?!^m=).)*?^a=ssrc:(\d+) ", re.MULTILINE | re.DOTALL)


class WireEar:
    """``answer`` takes each answer with the number of its negotiation back to the server."""

    def __init__(self, answer: Callable[[int, str], Awaitable[None]]) -> None:
        self._answer = answer
        self.offers: list[str] = []
        self.arrivals: dict[Track, list[float]] = defaultdict(list)
        """On the event loop's clock."""
        self.peer: RtpPeer
        self._tracks: dict[int, Track] = {}
        self._news = asyncio.Event()

    async def open(self) -> "WireEar":
        self.peer = await RtpPeer().open()
        self.peer.on_srtp = self._note
        return self

    async def take_offer(self, negotiation: int, sdp: str) -> None:
        first = not self.offers
        self.offers.append(sdp)
        self._tracks |= {int(ssrc): (who, SourceLabel(label)) for who, label, ssrc in _SECTION.findall(sdp)}
        await self._answer(negotiation, subscriber_answer(self.peer, sdp))
        if first:
            await self.peer.connect(sdp)

    def who(self, datagram: bytes) -> str | None:
        """Whose it is; None for what was not offered, as padding."""
        track = self._tracks.get(ssrc_of(datagram))
        return track[0] if track is not None else None

    def _note(self, datagram: bytes) -> None:
        track = self._tracks.get(ssrc_of(datagram))
        if track is not None:
            self.arrivals[track].append(asyncio.get_running_loop().time())
            self._news.set()

    async def more(self, track: Track, packets: int, timeout_s: float = 20.0) -> None:
        """Returns when that many more came."""
        wanted = len(self.arrivals[track]) + packets
        async with asyncio.timeout(timeout_s):
            while len(self.arrivals[track]) < wanted:
                self._news.clear()
                await self._news.wait()
