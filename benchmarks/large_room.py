"""One hearing with many people on one worker: 30 who speak and show themselves, 200 who only watch.

``python -m benchmarks.large_room [--publishers 30] [--observers 200] [--shown 5] [--seconds 10]`` starts a worker process (real room,
floor and recorder) and sends it real SRTP: from each publisher 50 audio packets a second with levels, of whom a few speak at a time in
turns, and a small picture. Everybody receives: the loudest, the judge and the ``shown`` pictures. A few observers read and decrypt all
they are sent, and measure how long it took; the sockets of the others are left unread, for the price is the server's. CPU time is the
operating system's own. The last line is one JSON object.
"""

import argparse
import asyncio
import contextlib
import dataclasses
import json
import socket
import struct
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from signaling.protocol.from_client import PublishedSource, ShownPicture
from signaling.protocol.grants import Grants, SourceLabel
from signaling.protocol.worker import (
    AnswerSubscribe,
    OfferPublish,
    OpenRoom,
    RequestSubscribe,
    SetMember,
    SetShown,
    StartRecording,
    WorkerCommand,
)
from tests.unit.signaling.media.rtp_peer import KEYFRAME, RtpPeer, publisher_offer, rtp, subscriber_answer

AUDIO_PACKETS_S, PICTURES_S = 50, 15
PACKETS_A_PICTURE = 2
AUDIO_BYTES, VIDEO_BYTES = 80, 700
READERS = 6
SPEAKERS_AT_ONCE = 2
TURN_S = 1.5
SPEECH_DBOV, QUIET_DBOV = 30, 90
WARM_UP_S = 3.0
MOST_RETRIES = 3
CHECK_EVERY_S = 4.0
ROOM = "large"
STAMP = struct.Struct("!Q")


@dataclass(frozen=True, slots=True)
class LargeRoomFigures:
    """``latency`` is from before encryption at the sender to after decryption at a reader, both in Python: a part is theirs."""

    publishers: int
    observers: int
    shown: int
    seconds: float
    packets_in_per_s: int
    packets_out_per_s: int
    cpu_share: float
    """Of one processor."""
    us_per_packet_out: float
    """All CPU time of the worker by packets out: packets in are a few hundredths of them."""
    latency_p50_ms: float
    latency_p99_ms: float
    memory_mib: int
    unsent: int
    join_s: float
    """From the first publisher to the last observer's connection."""
    join_longest_s: float
    """The longest between two messages of the worker in that time: it did something else."""
    join_retries: int
    microphones_forwarded: int
    """At the end: the turns of the floor and the judge."""


