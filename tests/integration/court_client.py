"""A client of the WebSocket for tests: says messages, keeps everything it hears."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any, TypeVar

import aiohttp
from pydantic import BaseModel

from signaling.protocol.base import PROTOCOL_VERSION
from signaling.protocol.to_client import (
    Accepted,
    Error,
    Goodbye,
    Pong,
    ServerMessage,
    SnapshotReplaced,
    Welcome,
    server_message,
)

Said = TypeVar("Said", bound=BaseModel)
WAIT_S = 10.0


class CourtClient:
    """One socket. ``heard`` is everything the server said, in order; ``raw`` the same as text."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
        self.socket = socket
        self.token = token
        self.heard: list[ServerMessage] = []
        self.raw: list[str] = []
        self._requests = itertools.count(1)
        self._marks = itertools.count(1)

    async def say(self, type: str, **fields: Any) -> None:
        await self.socket.send_json({"type": type, **fields})

    async def hello(self, **fields: Any) -> Welcome:
        await self.say("hello", version=PROTOCOL_VERSION, token=self.token, **fields)
        return await self.until(Welcome)

    async def act(self, type: str, **fields: Any) -> Accepted | Error:
        """Say an act and wait for its answer."""
        request = f"r{next(self._requests)}"
        await self.say(type, request=request, **fields)
        while True:
            message = await self.next()
            if isinstance(message, Accepted | Error) and message.request == request:
                return message

    async def does(self, type: str, **fields: Any) -> None:
        """The same, and it must be accepted."""
        answer = await self.act(type, **fields)
        assert isinstance(answer, Accepted), answer

    async def barrier(self) -> None:
        """Everything said before has had its effects, and what they caused here was heard."""
        mark = float(next(self._marks))
        await self.say("ping", time_ms=mark)
        await self.until(Pong, lambda pong: pong.time_ms == mark)

    async def next(self) -> ServerMessage:
        async with asyncio.timeout(WAIT_S):
            frame = await self.socket.receive()
        assert frame.type is aiohttp.WSMsgType.TEXT, (frame, self.heard[-3:])
        self.raw.append(frame.data)
        message = server_message.validate_json(frame.data)
        self.heard.append(message)
        return message

    async def until(self, kind: type[Said], fits: Callable[[Said], bool] = lambda _: True) -> Said:
        """The next message of a kind that fits; what comes before is kept in ``heard``."""
        while True:
            message = await self.next()
            if isinstance(message, kind) and fits(message):
                return message

    def all_heard(self, kind: type[Said]) -> list[Said]:
        return [message for message in self.heard if isinstance(message, kind)]

    @property
    def last_sequence(self) -> int:
        return max((getattr(message, "sequence", 0) for message in self.heard), default=0)

    @property
    def hearing_status(self) -> str:
        """As this client was told last."""
        status = ""
        for message in self.heard:
            if isinstance(message, Welcome | SnapshotReplaced) and message.snapshot is not None:
                status = message.snapshot.hearing.status
            elif message.type == "hearing_changed":
                status = message.hearing.status
        return status

    async def goodbye(self) -> Goodbye:
        """Read to the end: the goodbye and the close."""
        goodbye = await self.until(Goodbye)
        await self.closed()
        return goodbye

    async def closed(self) -> None:
        async with asyncio.timeout(WAIT_S):
            while (await self.socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass

    async def drop(self) -> None:
        """Lose the socket as a broken network would: no goodbye."""
        await self.socket.close()
