"""The server's half of `benchmarks.forwarding`: real endpoint and legs, rooms as full meshes, a sink that feeds a pipe.

Commands and answers are JSON lines on standard input and output; everything else goes to standard error.
"""

import asyncio
import json
import logging
import os
import socket
import struct
import subprocess
import sys
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
from signaling.media.sink import SinkPacket
from signaling.media.source import Source
from signaling.media.subscribe_leg import SubscribeLeg
from signaling.protocol.grants import SourceLabel
from signaling.sink_stream.frames import encode_packets, encode_sender_report

LABELS = {"0": SourceLabel.MICROPHONE, "1": SourceLabel.CAMERA}
PACKET_BYTES = 1104


class PipeSink:
    """Batches into a pipe as for the recorder; the reader is another process."""

    def __init__(self) -> None:
        self._reader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        assert self._reader.stdin is not None, "asked for a pipe"
        self._pipe = self._reader.stdin.fileno()
        self.packets_written = 0

    def open_track(self, source: Source) -> None: ...

    def packets(self, source: Source, batch: list[SinkPacket]) -> None:
        self.packets_written += len(batch)
        self._write(encode_packets(source.track, batch))

    def sender_report(self, source: Source, arrival_us: int, ntp: int, rtp: int) -> None:
        self._write(encode_sender_report(source.track, arrival_us, ntp, rtp))

    def close_track(self, source: Source) -> None: ...

    def _write(self, frame: bytes) -> None:
        while frame:
            frame = frame[os.write(self._pipe, frame) :]

    def close(self) -> None:
        self._reader.communicate()


class Server:
    def __init__(self, endpoint: MediaEndpoint) -> None:
        self.endpoint = endpoint
        self.sink = PipeSink()
        self.publishers: dict[str, PublishLeg] = {}
        self.subscribers: dict[str, SubscribeLeg] = {}

    def leg_connected(self, leg: Leg) -> None: ...

    def leg_closed(self, leg: Leg, cause: LegCloseCause, evidence: LegEvidence) -> None: ...

    def source_started(self, leg: Leg, source: Source) -> None:
        source.attach(self.sink)

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
                    "sunk": self.sink.packets_written,
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
    server = Server(endpoint)
    while line := await commands.readline():
        print(json.dumps(await server.obey(json.loads(line))), flush=True)
    await endpoint.close()
    server.sink.close()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    uvloop.run(serve())
