"""What waits to be written to one socket. Bounded: a client that does not take its messages in time is dropped, it may come
back and is then told what it missed."""

import asyncio
import time
from dataclasses import dataclass
from typing import Literal

from signaling.protocol.court_words import ErrorCode
from signaling.protocol.snapshot import UtteranceView
from signaling.protocol.to_client import ServerMessage

OUTBOX_LIMIT = 1000

FarewellCode = ErrorCode | Literal["left", "removed", "replaced", "hearing_ended"]


@dataclass(frozen=True, slots=True)
class Farewell:
    """Why the socket ends, and whether coming back by itself is right."""

    code: FarewellCode
    retry: bool


@dataclass(frozen=True, slots=True)
class SocketEnding:
    """How a socket came to its end, as evidence of why somebody vanished (ABS-1)."""

    by: FarewellCode | Literal["closed", "broken", "silent"]
    """The server's own reason; else ``closed`` properly by the browser, as when its page is closed, reloaded or left; ``broken`` without
    a word, as by a crash; ``silent`` for too long, as without a network."""
    close_code: int | None
    """Of the browser's close frame (RFC 6455 section 7.4): 1001 when the page goes away. None: there was no frame."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error on its way to the client; the interface adds the sentence in the client's language."""

    code: ErrorCode
    because: str = ""
    subjects: tuple[str, ...] = ()
    request: str | None = None
    fatal: bool = False
    utterance: UtteranceView | None = None


class Outbox:
    """Filled by the court, emptied by the socket's writer. It also knows when its socket was heard last."""

    def __init__(self, limit: int = OUTBOX_LIMIT) -> None:
        # Full: the client is dropped with ``slow_client``; messages of the moment are left out from half full on.
        self._waiting: asyncio.Queue[ServerMessage | Refusal] = asyncio.Queue(limit)
        self._half = limit // 2
        self._ended = asyncio.Event()
        self.farewell: Farewell | None = None
        self._heard_s = time.monotonic()

    def heard(self) -> None:
        """The client said something."""
        self._heard_s = time.monotonic()

    @property
    def silent_ms(self) -> int:
        """Since the client's last message; pings come each four seconds."""
        return round((time.monotonic() - self._heard_s) * 1000)

    def put(self, message: ServerMessage | Refusal) -> None:
        if self.farewell is not None:
            return
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            self.end(Farewell(ErrorCode.SLOW_CLIENT, retry=True))

    def mention(self, message: ServerMessage | Refusal) -> None:
        """A message that is worth nothing a moment later: left out when the client is behind."""
        if self._waiting.qsize() < self._half:
            self.put(message)

    async def next(self) -> ServerMessage | Refusal:
        return await self._waiting.get()

    def rest(self) -> list[ServerMessage | Refusal]:
        """What is still waiting, without waiting for more."""
        messages: list[ServerMessage | Refusal] = []
        while not self._waiting.empty():
            messages.append(self._waiting.get_nowait())
        return messages

    def end(self, farewell: Farewell) -> None:
        """No more messages; the first reason stands."""
        if self.farewell is None:
            self.farewell = farewell
            self._ended.set()

    async def ended(self) -> Farewell:
        """Wait for the end."""
        await self._ended.wait()
        assert self.farewell is not None
        return self.farewell
