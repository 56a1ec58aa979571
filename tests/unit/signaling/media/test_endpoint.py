"""Whose datagrams are read, what malformed ones do (nothing), and how legs end."""

import asyncio
import random

import pytest

from signaling.media.clockwork import TURN_S
from signaling.media.endpoint import MediaEndpoint
from signaling.media.leg import EXPIRES_AFTER_S
from signaling.media.leg_transport import MAX_ADDRESSES
from signaling.media.observer import LegCloseCause, MediaPath
from signaling.media.publish_leg import PublishLeg
from signaling.media.subscribe_leg import SubscribeLeg
from tests.unit.signaling.media.courtroom import EVERYTHING, LABELS, MICROPHONE_SSRC, Courtroom
from tests.unit.signaling.media.rtp_peer import DEADLINE_S, RtpPeer, first_value, opus, payload_of, publisher_offer

AUDIO = [("0", "audio", MICROPHONE_SSRC)]


async def offered(court: Courtroom) -> tuple[PublishLeg, str]:
    peer = await court.peer()
    leg = PublishLeg(court.endpoint, "judge", "up", court.observed)
    return leg, await leg.answer(publisher_offer(peer, AUDIO), LABELS, EVERYTHING)


async def test_a_check_is_answered_with_the_address_it_came_from(court: Courtroom) -> None:
    _, answer = await offered(court)
    peer = await court.peer()
    response = await peer.check(answer)
    assert response.attributes["XOR-MAPPED-ADDRESS"] == peer.transport.get_extra_info("sockname")


async def test_datagrams_from_an_address_without_a_check_never_reach_dtls(court: Courtroom) -> None:
    leg, answer = await offered(court)
    owner, stranger = await court.peer(), await court.peer()
    await owner.check(answer)
    stranger.point_at(answer)
    handshake = asyncio.create_task(stranger.shake_hands(answer))
    await owner.check(answer)  # what the stranger sent before has been read
    assert leg.transport._datagrams.empty()
    handshake.cancel()
    await asyncio.gather(handshake, return_exceptions=True)


async def test_a_wrong_password_is_not_answered_and_learns_nothing(court: Courtroom) -> None:
    leg, answer = await offered(court)
    peer = await court.peer()
    peer.point_at(answer)
    peer.send_raw(bytes(peer.binding_request(answer, password="guessed")))
    response = await peer.check(answer)
    assert response.check_message_integrity(first_value(answer, "ice-pwd").encode())
    assert peer._stun.empty(), "one answer for two requests"
    assert len(leg.transport.addresses) == 1


async def test_an_injected_packet_from_a_third_address_is_dropped(court: Courtroom) -> None:
    leg, speaker = await court.publisher()
    speaker.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    third = await court.peer()
    third.server = speaker.server
    third.send_raw(speaker.protect(opus(2, MICROPHONE_SSRC)))
    speaker.send_rtp(opus(3, MICROPHONE_SSRC))
    while leg.sources[0].packets_received < 2:
        await speaker.next_rtcp(205, 15)
    assert leg.sources[0].reception.highest == 3 and leg.sources[0].packets_lost == 1


async def test_media_follows_a_browser_to_its_new_address(court: Courtroom) -> None:
    _, speaker = await court.publisher()
    speaker.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    leg, listener = await court.subscriber("clerk", court.observed.started[0])
    moved = await court.peer()
    offer = leg.offer()
    await moved.check(offer.sdp)
    speaker.send_rtp(opus(2, MICROPHONE_SSRC, b"over there"))
    while moved._early == []:
        await speaker.next_rtcp(205, 15)
    assert listener.rtp.empty() and moved._early[0][1] & 0x7F == 111
    await leg.close()
    assert court.observed.closed[0][2].moves == 1


async def test_a_check_that_is_overheard_and_replayed_draws_no_media_away(court: Courtroom) -> None:
    leg, answer = await offered(court)
    browser, thief = await court.peer(), await court.peer()
    browser.point_at(answer)
    thief.point_at(answer)
    overheard = bytes(browser.binding_request(answer))
    for sender in (browser, thief, browser):  # a browser itself may repeat a check
        sender.send_raw(overheard)
    for _ in range(2):
        await asyncio.wait_for(browser._stun.get(), DEADLINE_S)
    assert thief._stun.empty()
    assert list(leg.transport.addresses) == [browser.transport.get_extra_info("sockname")]


