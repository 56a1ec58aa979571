import time
from collections.abc import Callable

from signaling.media import rtcp
from signaling.media.codec import Codec
from signaling.media.distribution import SILENCE_DBOV
from signaling.media.header_extensions import AUDIO_LEVEL
from signaling.media.reception import Reception
from signaling.media.sink import SinkPacket
from signaling.media.source import LOOK_FOR_MISSING_S, Later, Source
from signaling.protocol.grants import SourceLabel
from tests.unit.signaling.media.courtroom import MICROPHONE_SSRC, Collected, Courtroom
from tests.unit.signaling.media.rtp_peer import opus


def camera(asked: list[bytes], later: Later = lambda _seconds, _act: None) -> Source:
    return Source(
        participant="judge",
        connection="up",
        label=SourceLabel.CAMERA,
        codec=Codec.VP8,
        ssrc=7,
        payload_type=96,
        extensions={5: AUDIO_LEVEL},
        track=1,
        reception=Reception(90_000, 0, 0),
        repairs=True,
        send_feedback=asked.append,
        later=later,
    )


class Broken(Collected):
    def packets(self, source: Source, batch: list[SinkPacket]) -> None:
        raise RuntimeError("a fault in a sink")


async def test_a_sink_receives_packets_as_they_came_in_batches(court: Courtroom) -> None:
    _, speaker = await court.publisher()
    first, second = opus(65_535, MICROPHONE_SSRC), opus(65_536, MICROPHONE_SSRC)
    sink = Collected()
    began_us = time.monotonic_ns() // 1000
    speaker.send_rtp(first)
    await court.observed.sources_started(1)
    source = court.observed.started[0]
    source.attach(sink)
    speaker.send_rtp(second)
    while source.packets_received < 2:
        await speaker.next_rtcp(205, 15)
    court.endpoint.tick()
    assert sink.opened == [source]
    ((arrival_us, sequence, packet),) = sink.received
    assert (sequence, packet) == (65_536, second), "extended number, and not one bit changed"
    assert began_us < arrival_us <= time.monotonic_ns() // 1000
    assert arrival_us == source.last_arrival_us


async def test_what_a_sink_has_not_seen_is_handed_over_before_its_track_closes(court: Courtroom) -> None:
    leg, speaker = await court.publisher()
    speaker.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    source = court.observed.started[0]
    sink, other = Collected(), Collected()
    source.attach(sink)
    source.attach(other)
    source.detach(other)
    speaker.send_rtp(*(opus(n, MICROPHONE_SSRC) for n in range(2, 20)))
    while source.packets_received < 19:
        await speaker.next_rtcp(205, 15)
    await leg.close()
    assert [sequence for _, sequence, _ in sink.received] == list(range(2, 20))
    assert sink.closed == [source] and other.received == []


async def test_a_fault_in_a_sink_disturbs_nobody(court: Courtroom, faults: list[str]) -> None:
    leg, speaker = await court.publisher()
    speaker.send_rtp(opus(1, MICROPHONE_SSRC))
    await court.observed.sources_started(1)
    source = court.observed.started[0]
    broken, sink = Broken(), Collected()
    source.attach(broken)
    source.attach(sink)
    speaker.send_rtp(opus(2, MICROPHONE_SSRC))
    while source.packets_received < 2:
        await speaker.next_rtcp(205, 15)
    await leg.close()
    assert len(sink.received) == 1 and broken.closed == sink.closed == [source]
    assert faults == ["sink_broke"]


def test_the_level_falls_to_silence_when_packets_stop() -> None:
    source = camera([])
    source.level_dbov = 20
    source.reception.last_ns = 1_000_000_000
    source.tick(1_200_000_000)
    assert source.level_dbov == 20
    source.tick(1_400_000_000)
    assert source.level_dbov == SILENCE_DBOV


def test_a_camera_that_sends_nothing_is_not_reminded() -> None:
    asked: list[bytes] = []
    source = camera(asked)
    source.request_keyframe()
    now_ns = time.monotonic_ns()
    for n in range(20):
        source.tick(now_ns + n * 1_000_000_000)
    assert asked == [rtcp.picture_loss(7)]
    source.reception.received += 1
    source.tick(now_ns + 21_000_000_000)
    assert len(asked) == 2


def test_a_picture_too_damaged_to_repair_is_asked_for_anew() -> None:
    asked: list[bytes] = []
    source = camera(asked)
    source.place(5_000, 0)
    assert asked == [rtcp.picture_loss(7)] and source.keyframe_wanted


def test_the_audio_level_extension_is_the_senders_number() -> None:
    assert camera([]).audio_level_extension == 5


async def test_missing_packets_are_looked_for_by_a_short_clock_that_stops_when_none_is_missing() -> None:
    asked: list[bytes] = []
    clock: list[tuple[float, Callable[[], None]]] = []
    source = camera(asked, lambda seconds, act: clock.append((seconds, act)))
    now_ns = time.monotonic_ns()
    source.place(2, now_ns)
    source.place(4, now_ns)
    assert [rtcp.read(each) for each in asked] == [[rtcp.Nack(7, (0, 1))], [rtcp.Nack(7, (3,))]]
    ((seconds, look),) = clock
    assert seconds == LOOK_FOR_MISSING_S
    clock.clear()
    look()
    assert len(clock) == 1, "as long as something is missing"
    for sequence in (0, 1, 3):
        source.place(sequence, now_ns)
    clock.pop()[1]()
    assert clock == []


async def test_nothing_is_asked_of_a_source_that_ended() -> None:
    asked: list[bytes] = []
    clock: list[Callable[[], None]] = []
    source = camera(asked, lambda _seconds, act: clock.append(act))
    source.place(2, time.monotonic_ns())
    asked.clear()
    source.end()
    clock.pop()()
    assert (asked, clock) == ([], [])
