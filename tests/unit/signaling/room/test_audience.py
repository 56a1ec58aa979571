"""Which layer of a picture the recorder gets. The sink processes are real ones that were never started: they keep what they are given."""

from typing import Any

import pytest

from signaling.media import rtcp
from signaling.media.codec import Codec
from signaling.media.publication import ACTIVE_WITHIN_NS, Publication
from signaling.media.reception import Reception
from signaling.media.source import Source
from signaling.protocol.grants import SourceLabel
from signaling.protocol.worker import StartRecording, StartTranscription, StopRecording
from signaling.room.audience import Audience
from signaling.room.sink_process import SinkProcess
from signaling.sink_stream.clock import HearingClock
from signaling.sink_stream.control import OpenTrack
from tests.unit.signaling.media.rtp_peer import rtp, vp8_payload

TRACKS = {"q": 1, "h": 2, "f": 3}
SECOND = 1_000_000_000


class Silent:
    """Hears nothing from a child that does not run."""

    def sink_said(self, message: dict[str, Any]) -> None: ...

    def sink_lost(self, reason: str) -> None: ...

    def sink_restored(self, away_ms: int) -> None: ...

    def sink_fell_behind(self) -> None: ...

    def sink_caught_up(self, behind_ms: int) -> None: ...

    def sink_overflowed(self, track: OpenTrack, first: int, last: int) -> None: ...


def process(name: str) -> SinkProcess:
    return SinkProcess(name, ("never", "run"), lambda _message: True, Silent())


class Camera:
    """In three layers."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.publication = Publication("judge", SourceLabel.CAMERA, Codec.VP8, tuple(TRACKS))
        self.sources = {rid: self._source(rid, track) for rid, track in TRACKS.items()}
        for source in self.sources.values():
            self.publication.join(source)
        self.send(*TRACKS, at_ns=SECOND)

    def _source(self, rid: str, track: int) -> Source:
        return Source(
            participant="judge",
            connection="up",
            label=SourceLabel.CAMERA,
            codec=Codec.VP8,
            ssrc=track,
            payload_type=96,
            extensions={},
            track=track,
            reception=Reception(90_000, 0, 0),
            repairs=False,
            send_feedback=self.asked.append,
            later=lambda _seconds, _act: None,
            rid=rid,
        )

    def send(self, *rids: str, at_ns: int) -> None:
        for rid in rids:
            self.sources[rid].reception.last_ns = at_ns
            self.sources[rid].accepted += 1
        self.publication.tick(at_ns)

    def send_keyframe(self, rid: str) -> None:
        self.sources[rid].keyframe_arrived(rtp(1, 0, 1, vp8_payload(1, 1, key=True, height=90)), 0, 0)


class Followed:
    def __init__(self) -> None:
        self.recorder, self.transcriber = process("recorder"), process("transcriber")
        clock = HearingClock(0, 0)
        self.audience = Audience("r", "h", clock, self.recorder, self.transcriber, lambda _participant: ("某", "法官"))

    def tracks(self) -> set[int]:
        """Open ones at the recorder."""
        return {track for track, feed in self.recorder._backlog._tracks.items() if feed.closed is None}


@pytest.fixture
def followed() -> Followed:
    followed = Followed()
    followed.audience.obey(StartRecording(room="r", cause="opened"))
    followed.audience.obey(StartTranscription(room="r", vocabulary=[]))
    return followed


def test_the_recorder_gets_the_best_layer_and_the_transcriber_no_picture(followed: Followed) -> None:
    followed.audience.follow([Camera().publication])
    assert followed.tracks() == {TRACKS["f"]} and not followed.transcriber._backlog._tracks


def test_a_layer_that_stopped_is_left_at_once_for_the_next(followed: Followed) -> None:
    camera = Camera()
    followed.audience.follow([camera.publication])
    camera.send("q", "h", at_ns=SECOND + ACTIVE_WITHIN_NS)
    followed.audience.follow([camera.publication])
    assert followed.tracks() == {TRACKS["h"]}


def test_a_better_layer_takes_over_with_a_keyframe_and_no_hole(followed: Followed) -> None:
    camera = Camera()
    camera.send("q", "h", at_ns=SECOND + ACTIVE_WITHIN_NS)
    followed.audience.follow([camera.publication])
    camera.send("q", "h", "f", at_ns=2 * SECOND + ACTIVE_WITHIN_NS)
    camera.asked.clear()
    for _ in range(3):
        followed.audience.follow([camera.publication])
        assert followed.tracks() == {TRACKS["h"], TRACKS["f"]}
    assert camera.asked == [rtcp.picture_loss(TRACKS["f"])]
    camera.send_keyframe("f")
    followed.audience.follow([camera.publication])
    assert followed.tracks() == {TRACKS["f"]}


def test_a_camera_that_is_off_keeps_its_track(followed: Followed) -> None:
    camera = Camera()
    followed.audience.follow([camera.publication])
    camera.publication.tick(100 * SECOND)
    followed.audience.follow([camera.publication])
    assert followed.tracks() == {TRACKS["f"]}


def test_nothing_is_followed_while_nothing_is_recorded(followed: Followed) -> None:
    camera = Camera()
    followed.audience.follow([camera.publication])
    followed.audience.obey(StopRecording(room="r", cause="recess"))
    followed.audience.follow([camera.publication])
    assert followed.tracks() == set() and not followed.audience.is_recording()
    assert followed.audience.is_transcribing()


def test_one_who_left_is_not_followed(followed: Followed) -> None:
    followed.audience.follow([Camera().publication])
    followed.audience.follow([])
    assert followed.tracks() == set()