async def test_a_leg_remembers_only_so_many_addresses(court: Courtroom) -> None:
    leg, answer = await offered(court)
    for _ in range(MAX_ADDRESSES + 2):
        peer = await court.peer()
        await peer.check(answer)
    assert len(leg.transport.addresses) == MAX_ADDRESSES == len(court.endpoint._by_address)


async def test_a_certificate_that_was_not_announced_ends_the_leg(court: Courtroom) -> None:
    peer, impostor = await court.peer(), await court.peer()
    leg = PublishLeg(court.endpoint, "judge", "up", court.observed)
    answer = await leg.answer(publisher_offer(peer, AUDIO), LABELS, EVERYTHING)
    await impostor.connect(answer)
    await court.observed.legs_closed(1)
    assert court.observed.closed[0][:2] == (leg, LegCloseCause.DTLS_FAILED)
    assert court.observed.connected == []


async def test_a_goodbye_ends_the_leg(court: Courtroom) -> None:
    leg, peer = await court.publisher()
    peer.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    await peer.close()
    await court.observed.legs_closed(1)
    closed, cause, evidence = court.observed.closed[0]
    assert (closed, cause, evidence.packets) == (leg, LegCloseCause.DTLS_CLOSED, 1)
    assert court.observed.ended == court.observed.started


async def test_closing_a_leg_says_goodbye_to_the_browser(court: Courtroom) -> None:
    leg, peer = await court.publisher()
    await leg.close(LegCloseCause.REPLACED)
    await leg.close()
    await asyncio.wait_for(peer.closed_by_server.wait(), 5)
    assert [cause for _, cause, _ in court.observed.closed] == [LegCloseCause.REPLACED]
    assert court.endpoint._by_ufrag == {} and court.endpoint._by_address == {}


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


async def test_a_leg_without_checks_expires_with_evidence() -> None:
    clock = Clock()
    court = Courtroom(await MediaEndpoint.open("127.0.0.1", clock=clock))
    try:
        leg, peer = await court.publisher()
        peer.send_rtp(opus(1, MICROPHONE_SSRC))
        await court.observed.sources_started(1)
        clock.now_s += EXPIRES_AFTER_S - 1
        court.endpoint.tick()
        assert court.observed.closed == []
        clock.now_s += 2
        court.endpoint.tick()
        closed, cause, evidence = court.observed.closed[0]
        assert (closed, cause) == (leg, LegCloseCause.EXPIRED)
        assert evidence.last_stun_age_ms == (EXPIRES_AFTER_S + 1) * 1000 == evidence.connected_ms
        assert (evidence.path, evidence.moves, evidence.packets, evidence.lost) == (MediaPath.UDP, 0, 1, 0)
        assert evidence.octets > 12 and evidence.last_packet_age_ms is not None and evidence.jitter_ms == 0
        assert court.observed.ended == court.observed.started
    finally:
        await court.close()


async def test_a_leg_nobody_ever_reached_has_nothing_to_say() -> None:
    clock = Clock()
    court = Courtroom(await MediaEndpoint.open("127.0.0.1", clock=clock))
    try:
        await offered(court)
        SubscribeLeg(court.endpoint, "clerk", "down", court.observed)
        clock.now_s += EXPIRES_AFTER_S + 1
        court.endpoint.tick()
        assert [cause for _, cause, _ in court.observed.closed] == [LegCloseCause.EXPIRED] * 2
        for _, _, evidence in court.observed.closed:
            known = (evidence.path, evidence.connected_ms, evidence.last_packet_age_ms, evidence.round_trip_ms)
            assert (*known, evidence.jitter_ms) == (None,) * 5
            assert (evidence.packets, evidence.octets, evidence.lost, evidence.moves) == (0, 0, 0, 0)
    finally:
        await court.close()


async def test_checks_keep_a_leg_alive() -> None:
    clock = Clock()
    court = Courtroom(await MediaEndpoint.open("127.0.0.1", clock=clock))
    try:
        leg, _ = await court.publisher()
        peer = await court.peer()
        subscriber = SubscribeLeg(court.endpoint, "clerk", "down", court.observed)
        for _ in range(3):
            clock.now_s += EXPIRES_AFTER_S - 1
            await peer.check(subscriber.offer().sdp)
            court.endpoint.tick()
        assert [closed for closed, _, _ in court.observed.closed] == [leg]
    finally:
        await court.close()


async def test_a_connection_that_carries_nothing_is_given_a_sign_of_life_twice_a_second(court: Courtroom) -> None:
    _, speaker = await court.publisher()
    _, listener = await court.subscriber()

    async def heard_in_two_seconds(peer: RtpPeer) -> int:
        clockwork = court.endpoint._legs
        until, heard = clockwork.turns + round(2 / TURN_S), 0
        while clockwork.turns < until:
            await peer.next_rtcp(201)
            heard += 1
        return heard

    assert min(await asyncio.gather(heard_in_two_seconds(speaker), heard_in_two_seconds(listener))) >= 4


