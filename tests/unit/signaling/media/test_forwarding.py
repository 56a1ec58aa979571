"""From one browser's packets to another's: what is forwarded, under which numbers, and what is not."""

from signaling.protocol.grants import SourceLabel
from tests.unit.signaling.media.courtroom import CAMERA_SSRC, MICROPHONE_SSRC, Collected, Courtroom
from tests.unit.signaling.media.rtp_peer import (
    KEYFRAME,
    opus,
    payload_of,
    rtp,
    sequence_of,
    ssrc_of,
    vp8,
)


async def test_a_subscriber_hears_what_a_publisher_says(court: Courtroom) -> None:
    _, speaker = await court.publisher()
    speaker.send_rtp(opus(100, MICROPHONE_SSRC, b"one"))
    await court.observed.sources_started(1)
    source = court.observed.started[0]
    _, listener = await court.subscriber("clerk", source)
    speaker.send_rtp(opus(101, MICROPHONE_SSRC, b"two"), opus(102, MICROPHONE_SSRC, b"three"))
    heard = [await listener.next_rtp(), await listener.next_rtp()]
    assert [payload_of(packet) for packet in heard] == [b"two", b"three"]
    assert sequence_of(heard[1]) == sequence_of(heard[0]) + 1
    assert heard[0][1] & 0x7F == 111 and ssrc_of(heard[0]) != MICROPHONE_SSRC
    assert source.level_dbov == 30
    assert (source.label, source.participant, source.codec) == (SourceLabel.MICROPHONE, "judge", "opus")
