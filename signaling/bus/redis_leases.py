"""Leases in Redis. What must happen as a whole is a script; all of them go by the clock of Redis."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from signaling.bus.port import BusAway, Lease, WorkerLoad
from signaling.bus.redis_line import AWAY, connect

LEASE_S = 6.0
"""Without renewal for so long a room is given to somebody else. Renewed every second; a machine that stands still for some
seconds under load does not lose its hearings."""
TOKENS_KEPT_S = 30 * 24 * 3600
WORKERS = "hearing:workers"

_NOW_MS = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) "
REPORT = _NOW_MS + "return redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', now + ARGV[3]) .. ' ' .. ARGV[2])"
REPORTS = (
    _NOW_MS
    + """
    local present = {}
    local all = redis.call('HGETALL', KEYS[1])
    for i = 1, #all, 2 do
      local ends, load = string.match(all[i + 1], '^(%d+) (.*)$')
      if tonumber(ends) > now then table.insert(present, load) else redis.call('HDEL', KEYS[1], all[i]) end
    end
    return present"""
)
GRANT = (
    _NOW_MS
    + """
    local present = redis.call('GET', KEYS[1])
    if present then return present end
    local token = string.format('%d', math.max(now, tonumber(redis.call('GET', KEYS[2]) or '0') + 1))
    redis.call('SET', KEYS[2], token, 'EX', ARGV[3])
    redis.call('SET', KEYS[1], token .. ' ' .. ARGV[1], 'PX', ARGV[2])
    return token .. ' ' .. ARGV[1]"""
)
RENEW = """
    local present = redis.call('GET', KEYS[1])
    local last = tonumber(redis.call('GET', KEYS[2]) or '0')
    if present and present ~= ARGV[1] .. ' ' .. ARGV[2] then return 0 end
    if not present and last > tonumber(ARGV[1]) then return 0 end
    redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[4])
    redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
    return 1"""
RELEASE = """
    local present = redis.call('GET', KEYS[1])
    if present and string.match(present, '^(%d+) ') == ARGV[1] then redis.call('DEL', KEYS[1]) end
    return 0"""


class RedisLeases:
    """Made by `redis_leases`."""

    def __init__(self, url: str, lease_s: float = LEASE_S) -> None:
        self.redis = connect(url)
        self._lease_ms = round(lease_s * 1000)

    async def report(self, load: WorkerLoad) -> None:
        await self._script(REPORT, [WORKERS], [load.worker, json.dumps(asdict(load)), self._lease_ms])

    async def withdraw(self, worker: str) -> None:
        await _asked(lambda: self.redis.hdel(WORKERS, worker))

    async def workers(self) -> list[WorkerLoad]:
        return [WorkerLoad(**json.loads(load)) for load in await self._script(REPORTS, [WORKERS], [])]

    async def grant(self, room: str, worker: str) -> Lease:
        return _lease(room, await self._script(GRANT, _keys(room), [worker, self._lease_ms, TOKENS_KEPT_S]))

    async def renew(self, worker: str, rooms: Mapping[str, int]) -> set[str]:
        lost: set[str] = set()
        for room, token in rooms.items():
            if not await self._script(RENEW, _keys(room), [str(token), worker, self._lease_ms, TOKENS_KEPT_S]):
                lost.add(room)
        return lost

    async def release(self, room: str, token: int) -> None:
        await self._script(RELEASE, [_keys(room)[0]], [str(token)])

    async def held(self, rooms: Collection[str]) -> dict[str, Lease]:
        names = list(rooms)
        if not names:
            await _asked(self.redis.ping)  # whether it is there is asked even so
            return {}
        values = await _asked(lambda: self.redis.mget([_keys(room)[0] for room in names]))
        return {room: _lease(room, value) for room, value in zip(names, values, strict=True) if value is not None}

    async def _script(self, script: str, keys: list[str], arguments: list[str | int]) -> Any:
        return await _asked(lambda: self.redis.eval(script, len(keys), *keys, *map(str, arguments)))


@asynccontextmanager
async def redis_leases(url: str, lease_s: float = LEASE_S) -> AsyncIterator[RedisLeases]:
    leases = RedisLeases(url, lease_s)
    try:
        yield leases
    finally:
        await leases.redis.aclose()


async def _asked(ask: Callable[[], Any]) -> Any:
    try:
        answer: Awaitable[Any] = ask()
        return await answer
    except AWAY as error:
        raise BusAway from error


def _keys(room: str) -> list[str]:
    return [f"hearing:lease:{room}", f"hearing:token:{room}"]


def _lease(room: str, value: str) -> Lease:
    token, _, worker = value.partition(" ")
    return Lease(room, worker, int(token))
