"""The contract of `signaling.bus.port`: what both twins of the bus and of the leases must do, with a real Redis for one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from signaling.bus.memory import MemoryBus, MemoryLeases
from signaling.bus.port import BusAway, FrontBus, Leases, WorkerBus, WorkerLoad
from signaling.bus.redis_bus import front_bus, worker_bus
from signaling.bus.redis_leases import redis_leases
from signaling.protocol.facts import RecorderLost
from signaling.protocol.worker import CloseRoom, RecorderState, WorkerCommand, WorkerSaid
from tests.redis_server import BINARY, redis_server

LEASE_S = 0.6
NEEDS_REDIS = pytest.mark.skipif(BINARY is None, reason="redis-server is absent")
TWINS = ["memory", pytest.param("redis", marks=NEEDS_REDIS)]
T = TypeVar("T")


@dataclass(slots=True)
class Ends:
    """Both ends, each read by one iterator."""

    front: FrontBus
    workers: Mapping[str, WorkerBus]
    said: AsyncIterator[WorkerSaid] = field(init=False)
    commands: dict[str, AsyncIterator[WorkerCommand]] = field(init=False)

    def __post_init__(self) -> None:
        self.said = self.front.messages()
        self.commands = {name: worker.commands() for name, worker in self.workers.items()}


async def rest(source: AsyncIterator[T]) -> list[T]:
    async with asyncio.timeout(20):
        return [item async for item in source]


async def some(source: AsyncIterator[T], count: int) -> list[T]:
    async with asyncio.timeout(20):
        return [await anext(source) for _ in range(count)]


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """A lease that runs out tells nobody."""
    async with asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.01)


@pytest.fixture
async def ends(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ends]:
    if request.param == "memory":
        bus = MemoryBus()
        yield Ends(bus, {name: bus.worker(name) for name in "ab"})
        return
    async with AsyncExitStack() as stack:
        url = stack.enter_context(redis_server(tmp_path)).url
        workers = {name: await stack.enter_async_context(worker_bus(url, name)) for name in "ab"}
        yield Ends(await stack.enter_async_context(front_bus(url)), workers)


@pytest.fixture
async def leases(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Leases]:
    if request.param == "memory":
        yield MemoryLeases(LEASE_S)
        return
    with redis_server(tmp_path) as server:
        async with redis_leases(server.url, LEASE_S) as leases:
            yield leases


def state(number: int) -> RecorderState:
    return RecorderState(ready=True, message=str(number))


# ---------------------------------------------------------------------- the bus


@pytest.mark.parametrize("ends", TWINS, indirect=True)
async def test_each_worker_gets_its_own_commands_in_order_and_the_end_after_them(ends: Ends) -> None:
    wanted: dict[str, list[WorkerCommand]] = {
        name: [CloseRoom(room=f"{name}{number}") for number in range(150)] for name in "ab"
    }
    for pair in zip(wanted["a"], wanted["b"], strict=True):
        for name, command in zip("ab", pair, strict=True):
            await ends.front.send(name, command)
    for name in "ab":
        assert await some(ends.commands[name], 1) == wanted[name][:1]
    await ends.front.send("a", CloseRoom(room="last"))
    assert await some(ends.commands["a"], 150) == [*wanted["a"][1:], CloseRoom(room="last")]
    assert await some(ends.commands["b"], 149) == wanted["b"][1:]
    for name in "ab":
        await ends.workers[name].close()
        assert await rest(ends.commands[name]) == []


@pytest.mark.parametrize("ends", TWINS, indirect=True)
async def test_the_front_hears_who_says_what_in_order_and_the_end_after_it(ends: Ends) -> None:
    for number in range(50):
        for name in "ab":
            await ends.workers[name].publish(state(number))
    said = await some(ends.said, 100)
    for name in "ab":
        assert [each.message for each in said if each.worker == name] == [state(number) for number in range(50)]
    fact = RecorderLost(fact="f", room="r", hearing="h", at_ms=1, lease=7, message="gone")
    await ends.workers["a"].publish(fact)
    assert await some(ends.said, 1) == [WorkerSaid("a", fact)]
    await ends.front.close()
    assert await rest(ends.said) == []


# ---------------------------------------------------------------------- the leases


@pytest.mark.parametrize("leases", TWINS, indirect=True)
async def test_a_room_has_one_holder_until_its_lease_runs_out(leases: Leases) -> None:
    first = await leases.grant("r", "a")
    assert (first.room, first.worker) == ("r", "a")
    assert await leases.grant("r", "b") == first
    assert await leases.held(["r", "other"]) == {"r": first}

    async def gone() -> bool:
        return await leases.held(["r"]) == {}

    await until(gone)
    second = await leases.grant("r", "b")
    assert second.worker == "b" and second.token > first.token
    assert await leases.renew("a", {"r": first.token}) == {"r"}, "the old holder lost it"
    assert await leases.held(["r"]) == {"r": second}


@pytest.mark.parametrize("leases", TWINS, indirect=True)
async def test_a_renewed_lease_stays_and_a_late_one_is_taken_up_again(leases: Leases) -> None:
    lease = await leases.grant("r", "a")
    other = await leases.grant("other", "b")

    async def run_out() -> bool:
        assert await leases.renew("a", {"r": lease.token}) == set()
        assert await leases.held(["r"]) == {"r": lease}
        return await leases.held(["other"]) == {}

    await until(run_out)
    assert await leases.renew("b", {"other": other.token}) == set(), "nobody was given it since"
    assert await leases.held(["r", "other"]) == {"r": lease, "other": other}


@pytest.mark.parametrize("leases", TWINS, indirect=True)
async def test_only_the_present_token_releases_a_room(leases: Leases) -> None:
    lease = await leases.grant("r", "a")
    await leases.release("r", lease.token - 1)
    assert await leases.held(["r"]) == {"r": lease}
    await leases.release("r", lease.token)
    assert await leases.held(["r"]) == {}
    again = await leases.grant("r", "a")
    assert again.token > lease.token


@pytest.mark.parametrize("leases", TWINS, indirect=True)
async def test_a_worker_is_there_while_it_reports(leases: Leases) -> None:
    loads = [WorkerLoad("a", 0.25, 3), WorkerLoad("b", 0.5, 1, draining=True)]
    for load in loads:
        await leases.report(load)
    assert sorted(await leases.workers(), key=lambda load: load.worker) == loads
    await leases.withdraw("b")

    async def only_b() -> bool:
        await leases.report(loads[1])
        return await leases.workers() == [loads[1]]

    await until(only_b)


# ---------------------------------------------------------------------- Redis alone


@NEEDS_REDIS
@pytest.mark.parametrize("lasting", [True, False], ids=["keeps its data", "loses its data"])
async def test_what_is_said_while_redis_is_away_arrives_in_order_once_it_is_back(tmp_path: Path, lasting: bool) -> None:
    with redis_server(tmp_path, lasting=lasting) as redis:
        async with worker_bus(redis.url, "a") as worker, front_bus(redis.url) as front:
            ends = Ends(front, {"a": worker})
            await front.send("a", CloseRoom(room="before"))
            await worker.publish(state(0))
            assert await some(ends.commands["a"], 1) == [CloseRoom(room="before")]
            assert await some(ends.said, 1) == [WorkerSaid("a", state(0))]
            redis.stop()
            for number in range(1, 20):
                await front.send("a", CloseRoom(room=str(number)))
                await worker.publish(state(number))
            redis.start()
            assert await some(ends.commands["a"], 19) == [CloseRoom(room=str(number)) for number in range(1, 20)]
            assert await some(ends.said, 19) == [WorkerSaid("a", state(number)) for number in range(1, 20)]


@NEEDS_REDIS
async def test_leases_are_taken_up_again_after_redis_lost_everything(tmp_path: Path) -> None:
    with redis_server(tmp_path, lasting=False) as redis:
        async with redis_leases(redis.url) as leases:
            lease = await leases.grant("r", "a")
            redis.stop()
            for ask in (leases.workers, lambda: leases.renew("a", {"r": lease.token}), lambda: leases.held([])):
                with pytest.raises(BusAway):
                    await ask()
            redis.start()
            assert await leases.held(["r"]) == {}
            assert await leases.renew("a", {"r": lease.token}) == set()
            assert await leases.held(["r"]) == {"r": lease}
            await leases.release("r", lease.token)
            assert (await leases.grant("r", "b")).token > lease.token


@NEEDS_REDIS
async def test_a_front_that_starts_again_goes_on_where_the_one_before_was(tmp_path: Path) -> None:
    with redis_server(tmp_path) as redis:
        async with worker_bus(redis.url, "a") as worker:
            async with front_bus(redis.url) as front:
                said = front.messages()
                for number in range(5):
                    await worker.publish(state(number))
                await some(said, 3)  # the third was given out, and may not have been dealt with
            async with front_bus(redis.url) as front:
                assert await some(front.messages(), 3) == [WorkerSaid("a", state(number)) for number in (2, 3, 4)]


@NEEDS_REDIS
async def test_a_redis_that_hangs_is_away(tmp_path: Path) -> None:
    with redis_server(tmp_path) as redis:
        async with redis_leases(redis.url) as leases:
            lease = await leases.grant("r", "a")
            redis.halt()
            with pytest.raises(BusAway):
                await leases.workers()
            redis.go_on()
            assert await leases.grant("r", "b") == lease
