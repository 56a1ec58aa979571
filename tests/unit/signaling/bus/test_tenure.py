"""What a worker says of itself, and when it gives a room up."""

import time
from collections.abc import Mapping

import pytest

from signaling.bus import tenure as tenure_module
from signaling.bus.memory import MemoryLeases
from signaling.bus.port import BusAway, WorkerLoad
from signaling.bus.tenure import Tenure


class Keeper:
    """Rooms without media."""

    def __init__(self) -> None:
        self.held: dict[str, int] = {}
        self.empty: set[str] = set()
        self.joins = 0
        self.given_up: list[str] = []

    def leases(self) -> dict[str, int]:
        return dict(self.held)

    def empty_rooms(self) -> set[str]:
        return self.empty & self.held.keys()

    def joins_since(self, monotonic_s: float) -> int:
        assert time.monotonic() - monotonic_s == pytest.approx(tenure_module.JOIN_COUNTS_S, abs=1)
        return self.joins

    async def give_up(self, room: str) -> None:
        del self.held[room]
        self.given_up.append(room)


class CutLeases(MemoryLeases):
    cut = False

    async def renew(self, worker: str, rooms: Mapping[str, int]) -> set[str]:
        if self.cut:
            raise BusAway
        return await super().renew(worker, rooms)


async def test_a_room_that_was_given_to_somebody_else_is_given_up() -> None:
    leases, keeper = MemoryLeases(), Keeper()
    mine, theirs = await leases.grant("mine", "w"), await leases.grant("theirs", "other")
    keeper.held = {"mine": mine.token, "theirs": theirs.token - 1}
    await Tenure("w", leases, keeper).report()
    assert (keeper.given_up, set(keeper.held)) == (["theirs"], {"mine"})


async def test_those_who_just_came_count_before_they_are_measured() -> None:
    leases, keeper = MemoryLeases(), Keeper()
    tenure = Tenure("w", leases, keeper)
    keeper.joins = 30
    await tenure.report()
    (load,) = await leases.workers()
    assert load.load == pytest.approx(0.30, abs=0.001)


async def test_the_measured_load_is_the_share_of_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenure_module, "REPORT_EVERY_S", 0.2)
    leases, keeper = MemoryLeases(), Keeper()
    tenure = Tenure("w", leases, keeper)
    spent_s, began_s = time.process_time(), time.monotonic()
    while time.process_time() - spent_s < 0.2:
        pass
    share = (time.process_time() - spent_s) / (time.monotonic() - began_s)
    await tenure.report()
    (load,) = await leases.workers()
    assert load.load == pytest.approx(share, abs=0.1)


async def test_a_worker_that_ends_takes_no_rooms_and_frees_its_own() -> None:
    leases, keeper = MemoryLeases(), Keeper()
    lease = await leases.grant("r", "w")
    keeper.held = {"r": lease.token}
    tenure = Tenure("w", leases, keeper)
    await tenure.report()
    await tenure.drain()
    (load,) = await leases.workers()
    assert isinstance(load, WorkerLoad) and load.draining
    assert (keeper.given_up, await leases.held(["r"])) == (["r"], {})
    await tenure.withdraw()
    assert await leases.workers() == []


async def test_while_nobody_can_be_asked_only_a_room_without_anybody_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tenure_module, "EMPTY_KEPT_S", 0.0)
    leases, keeper = CutLeases(), Keeper()
    for room in ("full", "empty"):
        keeper.held[room] = (await leases.grant(room, "w")).token
    keeper.empty = {"empty"}
    tenure = Tenure("w", leases, keeper)
    await tenure.report()
    assert keeper.given_up == []
    leases.cut = True
    await tenure.report()
    assert keeper.given_up == ["empty"]
