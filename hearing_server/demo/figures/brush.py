"""Drawing with smooth edges: curves through points, soft shadows, several samples per pixel.

Coordinates are pixels of the picture's design size; a `Sheet` keeps more of them inside so that edges come out smooth.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Point = tuple[float, float]
Colour = tuple[int, int, int] | tuple[int, int, int, int]

SAMPLES = 4
"""Samples per pixel and direction while drawing."""


def smooth(points: Sequence[Point], steps: int = 10) -> list[Point]:
    """Closed Catmull-Rom curve through ``points``."""
    curve: list[Point] = []
    count = len(points)
    for index in range(count):
        a, b, c, d = (points[(index + k - 1) % count] for k in range(4))
        for step in range(steps):
            t = step / steps
            curve.append((_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t)))
    return curve


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t)


def path(text: str) -> list[Point]:
    """Points written as ``x,y x,y …``."""
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def mirrored(right_half: Sequence[Point]) -> list[Point]:
    """A shape symmetric about x = 0 from its right half, listed from top to bottom."""
    return [*right_half, *((-x, y) for x, y in reversed(right_half) if x)]


@dataclass(frozen=True, slots=True)
class Area:
    """Part of the plane a sheet shows: its top left corner and its size."""

    left: float
    top: float
    width: int
    height: int


class Sheet:
    """A transparent sheet to draw on."""

    def __init__(self, area: Area) -> None:
        self.area = area
        self._image = Image.new("RGBA", (area.width * SAMPLES, area.height * SAMPLES), (0, 0, 0, 0))
        self._pen = ImageDraw.Draw(self._image)

    def _at(self, points: Sequence[Point]) -> list[Point]:
        return [((x - self.area.left) * SAMPLES, (y - self.area.top) * SAMPLES) for x, y in points]

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        self._pen.polygon(self._at(points), fill=colour)

    def curve(self, points: Sequence[Point], colour: Colour) -> None:
        self._pen.polygon(self._at(smooth(points)), fill=colour)

    def ellipse(self, x: float, y: float, half_width: float, half_height: float, colour: Colour) -> None:
        corners = [(x - half_width, y - half_height), (x + half_width, y + half_height)]
        self._pen.ellipse([value for point in self._at(corners) for value in point], fill=colour)

    def ring(self, x: float, y: float, radius: float, thickness: float, colour: Colour) -> None:
        corners = [(x - radius, y - radius), (x + radius, y + radius)]
        box = [value for point in self._at(corners) for value in point]
        self._pen.ellipse(box, outline=colour, width=round(thickness * SAMPLES))

    def rectangle(self, x0: float, y0: float, x1: float, y1: float, colour: Colour, radius: float = 0) -> None:
        box = [value for point in self._at([(x0, y0), (x1, y1)]) for value in point]
        self._pen.rounded_rectangle(box, radius * SAMPLES, fill=colour)

    def line(self, points: Sequence[Point], colour: Colour, thickness: float) -> None:
        """A line with round ends."""
        places = self._at(points)
        radius = thickness * SAMPLES / 2
        self._pen.line(places, fill=colour, width=round(2 * radius), joint="curve")
        for x, y in (places[0], places[-1]):
            self._pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def shadow(
        self, points: Sequence[Point], colour: Colour, softness: float, within: Sequence[Point] | None = None
    ) -> None:
        """A soft-edged shape on what is already drawn, or only on the part of it inside the curve ``within``."""
        place = self._at(smooth(points))
        margin = 3 * softness * SAMPLES
        left = max(0, math.floor(min(x for x, _ in place) - margin))
        top = max(0, math.floor(min(y for _, y in place) - margin))
        right = min(self._image.width, math.ceil(max(x for x, _ in place) + margin))
        bottom = min(self._image.height, math.ceil(max(y for _, y in place) + margin))
        box = (left, top, right, bottom)

        def mask(shape: Sequence[Point], value: int) -> Image.Image:
            drawn = Image.new("L", (right - left, bottom - top), 0)
            ImageDraw.Draw(drawn).polygon([(x - left, y - top) for x, y in shape], fill=value)
            return drawn

        below = self._image.crop(box)
        strength = mask(place, colour[3] if len(colour) == 4 else 255)
        strength = strength.filter(ImageFilter.GaussianBlur(softness * SAMPLES))
        if within is not None:
            strength = ImageChops.multiply(strength, mask(self._at(smooth(within)), 255))
        shaded = Image.composite(Image.new("RGB", below.size, colour[:3]), below.convert("RGB"), strength)
        shaded.putalpha(below.getchannel("A"))
        self._image.paste(shaded, box)

    def gradient(self, top: Colour, bottom: Colour) -> None:
        """Fill the sheet from one colour to another, downwards."""
        column = Image.new("RGB", (1, 256))
        for y in range(256):
            mix = [round(a + (b - a) * y / 255) for a, b in zip(top[:3], bottom[:3], strict=True)]
            column.putpixel((0, y), (mix[0], mix[1], mix[2]))
        self._image.paste(column.resize(self._image.size, Image.Resampling.BILINEAR))

    def paste(self, drawing: Image.Image, x: float, y: float) -> None:
        """Lay a finished drawing, in samples, with its top left corner at a point."""
        place = self._at([(x, y)])[0]
        self._image.alpha_composite(drawing, (round(place[0]), round(place[1])))

    def image(self, samples: int = 1) -> Image.Image:
        """What was drawn, with ``samples`` per pixel and direction."""
        return self._image.reduce(SAMPLES // samples)
