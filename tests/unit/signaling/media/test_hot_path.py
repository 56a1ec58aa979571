"""The compiled hot path and the one in Python cannot be told apart: the same packets in, the same packets, counts and batches out."""

import asyncio
import pathlib
import random
import shutil
import struct
import sysconfig
from dataclasses import dataclass
from typing import Any

import pytest

from signaling.media import rtcp
from signaling.media.endpoint import MediaEndpoint
from signaling.media.header_extensions import ABS_SEND_TIME, OFFERED_IDS, read_extensions
from signaling.media.hot_path import COMPILED, IN_PYTHON, HotPath
from tests.unit.signaling.media.courtroom import CAMERA_SSRC, MICROPHONE_SSRC, Collected, Courtroom
from tests.unit.signaling.media.rtp_peer import DEADLINE_S, KEYFRAME, opus, payload_of, rtp, vp8, vp8_payload

END = b"the end"
URIS = {identifier: uri for uri, identifier in OFFERED_IDS.items()}


def test_what_can_be_compiled_here_was() -> None:
    headers = pathlib.Path(sysconfig.get_paths()["include"]) / "Python.h"
    if shutil.which("gcc") is None or not headers.exists():
        pytest.skip("no C compiler")
    assert COMPILED is not None, "scripts/setup.sh builds it"


@dataclass
class Stream:
    """Packets of one source with all that may happen to them on the way, never one number twice."""

    chance: random.Random
    ssrc: int
    payload_type: int
    sequence: int
    picture: int = 0

    def __post_init__(self) -> None:
        self.owed: list[int] = []

    def next(self) -> bytes:
        if self.owed and self.chance.random() < 0.3:
            return self.packet(self.owed.pop(self.chance.randrange(len(self.owed))))
        skipped = self.chance.choice([0] * 12 + [1, 2, 5])
        self.owed += range(self.sequence + 1, self.sequence + 1 + skipped)
        self.sequence += 1 + skipped
        return self.packet(self.sequence)

    def packet(self, sequence: int) -> bytes:
        chance = self.chance
        extensions = [(1, bytes((chance.choice((0x80, 0)) | chance.randrange(128),))), (2, b"abc")]
        extensions += [(3, struct.pack("!H", sequence & 0xFFFF)), (4, b"0"), (9, b"unknown"), (13, b"\x02")]
        elements = chance.choice([extensions[:3], extensions[1:3], extensions, [*reversed(extensions)], []])
        self.picture += chance.random() < 0.4
        pictures = vp8_payload(self.picture & 0x7FFF, self.picture & 0xFF, key=chance.random() < 0.1, height=180)
        body = chance.choice([pictures, KEYFRAME, b"\x80\x80\x05\x00", b"", b"\x80", b"\x90\xe0\x80"])
        packet = rtp(
            sequence,
            sequence // 3 * 3000,
            self.ssrc,
            body + bytes(chance.choice((0, 1, 300, 300, 300, 1000))),
            payload_type=self.payload_type if chance.random() < 0.97 else 120,
            marker=chance.random() < 0.3,
            elements=elements,
            padding=chance.choice([0] * 9 + [20]),
        )
        if elements and chance.random() < 0.1:
            packet = packet[:12] + b"\x10\x00" + packet[14:]  # the two-byte form, which nobody agreed to
        return packet


def as_seen(packet: bytes, ssrcs: list[int]) -> tuple[Any, ...]:
    """All of it but when it was sent and the SSRC, which is random."""
    values = {u: v for u, v in read_extensions(memoryview(packet), len(packet), URIS).items() if u != ABS_SEND_TIME}
    ssrc = int.from_bytes(packet[8:12], "big")
    if ssrc not in ssrcs:
        ssrcs.append(ssrc)
    return packet[:8], ssrcs.index(ssrc), len(packet), values, payload_of(packet)


async def what_comes_of_it(hot_path: HotPath, seed: int) -> list[Any]:
    court = Courtroom(await MediaEndpoint.open("127.0.0.1", hot_path=hot_path))
    try:
        return await talk(court, random.Random(seed))
    finally:
        await court.close()


async def talk(court: Courtroom, chance: random.Random) -> list[Any]:
    sink = Collected()
    leg, speaker = await court.publisher()
    speaker.send_rtp(opus(65_400, MICROPHONE_SSRC), vp8(65_400, CAMERA_SSRC))
    await court.observed.sources_started(2)
    sources = court.observed.started
    for source in sources:
        source.attach(sink)
    viewers = [(await court.subscriber(name, *sources))[1] for name in ("clerk", "party")]
    await speaker.next_item(rtcp.KeyframeRequest)
    speaker.send_rtp(vp8(65_401, CAMERA_SSRC, KEYFRAME))
    streams = [Stream(chance, MICROPHONE_SSRC, 111, 65_400), Stream(chance, CAMERA_SSRC, 96, 65_401)]
    for _ in range(40):
        burst = [chance.choice(streams).next() for _ in range(chance.randrange(1, 24))]
        speaker.send_rtp(*burst)
        for _ in range(3 * len(burst)):  # a peer reads one datagram in each turn of the loop, and its socket holds few
            await asyncio.sleep(0)
    speaker.send_rtp(vp8(streams[1].sequence + 1, CAMERA_SSRC, END))
    seen: list[Any] = []
    async with asyncio.timeout(DEADLINE_S):
        for viewer in viewers:
            ssrcs: list[int] = []
            packets = [await viewer.next_rtp()]
            while not payload_of(packets[-1]).startswith(END):
                packets.append(await viewer.next_rtp())
            seen.append([as_seen(packet, ssrcs) for packet in packets])
    for source in sources:
        reception = source.reception
        seen.append((source.accepted, source.octets, source.level_dbov, source.peak_dbov))
        seen.append((reception.received, reception.highest, reception.lost, reception.next_sequence, leg.unsent))
        seen.append(source.ring[streams[1].sequence % 1024] is not None)
        source.detach(sink)
    return [*seen, sorted((extended, packet) for _, extended, packet in sink.received)]


@pytest.mark.skipif(COMPILED is None, reason="not built: no C compiler")
@pytest.mark.parametrize("seed", range(6))
async def test_both_ways_through_the_server_are_the_same(seed: int) -> None:
    assert COMPILED is not None, "see above"
    in_python, compiled = await what_comes_of_it(IN_PYTHON, seed), await what_comes_of_it(COMPILED, seed)
    assert len(in_python[0]) > 100, "enough got through"
    assert compiled == in_python
