"""Real segments for the archive: people are encoded, cut into packets and recorded by our own recorder, faster than they speak."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.archived_hearing.scenes import FPS, Act, voice_frames
from tests.unit.recorder.recorder_process import HEARING, RecorderProcess, camera, microphone, started, stopped
from tests.unit.recorder.sent_media import Sender, opus_payloads, video, vp8_payloads

KEYFRAME_EVERY_S = 10


@dataclass(frozen=True, slots=True)
class Recorded:
    """``facts`` of sealed segments, as the recorder told them; their paths are below ``folder``."""

    folder: Path
    began_ms: int
    seconds: float
    facts: tuple[dict[str, Any], ...]


def record(root: Path, acts: Mapping[str, Act], seconds: float) -> Recorded:
    """By participant id. ``root`` gets the recorder's own folder of the hearing."""
    voices = {person: voice_frames(act.samples) for person, act in acts.items()}
    faces = {
        person: video("libvpx", seconds, act.draw, FPS, keyframe_every=KEYFRAME_EVERY_S * FPS)
        for person, act in acts.items()
    }
    # Everything is ready before the clock starts, so that no track seems to have fallen silent.
    born_us = time.monotonic_ns() // 1000
    began_ms = 1_790_000_000_000
    with RecorderProcess(root) as recorder:
        recorder.tell(started(born_us, anchor_utc_ms=began_ms))
        for number, participant in enumerate(acts):
            # Every stream begins at an RTP time of its own, as browsers' do.
            voice = Sender(1000 + number, 111, 48_000, born_us, timestamp=4_000_000_000 - number * 77_777_777)
            face = Sender(2000 + number, 96, 90_000, born_us, timestamp=3_000_000_000 + number * 55_555_555)
            heard, seen = number * 2 + 1, number * 2 + 2
            recorder.tell(microphone(heard, voice, participant))
            recorder.tell(camera(seen, face, participant=participant))
            recorder.report(heard, voice.report(0))
            recorder.report(seen, face.report(0))
            recorder.packets(heard, voice.packets(voices[participant], opus_payloads))
            recorder.packets(seen, face.packets(faces[participant], vp8_payloads))
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        recorder.finish()
    return Recorded(root / HEARING, began_ms, seconds, tuple(recorder.facts("segment_sealed")))


def tracks_of(recorded: Recorded) -> Sequence[tuple[str, str, str]]:
    """(participant, track, source), each once."""
    return list(dict.fromkeys((fact["participant"], fact["track"], fact["source"]) for fact in recorded.facts))
