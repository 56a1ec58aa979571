"""The demonstration hearing as the transcriber gets it: Opus in RTP with audio levels, sender reports, a clock of its own per sender."""

import json
import random
import struct
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import av
import numpy as np

from signaling.sink_stream.control import OpenTrack, Start, to_dict
from signaling.sink_stream.frames import encode_control, encode_packets, encode_sender_report

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "hearing_server" / "demo" / "assets" / "hearing_demo" / "script.json"

ANCHOR_UTC_MS = 1_800_000_000_000
ROOM, HEARING = "room-1", "hearing-1"
PACKET_US = 20_000
LEVEL_EXTENSION = 1


@dataclass(frozen=True)
class ScriptLine:
    """``words``: text, start and end in seconds of ``pcm`` (16 kHz, 16 bit)."""

    participant: str
    text: str
    words: tuple[tuple[str, float, float], ...]
    pcm: bytes

    @property
    def duration_us(self) -> int:
        return len(self.pcm) // 2 * 1_000_000 // 16_000


@cache
def script() -> tuple[ScriptLine, ...]:
    lines = []
    for line in json.loads(SCRIPT.read_text())["utterances"]:
        with wave.open(str(SCRIPT.parent / line["file"])) as file:
            pcm = file.readframes(file.getnframes())
        words = tuple((text, start, end) for text, start, end in line["words"])
        lines.append(ScriptLine(line["role"], line["text"], words, pcm))
    return tuple(lines)


def silence(duration_us: int) -> bytes:
    return bytes(duration_us * 16 // 1000 * 2)


@dataclass(frozen=True)
class Packet:
    """``capture_us``: when its first sample was captured, on the worker's monotonic clock."""

    capture_us: int
    arrival_us: int
    sequence: int
    rtp: bytes


@dataclass
class TrackSource:
    """One participant's microphone. ``sender_ntp_s``: what the sender's own clock says at monotonic zero."""

    track: int
    participant: str
    level_extension: int = LEVEL_EXTENSION
    rtp_start: int = 0
    sequence: int = 0
    sender_ntp_s: float = 0.0
    seed: int = 1
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed * 1000 + self.track)
        self.rtp_start = self.rng.randrange(1 << 32)
        self.sequence = self.rng.randrange(1 << 16)
        self.sender_ntp_s = 3_900_000_000 + self.rng.random() * 1e6

    def opened(self) -> bytes:
        return encode_control(
            to_dict(
                OpenTrack(
                    track=self.track,
                    room=ROOM,
                    hearing=HEARING,
                    participant=self.participant,
                    connection=f"connection-{self.participant}",
                    source="microphone",
                    kind="audio",
                    codec="opus",
                    clock_rate_hz=48_000,
                    channels=2,
                    ssrc=1000 + self.track,
                    payload_type=111,
                    audio_level_extension=self.level_extension,
                    display_name=self.participant,
                    role_title="",
                )
            )
        )

    def rtp_time(self, at_us: float) -> int:
        return (self.rtp_start + round(at_us * 48 / 1000)) & 0xFFFFFFFF

    def packets(self, pcm: bytes, start_us: int) -> list[Packet]:
        """``pcm`` spoken from ``start_us``; 5 to 15 ms of network."""
        made = []
        for at, (payload, level) in enumerate(zip(opus_packets(pcm), levels(pcm), strict=False)):
            capture_us = start_us + at * PACKET_US
            extension = struct.pack("!HH", 0xBEDE, 1) + bytes([self.level_extension << 4, 0x80 | level, 0, 0])
            header = struct.pack(
                "!BBHII",
                0x90 if self.level_extension else 0x80,
                111,
                self.sequence & 0xFFFF,
                self.rtp_time(capture_us),
                1000 + self.track,
            )
            rtp = header + (extension if self.level_extension else b"") + payload
            arrival_us = capture_us + PACKET_US + self.rng.randrange(5_000, 15_000)
            made.append(Packet(capture_us, arrival_us, self.sequence, rtp))
            self.sequence += 1
        return made

    def report(self, at_us: int) -> bytes:
        ntp = round((self.sender_ntp_s + at_us / 1e6) * (1 << 32))
        return encode_sender_report(self.track, at_us + 6_000, ntp, self.rtp_time(at_us))

    def batches(self, packets: Sequence[Packet]) -> Iterator[tuple[int, bytes]]:
        """Frames with the monotonic time they are ready to be sent at: packets each 100 ms, a report each second."""
        for at in range(0, len(packets), 5):
            group = packets[at : at + 5]
            frame = encode_packets(self.track, [(p.arrival_us, p.sequence, p.rtp) for p in group])
            if at % 50 == 0:
                frame = self.report(group[0].capture_us) + frame
            yield max(p.arrival_us for p in group), frame


def start(anchor_us: int, vocabulary: Sequence[str] = ()) -> bytes:
    return encode_control(to_dict(Start(ROOM, HEARING, ANCHOR_UTC_MS, anchor_us, "opened", list(vocabulary))))


def opus_packets(pcm: bytes) -> list[bytes]:
    """20 ms each, as a browser's encoder makes them."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = 48_000, "mono", "s16", 32_000
    encoder.options = {"application": "voip", "frame_duration": "20"}
    resampler = av.AudioResampler(format="s16", layout="mono", rate=48_000, frame_size=960)
    samples = np.frombuffer(pcm, np.int16).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
    frame.sample_rate = 16_000
    packets = []
    for part in resampler.resample(frame):
        packets += [bytes(packet) for packet in encoder.encode(part)]
    return packets


def levels(pcm: bytes) -> list[int]:
    """RFC 6464 level of each 20 ms: 0 loudest, 127 silence."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float64)
    samples = np.pad(samples, (0, -len(samples) % 320)).reshape(-1, 320)
    power = (samples**2).mean(axis=1) / 32768**2
    return [int(min(127, max(0, -10 * np.log10(max(p, 1e-13))))) for p in power]
