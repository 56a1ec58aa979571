"""A moving figure of one person in court: breathing, blinking, turning the head, lips that follow the voice.

All poses are drawn once. A picture is then the still room with one pose laid in, and the eyes and the mouth laid over it: a few copies
of small planes, so that drawing costs next to nothing while the hearing runs.
"""

import math
import random
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt
from PIL import Image

from hearing_server.demo.figures import face, scenery
from hearing_server.demo.figures.body import BODY, draw_body
from hearing_server.demo.figures.brush import Area, Sheet
from hearing_server.demo.figures.desk import desk
from hearing_server.demo.figures.head import HEAD, draw_glasses, draw_head
from hearing_server.demo.figures.looks import LOOKS, Looks
from hearing_server.demo.figures.setting import SETTINGS, Setting

POSES = 60
"""Poses of one round of breathing and turning."""
ROUND_S = 9.0
"""How long a listening figure takes for one round; a speaking one moves faster."""
NECK_Y = 55.0
"""The head turns about this point of its own coordinates."""
FIGURE_BOX = Area(-168, -96, 336, 250)
EYES_BOX = Area(-44, -24, 88, 43)
MOUTH_BOX = Area(-26, 22, 52, 36)
"""What changes between pictures, around the middle of the face at rest: large enough for every pose."""


@dataclass(frozen=True, slots=True)
class Pose:
    """How far body and head are moved (pixels) and the head is turned (degrees)."""

    body_x: float
    body_y: float
    head_x: float
    head_y: float
    turn: float

    @classmethod
    def at(cls, index: int) -> "Pose":
        phase = 2 * math.pi * index / POSES
        breath = math.sin(2 * phase)
        return cls(
            body_x=1.6 * math.sin(phase),
            body_y=1.3 * breath,
            head_x=3.2 * math.sin(phase) + 0.8 * math.sin(3 * phase + 1),
            head_y=1.6 * breath + 1.2 * math.cos(phase),
            turn=1.7 * math.sin(phase + 0.6) + 0.5 * math.sin(3 * phase),
        )


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of a picture as its planes Y, U and V; ``left`` and ``top`` are even."""

    left: int
    top: int
    planes: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]

    @classmethod
    def of(cls, image: Image.Image, left: int, top: int) -> "Patch":
        """From an RGB image of even width and height (BT.601, as browsers take VP8 to be)."""
        frame = av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")
        flat = frame.reformat(format="yuv420p").to_ndarray().reshape(-1).astype(np.uint8, copy=False)
        y, u, v = _planes(flat, image.width, image.height)
        return cls(left, top, (y, u, v))


def _planes(flat: npt.NDArray[np.uint8], width: int, height: int) -> list[npt.NDArray[np.uint8]]:
    luma, chroma = width * height, width * height // 4
    half = (height // 2, width // 2)
    return [
        flat[:luma].reshape(height, width),
        flat[luma : luma + chroma].reshape(half),
        flat[luma + chroma :].reshape(half),
    ]


class Artist:
    """Draws one role in any pose. Needed only while a `Figure` is made."""

    def __init__(self, role: str, width: int) -> None:
        self._setting, looks = SETTINGS[role], LOOKS[role]
        self._scale = width / scenery.WIDTH
        self._samples = 2 if self._scale > 0.6 else 1
        size = (width, round(width * scenery.HEIGHT / scenery.WIDTH))
        self.wall = self._setting.wall().convert("RGB").resize(size, Image.Resampling.LANCZOS)
        self._desk = self._draw_desk(self._setting, looks).resize(size, Image.Resampling.LANCZOS)
        self._body = draw_body(looks).image(self._samples)
        self._head = draw_head(looks).image(self._samples)
        self._eyes = {gaze: self._draw_eyes(looks, gaze) for gaze in face.Gaze}
        self._mouths = [self._draw_mouth(looks, opening, width) for opening, width in face.MOUTHS]

    @staticmethod
    def _draw_desk(setting: Setting, looks: Looks) -> Image.Image:
        return desk(looks, setting.plate, setting.wood, setting.desk_top, setting.extras)

    def _draw_eyes(self, looks: Looks, gaze: face.Gaze) -> Image.Image:
        sheet = Sheet(HEAD)
        face.draw_eyes(sheet, looks, gaze)
        if looks.glasses:
            draw_glasses(sheet)
        return sheet.image(self._samples)

    def _draw_mouth(self, looks: Looks, opening: float, width: float) -> Image.Image:
        sheet = Sheet(HEAD)
        face.draw_mouth(sheet, looks, opening, width)
        return sheet.image(self._samples)

    def room(self) -> Patch:
        """The room with nobody in it."""
        room = self.wall.copy()
        room.paste(self._desk, (0, 0), self._desk)
        return Patch.of(room, 0, 0)

    def pose(self, pose: Pose) -> tuple[Patch, dict[face.Gaze, Patch], list[Patch]]:
        """The figure without eyes and mouth, every pair of eyes, every mouth."""
        bare, left, top = self._bare(pose)
        body = Patch.of(bare, left, top)
        eyes = {gaze: self._over(bare, left, top, EYES_BOX, sprite, pose) for gaze, sprite in self._eyes.items()}
        mouths = [self._over(bare, left, top, MOUTH_BOX, sprite, pose) for sprite in self._mouths]
        return body, eyes, mouths

    def _bare(self, pose: Pose) -> tuple[Image.Image, int, int]:
        box = self._box(FIGURE_BOX)
        picture = self.wall.crop(box)
        for sprite in (
            self._placed(self._body, BODY, pose.body_x, pose.body_y, 0.0, box),
            self._placed(self._head, HEAD, pose.head_x, pose.head_y, pose.turn, box),
            self._desk.crop(box),
        ):
            picture.paste(sprite, (0, 0), sprite)
        return picture, box[0], box[1]

    def _over(self, bare: Image.Image, left: int, top: int, area: Area, sprite: Image.Image, pose: Pose) -> Patch:
        box = self._box(area)
        part = bare.crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top))
        placed = self._placed(sprite, HEAD, pose.head_x, pose.head_y, pose.turn, box)
        part.paste(placed, (0, 0), placed)
        return Patch.of(part, box[0], box[1])

    def _box(self, area: Area) -> tuple[int, int, int, int]:
        """Even picture coordinates around an area that is given relative to the face at rest."""
        size = self._setting.size
        x0 = (scenery.WIDTH / 2 + area.left * size) * self._scale
        y0 = (self._setting.head_y + area.top * size) * self._scale
        x1, y1 = x0 + area.width * size * self._scale, y0 + area.height * size * self._scale
        width, height = self.wall.size
        return (
            max(0, math.floor(x0 / 2) * 2),
            max(0, math.floor(y0 / 2) * 2),
            min(width, math.ceil(x1 / 2) * 2),
            min(height, math.ceil(y1 / 2) * 2),
        )

    def _placed(
        self, sprite: Image.Image, area: Area, x: float, y: float, turn: float, box: tuple[int, int, int, int]
    ) -> Image.Image:
        """The part of a moved and turned sprite that falls into ``box``."""
        size, angle = self._setting.size, math.radians(turn)
        across, along = math.cos(angle) / size, math.sin(angle) / size
        pivot_x = scenery.WIDTH / 2 + x
        pivot_y = self._setting.head_y + y + size * NECK_Y
        per_pixel = self._samples / self._scale
        left, top = box[0] / self._scale - pivot_x, box[1] / self._scale - pivot_y
        matrix = (
            across * per_pixel,
            along * per_pixel,
            (across * left + along * top - area.left) * self._samples,
            -along * per_pixel,
            across * per_pixel,
            (-along * left + across * top + NECK_Y - area.top) * self._samples,
        )
        extent = (box[2] - box[0], box[3] - box[1])
        return sprite.transform(extent, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)


class Life:
    """When a figure blinks, looks aside and moves on to its next pose."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._at_s: float | None = None
        self._phase = chance.random() * POSES
        self._blink_s = 0.0
        self._glance_s = 0.0
        self._glance = face.Gaze.AHEAD

    def advance(self, at_s: float, loudness: float) -> tuple[int, face.Gaze]:
        """Pose and eyes at ``at_s``; time must not run backwards."""
        if self._at_s is None:
            self._blink_s = at_s + self._chance.uniform(1.0, 4.0)
            self._glance_s = at_s + self._chance.uniform(3.0, 7.0)
        else:
            pace = POSES / ROUND_S * (1.0 + 1.4 * loudness)
            self._phase = (self._phase + (at_s - self._at_s) * pace) % POSES
        self._at_s = at_s
        return int(self._phase), self._gaze(at_s)

    def _gaze(self, at_s: float) -> face.Gaze:
        into_blink = at_s - self._blink_s
        if into_blink >= 0.2:
            self._blink_s = at_s + self._chance.uniform(2.2, 5.5)
        elif into_blink >= 0:
            return face.Gaze.SHUT if 0.06 <= into_blink < 0.14 else face.Gaze.HALF
        if at_s >= self._glance_s:
            aside = self._glance is face.Gaze.AHEAD
            self._glance = self._chance.choice((face.Gaze.LEFT, face.Gaze.RIGHT)) if aside else face.Gaze.AHEAD
            self._glance_s = at_s + (self._chance.uniform(0.8, 1.8) if aside else self._chance.uniform(4.0, 9.0))
        return self._glance


