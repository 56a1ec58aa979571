"""The desk in front of a figure, with its folded hands and what lies there. Nothing moves here."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from hearing_server.demo.figures.brush import SAMPLES, Colour, Sheet, smooth
from hearing_server.demo.figures.looks import Looks, tint
from hearing_server.demo.figures.scenery import GOLD, HEIGHT, PICTURE, WIDTH

FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
FONT_NAMES = ("NotoSerifCJK-Bold.ttc", "NotoSansCJK-Bold.ttc", "NotoSansCJK-Regular.ttc", "wqy-microhei.ttc")


@cache
def plate_font(size: int) -> ImageFont.FreeTypeFont | None:
    """A font with Chinese characters, or None on a machine without one: plates then stay blank."""
    for name in FONT_NAMES:
        for folder in FONT_FOLDERS:
            for path in folder.rglob(name):
                return ImageFont.truetype(str(path), size)
    return None


def desk(looks: Looks, plate: str, wood: Colour, top: float, extras: Callable[[Sheet, float], None]) -> Image.Image:
    """The desk with folded hands, a microphone, what ``extras`` lays on it, and a plate with the person's role."""
    sheet = Sheet(PICTURE)
    surface = tint(wood, 1.16)
    sheet.polygon([(0, top), (WIDTH, top), (WIDTH, HEIGHT), (0, HEIGHT)], surface)
    sheet.rectangle(0, top, WIDTH, top + 2, tint(wood, 1.4))
    sheet.shadow([(180, top - 8), (460, top - 8), (430, top + 26), (210, top + 26)], (*tint(wood, 0.6)[:3], 130), 9)
    front = top + 40
    sheet.rectangle(0, front, WIDTH, HEIGHT, wood)
    sheet.rectangle(0, front, WIDTH, front + 3, tint(wood, 0.74))
    _arms(sheet, looks, top)
    extras(sheet, top)
    _microphone(sheet, 432, top + 22)
    _plate(sheet, plate, 320, front - 12)
    return sheet.image()


def _arms(sheet: Sheet, looks: Looks, top: float) -> None:
    cloth = tint(looks.cloth, 0.94)
    cuff = looks.accent if looks.accent[0] > 200 else (240, 241, 244)
    for side in (-1, 1):
        x = 320.0
        sheet.curve(
            [
                (x + side * 118, top - 14),
                (x + side * 122, top + 12),
                (x + side * 84, top + 24),
                (x + side * 38, top + 22),
                (x + side * 36, top + 6),
                (x + side * 80, top - 4),
            ],
            cloth,
        )
        sheet.curve(
            [(x + side * 42, top + 5), (x + side * 34, top + 6), (x + side * 33, top + 21), (x + side * 42, top + 22)],
            cuff,
        )
    for side in (1, -1):
        sheet.curve(
            [
                (320 + side * 36, top + 6),
                (320 + side * 16, top + 2),
                (320 - side * 8, top + 8),
                (320 - side * 10, top + 17),
                (320 + side * 8, top + 21),
                (320 + side * 36, top + 20),
            ],
            tint(looks.skin, 0.97 if side < 0 else 0.9),
        )
    for finger in range(3):
        sheet.line(
            [(318 + finger * 3, top + 7 + finger * 4), (328 + finger * 2, top + 8 + finger * 4)],
            tint(looks.skin, 0.78),
            1,
        )


def _microphone(sheet: Sheet, x: float, y: float) -> None:
    metal: Colour = (58, 60, 66)
    sheet.shadow([(x - 20, y), (x + 22, y - 2), (x + 26, y + 6), (x - 16, y + 8)], (30, 22, 18, 120), 3)
    sheet.curve([(x - 16, y), (x, y - 5), (x + 16, y), (x + 16, y + 4), (x, y + 7), (x - 16, y + 4)], metal)
    sheet.line([(x, y - 2), (x - 3, y - 30), (x - 14, y - 52)], metal, 3)
    sheet.curve([(x - 12, y - 50), (x - 17, y - 47), (x - 26, y - 62), (x - 20, y - 66)], (40, 42, 46))
    sheet.line([(x - 21, y - 61), (x - 16, y - 53)], (104, 108, 116), 1.2)


