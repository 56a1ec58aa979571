"""Real media as a browser would send it: encoded with av, cut into RTP packets here, without any code of the recorder."""

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Packet = tuple[int, int, bytes]
"""(arrival in monotonic µs, extended sequence number, RTP)."""
PAYLOAD_BYTES = 1100
NTP_1970_S = 2_208_988_800


@dataclass(slots=True)
class SentFrame:
    """One encoded frame; ``at_s`` when it was captured."""

    at_s: float
    data: bytes
    packets: list[Packet] = field(default_factory=list)


def tone(seconds: float, loud: Callable[[float], bool] = lambda _: True, hz: float = 1000.0) -> list[SentFrame]:
    """20 ms Opus frames of a tone wherever ``loud``."""
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate, encoder.format, encoder.layout = 48000, av.AudioFormat("s16"), av.AudioLayout("mono")
    encoder.options = {"application": "lowdelay", "frame_duration": "20", "vbr": "off"}
    encoder.bit_rate = 32000
    frames: list[SentFrame] = []
    for index in range(round(seconds * 50)):
        times = index * 0.02 + np.arange(960) / 48000
        loudness = np.array([loud(float(t)) for t in times])
        samples = (np.sin(2 * np.pi * hz * times) * 12000 * loudness).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, index * 960, Fraction(1, 48000)
        frames += [SentFrame(len(frames) * 0.02 + k * 0.02, bytes(p)) for k, p in enumerate(encoder.encode(frame))]
    return frames


def moving_picture(width: int, height: int) -> Callable[[float], Picture]:
    """Grey with noise and a bar that travels, as I420."""
    noise = np.random.default_rng(7).integers(0, 60, (height * 3 // 2, width), dtype=np.uint8)

    def draw(at_s: float) -> Picture:
        picture = noise + 60
        picture[:height, (x := int(at_s * 50) % (width - 16)) : x + 16] = 230
        picture[height:] = 128
        return picture

    return draw


def video(
    codec: str,
    seconds: float,
    draw: Callable[[float], Picture],
    fps: int = 15,
    keyframe_every: int = 10_000,
) -> list[SentFrame]:
    """``codec``: ``libvpx`` or ``libx264``, with the options a live sender uses."""
    first = draw(0.0)
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = first.shape[1], first.shape[0] * 2 // 3, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, fps), Fraction(fps, 1)
    encoder.bit_rate, encoder.gop_size, encoder.thread_count = 300_000, keyframe_every, 1
    live_vp8 = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "auto-alt-ref": "0"}
    live_h264 = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "repeat-headers=1:annexb=1"}
    encoder.options = live_vp8 if codec == "libvpx" else live_h264
    frames = []
    for index in range(round(seconds * fps)):
        frame = av.VideoFrame.from_ndarray(draw(index / fps), format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, fps)
        frames += [SentFrame(index / fps, bytes(packet)) for packet in encoder.encode(frame)]
    return frames


@dataclass(slots=True)
class Sender:
    """One RTP stream. ``born_us`` is the monotonic instant at which ``at_s`` = 0 was captured."""

    ssrc: int
    payload_type: int
    rate_hz: int
    born_us: int
    sequence: int = 40_000
    timestamp: int = 4_000_000_000
    delay_us: int = 20_000

    def rtp_time(self, at_s: float) -> int:
        return round(self.timestamp + at_s * self.rate_hz) & 0xFFFFFFFF

    def packets(self, frames: Iterable[SentFrame], payloads: Callable[[bytes], Iterable[bytes]]) -> list[Packet]:
        """Cuts every frame with ``payloads``; packets of a frame arrive 100 µs apart."""
        sent = []
        for frame in frames:
            parts = list(payloads(frame.data))
            arrival_us = self.born_us + round(frame.at_s * 1e6) + self.delay_us
            frame.packets = [
                self.packet(arrival_us + 100 * index, self.rtp_time(frame.at_s), part, index == len(parts) - 1)
                for index, part in enumerate(parts)
            ]
            sent += frame.packets
        return sent

    def packet(self, arrival_us: int, rtp_time: int, payload: bytes, marker: bool) -> Packet:
        head = struct.pack(
            "!BBHII", 0x80, self.payload_type | marker << 7, self.sequence & 0xFFFF, rtp_time, self.ssrc
        )  # fmt: skip
        self.sequence += 1
        return arrival_us, self.sequence - 1, head + payload

    def report(self, at_s: float, ntp_offset_s: float = 0.0) -> tuple[int, int, int]:
        """(arrival_us, ntp, rtp) of a sender report made at ``at_s`` by a clock that is ``ntp_offset_s`` off."""
        seconds = NTP_1970_S + 1_790_000_000 + self.born_us / 1e6 + at_s + ntp_offset_s
        ntp = int(seconds) << 32 | int(seconds % 1 * (1 << 32))
        return self.born_us + round(at_s * 1e6) + self.delay_us, ntp, self.rtp_time(at_s)


def opus_payloads(data: bytes) -> Iterator[bytes]:
    yield data


def vp8_payloads(data: bytes) -> Iterator[bytes]:
    """RFC 7741 with a 15-bit picture id, as Chromium sends it."""
    for offset in range(0, len(data), PAYLOAD_BYTES):
        yield bytes([0x90 if offset == 0 else 0x80, 0x80, 0x81, 0x23]) + data[offset : offset + PAYLOAD_BYTES]


def h264_payloads(data: bytes) -> Iterator[bytes]:
    """RFC 6184: parameter sets in one STAP-A, small slices alone, large ones in FU-A."""
    units = [unit for unit in data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if unit]
    sets = [unit for unit in units if unit[0] & 0x1F in (7, 8)]
    if sets:
        yield b"\x78" + b"".join(struct.pack("!H", len(unit)) + unit for unit in sets)
    for unit in units:
        if unit[0] & 0x1F in (7, 8, 9):
            continue
        if len(unit) <= PAYLOAD_BYTES:
            yield unit
            continue
        chunks = [unit[1:][offset : offset + PAYLOAD_BYTES] for offset in range(0, len(unit) - 1, PAYLOAD_BYTES)]
        for index, chunk in enumerate(chunks):
            edge = (index == 0) << 7 | (index == len(chunks) - 1) << 6
            yield bytes([unit[0] & 0xE0 | 28, edge | unit[0] & 0x1F]) + chunk
