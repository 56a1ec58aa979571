"""A recorded utterance made ready to be sent: 48 kHz samples, and how the lips move with them."""

import math
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hearing_server.demo.failures import AssetDamaged

RATE_HZ = 48_000
BLOCK = 960
"""Samples of one Opus frame, 20 ms."""

_SOURCE_RATE_HZ = 16_000
_FACTOR = RATE_HZ // _SOURCE_RATE_HZ
_QUIET_DB = 32.0
"""This far below a line's loud passages the lips are shut."""
_ROUND_BELOW_HZ = 750.0
"""Spectral centre below which a sound is taken for a rounded vowel."""


@dataclass(frozen=True, slots=True)
class Lips:
    """How the mouth stands: loudness 0 to 1, and whether it is rounded."""

    loudness: float
    rounded: bool


SHUT = Lips(0.0, False)


@dataclass(frozen=True, slots=True)
class Clip:
    """``samples`` is int16 mono at 48 kHz, padded to whole blocks; ``lips`` has one entry per block."""

    samples: npt.NDArray[np.int16]
    lips: tuple[Lips, ...]

    @property
    def blocks(self) -> int:
        return len(self.lips)

    def block(self, index: int) -> npt.NDArray[np.int16]:
        return self.samples[index * BLOCK : (index + 1) * BLOCK]


def load_clip(path: Path) -> Clip:
    """Read a 16 kHz mono 16-bit WAV. Raises `AssetDamaged` for anything else."""
    with wave.open(str(path)) as wav:
        if (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) != (_SOURCE_RATE_HZ, 1, 2):
            raise AssetDamaged(f"{path.name} is not 16 kHz mono 16-bit")
        source = np.frombuffer(wav.readframes(wav.getnframes()), np.int16)
    return make_clip(source)


def make_clip(source: npt.NDArray[np.int16]) -> Clip:
    """From int16 mono samples at 16 kHz. Sample k of the source lies at sample 3 k of the clip: there is no filter delay."""
    per_block = BLOCK // _FACTOR
    padded = np.concatenate([source, np.zeros(-len(source) % per_block, np.int16)])
    return Clip(_upsample(padded), _lips(padded.reshape(-1, per_block)))


def _upsample(source: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    reach = 16 * _FACTOR
    positions = np.arange(-reach, reach + 1)
    low_pass = np.sinc(positions / _FACTOR) * np.kaiser(2 * reach + 1, 8.0)
    spread = np.zeros(len(source) * _FACTOR)
    spread[::_FACTOR] = source
    smooth = np.convolve(spread, low_pass)[reach : reach + len(spread)]
    return np.clip(np.rint(smooth), -32768, 32767).astype(np.int16)


def _lips(blocks: npt.NDArray[np.int16]) -> tuple[Lips, ...]:
    sound = blocks.astype(np.float64)
    power = np.sqrt((sound**2).mean(axis=1)) + 1e-3
    loud = float(np.percentile(power, 92))
    opening = np.clip(1.0 + 20 * np.log10(power / loud) / _QUIET_DB, 0.0, 1.0) ** 1.6
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.shape[1]), axis=1)) + 1e-9
    frequencies = np.fft.rfftfreq(sound.shape[1], 1 / _SOURCE_RATE_HZ)
    centre = (spectrum * frequencies).sum(axis=1) / spectrum.sum(axis=1)
    lips, last = [], 0.0
    for value, hertz in zip(opening.tolist(), centre.tolist(), strict=True):
        last = max(value, last * math.exp(-0.02 / 0.05))
        lips.append(Lips(last if last > 0.08 else 0.0, hertz < _ROUND_BELOW_HZ))
    return tuple(lips)
