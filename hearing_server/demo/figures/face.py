"""The parts of a face that change from picture to picture: eyes and mouth."""

from enum import Enum

from hearing_server.demo.figures.brush import Area, Colour, Sheet
from hearing_server.demo.figures.looks import Looks, tint

EYES = Area(-34, -16, 68, 28)
MOUTH = Area(-22, 22, 44, 32)

TEETH: Colour = (250, 247, 242)
THROAT: Colour = (92, 34, 38)
TONGUE: Colour = (196, 92, 92)


class Gaze(Enum):
    """State of the eyes: how far the lids are open, and where the pupils point (pixels sideways)."""

    AHEAD = (1.0, 0.0)
    LEFT = (1.0, -2.6)
    RIGHT = (1.0, 2.6)
    HALF = (0.45, 0.0)
    SHUT = (0.0, 0.0)

    @property
    def lids(self) -> float:
        return self.value[0]

    @property
    def sideways(self) -> float:
        return self.value[1]


MOUTHS: tuple[tuple[float, float], ...] = (
    (0.0, 1.0),
    *((opening, width) for width in (1.0, 0.62) for opening in (0.2, 0.4, 0.62, 0.82, 1.0)),
)
"""Opening and width of each drawn mouth: shut, then five openings spread wide, then the same five rounded."""
OPENINGS = 5


def mouth_index(loudness: float, rounded: bool) -> int:
    """Which of `MOUTHS` fits a loudness from 0 to 1."""
    step = round(max(0.0, min(1.0, loudness)) * OPENINGS)
    return step if step == 0 or not rounded else step + OPENINGS


def draw_eyes(sheet: Sheet, looks: Looks, gaze: Gaze) -> None:
    for side in (-1, 1):
        x = side * 18.0
        if gaze.lids == 0.0:
            _shut_eye(sheet, looks, x, side)
        else:
            _open_eye(sheet, looks, x, side, gaze)


def _open_eye(sheet: Sheet, looks: Looks, x: float, side: int, gaze: Gaze) -> None:
    top = -4.2 * gaze.lids
    sheet.curve(
        [(x - 9.5, -2), (x - 4, -2 + top), (x + 4, -2 + top), (x + 9.5, -2), (x + 3.5, 2.6), (x - 3.5, 2.6)],
        (252, 251, 249),
    )
    pupil = x + gaze.sideways
    sheet.ellipse(pupil, -1.8, 4.4, 4.2 if gaze.lids == 1.0 else 2.8, (72, 46, 34))
    sheet.ellipse(pupil, -2.2, 2.4, 2.4, (26, 18, 18))
    sheet.ellipse(pupil - 1.4, -4.0 if gaze.lids == 1.0 else -2.6, 1.2, 1.2, (255, 255, 255))
    if gaze.lids < 1.0:
        sheet.curve(
            [(x - 10, -3), (x - 4, -9), (x + 4, -9), (x + 10, -3), (x + 4, -2 + top), (x - 4, -2 + top)],
            tint(looks.skin, 0.95),
        )
    lid = [(x - 9.5, -2), (x - 4.5, -2.2 + top), (x + 4.5, -2.2 + top), (x + 9.5, -2)]
    sheet.line(lid, (56, 40, 38), 2.4 if looks.slender else 1.9)
    if looks.slender:
        outer = x + side * 9.5
        sheet.line([(outer, -2), (outer + side * 2.4, -4.2)], (56, 40, 38), 1.8)
    sheet.line([(x - 6, 3), (x, 4.2), (x + 6, 3)], (*tint(looks.skin, 0.8)[:3], 200), 0.9)


def _shut_eye(sheet: Sheet, looks: Looks, x: float, side: int) -> None:
    sheet.line([(x - 9.5, -1.5), (x - 4, 1.6), (x + 4, 1.6), (x + 9.5, -1.5)], (56, 40, 38), 2.0)
    sheet.line([(x - 8, -5), (x, -6.4), (x + 8, -5)], (*tint(looks.skin, 0.84)[:3], 200), 1.0)


def draw_mouth(sheet: Sheet, looks: Looks, opening: float, width: float) -> None:
    lips: Colour = (196, 100, 96) if looks.slender else tint((188, 122, 108), 0.98)
    y = 36.0
    half = (13.5 if looks.slender else 14.5) * (width if opening else 1.0)
    if opening == 0.0:
        sheet.curve([(-half, y), (-5, y - 3.2), (0, y - 2.0), (5, y - 3.2), (half, y), (0, y + 1.2)], tint(lips, 0.95))
        sheet.curve([(-half + 2, y + 0.6), (0, y + 1.2), (half - 2, y + 0.6), (6, y + 5.4), (-6, y + 5.4)], lips)
        sheet.line([(-half, y - 0.2), (-5, y + 0.8), (5, y + 0.8), (half, y - 0.2)], (128, 62, 60), 1.5)
        return
    up, down = 1.8 + 1.4 * opening, 1.2 + 7.4 * opening
    sheet.curve(
        [
            (-half - 1, y),
            (-half / 2, y - up - 2.4),
            (0, y - up - 1.4),
            (half / 2, y - up - 2.4),
            (half + 1, y),
            (half / 2, y + down + 3.2),
            (-half / 2, y + down + 3.2),
        ],
        lips,
    )
    inner = half - 1.8
    sheet.curve(
        [
            (-inner, y),
            (-inner / 2, y - up),
            (inner / 2, y - up),
            (inner, y),
            (inner / 2, y + down),
            (-inner / 2, y + down),
        ],
        THROAT,
    )
    if opening > 0.3:
        sheet.ellipse(0, y + down - 1.2, inner * 0.5, 1.6 + 2.6 * opening, TONGUE)
    bite = min(1.2 + 2.0 * opening, 3.2)
    sheet.curve(
        [
            (-inner * 0.72, y - up * 0.55),
            (0, y - up * 0.92),
            (inner * 0.72, y - up * 0.55),
            (inner * 0.5, y - up * 0.6 + bite),
            (-inner * 0.5, y - up * 0.6 + bite),
        ],
        TEETH,
    )
