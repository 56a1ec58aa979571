"""Who is given a room, how it is lost, and what is still believed of its last holder."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from signaling.bus import placement as placement_module
from signaling.bus.memory import MemoryBus, MemoryLeases
from signaling.bus.placement import Heard, Placement
from signaling.bus.port import BusAway, Lease, WorkerLoad
from signaling.protocol.facts import RecorderLost
from signaling.protocol.worker import (
    AcknowledgeFacts,
    CloseRoom,
    OpenRoom,
    RoomLost,
    SpeakingChanged,
    StopTranscription,
    TellStanding,
    WorkerCommand,
    WorkerLost,
    WorkerSaid,
)

ROOM = OpenRoom(room="r", hearing="h")


class Leases(MemoryLeases):
    """With a clock that is set, and a wire that can be cut."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.cut = False
        self.looks = 0
        super().__init__(lease_s=5.0, now_s=lambda: self.now_s)

    async def held(self, rooms: Collection[str]) -> dict[str, Lease]:
        self.looks += 1
        if self.cut:
            raise BusAway
        return await super().held(rooms)


@dataclass(slots=True)
class Scene:
    bus: MemoryBus
    leases: Leases
    placement: Placement
    heard: AsyncIterator[Heard] = field(init=False)

    def __post_init__(self) -> None:
        self.heard = self.placement.messages()

    async def next(self) -> Heard:
        """Of rooms; whether a worker was seen at all before it was lost is of no interest to them."""
        async with asyncio.timeout(5):
            while isinstance(heard := await anext(self.heard), WorkerLost):
                pass
            return heard

    async def looks(self, count: int) -> None:
        """The leases have been looked at so many times more."""
        wanted = self.leases.looks + count
        async with asyncio.timeout(5):
            while self.leases.looks < wanted:  # noqa: ASYNC110 - the lease port tells nobody
                await asyncio.sleep(0.01)

    async def commands(self, worker: str, count: int) -> list[WorkerCommand]:
        """But for the question how it is doing, whenever that comes."""
        source, found = self.bus.worker(worker).commands(), list[WorkerCommand]()
        async with asyncio.timeout(5):
            while len(found) < count:
                if not isinstance(command := await anext(source), TellStanding):
                    found.append(command)
        return found

    async def give(self, worker: str) -> int:
        """The room to this worker; its token."""
        await self.leases.report(WorkerLoad(worker, 0.0, 0))
        assert await self.placement.open_room(ROOM)
        assert self.placement.worker_of("r") == worker
        return (await self.leases.held(["r"]))["r"].token

    async def take_over(self, old: str, new: str) -> tuple[int, int]:
        """Given to one, lost, given to the other; both tokens."""
        first = await self.give(old)
        self.leases.now_s += 6.0
        assert await self.next() == RoomLost("r", old, "worker_lost")
        return first, await self.give(new)


@asynccontextmanager
async def scene(full_at: float = 0.85) -> AsyncIterator[Scene]:
    bus, leases = MemoryBus(), Leases()
    scene = Scene(bus, leases, Placement(bus, leases, full_at))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(scene.placement.run())
        yield scene
        await bus.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement_module, "LOOK_EVERY_S", 0.01)


async def test_of_two_workers_the_less_loaded_is_given_the_room() -> None:
    async with scene() as court:
        await court.leases.report(WorkerLoad("busy", 0.4, 2))
        await court.leases.report(WorkerLoad("idle", 0.1, 1))
        for number in range(20):
            assert await court.placement.open_room(OpenRoom(room=f"r{number}", hearing="h"))
            assert court.placement.worker_of(f"r{number}") == "idle"


async def test_nobody_full_or_ending_is_given_a_room_and_it_is_said_at_once() -> None:
    async with scene() as court:
        assert not await court.placement.open_room(ROOM), "there is no worker at all"
        await court.leases.report(WorkerLoad("full", 0.85, 9))
        await court.leases.report(WorkerLoad("ending", 0.0, 0, draining=True))
        assert not await court.placement.open_room(ROOM)
        assert court.placement.worker_of("r") is None
        await court.leases.report(WorkerLoad("full", 0.84, 8))
        assert await court.placement.open_room(ROOM)
        assert court.placement.worker_of("r") == "full"


