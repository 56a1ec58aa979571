"""The WebSocket of a hearing: ``GET /ws``. Parses, limits, and turns refusals into codes and sentences; decides nothing.

Order on every socket: origin → hello within ten seconds → welcome → messages. Reader and writer are tasks of one group; the
first that ends ends the other.
"""

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass
from typing import Literal, NoReturn

import structlog
from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import ValidationError

from hearing_server.court.acts import CourtMessage
from hearing_server.court.completion import to_its_end
from hearing_server.court.courthouse import Courthouse
from hearing_server.court.errors import StaleRevision, code_of
from hearing_server.court.outbox import Farewell, Outbox, Refusal, SocketEnding
from hearing_server.court.ports import SessionClaims, SessionTokens
from hearing_server.court.session import Session
from hearing_server.domain.errors import Refused
from hearing_server.web.errors import ForeignOrigin, language_of
from hearing_server.web.metrics import RequestMetrics
from hearing_server.web.origins import Origins
from hearing_server.web.sentences import farewell, sentence
from hearing_server.web.steady_rate import SteadyRate, SteadyRates
from signaling.protocol.base import ESCAPED_NUL, MAX_MESSAGE_BYTES, PROTOCOL_VERSION
from signaling.protocol.court_words import ErrorCode, Language
from signaling.protocol.from_client import ClientMessage, Hello, Leave, Ping, client_message
from signaling.protocol.to_client import Accepted, Error, Goodbye, Pong, ServerMessage

logger = structlog.get_logger(__name__)

HELLO_WITHIN_S = 10.0
SILENT_AFTER_S = 30.0
"""A client that says nothing for so long, pings included (one each four seconds), is taken for lost."""
GOODBYE_WITHIN_S = 2.0
HARD_LIMIT_BYTES = 4 * MAX_MESSAGE_BYTES
"""Above this, after decompression, the frame is not even read to its end; up to it the refusal has a sentence."""

NO_STATUS = 1005
"""What a close frame without a code is said to have (RFC 6455 section 7.1.5)."""
BYTES_AS_ONE = 16 * 1024
"""A longer message counts as several: reading a description of 100 kB takes milliseconds that everybody waits."""
HELLO_AS = 5
"""Messages that coming in counts as: the whole snapshot is put together for it, and the others are told."""

WORTH_COMING_BACK = frozenset({ErrorCode.TOO_MANY, ErrorCode.OUT_OF_PHASE, ErrorCode.INTERNAL})
"""Fatal codes after which the same client may be luckier with a new socket."""


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """Settled by the composition root; tests make them smaller."""

    messages_per_s: float = 100.0
    burst: int = 200
    hello_within_s: float = HELLO_WITHIN_S
    silent_after_s: float = SILENT_AFTER_S
    goodbye_within_s: float = GOODBYE_WITHIN_S
    outbox: int = 1000


class CourtSocket:
    """``serve`` answers one request. ``tokens`` verifies session tokens."""

    def __init__(
        self,
        courthouse: Courthouse,
        tokens: SessionTokens,
        origins: Origins,
        limits: SocketLimits | None = None,
        metrics: RequestMetrics | None = None,
    ) -> None:
        self._courthouse = courthouse
        self._tokens = tokens
        self._origins = origins
        self._limits = limits or SocketLimits()
        self._metrics = metrics or RequestMetrics()
        self._rates = SteadyRates(self._limits.messages_per_s, self._limits.burst)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Raises ``ForeignOrigin`` (403) before anything is upgraded."""
        if not self._origins.allows(request):
            raise ForeignOrigin
        response = _SayingWhy(language_of(request))
        await response.prepare(request)
        conversation = _Conversation(
            response,
            self._courthouse,
            self._tokens,
            self._limits,
            self._metrics,
            self._rates,
            language_of(request),
        )
        with self._metrics.socket():
            taken = await conversation.hold()
        if not taken and request.transport is not None:
            request.transport.abort()  # it does not read: what is buffered for it is given up
        return response


class _SayingWhy(web.WebSocketResponse):
    """A socket that names the code of a frame it refuses to read; aiohttp alone would only close it."""

    def __init__(self, language: Language) -> None:
        super().__init__(max_msg_size=HARD_LIMIT_BYTES, autoping=True)
        self._language = language

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        if code == WSCloseCode.MESSAGE_TOO_BIG and not self.closed:
            error = _error(Refusal(ErrorCode.TOO_LARGE, fatal=True), self._language)
            await self.send_str(error.model_dump_json())
        return await super().close(code=code, message=message, drain=drain)


class _Over(Exception):
    """The conversation ends; the reason stands in the outbox's farewell, or the client went away."""


