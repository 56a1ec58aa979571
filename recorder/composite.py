"""``python -m recorder.composite HEARING_DIR --output FILE --participants FILE``: one MP4 of everybody, made after the hearing.

H.264 and AAC, 1280×720, with name plates and the hearing clock burnt in; recesses are cut out, which the clock shows. The picture is
made in chunks that a later call finds again, so that a killed one costs a minute at most. Lines of JSON on standard output: ``progress``
and ``remaining_s``, a ``warning`` if there is one, at last ``path, duration_s, size_bytes, sha256`` (or ``error`` and status 1).
"""

import argparse
import json
import os
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from fractions import Fraction
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from recorder.errors import CompositeError, RecorderError
from recorder.lettering import find_lettering
from recorder.recording_folder import Recording, read_recording
from recorder.sound_mix import RATE_HZ, mixed_sound
from recorder.span import Span
from recorder.stage_picture import Look, Person, StagePicture
from recorder.tiles import HEIGHT, WIDTH
from recorder.timeline import segment_starts

PICTURE_SHARE = 0.95
"""Part of the work that is the picture."""
X264 = {"preset": "veryfast", "crf": "26", "bf": "0", "x264-params": "scenecut=0:open-gop=0"}
"""Without B-frames decoding order is showing order, so that chunks join by counting frames."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """``frames`` pictures from ``start_ms`` on the hearing clock, the first of them number ``first`` of the composite."""

    start_ms: int
    first: int
    frames: int


@dataclass(frozen=True, slots=True)
class Composite:
    """A finished composite, as its last line says it."""

    path: str
    duration_s: float
    size_bytes: int
    sha256: str


class Composition:
    """One composite being made. ``output`` appears when it is whole; ``<output>.work`` beside it holds the chunks until then."""

    def __init__(self, folder: Path, output: Path, people: list[Person], look: Look, fps: int, chunk_s: int) -> None:
        """Raises `ManifestDamagedError`, or `CompositeError` when nothing was recorded."""
        self._folder, self._output, self._fps, self._chunk_s = folder, output, fps, chunk_s
        self._recording = read_recording(folder)
        self._spans = self._recording.spans
        if not self._recording.tracks or not self._spans:
            raise CompositeError("Nothing of this hearing was recorded.")
        self._starts = segment_starts(folder, self._recording)
        self._people = shown_people(self._recording, people)
        self._look = look
        self._chunks = chunks(self._spans, fps, chunk_s)
        self._frames = sum(chunk.frames for chunk in self._chunks)
        self._work = output.with_name(output.name + ".work")
        self._began = time.monotonic()
        self._done_before = 0.0
        self._said = 0.0

    def make(self) -> Composite:
        self._prepare()
        self._make_picture()
        part = self._work / "composite.mp4"
        self._join(part)
        _sync(part)
        os.rename(part, self._output)
        _sync(self._output.parent)
        shutil.rmtree(self._work)
        with self._output.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        _say(progress=1.0, remaining_s=0)
        return Composite(str(self._output), self._frames / self._fps, self._output.stat().st_size, digest)

    def _prepare(self) -> None:
        """Chunks of an earlier call are used when they were made of the very same things."""
        made_of: list[Any] = [self._recording.head, [asdict(person) for person in self._people], asdict(self._look)]
        made_of += [self._fps, [asdict(span) for span in self._spans], X264, self._chunk_s, av.__version__]
        key = sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()
        mark = self._work / "made-of"
        if not (mark.is_file() and mark.read_text() == key):
            shutil.rmtree(self._work, ignore_errors=True)
            self._work.mkdir(parents=True)
            mark.write_text(key)

    # -------------------------------------------------------------- picture

    def _make_picture(self) -> None:
        stage: StagePicture | None = None
        at_ms = None
        done = 0
        found = sum(chunk.frames for index, chunk in enumerate(self._chunks) if self._chunk_path(index).is_file())
        self._done_before = PICTURE_SHARE * found / self._frames
        self._tell(self._done_before)
        for index, chunk in enumerate(self._chunks):
            path = self._chunk_path(index)
            if path.is_file():
                found -= chunk.frames
                done += chunk.frames
                continue
            if stage is None:
                stage = StagePicture(self._folder, self._recording, self._starts, self._people, self._look)
            if at_ms != chunk.start_ms:
                stage.seek(chunk.start_ms)
            self._make_chunk(stage, chunk, path, done + found)
            done += chunk.frames
            at_ms = chunk.start_ms + chunk.frames * 1000 // self._fps

    def _chunk_path(self, index: int) -> Path:
        return self._work / f"{index:05d}.mp4"

    def _make_chunk(self, stage: StagePicture, chunk: Chunk, path: Path, done: int) -> None:
        part = path.with_suffix(".part")
        with av.open(part, "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=self._fps, options=X264 | {"g": str(self._fps * 4)})
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.codec_context.thread_count = 1
            stream.codec_context.time_base = Fraction(1, self._fps)
            for number in range(chunk.frames):
                frame = stage.at(chunk.start_ms + number * 1000 / self._fps, number, self._fps)
                container.mux(stream.encode(frame))
                self._tell(PICTURE_SHARE * (done + number) / self._frames)
            container.mux(stream.encode(None))
        _sync(part)
        os.rename(part, path)
        _sync(self._work)

    # -------------------------------------------------------------- sound, and both together

    def _join(self, part: Path) -> None:
        with av.open(part, "w", format="mp4", options={"movflags": "+faststart"}) as container:
            with av.open(self._chunk_path(0), "r") as first:
                picture = container.add_stream_from_template(first.streams.video[0])
            sound = container.add_stream("aac", rate=RATE_HZ, options={"b": "96k"})
            assert isinstance(sound, AudioStream)
            sound.layout = "mono"
            joined = _Joined(container, picture, sound, self._fps)
            numbered = list(enumerate(self._chunks))
            for span in self._spans:
                count = len(chunks([span], self._fps, self._chunk_s))
                self._join_span(joined, span, numbered[:count])
                numbered = numbered[count:]
            joined.finish()

    def _join_span(self, joined: "_Joined", span: Span, in_span: list[tuple[int, Chunk]]) -> None:
        frames = sum(chunk.frames for _, chunk in in_span)
        samples = frames * RATE_HZ // self._fps
        blocks = mixed_sound(self._folder, self._recording, self._starts, span, samples)
        for index, chunk in in_span:
            with av.open(self._chunk_path(index), "r") as stored:
                for number, packet in enumerate(p for p in stored.demux(stored.streams.video[0]) if p.size):
                    position = chunk.first + number
                    joined.add_picture(packet, position)
                    if number % self._fps == 0 and (block := next(blocks, None)) is not None:
                        joined.add_sound(block)
                        self._tell(PICTURE_SHARE + (1 - PICTURE_SHARE) * position / self._frames)
        for block in blocks:
            joined.add_sound(block)

    def _tell(self, progress: float) -> None:
        now = time.monotonic()
        if now - self._said < 1.0:
            return
        self._said = now
        made = progress - self._done_before
        left = (now - self._began) * (1 - progress) / made if made > 0 else 0.0
        _say(progress=round(progress, 4), remaining_s=round(left))


class _Joined:
    """The final file: pictures are copied, sound is encoded."""

    def __init__(self, container: OutputContainer, picture: Any, sound: AudioStream, fps: int) -> None:
        self._container, self._picture, self._sound, self._fps = container, picture, sound, fps
        self._samples = 0

    def add_picture(self, packet: "av.Packet[Any]", position: int) -> None:
        packet.stream = self._picture
        packet.time_base = Fraction(1, self._fps)
        packet.pts = packet.dts = position
        packet.duration = 1
        self._container.mux(packet)

    def add_sound(self, block: np.ndarray[Any, np.dtype[np.float32]]) -> None:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block[None, :]), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, self._samples, Fraction(1, RATE_HZ)
        self._samples += len(block)
        self._container.mux(self._sound.encode(frame))

    def finish(self) -> None:
        self._container.mux(self._sound.encode(None))


def chunks(spans: list[Span], fps: int, chunk_s: int) -> list[Chunk]:
    """Every span begins a chunk."""
    result = []
    first = 0
    for span in spans:
        frames = max(1, round((span.end_ms - span.start_ms) * fps / 1000))
        for start in range(0, frames, chunk_s * fps):
            count = min(chunk_s * fps, frames - start)
            result.append(Chunk(span.start_ms + start * 1000 // fps, first, count))
            first += count
    return result


def shown_people(recording: Recording, people: list[Person]) -> list[Person]:
    """Who sent anything, by seat; somebody nobody named is shown by id, for no recorded person may be left out."""
    seen = {track.participant for track in recording.tracks}
    listed = sorted((person for person in people if person.participant in seen), key=lambda person: person.seat)
    unnamed = sorted(seen - {person.participant for person in listed})
    return listed + [Person(participant, participant, "", 10_000) for participant in unnamed]


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _say(**fields: Any) -> None:
    sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _people(path: Path) -> list[Person]:
    try:
        return [Person(**entry) for entry in json.loads(path.read_text())]
    except (OSError, ValueError, TypeError) as error:
        raise CompositeError(f"The list of participants cannot be read: {error}") from error


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m recorder.composite", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("folder", type=Path, metavar="HEARING_DIR")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument(
        "--participants", type=Path, required=True, help="JSON: [{participant, name, role_title, seat}]"
    )
    parser.add_argument("--fps", type=int, default=15)
    parser.add_argument(
        "--utc-offset-minutes", type=int, default=480, help="of the burnt-in clock; 480 is China's time"
    )
    parser.add_argument("--chunk-s", type=int, default=60, help="seconds of picture a killed call can lose")
    parser.add_argument("--title", default="", help="stands in the header, such as the case number")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    os.nice(10)
    look = Look(find_lettering(), arguments.utc_offset_minutes, arguments.title)
    if look.lettering.warning:
        _say(warning=look.lettering.warning)
    try:
        people = _people(arguments.participants)
        finished = Composition(
            arguments.folder, arguments.output, people, look, arguments.fps, arguments.chunk_s
        ).make()
    except RecorderError as error:
        _say(error=str(error))
        return 1
    _say(**asdict(finished))
    return 0


if __name__ == "__main__":
    sys.exit(main())
