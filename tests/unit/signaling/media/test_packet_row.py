"""Packets that came together go together, and nobody can tell by what arrives."""

import asyncio
import socket

import pytest
from aioice import stun

from signaling.media import rtcp
from signaling.media.packet_row import LONGEST
from tests.unit.signaling.media.courtroom import CAMERA_SSRC, Courtroom
from tests.unit.signaling.media.framed_peer import FramedPeer
from tests.unit.signaling.media.rtp_peer import (
    DEADLINE_S,
    DELTA,
    KEYFRAME,
    RtpPeer,
    payload_of,
    sequence_of,
    vp8,
)

UDP_GRO = 104
"""linux/udp.h: a row that left in one call arrives in one piece."""


class DialingPeer(FramedPeer):
    async def check(self, server_sdp: str, password: str | None = None) -> stun.Message:
        await self.dial(server_sdp)
        return await super().check(server_sdp, password)


async def watched(court: Courtroom, *viewers: RtpPeer) -> RtpPeer:
    """A camera whose keyframe 101 everybody has seen."""
    _, camera = await court.publisher()
    camera.send_rtp(vp8(100, CAMERA_SSRC))
    await court.observed.sources_started(1)
    for number, viewer in enumerate(viewers):
        await court.subscriber(f"viewer{number}", court.observed.started[0], peer=viewer)
    await camera.next_item(rtcp.KeyframeRequest)
    camera.send_rtp(vp8(101, CAMERA_SSRC, KEYFRAME))
    for viewer in viewers:
        assert payload_of(await viewer.next_rtp()).startswith(KEYFRAME)
    return camera


def pictures(first: int, *sizes: int) -> list[bytes]:
    return [vp8(first + n, CAMERA_SSRC, DELTA + bytes((n,)) * size) for n, size in enumerate(sizes)]


async def test_a_picture_goes_to_each_receiver_in_one_call(court: Courtroom) -> None:
    viewer = await court.peer()
    viewer.transport.get_extra_info("socket").setsockopt(socket.SOL_UDP, UDP_GRO, 1)
    camera = await watched(court, viewer)
    arrived: asyncio.Queue[bytes] = asyncio.Queue()
    viewer.on_srtp = arrived.put_nowait
    picture = pictures(102, 900, 900, 900, 300)
    camera.send_rtp(*picture)
    pieces = await asyncio.wait_for(arrived.get(), DEADLINE_S)
    trailer = 16
    assert len(pieces) == sum(len(packet) + trailer for packet in picture)


@pytest.mark.parametrize(
    "sizes",
    [(500, 500, 200, 200), (200, 201, 201, 200, 202), (700,) * (2 * LONGEST + 3), (1, 900, 1, 900)],
    ids=["two pictures", "about equal", "longer than a row", "up and down"],
)
async def test_every_packet_arrives_whole_and_in_order(court: Courtroom, sizes: tuple[int, ...]) -> None:
    viewers = [await court.peer(), await court.peer()]
    camera = await watched(court, *viewers)
    sent = pictures(102, *sizes)
    camera.send_rtp(*sent)
    for viewer in viewers:
        seen = [await viewer.next_rtp() for _ in sent]
        assert [payload_of(packet) for packet in seen] == [payload_of(packet) for packet in sent]
        assert [sequence_of(packet) - sequence_of(seen[0]) for packet in seen] == list(range(len(sent)))


async def test_what_comes_late_is_sent_late_under_its_own_number(court: Courtroom) -> None:
    viewer = await court.peer()
    camera = await watched(court, viewer)
    late = pictures(106, 400)
    camera.send_rtp(*pictures(102, 400, 400), *late, *pictures(104, 400, 400))
    seen = [sequence_of(await viewer.next_rtp()) for _ in range(5)]
    assert [number - seen[0] for number in seen] == [0, 1, 4, 2, 3]


async def test_over_tcp_each_packet_has_its_frame(court: Courtroom) -> None:
    viewer = DialingPeer()
    court.keep(viewer)
    camera = await watched(court, viewer)
    sent = pictures(102, 600, 600, 600, 100)
    camera.send_rtp(*sent)
    assert [payload_of(await viewer.next_rtp()) for _ in sent] == [payload_of(packet) for packet in sent]
