import subprocess
import time
from pathlib import Path
from typing import Any

import av

from recorder.manifest import read_lines
from recorder.verify import verify_folder
from signaling.protocol.worker import worker_message
from tests.unit.recorder.recorder_process import (
    HEARING,
    RecorderProcess,
    camera,
    closed,
    microphone,
    started,
    stopped,
)
from tests.unit.recorder.sent_media import (
    Sender,
    h264_payloads,
    moving_picture,
    opus_payloads,
    tone,
    video,
    vp8_payloads,
)

ANCHOR_MS = 1_790_000_000_000


def now_us() -> int:
    return time.monotonic_ns() // 1000


def decoded(path: Path) -> list[Any]:
    with av.open(path, "r") as container:
        return list(container.decode(container.streams[0]))


def probed(path: Path) -> list[str]:
    """Codec, and number of packets, as another build of FFmpeg reads them."""
    answer = subprocess.run(
        ["ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=codec_name,nb_read_packets", "-of", "csv=p=0", path],
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    assert not answer.stderr
    return answer.stdout.strip().split(",")


def test_a_voice_and_a_picture_are_recorded_whole(tmp_path: Path) -> None:
    born_us = now_us()
    voice = Sender(0xAAAA, 111, 48000, born_us)
    face = Sender(0xBBBB, 96, 90000, born_us, timestamp=17)
    sound = voice.packets(tone(12), opus_payloads)
    picture = face.packets(video("libvpx", 12, moving_picture(320, 180), keyframe_every=150), vp8_payloads)
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.tell(camera(2, face))
        recorder.packets(1, sound)
        recorder.packets(2, picture)
        recorder.tell(closed(1, len(sound)))
        recorder.tell(closed(2, len(picture)))
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        assert recorder.finish() == 0
    for message in recorder.said:
        if message["type"] not in ("durable", "barrier", "keyframe_wanted"):
            worker_message.validate_python(message)
    sealed = recorder.facts("segment_sealed")
    assert not recorder.facts("recording_gap")
    for track, packets in (("audio-0000aaaa-00000001", sound), ("video-0000bbbb-00000002", picture)):
        segments = [fact for fact in sealed if fact["track"] == track]
        assert len(segments) == 2
        for count in ("packets_received", "packets_written", "packets_read_back"):
            assert sum(fact[count] for fact in segments) == len(packets)
        durable = [m["sequence"] for m in recorder.facts("durable") if m["track"] == int(track[-8:])]
        assert durable[-1] == packets[-1][1] and durable == sorted(durable)
        assert segments[0]["end_ms"] <= segments[1]["start_ms"] <= segments[0]["end_ms"] + 70
    folder = tmp_path / HEARING
    assert sum(len(decoded(folder / f["path"])) for f in sealed if f["source"] == "camera") == 12 * 15
    assert probed(folder / sealed[0]["path"])[0] in ("opus", "vp8")
    assert all(line.hash for line in read_lines((folder / "manifest.jsonl").read_bytes()))
    assert verify_folder(folder) == []


def test_lost_late_doubled_and_shuffled_packets_are_accounted_for_exactly(tmp_path: Path) -> None:
    born_us = now_us()
    voice, face = Sender(1, 111, 48000, born_us), Sender(2, 96, 90000, born_us)
    sound = voice.packets(tone(8), opus_payloads)
    picture = face.packets(video("libvpx", 8, moving_picture(640, 360), keyframe_every=40), vp8_payloads)
    harmed = {}
    for number, packets in ((1, sound), (2, picture)):
        kept = [packet for index, packet in enumerate(packets) if index % 37 != 20]
        for index in range(5, len(kept) - 5, 11):
            kept[index], kept[index + 1] = kept[index + 1], kept[index]
        for index in range(7, len(kept), 23):
            kept.insert(index, kept[index])
        harmed[number] = kept, len(packets) - len({sequence for _, sequence, _ in kept})
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        for opened in (microphone(1, voice), camera(2, face)):
            recorder.tell(opened)
            recorder.packets(opened.track, harmed[opened.track][0])
            recorder.tell(closed(opened.track, len(harmed[opened.track][0]), harmed[opened.track][1]))
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        assert recorder.finish() == 0
    for number, source in ((1, "microphone"), (2, "camera")):
        kept, missing = harmed[number]
        segments = [fact for fact in recorder.facts("segment_sealed") if fact["source"] == source]
        gaps = [fact for fact in recorder.facts("recording_gap") if fact["track"].endswith(f"{number:08x}")]
        lost = sum(fact["packets"] for fact in gaps if fact["cause"] == "network_loss")
        undecodable = sum(fact["packets"] for fact in gaps if fact["cause"] == "undecodable")
        received = sum(fact["packets_received"] for fact in segments)
        written = sum(fact["packets_written"] for fact in segments)
        assert lost == missing
        assert received == len({sequence for _, sequence, _ in kept})
        assert received == written + undecodable
        assert written == sum(fact["packets_read_back"] for fact in segments)
        assert (undecodable > 0) == (source == "camera")
        assert all(fact["start_ms"] <= fact["end_ms"] for fact in gaps)
    assert verify_folder(tmp_path / HEARING) == []


def test_h264_is_kept_with_its_parameter_sets(tmp_path: Path) -> None:
    born_us = now_us()
    face = Sender(3, 102, 90000, born_us)
    frames = video("libx264", 4, moving_picture(322, 182), keyframe_every=30)
    packets = face.packets(frames, h264_payloads)
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(camera(1, face, "H264"))
        recorder.packets(1, packets)
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        recorder.finish()
    (segment,) = recorder.facts("segment_sealed")
    assert segment["packets_received"] == segment["packets_read_back"] == len(packets)
    path = tmp_path / HEARING / segment["path"]
    pictures = decoded(path)
    assert len(pictures) == 60 and (pictures[0].width, pictures[0].height) == (322, 182)
    assert probed(path) == ["h264", "60"]


def test_a_new_picture_size_and_a_new_stream_begin_new_segments(tmp_path: Path) -> None:
    born_us = now_us()
    face = Sender(4, 96, 90000, born_us)
    small = video("libvpx", 2, moving_picture(320, 180))
    large = video("libvpx", 2, moving_picture(640, 360))
    for frame in large:
        frame.at_s += 2
    other = Sender(5, 96, 90000, born_us)
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(camera(1, face))
        recorder.packets(1, face.packets(small + large, vp8_payloads))
        recorder.tell(closed(1, 1))
        recorder.tell(camera(2, other))
        recorder.packets(2, other.packets(small, vp8_payloads))
        recorder.tell(stopped("recess"))
        assert recorder.until_type("recording_stopped")["cause"] == "recess"
        recorder.finish()
    paths = [fact["path"] for fact in recorder.facts("segment_sealed")]
    assert paths == [
        "tracks/judge-1/video-00000004-00000001/00000.mkv",
        "tracks/judge-1/video-00000004-00000001/00001.mkv",
        "tracks/judge-1/video-00000005-00000002/00000.mkv",
    ]
    sizes = [decoded(tmp_path / HEARING / path)[0].width for path in paths]
    assert sizes == [320, 640, 320]


def test_a_keyframe_is_wanted_at_the_start_and_before_the_cut(tmp_path: Path) -> None:
    born_us = now_us()
    face = Sender(6, 96, 90000, born_us)
    packets = face.packets(video("libvpx", 10.4, moving_picture(160, 90)), vp8_payloads)
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(camera(1, face))
        recorder.until_type("keyframe_wanted")
        recorder.packets(1, packets)
        assert recorder.until_type("keyframe_wanted") == {"type": "keyframe_wanted", "track": 1}
        recorder.barrier()
        recorder.finish()


def test_nothing_is_recorded_before_the_start_nor_in_a_recess(tmp_path: Path) -> None:
    born_us = now_us()
    voice = Sender(7, 111, 48000, born_us)
    packets = voice.packets(tone(6), opus_payloads)
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(microphone(1, voice))
        recorder.packets(1, packets[:100])
        recorder.until(lambda m: m["type"] == "durable" and m["sequence"] == packets[99][1])
        recorder.tell(started(born_us))
        recorder.packets(1, packets[100:150])
        recorder.tell(stopped("recess"))
        recorder.until_type("recording_stopped")
        recorder.packets(1, packets[150:250])
        recorder.tell(started(born_us, "resumed"))
        recorder.packets(1, packets[250:])
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        recorder.finish()
    segments = recorder.facts("segment_sealed")
    assert [fact["packets_written"] for fact in segments] == [50, 50]
    assert not recorder.facts("recording_gap")
    assert [fact["cause"] for fact in recorder.facts("recording_started")] == ["opened", "resumed"]
    starts = [fact["start_ms"] - ANCHOR_MS for fact in segments]
    assert all(abs(start - wanted) < 60 for start, wanted in zip(starts, (2020, 5020), strict=True))


def test_times_follow_sender_reports_that_come_late(tmp_path: Path) -> None:
    """Audio waits 300 ms in a queue at first; the first report, five seconds on, tells when it really was captured."""
    born_us = now_us()
    voice = Sender(8, 111, 48000, born_us, delay_us=300_000)
    packets = voice.packets(tone(6), opus_payloads)
    voice.delay_us = 20_000
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.packets(1, packets)
        recorder.report(1, voice.report(5.0, ntp_offset_s=-7200))
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        recorder.finish()
    (segment,) = recorder.facts("segment_sealed")
    assert abs(segment["start_ms"] - (ANCHOR_MS + 20)) <= 2
    assert segment["end_ms"] - segment["start_ms"] == 6000


def test_silence_that_was_not_sent_is_no_gap(tmp_path: Path) -> None:
    """With Opus DTX a silent microphone sends one packet each 400 ms: numbers run on, timestamps jump (RFC 7587 section 3.1.3)."""
    born_us = now_us()
    voice = Sender(0xAAAA, 111, 48000, born_us)
    spoken = [frame for frame in tone(12) if not 4 <= frame.at_s < 8 or round(frame.at_s * 50) % 20 == 0]
    sound = voice.packets(spoken, opus_payloads)
    assert len(sound) < 420
    with RecorderProcess(tmp_path) as recorder:
        recorder.tell(started(born_us))
        recorder.tell(microphone(1, voice))
        recorder.packets(1, sound)
        recorder.tell(closed(1, len(sound)))
        recorder.tell(stopped())
        recorder.until_type("recording_stopped")
        assert recorder.finish() == 0
    assert not recorder.facts("recording_gap")
    sealed = recorder.facts("segment_sealed")
    assert sum(fact["packets_written"] for fact in sealed) == len(sound)
    assert sealed[-1]["end_ms"] - sealed[0]["start_ms"] >= 11_900, "the pause keeps its length"
