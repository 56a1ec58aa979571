"""Media over TCP: the same gate as for datagrams, bounded buffers, and connections that nobody claims."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from signaling.media.endpoint import MediaEndpoint
from signaling.media.library_internals import PACKET_BYTES
from signaling.media.observer import MediaPath
from signaling.media.publish_leg import PublishLeg
from signaling.media.subscribe_leg import SubscribeLeg
from signaling.media.tcp_paths import CLAIM_WITHIN_S, MAX_UNCLAIMED_PER_HOST, MAX_WAITING_BYTES, TcpAddress
from tests.unit.signaling.media.courtroom import EVERYTHING, LABELS, MICROPHONE_SSRC, Courtroom, publication_of
from tests.unit.signaling.media.framed_peer import FramedPeer, framed, tcp_candidate
from tests.unit.signaling.media.rtp_peer import (
    DEADLINE_S,
    opus,
    payload_of,
    publisher_offer,
    subscriber_answer,
    turn_of_the_loop,
)

AUDIO = [("0", "audio", MICROPHONE_SSRC)]


class Clock:
    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def court(clock: Clock) -> AsyncIterator[Courtroom]:
    court = Courtroom(await MediaEndpoint.open("127.0.0.1", clock=clock))
    yield court
    await court.close()


def framed_peer(court: Courtroom) -> FramedPeer:
    """Closed by the court, as all its peers."""
    peer = FramedPeer()
    court.keep(peer)
    return peer


async def offered(court: Courtroom, peer: FramedPeer) -> tuple[PublishLeg, str]:
    leg = PublishLeg(court.endpoint, "judge", "up", court.observed)
    return leg, await leg.answer(publisher_offer(peer, AUDIO), LABELS, EVERYTHING)


async def connected(court: Courtroom) -> tuple[PublishLeg, FramedPeer, str]:
    """A publisher whose only way is TCP."""
    peer = framed_peer(court)
    leg, answer = await offered(court, peer)
    await peer.dial(answer)
    await peer.connect(answer)
    await court.observed.legs_connected(len(court.observed.connected) + (leg not in court.observed.connected))
    return leg, peer, answer


async def paths_open(court: Courtroom, count: int) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while len(court.endpoint._tcp) != count:
            await turn_of_the_loop()


async def ended(reader: asyncio.StreamReader) -> None:
    """The server ended the connection, one way or the other."""
    async with asyncio.timeout(DEADLINE_S):
        try:
            while await reader.read(65_536):
                pass
        except ConnectionResetError:
            return


async def test_sound_comes_and_goes_over_tcp(court: Courtroom) -> None:
    _, speaker, _ = await connected(court)
    speaker.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    leg = SubscribeLeg(court.endpoint, "clerk", "down", court.observed)
    leg.add(publication_of(court.observed.started[0]))
    offer, listener = leg.offer(), framed_peer(court)
    await leg.take_answer(offer.negotiation, subscriber_answer(listener, offer.sdp))
    await listener.dial(offer.sdp)
    await listener.connect(offer.sdp)
    await court.observed.legs_connected(2)
    speaker.send_rtp(opus(2, MICROPHONE_SSRC, b"by another road"))
    assert payload_of(await listener.next_rtp()) == b"by another road"
    await leg.close()
    assert court.observed.closed[0][2].path is MediaPath.TCP


async def test_a_check_is_answered_with_the_address_it_came_from(court: Courtroom) -> None:
    peer = framed_peer(court)
    _, answer = await offered(court, peer)
    await peer.dial(answer)
    response = await peer.check(answer)
    assert response.attributes["XOR-MAPPED-ADDRESS"] == peer.stream.get_extra_info("sockname")


async def test_frames_arrive_whole_however_they_are_cut(court: Courtroom) -> None:
    leg, peer, _ = await connected(court)
    packets = [peer.protect(opus(n, MICROPHONE_SSRC, bytes([n]) * 700)) for n in range(1, 40)]
    stream = b"\0\0" + b"\0\0".join(framed(packet) for packet in packets)
    sock = peer.stream.get_extra_info("socket")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for start in range(0, len(stream), 613):
        peer.stream.write(stream[start : start + 613])
        await peer.next_rtcp(205, 15) if start % 6130 == 0 and start else await asyncio.sleep(0)
    async with asyncio.timeout(DEADLINE_S):
        while not leg.sources or leg.sources[0].packets_received < 39:
            await peer.next_rtcp(205, 15)
    assert leg.sources[0].packets_lost == 0


async def test_one_byte_at_a_time_is_a_frame_in_the_end(court: Courtroom) -> None:
    peer = framed_peer(court)
    _, answer = await offered(court, peer)
    reader, writer = await asyncio.open_connection(*tcp_candidate(answer))
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in framed(bytes(peer.binding_request(answer))):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    size = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), DEADLINE_S), "big")
    assert (await reader.readexactly(size))[:2] == struct.pack("!H", 0x0101)  # binding success (RFC 8489 section 5)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    "frame",
    [framed(bytes(PACKET_BYTES + 1)), framed(b"\x16\xfe\xff" + bytes(60)), framed(b"\x80\x6f" + bytes(60))],
    ids=["oversize", "dtls", "rtp"],
)
async def test_what_no_browser_says_first_ends_the_connection(
    court: Courtroom, frame: bytes, faults: list[str]
) -> None:
    peer = framed_peer(court)
    leg, answer = await offered(court, peer)
    reader, writer = await asyncio.open_connection(*tcp_candidate(answer))
    writer.write(frame)
    await ended(reader)
    assert leg.transport._datagrams.empty() and faults == []
    writer.close()


async def test_an_oversize_frame_of_a_participant_ends_only_its_connection(court: Courtroom) -> None:
    leg, peer, answer = await connected(court)
    peer.stream.write(framed(bytes(PACKET_BYTES + 1)))
    await asyncio.wait_for(peer.lost.wait(), DEADLINE_S)
    assert leg.ended is None and court.endpoint._by_address == {}
    again = await court.peer()
    await again.check(answer)
    assert leg.transport.address == again.transport.get_extra_info("sockname")


async def test_the_next_check_is_followed_when_the_connection_is_lost_even_without_nomination(court: Courtroom) -> None:
    leg, peer, answer = await connected(court)
    peer.stream.abort()
    await paths_open(court, 0)
    again = await court.peer()
    request = again.binding_request(answer)
    del request.attributes["USE-CANDIDATE"], request.attributes["MESSAGE-INTEGRITY"], request.attributes["FINGERPRINT"]
    request.add_message_integrity(leg.transport.password.encode())
    again.point_at(answer)
    again.send_raw(bytes(request))
    await asyncio.wait_for(again._stun.get(), DEADLINE_S)
    assert leg.transport.address == again.transport.get_extra_info("sockname")


def flood(court: Courtroom, address: TcpAddress, size: int) -> None:
    """Sends until a packet is refused, which must come."""
    try:
        for _ in range(10_000):
            court.endpoint.sendto(bytes(size), address)
    except BlockingIOError:
        return
    raise AssertionError("everything was taken")


async def test_a_reader_that_stops_loses_packets_and_costs_no_memory(court: Courtroom) -> None:
    leg, peer, _ = await connected(court)
    address = leg.transport.address
    assert isinstance(address, TcpAddress)
    peer.stream.pause_reading()
    flood(court, address, 1_200)
    transport = address.path._transport
    assert transport is not None
    assert 0 < transport.get_write_buffer_size() < MAX_WAITING_BYTES
    court.endpoint.sendto(bytes(100), address)  # a small packet still has its place
    flood(court, address, 100)
    assert transport.get_write_buffer_size() <= MAX_WAITING_BYTES + 100
    court.endpoint.send(bytes(100), address)  # a lost packet is no error
    peer.stream.resume_reading()


async def test_a_connection_that_passes_no_check_is_dropped_in_time(court: Courtroom, clock: Clock) -> None:
    peer = framed_peer(court)
    _, answer = await offered(court, peer)
    reader, writer = await asyncio.open_connection(*tcp_candidate(answer))
    writer.write(framed(bytes(peer.binding_request(answer, password="guessed"))))
    await paths_open(court, 1)
    clock.now_s += CLAIM_WITHIN_S - 0.1
    court.endpoint.tick()
    assert len(court.endpoint._tcp) == 1
    clock.now_s += 0.2
    court.endpoint.tick()
    await ended(reader)
    await paths_open(court, 0)
    writer.close()


async def test_a_connection_that_passed_stays_and_goes_with_its_leg(court: Courtroom, clock: Clock) -> None:
    leg, peer, _ = await connected(court)
    clock.now_s += CLAIM_WITHIN_S + 1
    court.endpoint.tick()
    assert len(court.endpoint._tcp) == 1 and not peer.lost.is_set()
    await leg.close()
    await asyncio.wait_for(peer.closed_by_server.wait(), DEADLINE_S)
    clock.now_s += CLAIM_WITHIN_S
    court.endpoint.tick()
    await asyncio.wait_for(peer.lost.wait(), DEADLINE_S)


async def test_a_full_house_makes_room_at_the_cost_of_those_who_claim_nothing(court: Courtroom) -> None:
    _, peer, answer = await connected(court)
    court.endpoint._tcp.limit = 3
    idle = [await asyncio.open_connection(*tcp_candidate(answer)) for _ in range(3)]
    await ended(idle[0][0])
    await paths_open(court, 3)
    court.endpoint._tcp.limit = 1
    second = framed_peer(court)
    _, other = await offered(court, second)
    for _, writer in idle:
        writer.close()
    await paths_open(court, 1)
    await second.dial(other)
    await asyncio.wait_for(second.lost.wait(), DEADLINE_S)
    assert not peer.lost.is_set()


async def test_one_host_cannot_fill_the_house(court: Courtroom) -> None:
    court.endpoint._tcp.limit = 10 * MAX_UNCLAIMED_PER_HOST
    peer = framed_peer(court)
    _, answer = await offered(court, peer)
    idle = [await asyncio.open_connection(*tcp_candidate(answer)) for _ in range(MAX_UNCLAIMED_PER_HOST + 2)]
    await ended(idle[0][0])
    await ended(idle[1][0])
    await paths_open(court, MAX_UNCLAIMED_PER_HOST)
    for _, writer in idle:
        writer.close()
    await paths_open(court, 0)
    assert not court.endpoint._tcp._unclaimed_of


async def test_ipv6_and_ipv4_work_on_one_listening_socket() -> None:
    court = Courtroom(await MediaEndpoint.open("::", announced=["::1", "127.0.0.1"]))
    try:
        for host in ("::1", "127.0.0.1"):
            peer = framed_peer(court)
            _, answer = await offered(court, peer)
            only = "\r\n".join(line for line in answer.split("\r\n") if "candidate:" not in line or f" {host} " in line)
            await peer.dial(only)
            response = await peer.check(only)
            assert response.attributes["XOR-MAPPED-ADDRESS"][0] == host
            await peer.shake_hands(only)
    finally:
        await court.close()


async def test_a_port_whose_tcp_half_is_taken_is_an_error_unless_any_will_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            await MediaEndpoint.open("127.0.0.1", taken.getsockname()[1])
