"""A hushed microphone on the wire: a pause to whoever receives it, and nothing at all to recorder and transcriber."""

import pytest

from signaling.media import rtcp
from signaling.media.publish_leg import PublishLeg
from signaling.media.source import Source
from signaling.media.subscribe_leg import SubscribeLeg
from tests.unit.signaling.media.courtroom import CAMERA_SSRC, MICROPHONE_SSRC, Collected, Courtroom, publication_of
from tests.unit.signaling.media.rtp_peer import RtpPeer, opus, payload_of, sequence_of, ssrc_of, vp8

QUIET, SPEECH = 90, 30


class Conversation:
    def __init__(self, leg: PublishLeg, mouth: RtpPeer, receiving: SubscribeLeg, ears: RtpPeer) -> None:
        self.leg, self.mouth, self.receiving, self.ears = leg, mouth, receiving, ears
        self.sequence = 1

    @property
    def source(self) -> Source:
        return next(source for source in self.leg.sources if source.kind == "audio")

    def say(self, payload: bytes, level: int = SPEECH, count: int = 1) -> None:
        for _ in range(count):
            self.sequence += 1
            self.mouth.send_rtp(opus(self.sequence, MICROPHONE_SSRC, payload, level))

    async def read(self) -> None:
        """The server has read everything said so far."""
        while self.source.reception.highest < self.sequence:
            await self.mouth.next_rtcp(205, 15)


@pytest.fixture
async def talk(court: Courtroom) -> Conversation:
    leg, mouth = await court.publisher()
    mouth.send_rtp(opus(1, MICROPHONE_SSRC, level=QUIET), vp8(1, CAMERA_SSRC))
    await court.observed.sources_started(2)
    talk = Conversation(leg, mouth, *await court.subscriber("clerk", leg.sources[0]))
    talk.say(b"before", QUIET)
    assert payload_of(await talk.ears.next_rtp()) == b"before"
    return talk


def timestamp_of(packet: bytes) -> int:
    return int.from_bytes(packet[4:8], "big")


async def test_the_pause_is_no_loss_and_time_goes_on(talk: Conversation) -> None:
    talk.source.hush(lambda level: level < 50)
    talk.say(b"noise", QUIET, count=60)
    talk.say(b"word")
    first = await talk.ears.next_rtp()
    assert payload_of(first) == b"word"
    assert sequence_of(first) == 2, "the packet before it was the first one sent"
    talk.say(b"ending", QUIET)
    second = await talk.ears.next_rtp()
    assert payload_of(second) == b"ending" and sequence_of(second) == 3
    assert timestamp_of(first) == 63 * 960, "sixty packets of silence passed"
    assert timestamp_of(second) - timestamp_of(first) == 960


async def test_recorder_and_transcriber_hear_what_nobody_else_does(court: Courtroom, talk: Conversation) -> None:
    sink = Collected()
    talk.source.attach(sink)
    talk.source.hush(lambda level: False)
    talk.say(b"unheard", count=20)
    await talk.read()
    court.endpoint.tick()
    assert [sequence for _, sequence, _ in sink.received] == list(range(3, 23))
    assert talk.ears.rtp.empty()


async def test_nothing_of_the_pause_can_be_asked_for(talk: Conversation) -> None:
    """Its numbers belong to other packets now: repeated under the same key they would give it away (RFC 7714 section 8.4)."""
    talk.source.hush(lambda level: level < 50)
    talk.say(b"noise", QUIET, count=10)
    talk.say(b"word")
    await talk.ears.next_rtp()
    talk.say(b"after")
    ssrc = ssrc_of(await talk.ears.next_rtp())
    sent = list(talk.ears.encrypted)
    talk.ears.send_rtcp(rtcp.nack(ssrc, range(4)))
    talk.say(b"later")
    await talk.ears.next_rtp()
    assert talk.ears.encrypted[len(sent) : -1] == sent[1:], "of these only what was sent since the pause, bit for bit"


async def test_a_packet_of_the_pause_that_comes_late_stays_unheard(talk: Conversation) -> None:
    talk.source.hush(lambda level: level < 50)
    talk.say(b"noise", QUIET, count=3)
    talk.sequence += 1
    delayed = opus(talk.sequence, MICROPHONE_SSRC, b"late", SPEECH)
    talk.say(b"word")
    assert payload_of(await talk.ears.next_rtp()) == b"word"
    talk.mouth.send_rtp(delayed)
    talk.say(b"next")
    assert payload_of(await talk.ears.next_rtp()) == b"next"


async def test_who_begins_to_listen_in_the_pause_hears_the_next_word_whole(
    court: Courtroom, talk: Conversation
) -> None:
    talk.source.hush(lambda level: level < 50)
    _, other = await court.subscriber("observer", talk.source)
    talk.say(b"noise", QUIET)
    talk.say(b"word")
    assert payload_of(await other.next_rtp()) == b"word" and payload_of(await talk.ears.next_rtp()) == b"word"


async def test_who_stops_listening_in_the_pause_hears_no_more(court: Courtroom, talk: Conversation) -> None:
    talk.source.hush(lambda level: level < 50)
    talk.receiving.remove(publication_of(talk.source))
    talk.say(b"word")
    await talk.read()
    assert talk.source.heard and talk.source.outgoing == () and talk.ears.rtp.empty()


async def test_a_quiet_packet_does_not_even_ask(talk: Conversation) -> None:
    asked: list[int] = []

    def refuse(level: int) -> bool:
        asked.append(level)
        return False

    talk.source.hush(refuse)
    talk.source.take_peak()
    for level in (60, 70, 60, 40, 45, 40):
        talk.say(b"noise", level)
    await talk.read()
    assert asked == [60, 40]
    assert talk.source.take_peak() == 40
    talk.say(b"noise", 45)
    await talk.read()
    assert asked == [60, 40, 45]


async def test_the_counts_are_of_what_was_sent(court: Courtroom, talk: Conversation) -> None:
    talk.source.hush(lambda level: level < 50)
    talk.say(b"noise", QUIET, count=30)
    talk.say(b"word", count=4)
    await talk.read()
    await talk.receiving.close()
    assert court.observed.closed[-1][2].packets == 5
