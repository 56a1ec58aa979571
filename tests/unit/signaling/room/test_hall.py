"""A whole worker without a front: commands in, notices and facts out, media over real DTLS, sinks in real processes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signaling.protocol.court_words import ErrorCode
from signaling.protocol.facts import (
    MediaDisconnected,
    RecorderLost,
    RecorderRestored,
    RecordingStarted,
    TrackEnded,
    TrackPublished,
)
from signaling.protocol.from_client import ShownPicture
from signaling.protocol.grants import Grants, SourceLabel
from signaling.protocol.worker import (
    AcknowledgeFacts,
    MediaRefused,
    OfferPublish,
    OpenRoom,
    RemoveMember,
    RequestSubscribe,
    RoomOpened,
    SetShown,
    SpeakingChanged,
    StartRecording,
    SubscribeOffered,
)
from signaling.room import hall as hall_module
from signaling.room.speaking import SPEECH_DBOV
from tests.unit.signaling.media.rtp_peer import KEYFRAME, opus, publisher_offer, vp8
from tests.unit.signaling.room.worker_court import CONSULTING, IN_COURT, OBSERVING, SOUND, Court, open_court


@pytest.fixture
async def court(tmp_path: Path) -> AsyncIterator[Court]:
    async with open_court(tmp_path) as court:
        yield court


async def test_what_one_publishes_the_other_in_court_receives(court: Court) -> None:
    await court.enter("judge", IN_COURT)
    await court.enter("plaintiff", IN_COURT)
    ears = await court.subscribe("plaintiff")
    mouth = await court.publish("judge", 1000)
    mouth.send_rtp(opus(1, 1000, b"order"))
    published = await court.next(TrackPublished, participant="judge")
    assert (published.source, published.codec) == (SourceLabel.MICROPHONE, "opus")
    await court.answer(await court.next(SubscribeOffered, participant="plaintiff"), ears)
    await court.bus.send(RequestSubscribe(room="r", participant="judge", connection="down"))
    await court.next(SubscribeOffered, participant="judge")  # a barrier: the answer before it has been obeyed
    mouth.send_rtp(opus(2, 1000, b"in court"))
    assert (await ears.next_rtp()).endswith(b"in court")
    speaking = await court.next(SpeakingChanged)
    assert speaking.participants == ["judge"]


async def test_that_somebody_speaks_in_private_is_told_to_nobody(court: Court) -> None:
    await court.enter("plaintiff", CONSULTING)
    await court.enter("judge", IN_COURT)
    whisper = await court.publish("plaintiff", 1001)
    whisper.send_rtp(opus(1, 1001))
    await court.next(TrackPublished, participant="plaintiff")
    mouth = await court.publish("judge", 1000)
    whisper.send_rtp(opus(2, 1001))
    mouth.send_rtp(opus(1, 1000))
    speaking = await court.next(SpeakingChanged)
    assert speaking.participants == ["judge"]
    (private,) = court.hall.rooms()[0]._members["plaintiff"].microphones()
    assert private.level_dbov < SPEECH_DBOV, "nobody could have noticed"


async def test_a_picture_that_is_not_displayed_is_not_sent_on_this_connection_or_the_next(court: Court) -> None:
    await court.enter("judge", IN_COURT)
    await court.enter("plaintiff", IN_COURT)
    camera = await court.publish("judge", 2000, kind="video")
    camera.send_rtp(vp8(1, 2000, KEYFRAME))
    await court.next(TrackPublished, participant="judge")
    shown = [ShownPicture(participant="judge", source=SourceLabel.CAMERA, width=640, height=360)]
    (source,) = court.hall.rooms()[0]._members["judge"].sources()
    for displayed in ([], shown):
        await court.bus.send(SetShown(room="r", participant="plaintiff", shown=displayed))
        await court.bus.send(SetShown(room="r", participant="nobody", shown=shown))
        await court.subscribe("plaintiff")
        before = source.packets_received
        camera.send_rtp(vp8(source.reception.highest + 1, 2000, KEYFRAME))
        while source.packets_received == before:
            await camera.next_rtcp(205, 15)
        assert len(source.outgoing) == len(displayed)


async def test_an_observer_publishes_nothing(court: Court) -> None:
    await court.enter("observer", OBSERVING)
    peer = await court.peer()
    offer = publisher_offer(peer, [("0", "audio", 5)])
    await court.bus.send(OfferPublish(room="r", participant="observer", connection="up", sdp=offer, sources=SOUND))
    refused = await court.next(MediaRefused, participant="observer")
    assert refused.code is ErrorCode.NOT_PERMITTED
    assert court.hall.rooms()[0]._members["observer"].publish is None


async def test_empty_grants_receive_nothing(court: Court) -> None:
    await court.enter("witness", Grants())
    await court.bus.send(RequestSubscribe(room="r", participant="witness", connection="down"))
    assert (await court.next(MediaRefused, participant="witness")).code is ErrorCode.NOT_PERMITTED


async def test_a_broken_description_is_refused_and_the_room_goes_on(court: Court) -> None:
    await court.enter("judge", IN_COURT)
    await court.bus.send(OfferPublish(room="r", participant="judge", connection="up", sdp="v=0", sources=SOUND))
    assert (await court.next(MediaRefused, participant="judge")).code is ErrorCode.SDP_INVALID
    await court.publish("judge", 1000)
    await court.bus.send(OfferPublish(room="r", participant="judge", connection="again", sdp="v=0", sources=SOUND))
    assert (await court.next(MediaRefused, participant="judge")).code is ErrorCode.SDP_INVALID
    present = court.hall.rooms()[0]._members["judge"].publish
    assert present is not None and present.connection == "up" and present.ended is None, "nothing changed"
    assert not [message for message in court.heard if isinstance(message, MediaDisconnected)]


async def test_a_consultation_is_never_followed_by_a_sink(court: Court) -> None:
    """RCD-8."""
    await court.enter("plaintiff", CONSULTING)
    await court.bus.send(StartRecording(room="r", cause="opened"))
    mouth = await court.publish("plaintiff", 7)
    mouth.send_rtp(opus(1, 7))
    await court.next(TrackPublished)
    await court.hall.recorder.barrier()
    assert court.hall.recorder.serves("h") and not court.hall.recorder._backlog._tracks


async def test_a_killed_recorder_is_back_with_what_it_had_not_finished(court: Court) -> None:
    await court.enter("judge", IN_COURT)
    await court.bus.send(StartRecording(room="r", cause="opened"))
    mouth = await court.publish("judge", 1000)
    mouth.send_rtp(opus(1, 1000))
    await court.next(TrackPublished)
    first = court.hall.recorder.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await court.next(RecorderLost, hearing="h")
    restored = await court.next(RecorderRestored, hearing="h")
    assert restored.away_ms < 5000 and court.hall.recorder.pid != first
    assert {fact.fact for fact in court.spool.outstanding()} >= {restored.fact}


async def test_who_leaves_ends_the_track_and_says_why(court: Court) -> None:
    await court.enter("judge", IN_COURT)
    mouth = await court.publish("judge", 1000)
    mouth.send_rtp(opus(1, 1000))
    await court.next(TrackPublished)
    await court.bus.send(RemoveMember(room="r", participant="judge"))
    assert (await court.next(TrackEnded)).packets_received == 1
    assert (await court.next(MediaDisconnected)).cause == "removed"


async def test_a_new_connection_replaces_the_old_one(court: Court) -> None:
    await court.enter("judge", IN_COURT)
    await court.publish("judge", 1000)
    await court.publish("judge", 2000, connection="up-again")
    assert (await court.next(MediaDisconnected)).cause == "replaced"


async def test_a_fact_nobody_acknowledged_is_told_again(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    left = RecordingStarted(fact="left", room="r", hearing="h", at_ms=1, cause="opened")
    court.hall.tell(left)
    assert await court.next(RecordingStarted) == left
    monkeypatch.setattr(hall_module, "TELL_AGAIN_S", 0.01)
    async with asyncio.TaskGroup() as tasks:
        again = tasks.create_task(court.hall._tell_again())
        assert await court.next(RecordingStarted) == left
        again.cancel()
    await court.bus.send(AcknowledgeFacts(facts=["left"]))
    await court.bus.send(OpenRoom(room="r", hearing="h"))
    await court.next(RoomOpened)
    assert left not in court.spool.outstanding()
