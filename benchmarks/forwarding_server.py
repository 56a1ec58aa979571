"""The server's half of `benchmarks.forwarding`: real endpoint and legs, rooms as full meshes, the real recorder attached.

Commands and answers are JSON lines on standard input and output; everything else goes to standard error.
"""

import asyncio
import json
import logging
import socket
import struct
import sys
import tempfile
import time
from typing import Any

import structlog
import uvloop
from pylibsrtp import Policy, Session

from signaling.media.endpoint import MediaEndpoint
from signaling.media.leg import Leg
from signaling.media.library_internals import PacketMemory, SrtpSession, srtp_protect
from signaling.media.observer import LegCloseCause, LegEvidence
from signaling.media.publish_leg import PublishLeg
from signaling.media.source import Source
from signaling.media.subscribe_leg import SubscribeLeg
from signaling.protocol.grants import SourceLabel
from signaling.room.sink_process import SinkProcess
from signaling.room.sinks import RoomSink
from signaling.sink_stream.control import OpenTrack, Start

LABELS = {"0": SourceLabel.MICROPHONE, "1": SourceLabel.CAMERA}
PACKET_BYTES = 1104


HEARING = "benchmark"


class Recorder:
    """The real recorder process behind the real sink, recording into a temporary folder."""

    def __init__(self, folder: str) -> None:
        command = (sys.executable, "-m", "recorder", "--root", folder)
        self._process = SinkProcess("recorder", command, _is_ready, self)
        self._sink = RoomSink(self._process, HEARING, HEARING, lambda participant: (participant, ""))
        self._sources: set[Source] = set()
        self.packets_written = 0
        self.said = 0

    async def run(self) -> None:
        await self._process.run()

    async def begin(self) -> None:
        await self._process.wait_ready()
        anchor = (time.time_ns() // 1_000_000, time.monotonic_ns() // 1000)
        self._process.start(Start(HEARING, HEARING, *anchor, "benchmark"))

    def follow(self, source: Source) -> None:
        self._sources.add(source)
        self._sink.follow(self._sources)

    async def close(self) -> None:
        self._sink.follow(set())
        await self._process.close()

    def sink_said(self, message: dict[str, Any]) -> None:
        self.said += 1
        if message["type"] == "segment_sealed":
            self.packets_written += message["packets_written"]

    def sink_lost(self, reason: str) -> None:
        raise RuntimeError(f"the recorder died: {reason}")

    def sink_restored(self, away_ms: int) -> None: ...

    def sink_fell_behind(self) -> None: ...

    def sink_caught_up(self, behind_ms: int) -> None: ...

    def sink_overflowed(self, track: OpenTrack, first: int, last: int) -> None:
        raise RuntimeError("the recorder does not keep up")


def _is_ready(message: dict[str, Any]) -> bool:
    return message["type"] == "recorder_state" and bool(message["ready"])


class Server:
    def __init__(self, endpoint: MediaEndpoint, recorder: Recorder) -> None:
        self.endpoint = endpoint
        self.recorder = recorder
        self.publishers: dict[str, PublishLeg] = {}
        self.subscribers: dict[str, SubscribeLeg] = {}

    def leg_connected(self, leg: Leg) -> None: ...

    def leg_closed(self, leg: Leg, cause: LegCloseCause, evidence: LegEvidence) -> None: ...

    def source_started(self, leg: Leg, source: Source) -> None:
        self.recorder.follow(source)

    def source_ended(self, leg: Leg, source: Source) -> None: ...

    async def obey(self, command: dict[str, Any]) -> Any:
        name = str(command.get("name", ""))
        match command["do"]:
            case "publish":
                leg = self.publishers[name] = PublishLeg(self.endpoint, name, name, self)
                return await leg.answer(command["sdp"], LABELS, frozenset(SourceLabel))
            case "subscribe":
                receiver = self.subscribers[name] = SubscribeLeg(self.endpoint, name, name, self)
                for publisher in command["of"]:
                    for publication in self.publishers[publisher].publications:
                        receiver.add(publication)
                offer = receiver.offer()
                return {"sdp": offer.sdp, "negotiation": offer.negotiation}
            case "answer":
                await self.subscribers[name].take_answer(command["negotiation"], command["sdp"])
                return None
            case "count":
                sources = [source for leg in self.publishers.values() for source in leg.sources]
                return {
                    "in": sum(source.packets_received for source in sources),
                    "out": sum(source.packets_received * len(source.outgoing) for source in sources),
                    "recorded": self.recorder.packets_written,
                    "unsent": sum(leg.unsent for leg in self.publishers.values()),
                }
            case "raw":
                return raw_protect_and_send_us()
            case other:
                raise ValueError(f"unknown command {other}")


def raw_protect_and_send_us(packets: int = 20_000) -> float:
    """CPU time of encrypting and sending one packet with nothing around it: what no Python forwarder can go below."""
    policy = Policy(bytes(28), Policy.SSRC_ANY_OUTBOUND, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM)
    pointer, memory = SrtpSession(keys := Session(policy)).pointer, PacketMemory()
    receiver, sender = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    with receiver, sender:
        receiver.bind(("127.0.0.1", 0))
        address = receiver.getsockname()
        body = bytes(PACKET_BYTES - 12)
        began = time.process_time_ns()
        for sequence in range(packets):
            memory.buffer[0:PACKET_BYTES] = struct.pack("!BBHII", 0x80, 96, sequence & 0xFFFF, 0, 1) + body
            memory.length[0] = PACKET_BYTES
            srtp_protect(pointer, memory.data, memory.length)
            sender.sendto(memory.view[: memory.length[0]], address)
        spent = time.process_time_ns() - began
    del keys
    return spent / packets / 1000


async def serve() -> None:
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    endpoint = await MediaEndpoint.open("127.0.0.1")
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(folder)
        server = Server(endpoint, recorder)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(recorder.run())
            await recorder.begin()
            while line := await commands.readline():
                print(json.dumps(await server.obey(json.loads(line))), flush=True)
            await recorder.close()
        await endpoint.close()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    uvloop.run(serve())
