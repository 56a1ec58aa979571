"""A robot's camera: pictures of its figure, on a schedule, with the lips of its voice."""

import asyncio
import fractions

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from hearing_server.demo.figures.figure import Figure
from hearing_server.demo.voice import Voice

CLOCK_HZ = 90_000
FRAMES_PER_S = 15


class Camera(MediaStreamTrack):
    """A figure as a WebRTC track. Pictures that are late by more than one are left out, never sent in a burst."""

    kind = "video"

    def __init__(self, figure: Figure, voice: Voice, frames_per_s: int = FRAMES_PER_S) -> None:
        super().__init__()
        self._figure = figure
        self._voice = voice
        self._rate = frames_per_s
        self._started_s: float | None = None
        self._count = 0

    async def recv(self) -> av.VideoFrame:
        """The next picture, when it is due. Raises `MediaStreamError` once stopped."""
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        if self._started_s is None:
            self._started_s = loop.time()
        self._count = max(self._count, int((loop.time() - self._started_s) * self._rate))
        due_s = self._started_s + self._count / self._rate
        await asyncio.sleep(due_s - loop.time())
        lips = self._voice.lips()
        frame = self._figure.picture(due_s, lips.loudness, lips.rounded)
        frame.pts = self._count * CLOCK_HZ // self._rate
        frame.time_base = fractions.Fraction(1, CLOCK_HZ)
        self._count += 1
        return frame
