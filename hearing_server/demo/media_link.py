"""A participant's two WebRTC connections: one that sends, one that receives and counts.

This is the client's end, so `RTCPeerConnection` does the work. It decodes whatever it receives: a robot that need not listen
never subscribes.
"""

import asyncio
import contextlib
import uuid
from dataclasses import dataclass
from typing import Self

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from hearing_server.demo.court_session import CourtSession
from hearing_server.demo.failures import Refused
from signaling.protocol.from_client import PublishedSource, PublishOffer, Subscribe, SubscribeAnswer
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import SlotView
from signaling.protocol.to_client import Error, MediaLost, PublishAnswer, ServerMessage, SubscribeOffer

CONNECT_S = 20.0


def new_connection() -> RTCPeerConnection:
    """Without STUN or TURN servers: the court's own address is all that is ever asked (DAT-1).

    One transport for all: otherwise aiortc gives a second video its own, which nothing ever arrives on.
    """
    return RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))


async def until_connected(peer: RTCPeerConnection, timeout_s: float = CONNECT_S) -> None:
    """Raises `TimeoutError`, or `ConnectionError` when the connection failed."""
    changed = asyncio.Event()
    peer.on("connectionstatechange", changed.set)
    async with asyncio.timeout(timeout_s):
        while peer.connectionState != "connected":
            if peer.connectionState in {"failed", "closed"}:
                raise ConnectionError(f"the media connection is {peer.connectionState}")
            await changed.wait()
            changed.clear()


class Publication:
    """The sending connection. Close it, or use it as an asynchronous context."""

    def __init__(self, session: CourtSession) -> None:
        self._session = session
        self._peer: RTCPeerConnection | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def state(self) -> str:
        return self._peer.connectionState if self._peer is not None else "closed"

    async def publish(self, tracks: dict[SourceLabel, MediaStreamTrack]) -> None:
        """Send these, in place of what was sent before. Raises `Refused`, `TimeoutError` or `ConnectionError`."""
        await self.close()
        peer = self._peer = new_connection()
        for track in tracks.values():
            peer.addTransceiver(track, direction="sendonly")
        await peer.setLocalDescription(await peer.createOffer())
        labels = {track.id: label for label, track in tracks.items()}
        sources = [
            PublishedSource(mid=transceiver.mid, source=labels[transceiver.sender.track.id])
            for transceiver in peer.getTransceivers()
        ]
        answer = await self._offer(peer.localDescription.sdp, sources)
        await peer.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))
        await until_connected(peer)

    async def _offer(self, sdp: str, sources: list[PublishedSource]) -> PublishAnswer:
        offer = PublishOffer(connection=uuid.uuid4().hex, sdp=sdp, sources=sources)
        answered: asyncio.Future[PublishAnswer] = asyncio.get_running_loop().create_future()

        def look(_: float, message: ServerMessage) -> None:
            if answered.done():
                return
            if isinstance(message, PublishAnswer) and message.connection == offer.connection:
                answered.set_result(message)
            elif isinstance(message, Error) and message.request is None:
                answered.set_exception(Refused(message.code, message.message))
            elif isinstance(message, MediaLost):
                answered.set_exception(ConnectionError("the room that was asked is gone"))

        stop = self._session.listen(look)
        try:
            await self._session.send(offer)
            return await asyncio.wait_for(answered, CONNECT_S)
        finally:
            stop()

    async def sent_packets(self) -> dict[str, int]:
        """Packets sent so far by kind, ``audio`` and ``video``, retransmissions not counted."""
        sent: dict[str, int] = {}
        if self._peer is not None:
            for entry in (await self._peer.getStats()).values():
                if entry.type == "outbound-rtp":
                    sent[entry.kind] = sent.get(entry.kind, 0) + entry.packetsSent
        return sent

    async def close(self) -> None:
        if self._peer is not None:
            peer, self._peer = self._peer, None
            await peer.close()


