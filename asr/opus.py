"""Opus packets of one microphone to 16 kHz mono, without ever losing count of the time.

Samples leave in frames that say which RTP time their first sample was captured at. Missing packets become silence of the same
length, so that a word's place among the samples is its place in time; a longer hole ends one run of frames and starts another.
"""

from dataclasses import dataclass

import av
import numpy as np

RTP_HZ = 48_000
"""RFC 7587 section 4.1: always, whatever the audio bandwidth."""
SPEECH_HZ = 16_000
RTP_PER_SAMPLE = RTP_HZ // SPEECH_HZ
CODEC_DELAY_RTP = 312
"""6.5 ms: what comes out of the decoder was captured that much before the packet's timestamp (libopus look-ahead, which
RFC 7845 section 4.2 calls pre-skip and RTP does not carry)."""
LONGEST_FILL_RTP = RTP_HZ // 2
"""A hole up to this is filled; discontinuous transmission sends a packet at least each 400 ms (RFC 6716 section 2.1.9)."""


@dataclass(frozen=True, slots=True)
class SpeechFrame:
    """``pcm`` 16-bit mono at 16 kHz; ``rtp`` the unwrapped 48 kHz capture time of its first sample."""

    rtp: int
    pcm: bytes
    starts_run: bool
    """The samples before it, if there are any, do not adjoin."""

    @property
    def duration_ms(self) -> float:
        return len(self.pcm) / 2 / SPEECH_HZ * 1000

    def level_dbov(self) -> float:
        """Mean power against a full-scale square wave, −127 at least (RFC 6465 section 2, RFC 6464 section 3)."""
        samples = np.frombuffer(self.pcm, np.int16).astype(np.float64)
        power = float(np.mean(samples * samples)) / 32768.0**2 if samples.size else 0.0
        return max(-127.0, 10 * float(np.log10(power))) if power > 0 else -127.0


class OpusDecoder:
    """One track instance; not for use by several threads."""

    def __init__(self) -> None:
        self._codec = av.CodecContext.create("libopus", "r")
        self._codec.sample_rate = RTP_HZ
        self._codec.layout = "mono"
        self._resampler = _resampler()
        self._expected: int | None = None
        self._written = 0
        self._base = 0
        self._starts_run = True

    def decode(self, timestamp: int, payload: bytes) -> list[SpeechFrame]:
        """``timestamp`` unwrapped. A packet that cannot be decoded counts as missing: the next one shows the hole."""
        pcm = self._pcm(payload)
        if pcm is None:
            return []
        frames: list[SpeechFrame] = []
        missing = None if self._expected is None else timestamp - self._expected
        if missing is None or not 0 <= missing <= LONGEST_FILL_RTP:
            self._begin_run(timestamp)
        elif missing:
            frames += self._write(np.zeros((1, missing), np.int16))
        self._expected = timestamp + pcm.shape[1]
        return frames + self._write(pcm)

    def _pcm(self, payload: bytes) -> np.ndarray | None:
        if not payload:
            return None
        try:
            decoded = self._codec.decode(av.Packet(payload))
        except av.FFmpegError:
            return None
        return np.concatenate([frame.to_ndarray() for frame in decoded], axis=1) if decoded else None

    def _begin_run(self, timestamp: int) -> None:
        self._resampler = _resampler()
        self._base = timestamp - CODEC_DELAY_RTP
        self._written = 0
        self._starts_run = True

    def _write(self, pcm: np.ndarray) -> list[SpeechFrame]:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(pcm), format="s16", layout="mono")
        frame.sample_rate = RTP_HZ
        samples = b"".join(part.to_ndarray().tobytes() for part in self._resampler.resample(frame))
        if not samples:
            return []
        speech = SpeechFrame(self._base + self._written * RTP_PER_SAMPLE, samples, self._starts_run)
        self._written += len(samples) // 2
        self._starts_run = False
        return [speech]


def _resampler() -> av.AudioResampler:
    return av.AudioResampler(format="s16", layout="mono", rate=SPEECH_HZ)
