"""One connection to Redis that survives its absence: what is to be written waits in order, what is read goes on where it was.

Every entry of a stream names its sender and is numbered by it, so that one written twice, because only the answer to the first
try was lost, is read once.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)

ANSWER_WITHIN_S = 2.0
"""A Redis that hangs is as far away as one that is down."""
TRY_AGAIN_S = 0.25
LISTEN_MS = 500
STREAM_LIMIT = 100_000
"""Entries of one stream; the oldest go first. Facts among them are told again from the spool."""
STREAM_KEPT_S = 24 * 3600
WAITING_LIMIT = 10_000
AWAY = (RedisError, OSError, TimeoutError)


def connect(url: str) -> Redis:
    """Connects when it is first used. ``url`` may hold a password and belongs in no log."""
    connection: Redis = Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=ANSWER_WITHIN_S,
        socket_connect_timeout=ANSWER_WITHIN_S,
        retry=Retry(NoBackoff(), 0),
    )
    return connection


@dataclass(frozen=True, slots=True)
class Entry:
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class _Waiting:
    stream: str
    text: str


class RedisLine:
    """An asynchronous context; on leaving it, what waits is written within ``last_words_s`` or given up."""

    def __init__(self, url: str, sender: str, last_words_s: float = 5.0) -> None:
        self.redis = connect(url)
        self._sender = f"{sender}/{secrets.token_hex(4)}"
        self._last_words_s = last_words_s
        # Full after minutes without Redis: then whoever writes waits.
        self._waiting: asyncio.Queue[_Waiting | None] = asyncio.Queue(WAITING_LIMIT)
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self.away = False
        """The last try failed."""

    async def __aenter__(self) -> "RedisLine":
        self._writing = asyncio.create_task(self._write(), name="redis writer")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._writing is not None
        try:
            async with asyncio.timeout(self._last_words_s):
                await self._waiting.put(None)
                await self._writing
        except TimeoutError:  # the task was cancelled by it, and is over
            logger.warning("redis is away, last messages are given up", waiting=self._waiting.qsize())
        finally:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
            with contextlib.suppress(*AWAY):
                await self.redis.aclose()

    async def put(self, stream: str, text: str) -> None:
        """To the end of a stream, after everything put before."""
        await self._waiting.put(_Waiting(stream, text))

    def close(self) -> None:
        """`entries` ends after what stands in the stream now."""
        self._closing.set()

    async def entries(self, stream: str, after: str) -> AsyncIterator[tuple[str, Entry]]:
        """(position, entry) of everything after the position ``after``, waiting for more until `close`."""
        numbers: dict[str, int] = {}
        while True:
            last = self._closing.is_set()
            try:
                found = await self._read(stream, after, wait=not last)
            except AWAY:
                if last:
                    return
                self._say_away(True)
                await self._pause()
                after = await self._still_there(stream, after)
                continue
            self._say_away(False)
            for position, fields in found:
                after = position
                sender, number = fields["sender"], int(fields["number"])
                if number > numbers.get(sender, -1):
                    numbers[sender] = number
                    yield position, Entry(sender.rpartition("/")[0], fields["text"])
            if last and not found:
                return

    async def _read(self, stream: str, after: str, *, wait: bool) -> list[tuple[str, dict[str, str]]]:
        answer: Any = await self.redis.xread({stream: after}, count=100, block=LISTEN_MS if wait else None)
        streams = answer.items() if isinstance(answer, dict) else answer
        return [entry for _, entries in streams for entry in _flat(entries)]

    async def _still_there(self, stream: str, after: str) -> str:
        """A Redis that lost its data numbers anew; with a clock that was set back that may be below the old position."""
        try:
            newest: Any = await self.redis.xrevrange(stream, count=1)
        except AWAY:
            return after
        return after if newest and _order(newest[0][0]) >= _order(after) else "0-0"

    async def _write(self) -> None:
        number = 0
        while (waiting := await self._waiting.get()) is not None:
            fields: dict[Any, Any] = {"sender": self._sender, "number": number, "text": waiting.text}
            while not await self._written(waiting.stream, fields):
                await self._pause()
            number += 1

    async def _written(self, stream: str, fields: dict[Any, Any]) -> bool:
        try:
            await self.redis.xadd(stream, fields, maxlen=STREAM_LIMIT, approximate=True)
            if fields["number"] % 100 == 0:
                await self.redis.expire(stream, STREAM_KEPT_S)
        except AWAY:
            self._say_away(True)
            return False
        self._say_away(False)
        return True

    async def _pause(self) -> None:
        await asyncio.sleep(TRY_AGAIN_S)

    def _say_away(self, away: bool) -> None:
        if away != self.away:
            self.away = away
            logger.warning("redis is away" if away else "redis is back")


def _flat(entries: Any) -> list[tuple[str, dict[str, str]]]:
    return [entry for entry in entries if entry]


def _order(position: str) -> tuple[int, int]:
    moment, _, number = position.partition("-")
    return int(moment), int(number or 0)
