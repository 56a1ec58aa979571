"""A court with one participant, for tests of the client: a real WebSocket server that says what a test tells it to say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import WSMsgType, web

from hearing_server.demo.court_api import CourtApi
from signaling.protocol.court_words import ErrorCode, RecordingState, TranscriptionState
from signaling.protocol.from_client import AskToUnmute, ClientMessage, Hello, Ping, RaiseHand, client_message
from signaling.protocol.grants import SourceLabel
from signaling.protocol.snapshot import CompositeView, HearingView, RecordingView, Snapshot, TranscriptionView
from signaling.protocol.to_client import (
    Accepted,
    Error,
    Goodbye,
    HearingChanged,
    Pong,
    ServerMessage,
    Welcome,
)

GOOD_TOKEN = "good"


def hearing(status: str) -> HearingView:
    return HearingView(
        hearing="h1",
        case_number="1",
        case_title="t",
        court_name="c",
        courtroom="",
        status=status,
        allowed_status=[],
        stage=None,
        stages=[],
        scheduled_at_ms=0,
        opened_at_ms=None,
        opens_at_ms=None,
        resumes_at_ms=None,
        reason="",
        help_phone="",
    )


SNAPSHOT = Snapshot(
    hearing=hearing("lobby_open"),
    participants=[],
    utterances=[],
    utterance_count=0,
    recording=RecordingView(state=RecordingState.OFF, started_at_ms=None, elapsed_ms=0, message=""),
    transcription=TranscriptionView(state=TranscriptionState.OFF, model="", demo_model=True, lag_ms=0),
    composite=CompositeView(state="none", progress=0.0, remaining_s=None),
)


class CourtTwin:
    """Accepts `RaiseHand`, refuses `AskToUnmute`; numbers its events and replays them."""

    def __init__(self) -> None:
        self.hellos: list[Hello] = []
        self.events: list[HearingChanged] = []
        self.may_publish: list[SourceLabel] = []
        self._socket: web.WebSocketResponse | None = None

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await self._answer(socket, client_message.validate_json(frame.data))
        return socket

    async def _answer(self, socket: web.WebSocketResponse, message: ClientMessage) -> None:
        match message:
            case Hello():
                await self._welcome(socket, message)
            case Ping():
                await self._say(socket, Pong(type="pong", time_ms=message.time_ms))
            case RaiseHand():
                await self._say(socket, Accepted(type="accepted", request=message.request))
            case AskToUnmute():
                await self._say(socket, refusal(message.request, ErrorCode.NOT_PERMITTED, fatal=False))
            case _:
                await self.take(message)

    async def take(self, message: ClientMessage) -> None:
        """What a test's own twin answers."""

    async def close(self) -> None:
        """End what a test's own twin has running."""

    async def _welcome(self, socket: web.WebSocketResponse, hello: Hello) -> None:
        self.hellos.append(hello)
        if hello.token != GOOD_TOKEN:
            await self._say(socket, refusal(None, ErrorCode.TOKEN_INVALID, fatal=True))
            await socket.close()
            return
        self._socket = socket
        resumed = hello.resume is not None
        await self._say(
            socket,
            Welcome(
                type="welcome",
                sequence=0 if not resumed else hello.last_sequence,
                resume="secret",
                resumed=resumed,
                participant="p1",
                permissions=["raise_hand"],
                may_publish=self.may_publish,
                ice_servers=[],
                snapshot=None if resumed else SNAPSHOT,
                server_time_ms=0,
            ),
        )
        for event in self.events[hello.last_sequence :]:
            await self._say(socket, event)

    async def happen(self, status: str, *, tell: bool = True) -> None:
        """The hearing's status changes; with ``tell`` off the client learns of it only when it resumes."""
        event = HearingChanged(type="hearing_changed", sequence=len(self.events) + 1, hearing=hearing(status))
        self.events.append(event)
        if tell:
            await self.say(event)

    async def dismiss(self) -> None:
        """Say goodbye for good."""
        assert self._socket is not None
        await self.say(Goodbye(type="goodbye", code="hearing_ended", message="", retry=False))
        await self._socket.close()

    async def say(self, message: ServerMessage) -> None:
        """To the client that was welcomed last."""
        assert self._socket is not None
        await self._say(self._socket, message)

    @staticmethod
    async def _say(socket: web.WebSocketResponse, message: ServerMessage) -> None:
        await socket.send_str(message.model_dump_json())


def refusal(request: str | None, code: ErrorCode, *, fatal: bool) -> Error:
    return Error(type="error", request=request, code=code, message="no", fatal=fatal, utterance=None)


@asynccontextmanager
async def court_twin(twin: CourtTwin) -> AsyncIterator[CourtApi]:
    """The twin serves inside the context; yields a client of it."""
    application = web.Application()
    application.router.add_get("/ws", twin.serve)
    runner = web.AppRunner(application, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        async with CourtApi(f"http://{host}:{port}") as api:
            yield api
    finally:
        await runner.cleanup()
        await twin.close()