@dataclass(slots=True)
class Reception:
    """What arrived on one slot of the receiving connection. A slot keeps counting when it is given to somebody else."""

    kind: str
    frames: int = 0
    energy: float = 0.0
    """Sum over received audio of the mean square of samples between -1 and 1."""
    last_s: float | None = None
    """When the last frame was decoded, on the event loop's clock."""
    longest_pause_s: float = 0.0
    """Between two frames; to be set back by whoever wants to know it of a span."""

    def note(self, now_s: float) -> None:
        """A frame was decoded."""
        self.frames += 1
        if self.last_s is not None:
            self.longest_pause_s = max(self.longest_pause_s, now_s - self.last_s)
        self.last_s = now_s


class Subscription:
    """The receiving connection. Use as an asynchronous context; everything offered is taken, decoded and counted."""

    def __init__(self, session: CourtSession) -> None:
        self._session = session
        self.connection = uuid.uuid4().hex
        self.slots: dict[str, SlotView] = {}
        self.receptions: dict[str, Reception] = {}
        self._offers: asyncio.Queue[SubscribeOffer] = asyncio.Queue(16)
        """Offers not yet answered; the server sends the next one after an answer, and a seventeenth ends the context."""
        self._peer = new_connection()
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._peer.on("track", self._on_track)
        self._stop = self._session.listen(self._on_message)
        self._tasks.append(asyncio.create_task(self._answer_offers()))
        await self._session.send(Subscribe(connection=self.connection))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop()
        await self._peer.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def reception(self, participant: str, source: SourceLabel) -> Reception | None:
        """What arrives from a participant, or None while no slot carries it."""
        for mid, slot in self.slots.items():
            if slot.participant == participant and slot.source is source:
                return self.receptions.get(mid)
        return None

    async def until_received(
        self, participant: str, source: SourceLabel, frames: int = 1, energy: float = 0.0, timeout_s: float = CONNECT_S
    ) -> Reception:
        """Wait for that much of a source. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout_s):
            while True:
                reception = self.reception(participant, source)
                if reception is not None and reception.frames >= frames and reception.energy >= energy:
                    return reception
                self._changed.clear()
                await self._changed.wait()

    async def received_packets(self) -> dict[str, int]:
        """Packets received so far by kind."""
        received: dict[str, int] = {}
        for entry in (await self._peer.getStats()).values():
            if entry.type == "inbound-rtp":
                received[entry.kind] = received.get(entry.kind, 0) + entry.packetsReceived
        return received

    def _on_message(self, _: float, message: ServerMessage) -> None:
        if isinstance(message, SubscribeOffer) and message.connection == self.connection:
            self._offers.put_nowait(message)

    async def _answer_offers(self) -> None:
        while True:
            offer = await self._offers.get()
            await self._peer.setRemoteDescription(RTCSessionDescription(_without_estimate(offer.sdp), "offer"))
            await self._peer.setLocalDescription(await self._peer.createAnswer())
            self.slots = {slot.mid: slot for slot in offer.slots}
            self._changed.set()
            await self._session.send(
                SubscribeAnswer(
                    connection=self.connection, negotiation=offer.negotiation, sdp=self._peer.localDescription.sdp
                )
            )

    def _on_track(self, track: MediaStreamTrack) -> None:
        mid = next(t.mid for t in self._peer.getTransceivers() if t.receiver.track is track)
        assert mid is not None  # the offer that brought the track named it
        reception = self.receptions[mid] = Reception(track.kind)
        self._tasks.append(asyncio.create_task(self._count(track, reception)))

    async def _count(self, track: MediaStreamTrack, reception: Reception) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                reception.note(asyncio.get_running_loop().time())
                if isinstance(frame, av.AudioFrame):
                    samples = frame.to_ndarray().astype(np.float64) / 32768
                    reception.energy += float((samples**2).mean())
                self._changed.set()


def _without_estimate(sdp: str) -> str:
    """Robots share processors with the server they visit, and their library's estimate of the downlink takes a process that had to wait
    for a full line. Without the departure times it makes none."""
    return "".join(line for line in sdp.splitlines(keepends=True) if not line.rstrip().endswith("abs-send-time"))
