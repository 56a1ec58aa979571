"""Whoever is nobody (OWASP ASVS 5.0, 17.2): datagrams of a third address, and of one that forges a member's address."""

import asyncio
import contextlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from signaling.media.library_internals import DtlsAssociation, new_certificate
from signaling.media.observer import LegCloseCause
from signaling.protocol.facts import MediaConnected, MediaDisconnected
from tests.abuse.recorded_court import RecordedCourt, recorded_court
from tests.unit.signaling.media.rtp_peer import first_value

ROUNDS, AT_ONCE = 8, 60
"""More than the endpoint reads in one turn of its loop would only test the kernel's buffer."""


async def client_hello() -> bytes:
    """The first DTLS datagram of a client (RFC 6347 section 4.2.2)."""
    said: asyncio.Queue[bytes] = asyncio.Queue()
    association = DtlsAssociation(new_certificate(), asyncio.Queue[bytes]().get, said.put_nowait, lambda: None)
    shaking = asyncio.create_task(association.handshake(server=False, fingerprints=[("sha-256", "AA:" * 31 + "AA")]))
    hello = await asyncio.wait_for(said.get(), 5)
    shaking.cancel()
    await asyncio.gather(shaking, return_exceptions=True)
    return hello


async def stun(court: RecordedCourt, *, ufrag: str = "", password: str = "guessed") -> bytes:
    sdp = court.sdp if not ufrag else court.sdp.replace(first_value(court.sdp, "ice-ufrag"), ufrag)
    return bytes(court.stranger.binding_request(sdp, password))


async def datagrams(kind: str, court: RecordedCourt, rng: random.Random) -> Callable[[], bytes]:
    hello, wrong = await client_hello(), await stun(court)
    unknown = await stun(court, ufrag="ffffffff")
    return {
        "spoofed ClientHello": lambda: hello,
        "DTLS alert": lambda: b"\x15\xfe\xfd" + bytes(8) + b"\x00\x02\x02\x28",
        "DTLS noise": lambda: bytes((rng.randrange(20, 64),)) + rng.randbytes(rng.randrange(200)),
        "wrong STUN password": lambda: wrong,
        "unknown STUN user": lambda: unknown,
        "damaged STUN": lambda: _damaged(wrong, rng),
        "replayed SRTP": lambda: rng.choice(court.captured),
        "damaged SRTP": lambda: _damaged(rng.choice(court.captured), rng),
        "invented SRTP": lambda: b"\x80" + bytes((rng.choice((96, 97, 111)),)) + rng.randbytes(100),
        "invented SRTCP": lambda: b"\x80" + bytes((rng.randrange(200, 207),)) + rng.randbytes(60),
        "noise": lambda: rng.randbytes(rng.randrange(1, 1400)),
        "large": lambda: rng.randbytes(9000),
    }[kind]


def _damaged(datagram: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(datagram)
    damaged[rng.randrange(2, len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


KINDS = (
    "spoofed ClientHello",
    "DTLS alert",
    "DTLS noise",
    "wrong STUN password",
    "unknown STUN user",
    "damaged STUN",
    "replayed SRTP",
    "damaged SRTP",
    "invented SRTP",
    "invented SRTCP",
    "noise",
    "large",
)


async def test_a_third_address_is_not_answered_and_reaches_nothing(tmp_path: Path, faults: list[str]) -> None:
    async with recorded_court(tmp_path) as court:
        known = dict(court.endpoint._by_address)
        rng = random.Random(21)
        for kind in KINDS:
            make = await datagrams(kind, court, rng)
            for _ in range(ROUNDS):
                for _ in range(AT_ONCE):
                    court.stranger.send_raw(make())
                await court.talk()
        for answers in (court.stranger._stun, court.stranger._dtls, court.stranger.rtp):
            assert answers.empty()
        assert court.endpoint._by_address == known
        await court.assert_nothing_was_lost()
    assert faults == []


async def test_a_spoofed_client_hello_never_reaches_a_handshake(tmp_path: Path) -> None:
    """The race of OWASP ASVS 17.2.6: somebody else's ClientHello comes between the check and the member's own."""
    async with recorded_court(tmp_path) as court:
        owner = await court.peer()
        await court.enter("plaintiff", court.in_court)
        sdp = await court.offer("plaintiff", owner)
        await owner.check(sdp)
        hello = await client_hello()
        for _ in range(AT_ONCE):
            court.stranger.send_raw(hello)
        await owner.check(sdp)  # what came before it has been read
        await court.talk()
        assert owner._dtls.empty() and court.stranger._dtls.empty(), "nobody was greeted"
        await owner.shake_hands(sdp)
        await court.next(MediaConnected, participant="plaintiff")
        await court.assert_nothing_was_lost()


@pytest.mark.parametrize("victim", ["judge", "clerk"])
async def test_forged_datagrams_of_a_members_own_address_do_not_end_its_media(
    tmp_path: Path, victim: str, faults: list[str]
) -> None:
    """UDP lets anybody claim any source address: nothing unauthenticated may count against whose address it is."""
    async with recorded_court(tmp_path) as court:
        peer = court.judge if victim == "judge" else court.clerk
        rng = random.Random(22)
        for kind in KINDS:
            make = await datagrams(kind, court, rng)
            for _ in range(ROUNDS):
                for _ in range(AT_ONCE):
                    peer.send_raw(make())
                await court.talk()
        assert court.publishing.ended is None and court.receiving.ended is None
        assert len(court.publishing._strangers or ()) <= 1, "nothing forged leaves a trace in the keys"
        await court.assert_nothing_was_lost()
    assert faults == []


async def test_another_certificate_than_the_announced_one_gets_no_media(tmp_path: Path, faults: list[str]) -> None:
    """Somebody who even knows the STUN password, but not the private key (RFC 5763 section 5)."""
    async with recorded_court(tmp_path) as court:
        impostor, owner = await court.peer(), await court.peer()
        await court.enter("plaintiff", court.in_court)
        sdp = await court.offer("plaintiff", owner)
        with contextlib.suppress(ConnectionError):
            await impostor.connect(sdp)
        ended = await court.next(MediaDisconnected, participant="plaintiff")
        assert ended.cause == LegCloseCause.DTLS_FAILED.value
        await court.talk(5)
        await court.assert_nothing_was_lost()
    assert faults == []


async def test_a_check_that_is_replayed_from_elsewhere_cannot_be_used_to_speak(tmp_path: Path) -> None:
    """Whoever sees a check can send it again from their own address, and without keys it gains them nothing to hear or to say."""
    async with recorded_court(tmp_path) as court:
        check = bytes(court.judge.binding_request(court.sdp))
        court.judge.send_raw(check)
        await court.talk()
        court.stranger.send_raw(check)
        for _ in range(AT_ONCE):
            court.stranger.send_raw(b"\x80\x6f" + random.Random(1).randbytes(80))
            court.stranger.send_raw(await client_hello() if _ == 0 else court.captured[0])
        court.judge.send_raw(bytes(court.judge.binding_request(court.sdp)))
        await court.talk(5)
        assert court.publishing.ended is None
        await court.assert_nothing_was_lost()
