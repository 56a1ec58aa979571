"""Everybody's voice on one track, each at its place on the hearing clock."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recorder.recording_folder import Recording
from recorder.span import Span
from recorder.stored_media import Samples, StoredSound, sounds

RATE_HZ = 48_000
BLOCK_SAMPLES = RATE_HZ
LONGEST_PACKET_SAMPLES = RATE_HZ * 120 // 1000
STICKY_SAMPLES = RATE_HZ * 15 // 1000
"""A voice that lies this little beside where its last sound ended goes on there: a click is heard, 15 ms are not."""


class _Voice:
    """One track, read as far as it is needed."""

    def __init__(self, sounds_of_track: Iterator[StoredSound], origin_ms: float) -> None:
        self._sounds = sounds_of_track
        self._origin_ms = origin_ms
        self._next: tuple[int, Samples] | None = None
        self._end: int | None = None
        self._read()

    def add_to(self, mix: Samples, block_start: int) -> None:
        """``mix`` is a block and what a packet may reach beyond it."""
        while self._next is not None and self._next[0] < block_start + BLOCK_SAMPLES:
            position, samples = self._next
            skipped = max(0, block_start - position)
            offset = position + skipped - block_start
            part = samples[skipped:]
            mix[offset : offset + len(part)] += part
            self._read()

    def _read(self) -> None:
        sound = next(self._sounds, None)
        if sound is None:
            self._next = None
            return
        position = round((sound.at_ms - self._origin_ms) * RATE_HZ / 1000)
        if self._end is not None and abs(position - self._end) <= STICKY_SAMPLES:
            position = self._end
        self._end = position + len(sound.samples)
        self._next = position, sound.samples


def mixed_sound(
    folder: Path, recording: Recording, starts: dict[str, float], span: Span, samples: int
) -> Iterator[Samples]:
    """``samples`` samples of mono sound from the beginning of ``span`` on, in blocks of one second."""
    voices = [
        _Voice(sounds(folder, track, starts, span.start_ms), span.start_ms)
        for track in recording.tracks
        if track.codec == "opus" and track.segments[-1].end_ms > span.start_ms
    ]
    mix = np.zeros(BLOCK_SAMPLES + LONGEST_PACKET_SAMPLES, dtype=np.float32)
    for block_start in range(0, samples, BLOCK_SAMPLES):
        for voice in voices:
            voice.add_to(mix, block_start)
        yield np.clip(mix[: min(BLOCK_SAMPLES, samples - block_start)], -1.0, 1.0)
        mix[:LONGEST_PACKET_SAMPLES] = mix[BLOCK_SAMPLES:]
        mix[LONGEST_PACKET_SAMPLES:] = 0
