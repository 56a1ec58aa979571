import os
import shutil
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from recorder.manifest import read_lines
from recorder.verify import verify_folder
from signaling.sink_stream.control import Alive, Release
from tests.unit.recorder.recorder_process import HEARING, RecorderProcess, camera, microphone, started, stopped
from tests.unit.recorder.sent_media import (
    Packet,
    Sender,
    moving_picture,
    opus_payloads,
    tone,
    video,
    vp8_payloads,
)


def now_us() -> int:
    return time.monotonic_ns() // 1000


def merged_by_arrival(sound: list[Packet], picture: list[Packet]) -> list[tuple[int, Packet]]:
    return sorted([(1, packet) for packet in sound] + [(2, packet) for packet in picture], key=lambda item: item[1][0])


def frames_in(folder: Path, segments: list[dict[str, Any]]) -> int:
    """Pictures decoded by one decoder across all segments: those after a cut without a keyframe need the ones before."""
    decoder = av.CodecContext.create("vp8", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    count = 0
    for segment in segments:
        with av.open(folder / segment["path"], "r") as container:
            for packet in container.demux(container.streams[0]):
                count += len(decoder.decode(av.Packet(bytes(packet)))) if packet.size else 0
    return count


def test_a_killed_recorder_loses_nothing_the_worker_still_has(tmp_path: Path) -> None:
    born_us = now_us()
    voice, face = Sender(0xA, 111, 48000, born_us), Sender(0xB, 96, 90000, born_us)
    sound = voice.packets(tone(15), opus_payloads)
    picture = face.packets(video("libvpx", 15, moving_picture(320, 180), keyframe_every=75), vp8_payloads)
    everything = merged_by_arrival(sound, picture)
    opened = (microphone(1, voice), camera(2, face))
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        for track in opened:
            recorder.tell(track)
        for number, packet in everything[: len(everything) * 4 // 5]:
            recorder.packets(number, [packet])
        recorder.until(lambda m: m["type"] == "durable" and m["track"] == 1 and m["sequence"] > sound[550][1])
        recorder.kill()
        durable = {n: max(m["sequence"] for m in recorder.facts("durable") if m["track"] == n) for n in (1, 2)}
        sealed_before = recorder.facts("segment_sealed")
    assert len(sealed_before) == 2
    folder = tmp_path / HEARING
    assert not [finding for finding in verify_folder(folder) if "not sealed" not in finding]

    with RecorderProcess(tmp_path) as successor:
        recovered = successor.until_type("segment_sealed")
        assert recovered["recovered"]
        successor.tell(started(born_us))
        for track in opened:
            successor.tell(track)
        # The worker gives again what it was not told to be durable, and some of what it was: those are known already.
        again = [(n, packet) for n, packet in everything if packet[1] > durable[n] - 20]
        for number, packet in again:
            successor.packets(number, [packet])
        successor.tell(stopped())
        successor.until_type("recording_stopped")
        assert successor.finish() == 0
    facts = {fact["fact"]: fact for fact in [*sealed_before, *successor.facts("segment_sealed")]}
    for source, packets in (("microphone", sound), ("camera", picture)):
        segments = sorted((f for f in facts.values() if f["source"] == source), key=lambda f: str(f["path"]))
        assert len({segment["track"] for segment in segments}) == 1
        assert sum(segment["packets_written"] for segment in segments) == len(packets)
        assert sum(segment["packets_read_back"] for segment in segments) == len(packets)
        # The hearing clock goes through: no segment overlaps the one before by more than a frame, none leaves a hole.
        edges = [(a["end_ms"], b["start_ms"]) for a, b in pairwise(segments)]
        assert all(-70 <= start - end <= 70 for end, start in edges), edges
        if source == "camera":
            assert frames_in(folder, segments) == 15 * 15
    assert not successor.facts("recording_gap")
    assert verify_folder(folder) == []


def test_a_killed_server_costs_a_second_and_the_gap_is_told(tmp_path: Path) -> None:
    """Nobody has the packets any more: what is not on disk is gone, and the journal learns from when to when."""
    born_us = now_us()
    voice = Sender(0xC, 111, 48000, born_us)
    packets = voice.packets(tone(5), opus_payloads)
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.packets(1, packets)
        recorder.until(lambda m: m["type"] == "durable" and m["sequence"] >= packets[-51][1])
        recorder.kill()
        before = recorder.facts("recording_started")
    later_us = now_us()
    with RecorderProcess(tmp_path) as successor:
        successor.tell(started(later_us, "server_restarted", "room-2", 1_790_000_060_000))
        # The same numbers again, from another worker: another track.
        successor.tell(microphone(1, voice))
        successor.packets(1, packets[:50])
        successor.tell(stopped())
        successor.until_type("recording_stopped")
        successor.finish()
    told = successor.facts("recording_started")
    assert told[0] == before[0], "a server that crashed is told again what it may have missed"
    assert told[1]["cause"] == "server_restarted" and told[1]["room"] == "room-2"
    first, second = successor.facts("segment_sealed")[0], successor.facts("segment_sealed")[-1]
    assert first["recovered"] and not second["recovered"]
    assert first["packets_written"] >= 200
    assert second["track"] == first["track"] + "-2"
    (gap,) = successor.facts("recording_gap")
    assert gap["cause"] == "server_lost" and gap["track"] == first["track"]
    assert (gap["start_ms"], gap["end_ms"]) == (first["end_ms"], told[1]["at_ms"])
    assert verify_folder(tmp_path / HEARING) == []


def test_what_the_worker_could_not_keep_is_a_gap_of_the_recorder(tmp_path: Path) -> None:
    born_us = now_us()
    voice = Sender(0x12, 111, 48000, born_us)
    packets = voice.packets(tone(4), opus_payloads)
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.packets(1, packets[:100])
        recorder.barrier()
        recorder.kill()
    with RecorderProcess(tmp_path) as successor:
        successor.tell(started(born_us))
        successor.tell(microphone(1, voice))
        successor.packets(1, packets[130:])
        successor.tell(stopped())
        successor.until_type("recording_stopped")
        successor.finish()
    (gap,) = successor.facts("recording_gap")
    assert (gap["cause"], gap["packets"], gap["end_ms"] - gap["start_ms"]) == ("recorder_lost", 30, 600)


def test_a_frame_cut_in_two_by_the_stop_is_told_as_paused(tmp_path: Path) -> None:
    born_us = now_us()
    face = Sender(0x13, 96, 90000, born_us)
    frames = video("libvpx", 2, moving_picture(640, 360), keyframe_every=15)
    packets = face.packets(frames, vp8_payloads)
    keyframe = next(frame for frame in frames[1:] if len(frame.packets) > 2)
    cut = packets.index(keyframe.packets[2])
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(camera(1, face))
        recorder.packets(1, packets[:cut])
        recorder.tell(stopped("recess"))
        recorder.until_type("recording_stopped")
        recorder.finish()
    (gap,), (segment,) = recorder.facts("recording_gap"), recorder.facts("segment_sealed")
    assert (gap["cause"], gap["packets"]) == ("paused", 2)
    assert segment["packets_received"] == cut == segment["packets_read_back"] + 2


def test_a_torn_tail_is_recovered_without_touching_a_byte(tmp_path: Path) -> None:
    born_us = now_us()
    voice = Sender(0xD, 111, 48000, born_us)
    packets = voice.packets(tone(3), opus_payloads)
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.packets(1, packets)
        recorder.barrier()
        recorder.kill()
    folder = tmp_path / HEARING
    (part,) = folder.glob("tracks/*/*/*.part")
    torn = part.read_bytes()[:-100]
    part.write_bytes(torn)
    manifest = folder / "manifest.jsonl"
    manifest.write_bytes(manifest.read_bytes() + b'{"n":1,"at_')
    with RecorderProcess(tmp_path) as successor:
        fact = successor.until_type("segment_sealed")
        assert successor.finish() == 0
    sealed = folder / fact["path"]
    assert sealed.read_bytes() == torn and fact["size_bytes"] == len(torn)
    assert fact["recovered"] and fact["packets_written"] == fact["packets_read_back"] == 100
    with av.open(sealed, "r") as container:
        assert sum(1 for packet in container.demux(container.streams[0]) if packet.size) >= 100
    line = next(line for line in read_lines(manifest.read_bytes()) if line.type == "segment_sealed")
    assert line.detail["whole_bytes"] < len(torn)
    assert verify_folder(folder) == []


def test_a_successor_waits_until_its_predecessor_has_sealed(tmp_path: Path) -> None:
    born_us = now_us()
    voice = Sender(0x1E, 111, 48000, born_us)
    with RecorderProcess(tmp_path) as recorder, RecorderProcess(tmp_path) as successor:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.packets(1, voice.packets(tone(2), opus_payloads))
        recorder.barrier()
        successor.tell(started(now_us(), cause="worker_lost"))
        successor.barrier()
        assert successor.facts("recording_started") == [], "two write the same hearing"
        assert recorder.finish() == 0
        (sealed,) = recorder.facts("segment_sealed")
        assert not sealed["recovered"]
        assert successor.until_type("recording_started")["cause"] == "opened"  # told again
        assert successor.until_type("recording_started")["cause"] == "worker_lost"
        assert successor.facts("segment_sealed") == [sealed], "there was nothing left to recover"
        (gap,) = successor.facts("recording_gap")
        assert (gap["cause"], gap["track"]) == ("server_lost", sealed["track"])
        successor.tell(stopped())
        successor.until_type("recording_stopped")
    assert verify_folder(tmp_path / HEARING) == []


def test_a_released_hearing_is_sealed_and_free_while_the_recorder_goes_on(tmp_path: Path) -> None:
    born_us = now_us()
    voice = Sender(0x1F, 111, 48000, born_us)
    with RecorderProcess(tmp_path) as recorder, RecorderProcess(tmp_path) as successor:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.packets(1, voice.packets(tone(2), opus_payloads))
        recorder.tell(Release(HEARING))
        recorder.barrier()
        (sealed,) = recorder.facts("segment_sealed")
        assert recorder.facts("recording_stopped") == [], "it is not over"
        recorder.packets(1, voice.packets(tone(1), opus_payloads))
        recorder.tell(Alive())
        recorder.barrier()
        successor.tell(started(now_us(), cause="worker_lost"))
        successor.until(lambda message: message.get("cause") == "worker_lost")
        assert successor.facts("segment_sealed") == [sealed]
        successor.tell(stopped())
        successor.until_type("recording_stopped")
        assert recorder.finish() == 0
    assert verify_folder(tmp_path / HEARING) == []


def test_whoever_waits_for_a_hearing_and_is_relieved_of_it_leaves_it_alone(tmp_path: Path) -> None:
    with RecorderProcess(tmp_path) as recorder, RecorderProcess(tmp_path) as old:
        recorder.tell(started(now_us()))
        recorder.until_type("recording_started")
        old.tell(started(now_us(), cause="worker_lost"))
        old.tell(Release(HEARING))
        old.barrier()
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        old.barrier()
        assert old.finish() == 0
        assert old.facts("recording_started") == []


def test_a_recorder_whose_worker_is_halted_seals_and_ends(tmp_path: Path) -> None:
    born_us = now_us()
    voice = Sender(0x20, 111, 48000, born_us)
    with RecorderProcess(tmp_path, "--worker-silent-s", "0.5") as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.packets(1, voice.packets(tone(2), opus_payloads))
        assert recorder.ended() == 0
        (sealed,) = recorder.facts("segment_sealed")
        assert not sealed["recovered"] and recorder.facts("recording_stopped") == []


def test_a_segment_without_media_is_put_aside_and_explained(tmp_path: Path) -> None:
    born_us = now_us()
    voice = Sender(0x1D, 111, 48000, born_us)
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.packets(1, voice.packets(tone(2), opus_payloads))
        recorder.barrier()
        recorder.kill()
    folder = tmp_path / HEARING
    (part,) = folder.glob("tracks/*/*/*.part")
    part.write_bytes(part.read_bytes()[:40])  # killed in the middle of the header
    with RecorderProcess(tmp_path) as successor:
        assert successor.finish() == 0
    assert [path.suffix for path in part.parent.glob("*.mkv*")] == [".empty"]
    assert verify_folder(folder) == []


def test_sigterm_seals_everything_and_the_next_process_goes_on(tmp_path: Path) -> None:
    born_us = now_us()
    voice = Sender(0xE, 111, 48000, born_us)
    packets = voice.packets(tone(4), opus_payloads)
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.packets(1, packets[:120])
        recorder.barrier()
        assert recorder.terminate() == 0
        (sealed,) = recorder.facts("segment_sealed")
        assert sealed["packets_read_back"] == 120
    assert not list(tmp_path.glob("**/*.part"))
    with RecorderProcess(tmp_path) as successor:
        successor.tell(started(born_us))
        successor.tell(microphone(1, voice))
        successor.packets(1, packets[100:])
        successor.tell(stopped())
        successor.until_type("recording_stopped")
        successor.finish()
    assert [fact["packets_written"] for fact in successor.facts("segment_sealed")] == [120, 80]
    assert not successor.facts("recording_gap")


def test_a_stop_that_was_not_answered_is_answered_by_the_next_process(tmp_path: Path) -> None:
    born_us = now_us()
    voice = Sender(0xF, 111, 48000, born_us)
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.packets(1, voice.packets(tone(2), opus_payloads))
        recorder.barrier()
        recorder.kill()
    with RecorderProcess(tmp_path) as second:
        second.tell(stopped())
        answer = second.until_type("recording_stopped")
        second.finish()
    segment, *again = second.facts("segment_sealed")
    assert {fact["fact"] for fact in again} <= {segment["fact"]}
    assert answer["at_ms"] == segment["end_ms"], "it ended with its last media, not when the next process was asked"
    with RecorderProcess(tmp_path) as third:
        third.tell(stopped())
        assert third.until_type("recording_stopped") == answer
        third.finish()


def test_a_link_planted_in_the_archive_is_not_followed(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "recordings", tmp_path / "elsewhere"
    elsewhere.mkdir()
    born_us = now_us()
    voice = Sender(0x10, 111, 48000, born_us)
    packets = voice.packets(tone(1), opus_payloads)
    with RecorderProcess(root) as recorder:
        recorder.tell(started(born_us))
        recorder.barrier()
        (root / HEARING / "tracks").mkdir()
        os.symlink(elsewhere, root / HEARING / "tracks" / "judge-1")
        recorder.tell(microphone(1, voice))
        recorder.tell(microphone(2, voice, "../../etc"))
        recorder.tell(microphone(3, voice, "judge-2"))
        for number in (1, 2, 3):
            recorder.packets(number, packets)
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        recorder.finish()
    assert [fact["participant"] for fact in recorder.facts("segment_sealed")] == ["judge-2"]
    assert not list(elsewhere.iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "recordings"]


def test_a_full_disk_raises_an_alarm_and_cuts_nothing(tmp_path: Path) -> None:
    free_mb = shutil.disk_usage(tmp_path).free // 1_000_000
    recorder = RecorderProcess(tmp_path, "--least-free-mb", str(free_mb * 2))
    try:
        state = recorder.until_type("recorder_state")
        assert not state["ready"] and "almost full" in state["message"]
        born_us = now_us()
        voice = Sender(0x11, 111, 48000, born_us)
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.packets(1, voice.packets(tone(1), opus_payloads))
        assert recorder.finish() == 0
        assert recorder.facts("segment_sealed")[0]["packets_read_back"] == 50
    finally:
        recorder.__exit__()
