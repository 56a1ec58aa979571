"""What forwarding costs: CPU time of the media layer for each packet in and each packet out.

``python -m benchmarks.forwarding [--rooms 3] [--people 6] [--seconds 6]`` starts a server process (real endpoint and legs, the
real recorder attached) and sends it real SRTP: for each person 136 video packets a second of 1,104 bytes in bursts of 30 a second, and
50 audio packets. It measures first without subscribers, then with everybody receiving everybody; the difference is the price of a
packet out. CPU time is the operating system's own (/proc/PID/task/*/schedstat). The last line is one JSON object.
"""

import argparse
import asyncio
import heapq
import json
import random
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from tests.unit.signaling.media.rtp_peer import KEYFRAME, RtpPeer, publisher_offer, rtp, subscriber_answer

VIDEO_PACKETS_S, FRAMES_S, AUDIO_PACKETS_S = 136, 30, 50
VIDEO_PAYLOAD = KEYFRAME + bytes(1078)
AUDIO_PAYLOAD = bytes(80)
WARM_UP_S = 1.5
CHECK_S = 4.0


class ServerProcess:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls) -> "ServerProcess":
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "benchmarks.forwarding_server")
        return cls(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=1 << 20))

    async def ask(self, **command: Any) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None, "asked for pipes"
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        return json.loads(await self._process.stdout.readline())

    def cpu_s(self) -> float:
        total_ns = 0
        for task in Path(f"/proc/{self._process.pid}/task").iterdir():
            total_ns += int((task / "schedstat").read_text().split()[0])
        return total_ns / 1e9

    async def stop(self) -> None:
        assert self._process.stdin is not None, "asked for a pipe"
        self._process.stdin.close()
        await self._process.wait()


class Person:
    """Sends one microphone and one camera, and counts what comes back."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.audio_ssrc, self.video_ssrc = 10 * number + 100_000, 10 * number + 200_000
        self.received = 0
        self._audio = self._video = self._transport = 0
        self._frame = 0
        self._owed = 0.0

    async def publish(self, server: ServerProcess) -> None:
        self.up = await RtpPeer().open()
        offer = publisher_offer(self.up, [("0", "audio", self.audio_ssrc), ("1", "video", self.video_ssrc)])
        answer = await server.ask(do="publish", name=self.name, sdp=offer)
        await self.up.connect(answer)
        self._checked = [(self.up, answer)]

    async def subscribe(self, server: ServerProcess, others: list[str]) -> None:
        self.down = await RtpPeer().open()
        self.down.on_srtp = self._count
        offer = await server.ask(do="subscribe", name=self.name, of=others)
        answer = subscriber_answer(self.down, offer["sdp"])
        await server.ask(do="answer", name=self.name, negotiation=offer["negotiation"], sdp=answer)
        await self.down.connect(offer["sdp"])
        self._checked.append((self.down, offer["sdp"]))

    def check(self) -> None:
        """As browsers do every few seconds; a leg without checks expires."""
        for peer, server_sdp in self._checked:
            peer.send_raw(bytes(peer.binding_request(server_sdp)))

    def _count(self, _datagram: bytes) -> None:
        self.received += 1

    def _elements(self) -> list[tuple[int, bytes]]:
        self._transport = (self._transport + 1) & 0xFFFF
        return [(2, b"abc"), (3, struct.pack("!H", self._transport))]

    def send_audio(self) -> None:
        self._audio += 1
        elements = [(1, b"\x9e"), *self._elements()]
        packet = rtp(
            self._audio, self._audio * 960, self.audio_ssrc, AUDIO_PAYLOAD, payload_type=111, elements=elements
        )
        self.up.send_rtp(packet)

    def send_frame(self) -> None:
        self._frame += 1
        self._owed += VIDEO_PACKETS_S / FRAMES_S
        while self._owed >= 1:
            self._owed -= 1
            self._video += 1
            marker = self._owed < 1
            self.up.send_rtp(
                rtp(
                    self._video,
                    self._frame * 3000,
                    self.video_ssrc,
                    VIDEO_PAYLOAD,
                    marker=marker,
                    elements=self._elements(),
                )
            )


async def talk(people: list[Person], seconds: float) -> None:
    """Everybody sends, out of step with each other."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    due: list[tuple[float, int, bool]] = []
    for index in range(len(people)):
        begin = loop.time() + random.random() / FRAMES_S
        heapq.heappush(due, (begin, index, True))
        heapq.heappush(due, (begin, index, False))
    while due[0][0] < end:
        at, index, video = heapq.heappop(due)
        if at > loop.time():
            await asyncio.sleep(at - loop.time())
        if video:
            people[index].send_frame()
        else:
            people[index].send_audio()
        heapq.heappush(due, (at + 1 / (FRAMES_S if video else AUDIO_PACKETS_S), index, video))