async def test_a_room_stays_where_it_is_also_for_a_front_that_starts_again() -> None:
    async with scene() as court:
        await court.leases.report(WorkerLoad("a", 0.5, 1))
        assert await court.placement.open_room(ROOM)
        await court.leases.report(WorkerLoad("b", 0.0, 0))
        assert await court.placement.open_room(ROOM)
        assert await Placement(court.bus, court.leases).open_room(ROOM)
        token = (await court.leases.held(["r"]))["r"].token
        assert await court.commands("a", 3) == [ROOM.model_copy(update={"lease": token})] * 3


async def test_commands_follow_the_room_and_are_void_without_one() -> None:
    async with scene() as court:
        await court.placement.send(StopTranscription(room="r"))
        await court.give("a")
        await court.placement.send(StopTranscription(room="r"))
        await court.placement.send(CloseRoom(room="r"))
        await court.placement.send(StopTranscription(room="r"))
        await court.placement.acknowledge("a", "f")
        kinds = [type(command) for command in await court.commands("a", 4)]
        assert kinds == [OpenRoom, StopTranscription, CloseRoom, AcknowledgeFacts]
        assert await court.leases.held(["r"]) == {}


async def test_what_the_last_holder_says_of_its_room_is_refused() -> None:
    async with scene() as court:
        first, second = await court.take_over("old", "new")
        old, new = court.bus.worker("old"), court.bus.worker("new")
        await old.publish(SpeakingChanged(room="r", lease=first, participants=["ghost"]))
        await old.publish(RecorderLost(fact="after", room="r", hearing="h", at_ms=second + 1, lease=first, message=""))
        await new.publish(SpeakingChanged(room="r", lease=second, participants=["judge"]))
        assert await court.next() == WorkerSaid("new", SpeakingChanged(room="r", lease=second, participants=["judge"]))
        assert court.placement.refused == 2
        assert await court.commands("old", 2) == [
            ROOM.model_copy(update={"lease": first}),
            AcknowledgeFacts(facts=["after"]),
        ], "it may forget what nobody will ever take"


async def test_what_happened_before_the_room_was_given_away_is_evidence_however_late_it_comes() -> None:
    async with scene() as court:
        first, second = await court.take_over("old", "new")
        before = RecorderLost(fact="before", room="r", hearing="h", at_ms=second - 1, lease=first, message="")
        found = RecorderLost(fact="found", room="r", hearing="h", at_ms=second + 1, lease=0, message="")
        present = RecorderLost(fact="present", room="r", hearing="h", at_ms=second + 1, lease=second, message="")
        await court.bus.worker("old").publish(before)
        await court.bus.worker("other").publish(found)
        await court.bus.worker("new").publish(present)
        assert await court.next() == WorkerSaid("old", before, late=True)
        assert await court.next() == WorkerSaid("other", found, late=True)
        assert await court.next() == WorkerSaid("new", present)


async def test_no_room_is_lost_while_nobody_can_be_asked_or_has_had_time_to_renew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with scene() as court:
        token = await court.give("a")
        court.leases.cut = True
        await court.looks(2)
        assert not court.placement.reachable
        assert not await court.placement.open_room(OpenRoom(room="another", hearing="h"))
        court.leases.now_s += 600.0
        court.leases.cut = False
        await court.looks(5)
        assert court.placement.reachable and court.placement.worker_of("r") == "a", "not renewed yet, and not lost"
        assert await court.leases.renew("a", {"r": token}) == set()
        monkeypatch.setattr(placement_module, "RENEWED_WITHIN_S", 0.0)
        await court.looks(5)
        assert court.placement.worker_of("r") == "a"
        court.leases.now_s += 6.0
        assert await court.next() == RoomLost("r", "a", "worker_lost")


async def test_a_worker_that_is_found_is_asked_how_it_is_doing_and_missed_when_it_is_gone() -> None:
    async with scene() as court:
        await court.leases.report(WorkerLoad("a", 0.0, 0))
        async with asyncio.timeout(5):
            assert await anext(court.bus.worker("a").commands()) == TellStanding()
        await court.looks(2)
        court.leases.now_s += 6.0
        async with asyncio.timeout(5):
            assert await anext(court.heard) == WorkerLost("a")