class Worker:
    """The process, and what it says, by participant."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: dict[tuple[str, str], asyncio.Queue[dict[str, Any]]] = defaultdict(asyncio.Queue)
        self._counts: asyncio.Queue[dict[str, int]] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())
        self.recorder_ready = asyncio.Event()
        self.longest_silence_s = 0.0

    @classmethod
    async def start(cls) -> Self:
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "benchmarks.large_room_server")
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=1 << 22))

    async def send(self, command: WorkerCommand) -> None:
        await self._write(command.model_dump_json())

    async def answer(self, kind: str, participant: str) -> dict[str, Any]:
        return await asyncio.wait_for(self._answers[kind, participant].get(), 60)

    def offered_again(self, participant: str) -> bool:
        return not self._answers["subscribe_offered", participant].empty()

    async def count(self) -> dict[str, int]:
        await self._write('{"count": true}')
        return await asyncio.wait_for(self._counts.get(), 60)

    def cpu_s(self) -> float:
        tasks = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def memory_mib(self) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) // 1024

    async def stop(self) -> None:
        assert self._process.stdin is not None, "asked for a pipe"
        self._process.stdin.close()
        await self._process.wait()
        await self._reading

    async def _write(self, line: str) -> None:
        assert self._process.stdin is not None, "asked for a pipe"
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()

    async def _read(self) -> None:
        assert self._process.stdout is not None, "asked for a pipe"
        last_s = time.monotonic()
        async for line in self._process.stdout:
            message = json.loads(line)
            now_s = time.monotonic()
            self.longest_silence_s, last_s = max(self.longest_silence_s, now_s - last_s), now_s
            if "unsent" in message:
                self._counts.put_nowait(message)
            elif message["type"] == "recorder_state":
                self.recorder_ready.set()
            elif "participant" in message:
                self._answers[message["type"], message["participant"]].put_nowait(message)


@dataclass(slots=True)
class Publisher:
    name: str
    number: int
    bench: bool
    peer: RtpPeer = field(default_factory=RtpPeer)
    _check: bytes = b""
    _sequence: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def ssrc(self) -> int:
        """Of the voice; the picture has ten more."""
        return 1000 + 20 * self.number

    async def join(self, worker: Worker) -> None:
        publish = (SourceLabel.MICROPHONE, SourceLabel.CAMERA)
        place = ("courtroom",)
        grants = Grants(publish=publish, publish_to="courtroom", receive_from=place, always_heard=self.bench)
        await worker.send(
            SetMember(room=ROOM, participant=self.name, display_name=self.name, role_title="", grants=grants)
        )
        await self.peer.open()
        offer = publisher_offer(self.peer, [("0", "audio", self.ssrc), ("1", "video", self.ssrc + 10)])
        sources = [PublishedSource(mid="0", source=publish[0]), PublishedSource(mid="1", source=publish[1])]
        await worker.send(OfferPublish(room=ROOM, participant=self.name, connection="up", sdp=offer, sources=sources))
        answer = (await worker.answer("publish_answered", self.name))["sdp"]
        await self.peer.connect(answer)
        self._check = bytes(self.peer.binding_request(answer))

    def keep_alive(self) -> None:
        self.peer.send_raw(self._check)

    def speak(self, level_dbov: int) -> None:
        self._send(self.ssrc, AUDIO_BYTES, 960, 111, level_dbov)

    def show(self) -> None:
        for _ in range(PACKETS_A_PICTURE):
            self._send(self.ssrc + 10, VIDEO_BYTES, 90_000 // PICTURES_S // PACKETS_A_PICTURE, 96, None)

    def _send(self, ssrc: int, size: int, step: int, payload_type: int, level_dbov: int | None) -> None:
        self._sequence[ssrc] += 1
        number = self._sequence[ssrc]
        elements = [(2, b"abc"), (3, struct.pack("!H", number & 0xFFFF))]
        elements += [(1, bytes((0x80 | level_dbov,)))] if level_dbov is not None else []
        body = KEYFRAME + STAMP.pack(time.monotonic_ns()) + bytes(size)
        self.peer.send_rtp(rtp(number, number * step, ssrc, body, payload_type=payload_type, elements=elements))


@dataclass(slots=True)
class Listener:
    """Reads what it is sent if it is one of the readers, else only keeps its connection alive."""

    name: str
    reads: bool
    peer: RtpPeer = field(default_factory=RtpPeer)
    latencies_ms: list[float] = field(default_factory=list)
    unread: socket.socket | None = None
    retries: int = 0
    _check: bytes = b""
    _connected: bool = False

    async def join(self, worker: Worker, grants: Grants | None, shown: list[ShownPicture]) -> None:
        """``grants`` None: it is a member already."""
        if grants is not None:
            await worker.send(
                SetMember(room=ROOM, participant=self.name, display_name=self.name, role_title="", grants=grants)
            )
        await worker.send(SetShown(room=ROOM, participant=self.name, shown=shown))
        await self.peer.open()
        if self.reads:
            self.peer.on_srtp = self._measure
        await worker.send(RequestSubscribe(room=ROOM, participant=self.name, connection="down"))
        await self.answer_offer(worker)

    async def join_in_spite_of_losses(self, worker: Worker, grants: Grants | None, shown: list[ShownPicture]) -> None:
        """These peers repeat nothing; a handshake that lost a packet is begun again on a new socket."""
        while self.retries < MOST_RETRIES:
            try:
                return await self.join(worker, grants, shown)
            except TimeoutError:
                self.peer.transport.abort()
                self.peer, self._connected, self.retries = RtpPeer(), False, self.retries + 1
        raise ConnectionError("the worker has no time for handshakes: it is overloaded")

    async def answer_offer(self, worker: Worker) -> None:
        offered = await worker.answer("subscribe_offered", self.name)
        answer = subscriber_answer(self.peer, offered["sdp"])
        await worker.send(
            AnswerSubscribe(
                room=ROOM,
                participant=self.name,
                connection="down",
                negotiation=offered["negotiation"],
                sdp=answer,
            )
        )
        if not self._connected:
            self._connected = True
            await self.peer.connect(offered["sdp"])
            self._check = bytes(self.peer.binding_request(offered["sdp"]))

    def stop_reading(self) -> None:
        """What comes from now on is dropped by the system when the socket's buffer is full."""
        if not self.reads:
            self.unread = self.peer.transport.get_extra_info("socket").dup()
            self.peer.transport.abort()

    def keep_alive(self) -> None:
        """The same check again: the server looks at who asks, not whether it was asked before."""
        if self.unread is not None:
            with contextlib.suppress(BlockingIOError):
                self.unread.sendto(self._check, self.peer.server)
        elif self._check:
            self.peer.send_raw(self._check)

    def _measure(self, datagram: bytes) -> None:
        incoming = self.peer._association.incoming
        assert incoming is not None, "connected"
        packet = incoming._session.unprotect(datagram)
        start = 12 + (4 + 4 * (packet[14] << 8 | packet[15]) if packet[0] & 0x10 else 0) + len(KEYFRAME)
        if len(packet) < start + STAMP.size:
            return  # padding of a probe
        self.latencies_ms.append((time.monotonic_ns() - STAMP.unpack_from(packet, start)[0]) / 1e6)


