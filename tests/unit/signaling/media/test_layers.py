"""Simulcast from a publisher's packets to a subscriber's: layers, their choice, and the change from one to another."""

import struct
import time
from itertools import pairwise

from signaling.media import rtcp
from signaling.media.picture_numbers import SHORT, numbers_of
from signaling.media.publication import ACTIVE_WITHIN_NS, Publication
from signaling.media.source import Source
from signaling.media.subscribe_leg import SubscribeLeg
from signaling.protocol.grants import SourceLabel
from tests.unit.signaling.media.courtroom import Collected, Courtroom, publication_of
from tests.unit.signaling.media.rtp_peer import RtpPeer, payload_of, rtp, sequence_of, ssrc_of, vp8_payload

SSRCS = {"q": 10, "h": 20, "f": 30}
HEIGHTS = {"q": 180, "h": 360, "f": 720}
CAMERA = ("judge", SourceLabel.CAMERA)


class Camera:
    """Sends three layers, each with numbers of its own; ``short``: with 7-bit picture ids."""

    def __init__(self, peer: RtpPeer, *, short: bool = False) -> None:
        self.peer = peer
        self.short = short
        self.sequence = {"q": 100, "h": 20_000, "f": 65_530}
        self.picture = {"q": 32_760, "h": 5_000, "f": 77}
        self.clock = {"q": 0xFFFFF000, "h": 123, "f": 4_000_000}

    def report_clocks(self, frame: int = 0) -> None:
        """The sender report of each layer, at the time of picture number ``frame``."""
        for rid, ssrc in SSRCS.items():
            ntp = (1 << 40) + frame * (1 << 32) // 30
            stamp = (self.clock[rid] + frame * 3000) & 0xFFFFFFFF
            self.peer.send_rtcp(rtcp.sender_report(rtcp.SenderReport(ssrc, ntp, stamp, 1, 1)))

    def send(self, rid: str, frame: int, *, key: bool = False, text: bytes = b"", named: bool = True) -> None:
        """One picture in one packet; ``named``: the packet says of which layer it is."""
        elements = [(2, b"abc"), *([(4, b"1"), (10, rid.encode())] if named else [])]
        payload = vp8_payload(self.picture[rid], self.picture[rid] & 0xFF, key=key, height=HEIGHTS[rid]) + text
        if self.short:
            payload = payload[:2] + bytes((self.picture[rid] & 0x7F,)) + payload[4:]
        stamp = self.clock[rid] + frame * 3000
        self.peer.send_rtp(rtp(self.sequence[rid], stamp, SSRCS[rid], payload, elements=elements, marker=True))
        self.sequence[rid] += 1
        self.picture[rid] = (self.picture[rid] + 1) & 0x7FFF


async def camera_in(court: Courtroom, *, short: bool = False) -> tuple[Camera, Publication, dict[str, Source]]:
    """All layers have begun with a keyframe."""
    _, peer = await court.layered_publisher()
    camera = Camera(peer, short=short)
    camera.report_clocks()
    for rid in SSRCS:
        camera.send(rid, 0, key=True)
    await court.observed.sources_started(3)
    sources = {source.rid: source for source in court.observed.started}
    camera.report_clocks()
    return camera, publication_of(sources["q"]), sources


async def viewer(court: Courtroom, camera: Camera, publication: Publication) -> tuple[SubscribeLeg, RtpPeer]:
    """Has seen the low layer's picture 1, a keyframe."""
    leg, peer = await court.subscriber("clerk", *publication.sources[:1])
    leg.show({CAMERA: (160, 90)})
    camera.send("q", 1, key=True)
    await peer.next_rtp()
    return leg, peer


