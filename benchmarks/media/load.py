"""Rooms full of people who talk, and what that costs the server they talk through."""

import asyncio
import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import av
import numpy as np
import psutil

from benchmarks.media.media_server import MediaServer
from benchmarks.media.person import AUDIO_PACKETS_S, FRAMES_S, Person
from benchmarks.media.placement import cpu_s
from hearing_server.demo.clip import BLOCK, RATE_HZ, load_clip
from hearing_server.demo.script import sample_hearing

READ_S = 0.04
KEEP_ALIVE_S = 4.0
TURN_S = 3.0
"""How long one person of a room speaks until the next one does."""
WARM_UP_S = 1.5
VOICE_BYTES = 80


@cache
def speech() -> tuple[bytes, ...]:
    """Speech of the sample hearing as Opus packets of 20 ms, all of one size."""
    samples = np.concatenate([load_clip(line.path).samples for line in sample_hearing()[3:9]])
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, av.AudioCodecContext), "libopus encodes sound"
    codec.rate, codec.layout, codec.format, codec.bit_rate = RATE_HZ, "mono", "s16", VOICE_BYTES * 8 * 50
    codec.options = {"vbr": "off", "application": "voip"}
    packets = []
    for start in range(0, len(samples) - BLOCK + 1, BLOCK):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + BLOCK], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE_HZ, start
        packets += [bytes(packet) for packet in codec.encode(frame)]
    return tuple(dict.fromkeys(packets))


@dataclass(frozen=True, slots=True)
class Room:
    name: str
    people: tuple[Person, ...]

    @property
    def senders(self) -> list[Person]:
        return [person for person in self.people if person.audio or person.video]


def people_of(host: str, room: str, *, microphones: int, cameras: int, watching: int = 0) -> Room:
    """The first ``cameras`` have a camera, the first ``microphones`` a microphone, ``watching`` more have neither."""
    packets, stamps = speech(), dict[bytes, int]()
    senders = max(microphones, cameras)
    people = tuple(
        Person(host, room, packets[n::senders], stamps, audio=n < microphones, video=n < cameras)
        for n in range(senders + watching)
    )
    people[-1].measures = True
    return Room(room, people)


async def seat(server: MediaServer, room: Room, at_once: int = 6) -> None:
    """Everybody publishes, is heard, and receives everybody else."""
    await server.open_room(room.name)
    for person in room.senders:
        await person.publish(server)
    now = asyncio.get_running_loop().time()
    for _ in range(3):  # a track begins with its first packet
        for person in room.senders:
            if person.audio:
                person.send_audio(now)
            if person.video:
                person.send_frame(now)
        await asyncio.sleep(0.02)
    await server.heard(room.name, sum(person.audio + person.video for person in room.senders))
    for start in range(0, len(room.people), at_once):
        await asyncio.gather(*(person.subscribe(server) for person in room.people[start : start + at_once]))


async def stay(people: Sequence[Person]) -> None:
    """Keeps everybody's transports alive, whether they talk or not. Runs until it is cancelled."""
    while True:
        for person in people:
            person.keep_alive()
            person.read()
            await asyncio.sleep(
                KEEP_ALIVE_S / len(people)
            )  # not all at once: that would be a burst like no browsers send


async def talk(rooms: Sequence[Room], seconds: float) -> None:
    """Everybody sends, out of step with each other; one after the other speaks."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    due: list[tuple[float, int, float]] = []
    acts: list[Callable[[float], None]] = []

    def every(interval_s: float, first_s: float, act: Callable[[float], None]) -> None:
        heapq.heappush(due, (begin + first_s, len(acts), interval_s))
        acts.append(act)

    for room in rooms:
        for person in room.senders:
            phase_s = random.random() / FRAMES_S
            if person.video:
                every(1 / FRAMES_S, phase_s, person.send_frame)
            if person.audio:
                every(1 / AUDIO_PACKETS_S, phase_s, person.send_audio)
    every(READ_S, 0.0, lambda _: _read(rooms))
    every(TURN_S, 0.0, lambda at_s: _take_turns(rooms, int((at_s - begin) / TURN_S)))
    while due[0][0] < begin + seconds:
        at_s, number, interval_s = heapq.heappop(due)
        if at_s > loop.time():
            await asyncio.sleep(at_s - loop.time())
        acts[number](at_s)
        heapq.heappush(due, (at_s + interval_s, number, interval_s))
    await asyncio.sleep(0.1)
    _read(rooms)


def _read(rooms: Sequence[Room]) -> None:
    for room in rooms:
        for person in room.people:
            person.read()


def _take_turns(rooms: Sequence[Room], turn: int) -> None:
    for room in rooms:
        voices = [person for person in room.people if person.audio]
        for number, person in enumerate(voices):
            person.speaks = number == turn % len(voices)


@dataclass(frozen=True, slots=True)
class Measured:
    """One stretch of talk. ``expected``: how many packets had to arrive."""

    seconds: float
    sent: int
    expected: int
    arrived: int
    cpu_s: float
    beside_s: dict[str, float]
    """Of processes that do not forward; ``load`` is this one, and its figures are worth nothing when its core is full."""
    delays_ms: tuple[float, ...]
    """Of the packets to one receiver in each room, from the sender's socket to the receiver's."""

    @property
    def us_per_forwarded(self) -> float:
        return self.cpu_s / self.arrived * 1e6

    def delay_ms(self, share: float) -> float:
        ordered = sorted(self.delays_ms)
        return ordered[int(share * (len(ordered) - 1))]


async def measure(server: MediaServer, rooms: Sequence[Room], seconds: float) -> Measured:
    people = [person for room in rooms for person in room.people]
    loop = asyncio.get_running_loop()
    talking = asyncio.create_task(talk(rooms, seconds + WARM_UP_S + 0.3))
    try:
        await asyncio.sleep(WARM_UP_S)
        beside = {**server.beside(), "load": psutil.Process()}
        for person in people:
            person.delays_ns.clear()
        before = _Counts.of(people, rooms), cpu_s(server.process), {n: cpu_s(p) for n, p in beside.items()}, loop.time()
        await asyncio.sleep(seconds)
        after = _Counts.of(people, rooms), cpu_s(server.process), {n: cpu_s(p) for n, p in beside.items()}, loop.time()
        delays = tuple(ns / 1e6 for person in people for ns in person.delays_ns)
        await talking
    finally:
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
    return Measured(
        seconds=after[3] - before[3],
        sent=after[0].sent - before[0].sent,
        expected=after[0].expected - before[0].expected,
        arrived=after[0].arrived - before[0].arrived,
        cpu_s=after[1] - before[1],
        beside_s={name: after[2][name] - before[2][name] for name in beside},
        delays_ms=delays,
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    sent: int
    expected: int
    arrived: int

    @classmethod
    def of(cls, people: Sequence[Person], rooms: Sequence[Room]) -> "_Counts":
        sent = sum(person.sent for person in people)
        expected = sum(person.sent * (len(room.people) - 1) for room in rooms for person in room.people)
        return cls(sent, expected, sum(person.received for person in people))
