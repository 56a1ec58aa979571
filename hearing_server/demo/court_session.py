"""A participant's WebSocket: hello, acts and their answers, events, and coming back after a lost socket."""

import asyncio
import random
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
from pydantic import BaseModel

from hearing_server.demo.court_api import CourtApi
from hearing_server.demo.courtroom_view import CourtroomView
from hearing_server.demo.failures import Disconnected, Refused
from hearing_server.demo.steady_clock import SteadyClock
from signaling.protocol.base import PROTOCOL_VERSION
from signaling.protocol.from_client import ClientMessage, Hello, Ping
from signaling.protocol.to_client import (
    Accepted,
    Error,
    Goodbye,
    Pong,
    ServerMessage,
    Welcome,
    server_message,
)

Listener = Callable[[float, ServerMessage], None]
"""Called in order for every message, with its arrival (UTC, milliseconds)."""
Kind = TypeVar("Kind", bound=BaseModel)

RETRY_FIRST_S = 0.3
RETRY_MOST_S = 8.0
PING_S = 4.0
SILENCE_S = 12.0
ANSWER_S = 20.0


class CourtSession:
    """Use as an asynchronous context: inside it the session is welcome, and it is kept up until the end of the context.

    With ``persistent`` a lost socket is taken up again, with everything that was missed; otherwise waiting acts end with
    `Disconnected`. A `Refused` hello ends the context's entry with that refusal.
    """

    def __init__(
        self,
        api: CourtApi,
        session_token: str,
        *,
        clock: SteadyClock | None = None,
        take_over: bool = False,
        persistent: bool = True,
    ) -> None:
        self.view = CourtroomView()
        self.clock = clock or SteadyClock()
        self.goodbye: Goodbye | None = None
        self._api = api
        self._token = session_token
        self._take_over = take_over
        self._persistent = persistent
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._greeted = False
        self._resume: str | None = None
        self._sequence = 0
        self._requests = 0
        self._answers: dict[str, asyncio.Future[None]] = {}
        self._pongs: dict[float, asyncio.Future[None]] = {}
        self._listeners: list[Listener] = []
        self._changed = asyncio.Condition()
        self._welcome: asyncio.Future[None] | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._welcome = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.create_task(self._keep())
        try:
            await asyncio.wait_for(self._welcome, ANSWER_S)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up, without leaving the hearing. Nothing runs afterwards."""
        if self._keeper is not None:
            keeper, self._keeper = self._keeper, None
            keeper.cancel()
            (ended,) = await asyncio.gather(keeper, return_exceptions=True)
            if isinstance(ended, Exception):
                raise ended

    # ------------------------------------------------------------------ saying

    def next_request(self) -> str:
        self._requests += 1
        return f"r{self._requests}"

    async def act(self, message: ClientMessage, timeout_s: float = ANSWER_S) -> None:
        """Send an act and wait until it is accepted. Raises `Refused`, `Disconnected` or `TimeoutError`."""
        request = getattr(message, "request", None)
        if not isinstance(request, str):
            raise TypeError(f"{message.type} is not an act")
        answer = self._answers[request] = asyncio.get_running_loop().create_future()
        try:
            await self.send(message)
            await asyncio.wait_for(answer, timeout_s)
        finally:
            self._answers.pop(request, None)

    async def send(self, message: ClientMessage) -> None:
        """Raises `Disconnected` while there is no socket."""
        await self.send_text(message.model_dump_json())

    async def send_text(self, text: str) -> None:
        """Anything at all, for tests of what the server does with it."""
        if self._socket is None or self._socket.closed:
            raise Disconnected("no socket")
        try:
            await self._socket.send_str(text)
        except ConnectionError as error:
            raise Disconnected("the socket was lost") from error

    async def barrier(self, timeout_s: float = ANSWER_S) -> None:
        """Return when the server has carried out everything said before."""
        self._requests += 1
        mark = float(self._requests)
        pong = self._pongs[mark] = asyncio.get_running_loop().create_future()
        try:
            await self.send(Ping(time_ms=mark))
            await asyncio.wait_for(pong, timeout_s)
        finally:
            self._pongs.pop(mark, None)

    # ------------------------------------------------------------------ hearing

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hear every message from now on; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def until(self, holds: Callable[[CourtroomView], bool], timeout_s: float = ANSWER_S) -> None:
        """Wait until something is true of the view. Raises `TimeoutError`, or `Disconnected` when it cannot become true."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: holds(self.view) or self._over())
        if not holds(self.view):
            raise Disconnected("the session ended")

    async def expect(
        self, kind: type[Kind], fits: Callable[[Kind], bool] = lambda _: True, timeout_s: float = ANSWER_S
    ) -> Kind:
        """The next message of a kind, from now on. Raises `TimeoutError`."""
        found: asyncio.Future[Kind] = asyncio.get_running_loop().create_future()

        def look(_: float, message: ServerMessage) -> None:
            if isinstance(message, kind) and not found.done() and fits(message):
                found.set_result(message)

        stop = self.listen(look)
        try:
            return await asyncio.wait_for(found, timeout_s)
        finally:
            stop()

    def drop_socket(self) -> None:
        """Lose the socket as a broken network would: without a close frame."""
        endpoint = self._socket.get_extra_info("socket") if self._socket is not None else None
        if endpoint is not None:
            endpoint.shutdown(socket.SHUT_RDWR)

    # ------------------------------------------------------------------ keeping the socket

    def _over(self) -> bool:
        return self._keeper is None or self._keeper.done()

    async def _keep(self) -> None:
        wait_s = RETRY_FIRST_S
        try:
            while True:
                try:
                    await self._connect_and_read()
                    wait_s = RETRY_FIRST_S
                except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
                    if not self._persistent:
                        self._fail(Disconnected(str(error) or type(error).__name__))
                        return
                if not self._persistent or (self.goodbye is not None and not self.goodbye.retry):
                    return
                await asyncio.sleep(wait_s * random.uniform(0.7, 1.3))
                wait_s = min(wait_s * 2, RETRY_MOST_S)
        except Refused as refusal:
            self._fail(refusal)
        finally:
            self._fail(Disconnected("the session ended"))
            async with self._changed:
                self._changed.notify_all()

    async def _connect_and_read(self) -> None:
        async with self._api.http.ws_connect(
            f"{self._api.base_url}/ws", ssl=self._api.tls(), max_msg_size=0, heartbeat=None
        ) as connection:
            self._socket, self._greeted = connection, False
            try:
                hello = Hello(
                    version=PROTOCOL_VERSION,
                    token=self._token,
                    resume=self._resume,
                    last_sequence=self._sequence,
                    take_over=self._take_over,
                )
                await connection.send_str(hello.model_dump_json())
                await self._read(connection)
            finally:
                self._socket = None
                self._fail_waiting(Disconnected("the socket was lost"))

    async def _read(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        """Until the socket ends. Pings at fixed intervals, by which the server knows this client lives; a socket that stays
        silent in spite of them is given up."""
        now_s = asyncio.get_running_loop().time
        heard_s, ping_s = now_s(), now_s() + PING_S
        while True:
            if now_s() >= ping_s:
                await connection.send_str(Ping(time_ms=0).model_dump_json())
                ping_s = now_s() + PING_S
            try:
                frame = await connection.receive(timeout=max(0.001, ping_s - now_s()))
            except TimeoutError:
                if now_s() - heard_s > SILENCE_S:
                    raise
                continue
            heard_s = now_s()
            if frame.type is not aiohttp.WSMsgType.TEXT:
                return
            await self._take(server_message.validate_json(frame.data))

    async def _take(self, message: ServerMessage) -> None:
        arrived_ms = self.clock.now_ms()
        self._sequence = getattr(message, "sequence", self._sequence)
        match message:
            case Welcome():
                self._resume = message.resume
                self._take_over, self._greeted = False, True
            case Accepted():
                self._settle(self._answers.get(message.request), None)
            case Error():
                refusal = Refused(message.code, message.message)
                if message.request is not None:
                    self._settle(self._answers.get(message.request), refusal)
                elif message.fatal and not self._greeted:
                    raise refusal
            case Pong():
                self._settle(self._pongs.get(message.time_ms), None)
            case Goodbye():
                self.goodbye = message
            case _:
                pass
        self.view.apply(message)
        for listener in tuple(self._listeners):
            listener(arrived_ms, message)
        if isinstance(message, Welcome):
            self._settle(self._welcome, None)
        async with self._changed:
            self._changed.notify_all()

    @staticmethod
    def _settle(future: "asyncio.Future[None] | None", error: Exception | None) -> None:
        if future is not None and not future.done():
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

    def _fail_waiting(self, error: Exception) -> None:
        for future in (*self._answers.values(), *self._pongs.values()):
            self._settle(future, error)

    def _fail(self, error: Exception) -> None:
        self._settle(self._welcome, error)
        self._fail_waiting(error)