async def test_layers_are_one_publication_whatever_order_they_come_in(court: Courtroom) -> None:
    leg, peer = await court.layered_publisher()
    camera = Camera(peer)
    for rid in ("f", "q", "h"):
        camera.send(rid, 0, key=True)
    camera.peer.send_rtp(
        rtp(1, 0, 99, vp8_payload(1, 1, key=True), elements=[(4, b"1"), (10, b"x")])
    )  # nobody offered x
    camera.peer.send_rtp(rtp(1, 0, 98, vp8_payload(1, 1, key=True), elements=[(4, b"1")]))  # says nothing
    camera.send("q", 1)
    await court.observed.sources_started(3)
    (publication,) = leg.publications
    assert [source.rid for source in publication.sources] == ["q", "h", "f"]
    assert publication.best is publication.sources[2]
    assert [layer.bitrate_bps for layer in publication.layers()] == [150_000, 500_000, 1_500_000]


async def test_packets_need_not_go_on_saying_their_layer(court: Courtroom) -> None:
    camera, _, sources = await camera_in(court)
    camera.send("h", 1, named=False)
    while sources["h"].packets_received < 2:
        await camera.peer.next_item(rtcp.ReceptionReport)
    assert len(court.observed.started) == 3


async def test_a_small_picture_gets_the_low_layer_and_a_large_one_the_high(court: Courtroom) -> None:
    camera, publication, sources = await camera_in(court)
    _, peer = await viewer(court, camera, publication)
    large, other = await court.subscriber("party", sources["q"])
    large.show({CAMERA: (1280, 720)})
    for rid in SSRCS:
        camera.send(rid, 2, key=True, text=rid.encode())
        camera.send(rid, 3, text=rid.encode())
    for receiver, layer in ((peer, b"q"), (other, b"f")):
        assert [payload_of(await receiver.next_rtp())[-1:] for _ in range(2)] == [layer, layer]
        assert receiver.rtp.empty()
    assert [layer.height for layer in publication.layers()] == [180, 360, 720]


async def test_a_change_of_layer_waits_for_its_keyframe_and_runs_on_in_every_number(court: Courtroom) -> None:
    camera, publication, _ = await camera_in(court)
    leg, peer = await viewer(court, camera, publication)
    camera.send("q", 2, text=b"before")
    last = await peer.next_rtp()
    leg.show({CAMERA: (1280, 720)})
    assert (await camera.peer.next_item(rtcp.KeyframeRequest)).media_ssrc in SSRCS.values()
    camera.send("f", 3, text=b"no keyframe")
    camera.send("q", 3, text=b"still low")
    camera.send("f", 4, key=True, text=b"high")
    camera.send("q", 4, text=b"too late")
    camera.send("f", 5, text=b"next")
    seen = [await peer.next_rtp() for _ in range(3)]
    assert [payload_of(packet)[-4:] for packet in seen] == [b" low", b"high", b"next"]
    assert {ssrc_of(packet) for packet in (last, *seen)} == {ssrc_of(last)}
    for before, after in zip((last, *seen), seen, strict=False):
        assert sequence_of(after) == sequence_of(before) + 1
        stamps = [int.from_bytes(packet[4:8], "big") for packet in (before, after)]
        assert (stamps[1] - stamps[0]) & 0xFFFFFFFF == 3000, "the sender's clock tells how much later it was taken"
        numbers = numbers_of(before), numbers_of(after)
        assert numbers[1][1] == (numbers[0][1] + 1) & 0x7FFF and numbers[1][3] == (numbers[0][3] + 1) & 0xFF
    assert peer.rtp.empty()


async def test_short_picture_numbers_run_on_short_when_the_layer_changes(court: Courtroom) -> None:
    camera, publication, _ = await camera_in(court, short=True)
    leg, peer = await viewer(court, camera, publication)
    camera.send("q", 2, text=b"low")
    seen = [await peer.next_rtp()]
    leg.show({CAMERA: (1280, 720)})
    camera.send("f", 3, key=True, text=b"high")
    for frame in range(4, 60):
        camera.send("f", frame, text=b"high")
        seen.append(await peer.next_rtp())
    seen.append(await peer.next_rtp())
    numbers = [numbers_of(packet) for packet in seen]
    assert {each[4] for each in numbers} == {SHORT} and all(payload_of(each).endswith(b"high") for each in seen[1:])
    for before, after in pairwise(numbers):
        assert after[1] == (before[1] + 1) & SHORT and after[3] == (before[3] + 1) & 0xFF