async def talk(publishers: list[Publisher], until: asyncio.Event) -> None:
    """Two speak at a time, in turns of a second and a half; the others send the noise of their rooms."""
    loop = asyncio.get_running_loop()
    began, tick = loop.time(), 0
    steps = AUDIO_PACKETS_S * 3  # a third of the publishers at a time, so that packets do not come in one burst
    while not until.is_set():
        turn = int(tick / steps / TURN_S) * SPEAKERS_AT_ONCE
        for publisher in publishers[tick % 3 :: 3]:
            spoken = (publisher.number - turn) % len(publishers) < SPEAKERS_AT_ONCE
            publisher.speak(SPEECH_DBOV if spoken else QUIET_DBOV)
            if (tick // 3 + publisher.number) * PICTURES_S % AUDIO_PACKETS_S < PICTURES_S:
                publisher.show()
        tick += 1
        await asyncio.sleep(max(0.0, began + tick / steps - loop.time()))


async def keep_alive(listeners: list[Listener], publishers: list[Publisher], until: asyncio.Event) -> None:
    while not until.is_set():
        for listener in listeners:
            listener.keep_alive()
        for publisher in publishers:
            publisher.keep_alive()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(until.wait(), CHECK_EVERY_S)


class Crowd:
    """All who take part. ``shown``: pictures that each displays, of the first publishers."""

    def __init__(self, worker: Worker, publishers: int, observers: int, shown: int) -> None:
        self.worker = worker
        self.publishers = [Publisher(f"p{n}", n, bench=n == 0) for n in range(publishers)]
        self.readers = [Listener(f"o{n}", reads=True) for n in range(min(READERS, observers))]
        self.watchers = [*self.readers, *(Listener(f"o{n}", reads=False) for n in range(READERS, observers))]
        self.listeners = [*self.watchers, *(Listener(each.name, reads=False) for each in self.publishers)]
        self.shown = [
            ShownPicture(participant=each.name, source=SourceLabel.CAMERA, width=320, height=180)
            for each in self.publishers[:shown]
        ]
        self.join_s = self.join_longest_s = 0.0

    async def join(self, talking: asyncio.TaskGroup, over: asyncio.Event) -> None:
        """First who speaks, then who listens; from then on they talk until it is ``over``."""
        began_s = time.monotonic()
        for publisher in self.publishers:
            await publisher.join(self.worker)
            publisher.speak(QUIET_DBOV)
            publisher.show()
        talking.create_task(talk(self.publishers, over))
        talking.create_task(keep_alive(self.listeners, self.publishers, over))
        for listener in self.listeners:
            grants = Grants(receive_from=("courtroom",)) if listener in self.watchers else None
            await listener.join_in_spite_of_losses(self.worker, grants, self.shown)
            listener.stop_reading()
        self.join_s, self.join_longest_s = time.monotonic() - began_s, self.worker.longest_silence_s
        for listener in self.listeners:
            while self.worker.offered_again(listener.name):
                await listener.answer_offer(self.worker)

    def latencies_ms(self) -> list[float]:
        """Since the last call, sorted."""
        latencies = sorted(latency for reader in self.readers for latency in reader.latencies_ms)
        for reader in self.readers:
            reader.latencies_ms.clear()
        return latencies

    async def leave(self) -> None:
        for listener in self.listeners:
            if listener.unread is not None:
                listener.unread.close()
            else:
                await listener.peer.close()
        for publisher in self.publishers:
            await publisher.peer.close()


async def large_room(publishers: int, observers: int, shown: int, seconds: float) -> LargeRoomFigures:
    """Raises `ConnectionError` if the worker is too busy to let everybody in."""
    worker = await Worker.start()
    try:
        await asyncio.wait_for(worker.recorder_ready.wait(), 60)
        await worker.send(OpenRoom(room=ROOM, hearing="benchmark"))
        await worker.send(StartRecording(room=ROOM, cause="opened"))
        crowd, over = Crowd(worker, publishers, observers, shown), asyncio.Event()
        async with asyncio.TaskGroup() as talking:
            await crowd.join(talking, over)
            await asyncio.sleep(WARM_UP_S)
            figures = await measure(crowd, seconds)
            over.set()
        await crowd.leave()
        return figures
    finally:
        await worker.stop()


async def measure(crowd: Crowd, seconds: float) -> LargeRoomFigures:
    worker = crowd.worker
    crowd.latencies_ms()
    before, cpu_s, start_s = await worker.count(), worker.cpu_s(), time.monotonic()
    await asyncio.sleep(seconds)
    after, spent_s, took_s = await worker.count(), worker.cpu_s() - cpu_s, time.monotonic() - start_s
    latencies, sent = crowd.latencies_ms(), after["out"] - before["out"]
    return LargeRoomFigures(
        publishers=len(crowd.publishers),
        observers=len(crowd.watchers),
        shown=len(crowd.shown),
        seconds=round(took_s, 1),
        packets_in_per_s=round((after["in"] - before["in"]) / took_s),
        packets_out_per_s=round(sent / took_s),
        cpu_share=round(spent_s / took_s, 3),
        us_per_packet_out=round(spent_s / sent * 1e6, 2),
        latency_p50_ms=round(latencies[len(latencies) // 2], 2),
        latency_p99_ms=round(latencies[len(latencies) * 99 // 100], 2),
        memory_mib=worker.memory_mib(),
        unsent=after["unsent"] - before["unsent"],
        join_s=round(crowd.join_s, 2),
        join_longest_s=round(crowd.join_longest_s, 2),
        join_retries=sum(listener.retries for listener in crowd.listeners),
        microphones_forwarded=after["microphones"],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="one hearing with many people on one worker")
    parser.add_argument("--publishers", type=int, default=30)
    parser.add_argument("--observers", type=int, default=200)
    parser.add_argument("--shown", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    figures = asyncio.run(large_room(arguments.publishers, arguments.observers, arguments.shown, arguments.seconds))
    for name, value in dataclasses.asdict(figures).items():
        print(f"{name:<20} {value:>10}")
    print(json.dumps(dataclasses.asdict(figures)))


if __name__ == "__main__":
    main()