def _plate(sheet: Sheet, text: str, x: float, y: float) -> None:
    half = 30 + 9 * len(text)
    sheet.shadow(
        [(x - half, y + 4), (x + half, y + 4), (x + half + 5, y + 40), (x - half + 4, y + 40)], (20, 14, 10, 130), 4
    )
    sheet.rectangle(x - half, y, x + half, y + 36, (250, 248, 240), 2.5)
    sheet.rectangle(x - half, y + 33, x + half, y + 36, (196, 160, 90), 1)
    font = plate_font(22 * SAMPLES)
    if font is None:
        return
    label = Image.new("RGBA", (round(half * 2) * SAMPLES, 34 * SAMPLES), (0, 0, 0, 0))
    spaced = " ".join(text) if len(text) < 4 else text
    ImageDraw.Draw(label).text((half * SAMPLES, 16 * SAMPLES), spaced, (74, 30, 28), font, "mm")
    sheet.paste(label, x - half, y)


def gavel(sheet: Sheet, top: float) -> None:
    """On the bench: a gavel on its block, and the case file."""
    sheet.shadow([(150, top + 20), (236, top + 18), (240, top + 32), (150, top + 34)], (30, 16, 10, 130), 4)
    sheet.curve(
        [(166, top + 22), (196, top + 17), (226, top + 22), (224, top + 31), (196, top + 34), (168, top + 31)],
        (88, 50, 32),
    )
    sheet.line([(206, top + 12), (252, top + 22)], (124, 76, 48), 4.5)
    sheet.curve(
        [(182, top - 2), (208, top + 2), (212, top + 18), (206, top + 22), (180, top + 18), (177, top + 4)],
        (110, 62, 40),
    )
    for x in (184, 203):
        sheet.line([(x, top + (0 if x < 190 else 2)), (x - 2, top + (18 if x < 190 else 21))], GOLD, 1.6)
    papers(sheet, top)


def papers(sheet: Sheet, top: float) -> None:
    """A file of the case."""
    for step, colour in ((0, (198, 188, 166)), (2, (236, 230, 214)), (4, (250, 247, 240))):
        y = top + 20 - step
        sheet.polygon([(498, y - 8), (586, y - 8), (606, y + 14), (508, y + 14)], colour)
    for line in range(3):
        sheet.line([(516 + line * 3, top + 12 + line * 4), (578 + line * 4, top + 12 + line * 4)], (176, 172, 164), 1.2)


def laptop(sheet: Sheet, top: float) -> None:
    """The back of an open computer, low enough to leave the face free."""
    papers(sheet, top)
    sheet.shadow([(196, top + 24), (444, top + 24), (450, top + 34), (190, top + 34)], (30, 22, 18, 150), 4)
    sheet.curve(
        smooth(
            [(236, top - 34), (396, top - 34), (404, top - 28), (408, top + 26), (232, top + 26), (228, top - 28)], 2
        ),
        (78, 84, 94),
    )
    sheet.polygon([(234, top - 30), (398, top - 30), (405, top + 24), (227, top + 24)], (96, 103, 114))
    sheet.ellipse(316, top - 6, 7, 7, (132, 140, 152))
    sheet.rectangle(216, top + 24, 416, top + 30, (58, 62, 70), 2)


def glass(sheet: Sheet, top: float) -> None:
    """A file and a glass of water."""
    papers(sheet, top)
    sheet.shadow([(168, top + 22), (198, top + 20), (206, top + 28), (172, top + 30)], (30, 22, 18, 110), 3)
    sheet.polygon([(168, top - 18), (196, top - 18), (193, top + 24), (171, top + 24)], (226, 238, 244, 150))
    sheet.polygon([(169, top - 4), (195, top - 4), (193, top + 23), (171, top + 23)], (186, 214, 228, 170))
    sheet.line([(173, top - 14), (175, top + 20)], (255, 255, 255, 190), 1.6)


def stand(sheet: Sheet, top: float) -> None:
    """The witness has nothing but the oath on a sheet of paper."""
    sheet.polygon([(190, top + 6), (248, top + 6), (240, top + 30), (176, top + 30)], (250, 248, 242))
    for line in range(4):
        sheet.line([(196 - line * 3, top + 11 + line * 4), (238 - line * 2, top + 11 + line * 4)], (176, 172, 164), 1.1)