async def test_a_full_downlink_is_sent_nothing_until_the_lower_layers_keyframe(court: Courtroom) -> None:
    camera, publication, _ = await camera_in(court)
    leg, peer = await viewer(court, camera, publication)
    leg.show({CAMERA: (1280, 720)})
    camera.send("f", 2, key=True, text=b"high")
    assert payload_of(await peer.next_rtp()).endswith(b"high")
    budget = leg.downlink.budget
    budget.take_loss(100, 90, 1_500_000, time.monotonic())
    assert leg.downlink.troubled
    leg.downlink.choose()
    camera.send("f", 3, text=b"too much")
    camera.send("q", 3, key=True, text=b"low")
    assert payload_of(await peer.next_rtp()).endswith(b"low")


async def test_a_low_estimate_alone_never_takes_a_shown_picture_away(court: Courtroom) -> None:
    camera, publication, _ = await camera_in(court)
    _, peer = await viewer(court, camera, publication)
    for frame in range(2, 12):
        peer.send_rtcp(rtcp.receiver_estimate(300_000 >> frame))
        camera.send("q", frame, text=b"shown")
        assert payload_of(await peer.next_rtp()).endswith(b"shown")


async def test_a_repeated_packet_after_a_change_is_the_same_bit_for_bit(court: Courtroom) -> None:
    camera, publication, _ = await camera_in(court)
    leg, peer = await viewer(court, camera, publication)
    leg.show({CAMERA: (1280, 720)})
    camera.send("f", 2, key=True)
    packet = await peer.next_rtp()
    sent = peer.encrypted[-1]
    peer.send_rtcp(rtcp.nack(ssrc_of(packet), [sequence_of(packet)]))
    peer.send_rtcp(rtcp.picture_loss(ssrc_of(packet)))
    while (await camera.peer.next_item(rtcp.KeyframeRequest)).media_ssrc != SSRCS["f"]:
        pass
    camera.send("f", 3)
    await peer.next_rtp()
    assert peer.encrypted.count(sent) == 2


async def test_a_hidden_picture_is_not_sent(court: Courtroom) -> None:
    camera, publication, sources = await camera_in(court)
    leg, peer = await viewer(court, camera, publication)
    leg.show({})
    assert all(source.outgoing == () for source in sources.values())
    camera.send("q", 2, key=True, text=b"hidden")
    while sources["q"].packets_received < 3:
        await camera.peer.next_item(rtcp.ReceptionReport)
    leg.show({CAMERA: (160, 90)})
    camera.send("q", 3, key=True, text=b"seen")
    assert payload_of(await peer.next_rtp()).endswith(b"seen")


async def test_a_layer_that_stops_is_left_for_one_that_goes_on(court: Courtroom) -> None:
    camera, publication, sources = await camera_in(court)
    leg, peer = await viewer(court, camera, publication)
    leg.show({CAMERA: (1280, 720)})
    camera.send("f", 2, key=True)
    await peer.next_rtp()
    silent_ns = sources["f"].reception.last_ns + ACTIVE_WITHIN_NS
    for rid in ("q", "h"):
        sources[rid].reception.last_ns = silent_ns
    publication.tick(silent_ns + 1)
    assert [source.rid for source in publication.active] == ["q", "h"]
    camera.send("h", 60, key=True, text=b"half")
    assert payload_of(await peer.next_rtp()).endswith(b"half")
    publication.tick(silent_ns + 10 * ACTIVE_WITHIN_NS)
    assert len(publication.active) == 3, "a camera that is off comes back with all of them"


