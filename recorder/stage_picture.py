"""The composite picture: one reused frame into which every tile is drawn when it changes."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from recorder.lettering import BLACK, Lettering, Luma
from recorder.recording_folder import Recording, StoredTrack
from recorder.stored_media import StoredFrame, pictures
from recorder.tiles import HEADER_HEIGHT, HEIGHT, WIDTH, Tile, fitted, layout

BACKGROUND, EMPTY_TILE = 24, 48
GREY = 128
HOLD_MS = {"camera": 3000.0, "screen": 30_000.0}
"""How long the last picture stays. A shared screen on which nothing moves sends next to nothing."""
PRESENT_WITHIN_MS = 1500
OFFLINE, CAMERA_OFF, INTERRUPTED, SHARING = "未在线", "摄像头关闭", "信号中断", "共享屏幕"


@dataclass(frozen=True, slots=True)
class Person:
    """Who is shown: one entry of the ``--participants`` file."""

    participant: str
    name: str
    role_title: str
    seat: int


@dataclass(frozen=True, slots=True)
class Look:
    """What is written into the picture besides the people."""

    lettering: Lettering
    utc_offset_minutes: int
    title: str


class _Seat:
    """One tile: a person's camera or shared screen."""

    def __init__(self, person: Person, source: str, tile: Tile, tracks: list[StoredTrack], look: Look) -> None:
        self.tile = tile
        self._source = source
        self._videos = [track for track in tracks if track.source == source]
        self._all = tracks
        caption = f"{person.role_title} {person.name}".strip() + (f" {SHARING}" if source == "screen" else "")
        self._label = look.lettering.plate(caption, max(14, tile.height // 16), tile.width)
        self._look = look
        self._frames: Iterator[StoredFrame] = iter(())
        self._next: StoredFrame | None = None
        self._current: StoredFrame | None = None
        self._shown: object = None
        self._place: Tile | None = None
        self._scaler = VideoReformatter()

    def seek(self, folder: Path, starts: dict[str, float], at_ms: float) -> None:
        feeds = [pictures(folder, track, starts, at_ms) for track in self._videos if track.segments[-1].end_ms > at_ms]
        self._frames = heapq.merge(*feeds, key=lambda frame: frame.at_ms)
        self._next = next(self._frames, None)
        self._current = self._shown = None

    def draw(self, canvas: "Canvas", at_ms: float) -> None:
        while self._next is not None and self._next.at_ms <= at_ms:
            self._current = self._next
            self._next = next(self._frames, None)
        current = self._current
        if current is not None and at_ms - current.at_ms <= HOLD_MS[self._source]:
            if current is not self._shown:
                self._draw_picture(canvas, current.frame)
                self._shown = current
            return
        words = self._words(at_ms)
        if words != self._shown:
            self._draw_plate(canvas, words)
            self._shown = words

    def _draw_picture(self, canvas: "Canvas", frame: av.VideoFrame) -> None:
        place = fitted(self.tile, frame.width, frame.height)
        if place != self._place or not isinstance(self._shown, StoredFrame):
            canvas.fill(self.tile, BACKGROUND)
            self._place = place
        scaled = self._scaler.reformat(
            frame, place.width, place.height, "yuv420p", interpolation=Interpolation.FAST_BILINEAR
        )
        canvas.picture(place, scaled)
        canvas.plate(self._label, self.tile.x + 4, self.tile.y + self.tile.height - self._label.shape[0] - 4)

    def _draw_plate(self, canvas: "Canvas", words: str) -> None:
        canvas.fill(self.tile, EMPTY_TILE)
        text = self._look.lettering.plate(words, max(16, self.tile.height // 10), self.tile.width, EMPTY_TILE)
        left = self.tile.x + (self.tile.width - text.shape[1]) // 2
        canvas.plate(text, left, self.tile.y + (self.tile.height - text.shape[0]) // 2)
        canvas.plate(self._label, self.tile.x + 4, self.tile.y + self.tile.height - self._label.shape[0] - 4)

    def _words(self, at_ms: float) -> str:
        if _covered(self._videos, at_ms):
            return INTERRUPTED
        return CAMERA_OFF if _covered(self._all, at_ms) else OFFLINE


def _covered(tracks: list[StoredTrack], at_ms: float) -> bool:
    return any(
        segment.start_ms - PRESENT_WITHIN_MS <= at_ms <= segment.end_ms + PRESENT_WITHIN_MS
        for track in tracks
        for segment in track.segments
    )


class Canvas:
    """The frame being drawn; coordinates are even pixels."""

    def __init__(self) -> None:
        self.frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        self._planes = _planes(self.frame)
        self.fill(Tile(0, 0, WIDTH, HEIGHT), BACKGROUND)

    def fill(self, tile: Tile, brightness: int) -> None:
        self._planes[0][tile.y : tile.y + tile.height, tile.x : tile.x + tile.width] = brightness
        self._colourless(tile)

    def picture(self, tile: Tile, frame: av.VideoFrame) -> None:
        """``frame`` has the size of ``tile``."""
        for index, (target, source) in enumerate(zip(self._planes, _planes(frame), strict=True)):
            scale = 1 if index == 0 else 2
            x, y, width, height = (value // scale for value in (tile.x, tile.y, tile.width, tile.height))
            target[y : y + height, x : x + width] = source[:height, :width]

    def plate(self, luma: Luma, x: int, y: int) -> None:
        height, width = luma.shape
        x, y = x & ~1, y & ~1
        self._planes[0][y : y + height, x : x + width] = luma
        self._colourless(Tile(x, y, width, height))

    def _colourless(self, tile: Tile) -> None:
        for plane in self._planes[1:]:
            plane[tile.y // 2 : (tile.y + tile.height) // 2, tile.x // 2 : (tile.x + tile.width) // 2] = GREY


def _planes(frame: av.VideoFrame) -> list[Luma]:
    """Views into the frame's own memory, without the padding at the end of lines."""
    return [
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frame.planes
    ]


class StagePicture:
    """Draws the picture of any instant, going forward. ``people`` in the order of their seats."""

    def __init__(
        self, folder: Path, recording: Recording, starts: dict[str, float], people: list[Person], look: Look
    ) -> None:
        self._folder = folder
        self._starts = starts
        self._look = look
        self._canvas = Canvas()
        shown = [(person, "camera") for person in people] + [
            (person, "screen") for person in people if _shares(recording, person)
        ]
        self._seats = [
            _Seat(person, source, tile, [t for t in recording.tracks if t.participant == person.participant], look)
            for (person, source), tile in zip(shown, layout(len(shown)), strict=True)
        ]
        self._second = -1
        if look.title:
            title = look.lettering.plate(look.title, 22, WIDTH // 2, BACKGROUND)
            self._canvas.plate(title, 8, (HEADER_HEIGHT - title.shape[0]) // 2)

    def seek(self, at_ms: float) -> None:
        for seat in self._seats:
            seat.seek(self._folder, self._starts, at_ms)

    def at(self, at_ms: float, index: int, fps: int) -> av.VideoFrame:
        """The picture of ``at_ms``, numbered ``index``. The next call draws into the same frame."""
        for seat in self._seats:
            seat.draw(self._canvas, at_ms)
        if int(at_ms // 1000) != self._second:
            self._second = int(at_ms // 1000)
            self._draw_clock()
        frame = self._canvas.frame
        frame.pts, frame.time_base = index, Fraction(1, fps)
        return frame

    def _draw_clock(self) -> None:
        offset = timedelta(minutes=self._look.utc_offset_minutes)
        moment = datetime.fromtimestamp(self._second, UTC) + offset
        hours = self._look.utc_offset_minutes / 60
        text = f"{moment:%Y-%m-%d %H:%M:%S} UTC{hours:+g}"
        clock = self._look.lettering.plate(text, 22, WIDTH // 2, BLACK)
        self._canvas.fill(Tile(WIDTH // 2 + 2, 0, WIDTH // 2 - 2, HEADER_HEIGHT), BACKGROUND)
        self._canvas.plate(clock, WIDTH - 8 - clock.shape[1], (HEADER_HEIGHT - clock.shape[0]) // 2)


def _shares(recording: Recording, person: Person) -> bool:
    return any(track.participant == person.participant and track.source == "screen" for track in recording.tracks)
