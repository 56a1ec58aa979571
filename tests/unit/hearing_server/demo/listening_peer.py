"""Another WebRTC peer that decodes what it is sent."""

import asyncio
import contextlib

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from hearing_server.demo.media_link import new_connection

ENOUGH_PICTURES = 12
AUDIBLE = 300.0
"""Mean magnitude of int16 samples that only speech reaches."""


class ListeningPeer:
    def __init__(self) -> None:
        self.peer = new_connection()
        self.pictures: list[av.VideoFrame] = []
        self.heard = asyncio.Event()
        self.seen = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.peer.on("track", self._on_track)

    async def answer(self, offer_sdp: str) -> str:
        await self.peer.setRemoteDescription(RTCSessionDescription(offer_sdp, "offer"))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        return self.peer.localDescription.sdp

    def _on_track(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._take(track)))

    async def _take(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if isinstance(frame, av.VideoFrame):
                    self.pictures.append(frame)
                    if len(self.pictures) >= ENOUGH_PICTURES:
                        self.seen.set()
                elif isinstance(frame, av.AudioFrame) and np.abs(frame.to_ndarray().astype(float)).mean() > AUDIBLE:
                    self.heard.set()

    async def close(self) -> None:
        await self.peer.close()
        await asyncio.gather(*self._tasks)
