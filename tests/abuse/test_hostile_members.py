"""Members with keys and grants who mean harm (OWASP ASVS 5.0, 17.2 and 17.3): what they can cause is counted, and the others go on."""

import asyncio
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from signaling.media import rtcp
from signaling.media.observer import LegCloseCause
from signaling.media.publish_leg import SOURCES_AT_ONCE
from signaling.media.strangers import MAX_STRANGERS
from signaling.protocol.court_words import ErrorCode
from signaling.protocol.facts import MediaConnected, MediaDisconnected, TrackPublished
from signaling.protocol.from_client import PublishedSource
from signaling.protocol.grants import SourceLabel
from signaling.protocol.worker import (
    MediaRefused,
    OfferPublish,
    PublishAnswered,
    RequestSubscribe,
    SubscribeOffered,
)
from signaling.room.member import CONNECTIONS_AT_ONCE
from tests.abuse.recorded_court import SOURCES, RecordedCourt, recorded_court
from tests.unit.signaling.media.rtp_peer import RtpPeer, opus, publisher_offer, rtp, vp8, vp8_payload

ROUNDS, AT_ONCE = 8, 60
VOICE, CAMERA = 31, 41
TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK = 205, 206


async def hostile_publisher(court: RecordedCourt, *, announced: bool = True, rids: tuple[str, ...] = ()) -> RtpPeer:
    """In court with a voice and a picture, like the judge."""
    peer = await court.peer()
    await court.enter("plaintiff", court.in_court)
    ssrcs = (VOICE, CAMERA) if announced else (None, None)
    await peer.connect(await court.offer("plaintiff", peer, *ssrcs, rids=rids))
    await court.next(MediaConnected, participant="plaintiff")
    return peer


async def sent(court: RecordedCourt, peer: RtpPeer, packets: Iterator[bytes], rounds: int = ROUNDS) -> None:
    """Chunks of packets, and the pair goes on between them."""
    for _ in range(rounds):
        for _ in range(AT_ONCE):
            peer.send_rtp(next(packets))
        await court.follow_offers()
        await court.talk()


def invented_ssrcs(rng: random.Random) -> Iterator[bytes]:
    sequence = 0
    while True:
        sequence += 1
        yield opus(sequence, rng.getrandbits(32))
        yield vp8(sequence, rng.getrandbits(32), mid="1")


def invented_rids(rng: random.Random) -> Iterator[bytes]:
    while True:
        rid = bytes(rng.choices(b"abcdefghijklmnopqrstuvwxyz0123456789", k=rng.randrange(1, 9)))
        yield rtp(1, 1, rng.getrandbits(32), vp8_payload(1, 1, key=True), elements=[(4, b"1"), (10, rid)])


def every_extension_id(rng: random.Random) -> Iterator[bytes]:
    sequence = 0
    while True:
        sequence += 1
        ids = rng.sample(range(1, 15), rng.randrange(1, 8))
        elements = [(identifier, rng.randbytes(rng.randrange(1, 17))) for identifier in ids]
        yield rtp(sequence, sequence * 960, VOICE, b"\xfc\xff\xfe", payload_type=111, elements=elements)


def malformed_pictures(rng: random.Random) -> Iterator[bytes]:
    """Whole RTP, nonsense inside: descriptors cut short, keyframes of all sizes, timestamps and sequence numbers all over."""
    sequence = 0
    while True:
        sequence += rng.choice((1, 1, 1, 2, 500))
        payload = rng.choice((b"", b"\x90", b"\x90\xff", b"\x10\x00", rng.randbytes(rng.randrange(60))))
        if rng.random() < 0.5:
            payload = vp8_payload(rng.getrandbits(15), rng.getrandbits(8), key=True, height=rng.randrange(1, 9000))
        marker, padding = rng.random() < 0.5, rng.choice((0, 0, 1, 200))
        yield rtp(sequence, rng.getrandbits(32), CAMERA, payload, marker=marker, padding=padding)


