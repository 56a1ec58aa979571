"""Frames of a track out of its segments, decoded in order and placed on the hearing clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from recorder.opus import opus_head
from recorder.recording_folder import StoredSegment, StoredTrack

Samples = NDArray[np.float32]
MILLISECONDS = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class StoredFrame:
    at_ms: float
    frame: av.VideoFrame


@dataclass(frozen=True, slots=True)
class StoredSound:
    """``samples``: mono, 48 kHz, −1 … 1."""

    at_ms: float
    samples: Samples


def pictures(folder: Path, track: StoredTrack, starts: dict[str, float], from_ms: float) -> Iterator[StoredFrame]:
    """Decoded pictures from the last keyframe segment at or before ``from_ms`` on. Undecodable ones are passed over."""
    decoder: VideoCodecContext | None = None
    for segment in track.segments[_first_needed(track.segments, from_ms) :]:
        with av.open(folder / segment.path, "r") as container:
            stream = container.streams.video[0]
            if decoder is None or not segment.continues:
                decoder = _video_decoder(track.codec, stream.codec_context.extradata)
            for packet in container.demux(stream):
                if not packet.size or packet.pts is None:
                    continue
                copy = av.Packet(bytes(packet))
                copy.pts = round(starts[segment.path] + float(packet.pts * (packet.time_base or 0)) * 1000)
                copy.time_base = MILLISECONDS
                for frame in _decoded(decoder, copy):
                    yield StoredFrame(float(frame.pts or copy.pts), frame)


def sounds(folder: Path, track: StoredTrack, starts: dict[str, float], from_ms: float) -> Iterator[StoredSound]:
    """Decoded sound of an Opus track from the segment before ``from_ms`` on; what is missing is missing, not filled."""
    decoder = av.CodecContext.create("opus", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.extradata = opus_head(track.channels)
    for segment in track.segments[_first_needed(track.segments, from_ms) :]:
        with av.open(folder / segment.path, "r") as container:
            for packet in container.demux(container.streams.audio[0]):
                if not packet.size or packet.pts is None:
                    continue
                at_ms = starts[segment.path] + float(packet.pts * (packet.time_base or 0)) * 1000
                try:
                    frames = decoder.decode(av.Packet(bytes(packet)))
                except av.FFmpegError:
                    continue
                for frame in frames:
                    samples = _mono(frame)
                    yield StoredSound(at_ms, samples)
                    at_ms += len(samples) / 48


def _first_needed(segments: list[StoredSegment], from_ms: float) -> int:
    needed = 0
    for index, segment in enumerate(segments):
        if segment.start_ms <= from_ms and not segment.continues:
            needed = index
    return needed


def _video_decoder(codec: str, private: bytes | None) -> VideoCodecContext:
    decoder = av.CodecContext.create("h264" if codec == "H264" else "vp8", "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1
    if private:
        decoder.extradata = private
    return decoder


def _decoded(decoder: VideoCodecContext, packet: "av.Packet[Any]") -> list[av.VideoFrame]:
    try:
        return list(decoder.decode(packet))
    except av.FFmpegError:
        # A frame that refers to a lost one may not decode; the next keyframe mends it.
        return []


def _mono(frame: av.AudioFrame) -> Samples:
    samples = frame.to_ndarray().astype(np.float32)
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    mixed: Samples = samples.mean(axis=0, dtype=np.float32)
    return mixed