class _TooFast(Exception):
    """This participant said too much on this socket and those before it."""


class _Conversation:
    """One socket, from hello to goodbye."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        courthouse: Courthouse,
        tokens: SessionTokens,
        limits: SocketLimits,
        metrics: RequestMetrics,
        rates: SteadyRates,
        language: Language,
    ) -> None:
        self._socket = socket
        self._courthouse = courthouse
        self._tokens = tokens
        self._limits = limits
        self._metrics = metrics
        self._language = language
        self._outbox = Outbox(limits.outbox)
        self._rates = rates
        self._rate = SteadyRate(limits.messages_per_s, limits.burst)
        """Of the socket until it is known whose it is, then of the participant."""
        self._claims: SessionClaims | None = None
        self._session: Session | None = None
        self._ended_by: Literal["closed", "broken", "silent"] = "broken"
        self._close_code: int | None = None
        self._log = logger.bind(socket=secrets.token_hex(4))

    async def hold(self) -> bool:
        """Until either side ends it. False when the client did not even take the goodbye."""
        self._log.info("socket opened")
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write())
                tasks.create_task(self._read())
                tasks.create_task(self._watch_for_the_end())
        except* (_Over, ConnectionError):
            pass
        finally:
            await self._lose_line()
            taken = await self._say_goodbye()
            self._log.info(
                "socket closed", code=self._outbox.farewell.code if self._outbox.farewell else self._ended_by
            )
        return taken

    # -------------------------------------------------------------- the three tasks

    async def _write(self) -> None:
        while True:
            message = await self._outbox.next()
            await self._socket.send_str(self._encoded(message))

    async def _watch_for_the_end(self) -> None:
        await self._outbox.ended()
        raise _Over

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(self._limits.hello_within_s):
                text = await self._receive()
                await self._say_hello(text)
        except TimeoutError:
            self._refuse_for_good(Refusal(ErrorCode.OUT_OF_PHASE, fatal=True))
        while True:
            try:
                async with asyncio.timeout(self._limits.silent_after_s):
                    text = await self._receive()
            except TimeoutError:
                self._ended_by = "silent"
                raise _Over from None
            await self._take(text)

    async def _receive(self) -> str:
        frame = await self._socket.receive()
        if frame.type is WSMsgType.BINARY:
            self._refuse_for_good(Refusal(ErrorCode.MALFORMED, fatal=True))
        if frame.type is WSMsgType.CLOSE:
            self._ended_by, self._close_code = "closed", frame.data or NO_STATUS
        if frame.type is not WSMsgType.TEXT:
            raise _Over
        self._outbox.heard()
        text: str = frame.data
        if len(text) > MAX_MESSAGE_BYTES or len(text.encode()) > MAX_MESSAGE_BYTES:
            self._refuse_for_good(Refusal(ErrorCode.TOO_LARGE, fatal=True))
        if not self._rate.allows(1 + len(text) // BYTES_AS_ONE):
            self._refuse_for_good(Refusal(ErrorCode.TOO_MANY, fatal=True))
        return text

    # -------------------------------------------------------------- hello

    async def _say_hello(self, text: str) -> None:
        hello = self._parsed(text, fatal=True)
        if not isinstance(hello, Hello):
            self._refuse_for_good(Refusal(ErrorCode.OUT_OF_PHASE, fatal=True))
        self._language = hello.language
        if hello.version != PROTOCOL_VERSION:
            self._refuse_for_good(Refusal(ErrorCode.VERSION, fatal=True))
        try:
            self._claims = await self._tokens.verify(hello.token)
            self._rate = self._rates.of(f"{self._claims.hearing} {self._claims.participant}")
            if not self._rate.allows(HELLO_AS):
                raise _TooFast
            await to_its_end(self._join(self._claims, hello))
        except _TooFast:
            self._refuse_for_good(Refusal(ErrorCode.TOO_MANY, fatal=True))
        except Refused as refused:
            self._refuse_for_good(Refusal(code_of(refused), refused.because, refused.subjects, fatal=True))
        except Exception:  # ownership border: this socket fails, the server goes on
            self._refuse_for_good(self._fault(None, fatal=True))
        self._log = self._log.bind(hearing=self._claims.hearing, participant=self._claims.participant)

    async def _join(self, claims: SessionClaims, hello: Hello) -> None:
        self._session = await self._courthouse.join(claims, hello, self._outbox)

    # -------------------------------------------------------------- messages

    async def _take(self, text: str) -> None:
        message = self._parsed(text, fatal=False)
        if message is None:
            return
        if isinstance(message, Hello):
            self._outbox.put(Refusal(ErrorCode.OUT_OF_PHASE))
        elif isinstance(message, Ping):
            self._outbox.put(Pong(type="pong", time_ms=message.time_ms))
        else:
            await self._carry_out(message)

    async def _carry_out(self, message: CourtMessage) -> None:
        """Every act is answered by exactly one ``accepted`` or ``error`` with its request."""
        assert self._claims is not None and self._session is not None
        request: str | None = getattr(message, "request", None)
        try:
            await to_its_end(self._courthouse.carry_out(self._claims, self._session, message))
        except StaleRevision as stale:
            self._outbox.put(Refusal(ErrorCode.CONFLICT, stale.because, request=request, utterance=stale.present))
        except Refused as refused:
            self._outbox.put(Refusal(code_of(refused), refused.because, refused.subjects, request))
        except Exception:  # ownership border: this act fails, nothing changed, the hearing goes on
            self._outbox.put(self._fault(request))
        else:
            if request is not None:
                self._outbox.put(Accepted(type="accepted", request=request))
            if isinstance(message, Leave):
                self._outbox.end(Farewell("left", retry=False))

    def _parsed(self, text: str, *, fatal: bool) -> ClientMessage | None:
        """None when it cannot be read; the client is told."""
        try:
            message = client_message.validate_json(text)
        except ValidationError as invalid:
            refusal = Refusal(_code_of_invalid(invalid), request=_request_of(text), fatal=fatal)
        else:
            if ESCAPED_NUL not in text:
                return message
            refusal = Refusal(ErrorCode.INVALID_VALUE, request=_request_of(text), fatal=fatal)
        if fatal:
            self._refuse_for_good(refusal)
        self._outbox.put(refusal)
        return None

    # -------------------------------------------------------------- saying

    def _refuse_for_good(self, refusal: Refusal) -> NoReturn:
        """The last thing this client is told before the goodbye."""
        self._outbox.put(refusal)
        self._outbox.end(Farewell(refusal.code, retry=refusal.code in WORTH_COMING_BACK))
        raise _Over

    def _fault(self, request: str | None, *, fatal: bool = False) -> Refusal:
        fault = secrets.token_hex(4)
        self._log.exception("fault", request_id=fault)
        return Refusal(ErrorCode.INTERNAL, subjects=(fault,), request=request, fatal=fatal)

    def _encoded(self, message: ServerMessage | Refusal) -> str:
        if isinstance(message, Refusal):
            self._metrics.refused("socket", message.code)
            message = _error(message, self._language)
        return message.model_dump_json()

    async def _lose_line(self) -> None:
        if self._claims is not None and self._session is not None:
            by = self._outbox.farewell.code if self._outbox.farewell else self._ended_by
            ending = SocketEnding(by, self._close_code)
            await to_its_end(self._courthouse.lose_line(self._claims, self._session, self._outbox, ending))

    async def _say_goodbye(self) -> bool:
        """What still waits, then why it ends. A client that does not read is not waited for: False."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            try:
                async with asyncio.timeout(self._limits.goodbye_within_s):
                    if (last := self._outbox.farewell) and not self._socket.closed:
                        await self._say_the_rest(last)
                    await self._socket.close()
            except TimeoutError:
                return False
        return True

    async def _say_the_rest(self, last: Farewell) -> None:
        if last.code != ErrorCode.SLOW_CLIENT:
            for message in self._outbox.rest():
                await self._socket.send_str(self._encoded(message))
        words = farewell(last.code, self._language)
        goodbye = Goodbye(type="goodbye", code=last.code, message=words, retry=last.retry)
        await self._socket.send_str(goodbye.model_dump_json())


def _error(refusal: Refusal, language: Language) -> Error:
    fault = refusal.subjects[0] if refusal.code is ErrorCode.INTERNAL and refusal.subjects else ""
    return Error(
        type="error",
        request=refusal.request,
        code=refusal.code,
        message=sentence(refusal.code, language, refusal.because, fault, refusal.subjects),
        fatal=refusal.fatal,
        utterance=refusal.utterance,
    )


def _code_of_invalid(invalid: ValidationError) -> ErrorCode:
    kinds = {error["type"] for error in invalid.errors(include_url=False, include_context=False, include_input=False)}
    return ErrorCode.UNKNOWN_TYPE if kinds == {"union_tag_invalid"} else ErrorCode.MALFORMED


def _request_of(text: str) -> str | None:
    """The request of a message that is otherwise wrong, so that the client knows which act failed."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    request = said.get("request") if isinstance(said, dict) else None
    return request if isinstance(request, str) and 0 < len(request) <= 64 else None