async def test_malformed_datagrams_of_every_kind_harm_nobody(court: Courtroom, faults: list[str]) -> None:
    rng = random.Random(3)
    _, speaker = await court.publisher()
    speaker.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    leg, listener = await court.subscriber("clerk", court.observed.started[0])
    request = bytes(speaker.binding_request(leg.offer().sdp))
    for _ in range(300):
        size = rng.randrange(1, 80)
        speaker.send_raw(bytes((rng.choice((0, 1, 20, 22, 23, 63, 100, 128, 191, 255)),)) + rng.randbytes(size))
        damaged = bytearray(request)
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
        speaker.send_raw(bytes(damaged[: rng.randrange(1, len(damaged) + 1)]))
        speaker.send_raw(b"\x80" + bytes((rng.choice((96, 111, 200, 201, 205)),)) + rng.randbytes(size))
    speaker.send_rtp(opus(2, MICROPHONE_SSRC, b"still here"))
    assert payload_of(await listener.next_rtp()) == b"still here"
    assert faults == []


async def test_malformed_packets_of_an_authenticated_sender_harm_nobody(court: Courtroom, faults: list[str]) -> None:
    rng = random.Random(4)
    _, speaker = await court.publisher()
    speaker.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    _, listener = await court.subscriber("clerk", court.observed.started[0])
    for sequence in range(2, 300):
        head = bytes((rng.choice((0x80, 0x90, 0xA0, 0xB0)), rng.choice((96, 97, 111))))
        ssrc = rng.choice((MICROPHONE_SSRC, 2000, 2001, 5)).to_bytes(4, "big")
        words = rng.randrange(3)
        body = b"\xbe\xde" + words.to_bytes(2, "big") + rng.randbytes(4 * words + rng.randrange(4))
        speaker.send_rtp(head + sequence.to_bytes(2, "big") + bytes(4) + ssrc + body)
        speaker.send_rtcp(bytes((0x80 | rng.randrange(64), rng.choice((200, 201, 203, 205, 206)))) + rng.randbytes(30))
    speaker.send_rtp(opus(300, MICROPHONE_SSRC, b"still here"))
    while payload_of(await listener.next_rtp()) != b"still here":
        pass
    assert court.observed.closed == []
    assert faults == []


async def test_ipv6_and_ipv4_work_on_one_socket() -> None:
    court = Courtroom(await MediaEndpoint.open("::", announced=["::1", "127.0.0.1"]))
    try:
        for host, port_host in (("::1", "::1"), ("127.0.0.1", "127.0.0.1")):
            peer = await court.peer(host)
            leg = PublishLeg(court.endpoint, "judge", "up", court.observed)
            answer = await leg.answer(publisher_offer(peer, AUDIO), LABELS, EVERYTHING)
            only = "\r\n".join(
                line for line in answer.split("\r\n") if "a=candidate" not in line or f" {port_host} " in line
            )
            response = await peer.check(only)
            assert response.attributes["XOR-MAPPED-ADDRESS"][0] == host
            await peer.shake_hands(only)
        await court.observed.legs_connected(2)
    finally:
        await court.close()


async def test_every_address_is_announced_or_those_one_was_told_to() -> None:
    everywhere = await MediaEndpoint.open("0.0.0.0")
    told = await MediaEndpoint.open("127.0.0.1", announced=["192.0.2.1", "2001:db8::1"])
    assert everywhere.announced and "0.0.0.0" not in everywhere.announced
    port = str(told.port)
    assert [(*line.split()[2:3], *line.split()[4:]) for line in told.candidates] == [
        ("udp", "192.0.2.1", port, "typ", "host"),
        ("udp", "2001:db8::1", port, "typ", "host"),
        ("tcp", "192.0.2.1", port, "typ", "host", "tcptype", "passive"),
        ("tcp", "2001:db8::1", port, "typ", "host", "tcptype", "passive"),
    ]
    priorities = [int(line.split()[3]) for line in told.candidates]
    assert priorities == sorted(priorities, reverse=True) and len(set(priorities)) == 4
    await everywhere.close()
    await told.close()
    await told.close()


async def test_an_address_that_cannot_be_had_is_an_error() -> None:
    with pytest.raises(OSError, match="assign"):
        await MediaEndpoint.open("192.0.2.1")