async def check(people: list[Person]) -> None:
    while True:
        for person in people:
            person.check()
        await asyncio.sleep(CHECK_S)


@dataclass(frozen=True, slots=True)
class Measured:
    packets_in: int
    packets_out: int
    received: int
    unsent: int
    cpu_s: float
    seconds: float

    def row(self, name: str) -> str:
        load = 100 * self.cpu_s / self.seconds
        rates = f"{self.packets_in / self.seconds:8.0f} {self.packets_out / self.seconds:8.0f}"
        return f"{name:<22} {rates} {self.received / self.seconds:8.0f} {load:7.1f} {self.unsent:7}"


async def measure(server: ServerProcess, people: list[Person], seconds: float) -> Measured:
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        group.create_task(talk(people, seconds + 2 * WARM_UP_S))
        checking = group.create_task(check(people))
        await asyncio.sleep(WARM_UP_S)
        before, cpu, began = await server.ask(do="count"), server.cpu_s(), loop.time()
        received = sum(person.received for person in people)
        await asyncio.sleep(seconds)
        after, spent, took = await server.ask(do="count"), server.cpu_s() - cpu, loop.time() - began
        received = sum(person.received for person in people) - received
        checking.cancel()
    return Measured(
        packets_in=after["in"] - before["in"],
        packets_out=after["out"] - before["out"],
        received=received,
        unsent=after["unsent"] - before["unsent"],
        cpu_s=spent,
        seconds=took,
    )


async def run(rooms: int, persons: int, seconds: float) -> None:
    server = await ServerProcess.start()
    rows = [[Person(f"r{room}p{n}", room * persons + n) for n in range(persons)] for room in range(rooms)]
    people = [person for row in rows for person in row]
    for person in people:
        await person.publish(server)
    alone = await measure(server, people, seconds)
    for row in rows:
        for person in row:
            await person.subscribe(server, [other.name for other in row if other is not person])
    meshed = await measure(server, people, seconds)
    raw_us = await server.ask(do="raw")
    await server.stop()
    for person in people:
        await person.up.close()
        await person.down.close()
    us_in = alone.cpu_s / alone.packets_in * 1e6
    us_out = (meshed.cpu_s - us_in * meshed.packets_in / 1e6) / meshed.packets_out * 1e6
    print(f"{'':<22} {'in/s':>8} {'out/s':>8} {'arrived':>8} {'CPU %':>7} {'unsent':>7}")
    print(alone.row("publishers only"))
    print(meshed.row(f"{rooms} rooms of {persons}"))
    figures = {
        "us_per_packet_in": round(us_in, 2),
        "us_per_packet_out": round(us_out, 2),
        "raw_sendto_protect_us": round(raw_us, 2),
        "rooms_per_core": round(rooms / (meshed.cpu_s / meshed.seconds), 1),
        "rooms": rooms,
        "people": persons,
        "in_per_s": round(meshed.packets_in / meshed.seconds),
        "out_per_s": round(meshed.packets_out / meshed.seconds),
        "arrived_share": round(meshed.received / meshed.packets_out, 4),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="CPU time of forwarding for each packet in and out")
    parser.add_argument("--rooms", type=int, default=3)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=6.0)
    arguments = parser.parse_args()
    uvloop.run(run(arguments.rooms, arguments.people, arguments.seconds))
