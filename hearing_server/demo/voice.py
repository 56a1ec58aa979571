"""A robot's voice: silence until a clip is spoken, in blocks of 20 ms that leave on an exact schedule."""

import asyncio
import fractions
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from hearing_server.demo.clip import BLOCK, RATE_HZ, SHUT, Clip, Lips

BLOCK_S = BLOCK / RATE_HZ
_SILENCE = np.zeros(BLOCK, np.int16)


@dataclass(slots=True)
class _Turn:
    clip: Clip
    finished: "asyncio.Future[None]"
    started_ms: float | None = None
    next_block: int = 0


@dataclass(slots=True)
class Voice:
    """What a microphone picks up. It outlives the connection that carries it; ``now_ms`` is UTC in milliseconds."""

    now_ms: Callable[[], float]
    _turns: deque[_Turn] = field(default_factory=deque)
    """Clips not yet said to the end; each waits for its own `speak`, so there are as many as callers."""
    _lips: Lips = SHUT

    async def speak(self, clip: Clip) -> float:
        """Say a clip after those before it. Returns, at its end, the instant (UTC, milliseconds) its first sample was sent.

        Waits as long as nothing takes this voice's blocks, for instance while the connection is being made again.
        """
        turn = _Turn(clip, asyncio.get_running_loop().create_future())
        self._turns.append(turn)
        try:
            await turn.finished
        finally:
            if turn in self._turns:
                self._turns.remove(turn)
        assert turn.started_ms is not None
        return turn.started_ms

    def lips(self) -> Lips:
        """The mouth during the block sent last."""
        return self._lips

    def next_block(self, due_ms: float) -> "np.typing.NDArray[np.int16]":
        """The 20 ms that are due at ``due_ms``, 960 samples."""
        if not self._turns:
            self._lips = SHUT
            return _SILENCE
        turn = self._turns[0]
        if turn.started_ms is None:
            turn.started_ms = due_ms
        block, self._lips = turn.clip.block(turn.next_block), turn.clip.lips[turn.next_block]
        turn.next_block += 1
        if turn.next_block == turn.clip.blocks:
            self._turns.popleft()
            if not turn.finished.done():
                turn.finished.set_result(None)
        return block


class Microphone(MediaStreamTrack):
    """A voice as a WebRTC track."""

    kind = "audio"

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self._voice = voice
        self._started_s: float | None = None
        self._started_ms = 0.0
        self._count = 0

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms, when they are due: mono, int16, 48 kHz. Raises `MediaStreamError` once stopped."""
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        if self._started_s is None:
            self._started_s, self._started_ms = loop.time(), self._voice.now_ms()
        due_s = self._count * BLOCK_S
        await asyncio.sleep(self._started_s + due_s - loop.time())
        block = self._voice.next_block(self._started_ms + due_s * 1000)
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        frame.pts = self._count * BLOCK
        frame.time_base = fractions.Fraction(1, RATE_HZ)
        self._count += 1
        return frame
