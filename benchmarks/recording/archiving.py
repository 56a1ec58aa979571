"""CPU of archiving: prepared media of several people, given to a real recorder in real time as a worker gives it."""

import time
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from pathlib import Path

import psutil

from signaling.sink_stream.frames import encode_packets
from tests.archived_hearing.recording import KEYFRAME_EVERY_S
from tests.archived_hearing.scenes import FPS, PEOPLE, court_act, voice_frames
from tests.unit.recorder.recorder_process import HEARING, RecorderProcess, camera, microphone, started, stopped
from tests.unit.recorder.sent_media import Packet, Sender, opus_payloads, video, vp8_payloads

WRITE_EVERY_S = 0.05
"""As ``signaling.room.sink_process`` joins its writes."""
WIDTH = 640
HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Archived:
    """``recorder_s`` and ``worker_s``: CPU seconds of the recorder, and of what a worker does for its pipe."""

    folder: Path
    participants: tuple[str, ...]
    seconds: float
    packets: int
    recorder_s: float
    worker_s: float

    @property
    def cpu_s_per_participant_hour(self) -> float:
        return (self.recorder_s + self.worker_s) / len(self.participants) / self.seconds * HOUR_S


def archive(root: Path, people: int, seconds: float) -> Archived:
    """Voices by turns with silence not sent, faces of 640 × 360 at 15 pictures a second. ``root`` gets the hearing's folder."""
    parts = PEOPLE[:people]
    acts = [court_act(parts, number, seconds, WIDTH) for number in range(people)]
    voices = [voice_frames(act.samples) for act in acts]
    faces = [video("libvpx", seconds, act.draw, FPS, keyframe_every=KEYFRAME_EVERY_S * FPS) for act in acts]
    names = tuple(part.looks if number < 5 else f"person-{number}" for number, part in enumerate(parts))
    with RecorderProcess(root) as recorder:
        process = psutil.Process(recorder.pid)
        before = _cpu_s(process)
        born_us = time.monotonic_ns() // 1000
        recorder.tell(started(born_us))
        streams: list[list[tuple[int, int, Packet]]] = []
        for number, name in enumerate(names):
            for track, sender, frames, payloads in (
                (2 * number + 1, Sender(1000 + number, 111, 48_000, born_us), voices[number], opus_payloads),
                (2 * number + 2, Sender(2000 + number, 96, 90_000, born_us), faces[number], vp8_payloads),
            ):
                recorder.tell((microphone if track % 2 else camera)(track, sender, participant=name))
                recorder.report(track, sender.report(0))
                streams.append([(packet[0], track, packet) for packet in sender.packets(frames, payloads)])
        packets = list(merge(*streams))
        worker_s = _give(recorder, packets, born_us)
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        recorder_s = _cpu_s(process) - before
        recorder.finish()
    return Archived(root / HEARING, names, seconds, len(packets), recorder_s, worker_s)


def _give(recorder: RecorderProcess, packets: list[tuple[int, int, Packet]], born_us: int) -> float:
    """CPU seconds of encoding and writing; the rest of the time it sleeps."""
    spent_s = 0.0
    for turn, due in groupby(packets, lambda each: (each[0] - born_us) // round(WRITE_EVERY_S * 1e6)):
        at_s = born_us / 1e6 + (turn + 1) * WRITE_EVERY_S
        time.sleep(max(0.0, at_s - time.monotonic()))
        began_s = time.thread_time()
        tracks: dict[int, list[Packet]] = {}
        for _, track, packet in due:
            tracks.setdefault(track, []).append(packet)
        recorder.write(b"".join(encode_packets(track, entries) for track, entries in tracks.items()))
        spent_s += time.thread_time() - began_s
    return spent_s


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