class Figure:
    """Pictures of one role, ``width`` pixels wide in the proportions 16:9; width and height are even."""

    def __init__(self, role: str, width: int = 640, *, seed: int = 0) -> None:
        artist = Artist(role, width)
        self.width, self.height = artist.wall.size
        self._poses = [artist.pose(Pose.at(index)) for index in range(POSES)]
        self._flat = np.concatenate([plane.reshape(-1) for plane in artist.room().planes])
        self._planes = _planes(self._flat, self.width, self.height)
        self._life = Life(random.Random(f"{role} {seed}"))

    def picture(self, at_s: float, loudness: float, rounded: bool) -> av.VideoFrame:
        """The picture (yuv420p) at ``at_s`` seconds, which must not run backwards; ``loudness`` of the voice is 0 to 1."""
        index, gaze = self._life.advance(at_s, loudness)
        body, eyes, mouths = self._poses[index]
        for patch in (body, eyes[gaze], mouths[face.mouth_index(loudness, rounded)]):
            self._lay(patch)
        return av.VideoFrame.from_ndarray(self._flat.reshape(-1, self.width), format="yuv420p")

    def _lay(self, patch: Patch) -> None:
        left, top = patch.left, patch.top
        for plane, pixels in zip(self._planes, patch.planes, strict=True):
            rows, columns = pixels.shape
            plane[top : top + rows, left : left + columns] = pixels
            left, top = patch.left // 2, patch.top // 2