async def test_a_layer_that_ends_takes_its_outlets_nowhere_else_by_itself(court: Courtroom) -> None:
    camera, publication, sources = await camera_in(court)
    leg, peer = await viewer(court, camera, publication)
    camera.peer.send_rtcp(b"\x81\xcb\x00\x01" + struct.pack("!I", SSRCS["q"]))
    await court.observed.sources_ended(1)
    assert [source.rid for source in publication.sources] == ["h", "f"]
    camera.send("h", 2, key=True, text=b"half")
    assert payload_of(await peer.next_rtp()).endswith(b"half")
    assert leg.publications == (publication,)
    assert sources["q"].outgoing == ()


async def test_a_muted_camera_comes_back_in_the_layer_it_had(court: Courtroom) -> None:
    up, peer_up = await court.layered_publisher()
    camera = Camera(peer_up)
    camera.send("q", 0, key=True)
    camera.send("f", 0, key=True)
    await court.observed.sources_started(2)
    (publication,) = up.publications
    leg, peer = await viewer(court, camera, publication)
    leg.show({CAMERA: (1280, 720)})
    camera.send("f", 2, key=True)
    await peer.next_rtp()
    up.set_allowed(frozenset({SourceLabel.MICROPHONE}))
    for rid in ("q", "f"):
        camera.send(rid, 3, key=True, text=b"muted")
    while publication.sources[1].reception.received < 3:
        await camera.peer.next_item(rtcp.ReceptionReport)
    up.set_allowed(frozenset(SourceLabel))
    camera.send("q", 5, key=True, text=b"low")
    camera.send("f", 5, key=True, text=b"high")
    assert payload_of(await peer.next_rtp()).endswith(b"high")
    assert peer.rtp.empty()


async def test_a_retransmission_finds_its_layer_by_name_and_then_by_its_own_number(court: Courtroom) -> None:
    camera, _, sources = await camera_in(court)
    sink = Collected()
    sources["h"].attach(sink)
    first, stamp = camera.sequence["h"], camera.clock["h"]
    camera.sequence["h"] += 2
    camera.send("h", 3)
    assert await camera.peer.next_item(rtcp.Nack) == rtcp.Nack(SSRCS["h"], (first, first + 1))
    for n, elements in ((0, [(4, b"1"), (11, b"h")]), (1, [(2, b"abc")])):
        payload = struct.pack("!H", first + n) + vp8_payload(5_001 + n, 0) + b"repaired"
        camera.peer.send_rtp(rtp(7 + n, stamp + 3000, 21, payload, payload_type=97, elements=elements))
    while sources["h"].packets_received < 4:
        await camera.peer.next_item(rtcp.ReceptionReport)
    court.endpoint.tick()
    assert sorted(sequence for _, sequence, _ in sink.received) == [first, first + 1, first + 2]


async def test_a_congested_subscriber_falls_to_the_low_layer_and_voices_are_left_alone(court: Courtroom) -> None:
    camera, publication, _ = await camera_in(court)
    leg, peer = await viewer(court, camera, publication)
    leg.show({CAMERA: (1280, 720)})
    camera.send("f", 2, key=True)
    seen = await peer.next_rtp()
    blocks = [rtcp.ReceptionReport(ssrc_of(seen), 0, lost, highest, 0, 0, 0) for lost, highest in ((0, 100), (70, 200))]
    for block in blocks:
        peer.send_rtcp(rtcp.receiver_report([block]))
    peer.send_rtcp(rtcp.picture_loss(ssrc_of(seen)))
    while (await camera.peer.next_item(rtcp.KeyframeRequest)).media_ssrc != SSRCS["q"]:
        camera.send("f", 3)
    camera.send("q", 4, key=True, text=b"low")
    while not payload_of(await peer.next_rtp()).endswith(b"low"):
        pass
    assert leg.downlink.budget.troubled(leg.downlink.budget._congested_s)