def one_endless_picture(_: random.Random) -> Iterator[bytes]:
    sequence = 0
    while True:
        sequence += 1
        yield rtp(sequence, 1, CAMERA, vp8_payload(1, 1, key=True, height=180) + bytes(1000))


ATTACKS: dict[str, tuple[bool, tuple[str, ...], Callable[[random.Random], Iterator[bytes]]]] = {
    "invented SSRCs": (False, (), invented_ssrcs),
    "invented RIDs": (True, ("q", "h", "f"), invented_rids),
    "every extension id": (True, (), every_extension_id),
    "malformed pictures": (True, (), malformed_pictures),
    "one endless picture": (True, (), one_endless_picture),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_what_a_member_sends_harms_nobody_else(tmp_path: Path, attack: str, faults: list[str]) -> None:
    announced, rids, packets = ATTACKS[attack]
    async with recorded_court(tmp_path) as court:
        peer = await hostile_publisher(court, announced=announced, rids=rids)
        await sent(court, peer, packets(random.Random(23)))
        leg = court.leg("plaintiff", "publish")
        assert leg is not None and leg._strangers is not None
        assert len(leg._strangers) <= MAX_STRANGERS
        assert len(court.hall.rooms()[0]._members["plaintiff"].sources()) <= 4
        await court.assert_nothing_was_lost()
        about_it = [each for each in court.heard if getattr(each, "participant", "") == "plaintiff"]
        assert len(about_it) <= 120, "rows of the journal, for 480 packets"
    assert faults == []


async def test_goodbyes_and_beginnings_without_end_make_only_so_many_tracks(tmp_path: Path, faults: list[str]) -> None:
    async with recorded_court(tmp_path) as court:
        peer = await hostile_publisher(court, announced=False)
        for ssrc in range(5_000, 5_000 + 4 * SOURCES_AT_ONCE):
            peer.send_rtp(opus(1, ssrc))
            peer.send_rtcp(b"\x81\xcb\x00\x01" + ssrc.to_bytes(4, "big"))
            if ssrc % 16 == 0:
                await court.follow_offers()
                await court.talk()
        await court.barrier()
        begun = court.facts(TrackPublished, "plaintiff")
        assert SOURCES_AT_ONCE <= len(begun) <= SOURCES_AT_ONCE + 3
        await court.assert_nothing_was_lost()
    assert faults == []


async def test_who_floods_is_cut_off_and_the_journal_says_so(tmp_path: Path, faults: list[str]) -> None:
    async with recorded_court(tmp_path) as court:
        peer = await hostile_publisher(court)
        flood = (rtp(n, n * 10, CAMERA, b"\x10\x01" + bytes(1000)) for n in range(1, 1_000_000))
        ended = None
        while ended is None:
            await sent(court, peer, flood, rounds=1)
            ended = next((each for each in court.heard if isinstance(each, MediaDisconnected)), None)
        assert (ended.participant, ended.cause) == ("plaintiff", LegCloseCause.FLOODING.value)
        assert court.leg("plaintiff", "publish") is None
        await court.assert_nothing_was_lost()
    assert faults == []


# -------------------------------------------------------------------- reports


async def test_sender_reports_are_not_multiplied(tmp_path: Path) -> None:
    async with recorded_court(tmp_path) as court:
        peer = await hostile_publisher(court)
        peer.send_rtp(opus(1, VOICE))
        await court.next(TrackPublished, participant="plaintiff")
        await court.follow_offers()
        await court.talk()
        report = rtcp.sender_report(rtcp.SenderReport(VOICE, 1 << 60, 5, 1, 1))
        for _ in range(20):
            for _ in range(30):
                peer.send_rtcp(report * 40)
            await court.talk()
        relayed = [item for packet in drained(court.clerk.rtcp) for item in rtcp.read(packet)]
        of_plaintiff = [item for item in relayed if isinstance(item, rtcp.SenderReport) and item.ntp == 1 << 60]
        assert len(of_plaintiff) <= 20, "24,000 were sent"
        await court.assert_nothing_was_lost()


def drained(queue: "asyncio.Queue[bytes]") -> list[bytes]:
    return [queue.get_nowait() for _ in range(queue.qsize())]


async def hostile_subscriber(court: RecordedCourt) -> tuple[RtpPeer, dict[str, int]]:
    """Receives the judge; (peer, SSRC of each kind)."""
    await court.enter("defendant", court.in_court)
    peer = await court.subscribe("defendant")
    leg = court.leg("defendant", "subscribe")
    assert leg is not None
    while not peer.rtp.qsize() >= 2:
        await court.talk()
    outlets = {slot.kind: slot.outlet.ssrc for slot in leg._slots if slot.outlet is not None}  # type: ignore[union-attr]
    return peer, outlets


@pytest.mark.parametrize("kind", ["audio", "video"])
async def test_requests_for_repeats_amplify_nothing(tmp_path: Path, kind: str, faults: list[str]) -> None:
    """An attacker who asks for everything again and again gets each packet a few times at most, on a budget."""
    async with recorded_court(tmp_path) as court:
        peer, outlets = await hostile_subscriber(court)
        await court.talk(200)
        drained(peer.rtp)
        peer.encrypted.clear()
        everything = rtcp.nack(outlets[kind], range(600))
        for _ in range(30):
            for _ in range(40):
                peer.send_rtcp(everything)
            await court.talk()
        repeats = len(peer.encrypted) - 2 * 30
        leg = court.leg("defendant", "subscribe")
        assert leg is not None and leg.ignored_reports > 0
        assert 0 < repeats <= 3 * court.sent, "asked for 600 packets 1,200 times"
        await court.assert_nothing_was_lost()
    assert faults == []


async def test_requests_for_pictures_reach_the_sender_twice_a_second(tmp_path: Path) -> None:
    async with recorded_court(tmp_path) as court:
        peer, outlets = await hostile_subscriber(court)
        drained(court.judge.rtcp)
        began = asyncio.get_running_loop().time()
        for _ in range(20):
            for _ in range(30):
                peer.send_rtcp(rtcp.picture_loss(outlets["video"]) * 80)
            await court.talk()
        took_s = asyncio.get_running_loop().time() - began
        passed_on = [item for packet in drained(court.judge.rtcp) for item in rtcp.read(packet)]
        asked = [item for item in passed_on if isinstance(item, rtcp.KeyframeRequest)]
        assert len(asked) <= 1 + took_s / 0.5, "48,000 were sent"
        await court.assert_nothing_was_lost()


async def test_reports_of_any_kind_leave_the_pair_alone(tmp_path: Path, faults: list[str]) -> None:
    rng = random.Random(25)
    async with recorded_court(tmp_path) as court:
        hostile = await hostile_publisher(court)
        peer, outlets = await hostile_subscriber(court)
        for _ in range(20):
            for _ in range(30):
                kind, count = rng.randrange(192, 224), rng.randrange(32)
                body = rng.randbytes(4 * rng.randrange(60))
                target = rng.choice([VOICE, CAMERA, *outlets.values(), rng.getrandbits(32)]).to_bytes(4, "big")
                packet = bytes((0x80 | count, kind)) + (len(body) // 4 + 2).to_bytes(2, "big") + rng.randbytes(4)
                rng.choice((hostile, peer)).send_rtcp(packet + target + body)
            await court.talk()
        assert court.publishing.ended is None and court.receiving.ended is None
        await court.assert_nothing_was_lost()
    assert faults == []


async def test_invented_senders_of_reports_leave_nothing_behind(tmp_path: Path) -> None:
    async with recorded_court(tmp_path) as court:
        peer, _ = await hostile_subscriber(court)
        for number in range(600):
            peer.send_rtcp(b"\x80\xc9\x00\x01" + number.to_bytes(4, "big"))
            if number % 60 == 0:
                await court.talk()
        await court.talk()
        leg = court.leg("defendant", "subscribe")
        assert leg is not None and leg._strangers is not None and len(leg._strangers) == MAX_STRANGERS
        await court.assert_nothing_was_lost()


# -------------------------------------------------------------------- connections and descriptions


async def test_connections_without_end_are_refused(tmp_path: Path, faults: list[str]) -> None:
    async with recorded_court(tmp_path) as court:
        await court.enter("plaintiff", court.in_court)
        offer = publisher_offer(court.stranger, [("0", "audio", 1), ("1", "video", 2)])
        for number in range(2 * CONNECTIONS_AT_ONCE):
            name = f"c{number}"
            await court.bus.send(RequestSubscribe(room="r", participant="plaintiff", connection=name))
            await court.bus.send(
                OfferPublish(room="r", participant="plaintiff", connection=name, sdp=offer, sources=SOURCES)
            )
        await court.barrier()
        refused = [each for each in court.heard if isinstance(each, MediaRefused)]
        made = [each for each in court.heard if isinstance(each, PublishAnswered | SubscribeOffered)]
        assert {each.code for each in refused} == {ErrorCode.TOO_MANY}
        assert len(refused) + len([each for each in made if each.participant == "plaintiff"]) >= 4 * CONNECTIONS_AT_ONCE
        assert len(refused) >= 3 * CONNECTIONS_AT_ONCE - 3
        assert len(court.endpoint._legs) <= 2 + 2 + 1, "the pair's, the newest two of the plaintiff, the barrier's"
        await court.talk(5)
        await court.assert_nothing_was_lost()
    assert faults == []


async def test_a_second_camera_and_an_ungranted_screen_are_neither_seen_nor_recorded(
    tmp_path: Path, faults: list[str]
) -> None:
    """Check 19: undeclared, declared twice, or not granted."""
    async with recorded_court(tmp_path) as court:
        peer = await court.peer()
        await court.enter("plaintiff", court.in_court)
        media = [
            ("0", "audio", VOICE),
            ("1", "video", CAMERA),
            ("2", "video", 51),
            ("3", "video", 61),
            ("4", "audio", 71),
        ]
        labels = {
            "0": SourceLabel.MICROPHONE,
            "1": SourceLabel.CAMERA,
            "2": SourceLabel.CAMERA,
            "3": SourceLabel.SCREEN,
        }
        sources = [PublishedSource(mid=mid, source=label) for mid, label in labels.items()]
        await court.bus.send(
            OfferPublish(
                room="r", participant="plaintiff", connection="up", sdp=publisher_offer(peer, media), sources=sources
            )
        )
        answer = (await court.next(PublishAnswered, participant="plaintiff")).sdp
        assert [section.split()[1] for section in answer.split("m=")[1:]] == ["9", "9", "0", "9", "0"]
        assert [line for line in answer.splitlines() if line in ("a=recvonly", "a=inactive")] == [
            "a=recvonly",
            "a=recvonly",
            "a=inactive",
            "a=inactive",
            "a=inactive",
        ]
        await peer.connect(answer)
        for number in range(1, 40):
            for ssrc in (CAMERA, 51, 61):
                peer.send_rtp(vp8(number, ssrc, vp8_payload(number, 1, key=True, height=180)))
            peer.send_rtp(opus(number, 71), opus(number, VOICE), vp8(number, 51, mid="2"), vp8(number, 61, mid="3"))
        for _ in range(2):
            await court.next(TrackPublished, participant="plaintiff")
        await court.follow_offers()
        await court.talk(5)
        (member,) = [each for name, each in court.hall.rooms()[0]._members.items() if name == "plaintiff"]
        assert sorted(source.ssrc for source in member.sources()) == [VOICE, CAMERA]
        assert not [each for each in court.heard if isinstance(each, TrackPublished)]
        await court.assert_nothing_was_lost()
        folders = sorted(path.name[:14] for path in (tmp_path / "recordings").glob("h/tracks/plaintiff/*"))
        assert folders == [f"audio-{VOICE:08x}", f"video-{CAMERA:08x}"]
    assert faults == []
