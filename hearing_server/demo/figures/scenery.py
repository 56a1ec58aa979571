"""The rooms in which the figures sit: what is behind them. Nothing moves here."""

import math

from PIL import Image

from hearing_server.demo.figures.brush import Area, Colour, Point, Sheet
from hearing_server.demo.figures.looks import tint

WIDTH, HEIGHT = 640, 360
PICTURE = Area(0, 0, WIDTH, HEIGHT)
"""Design size of a picture."""

GOLD: Colour = (202, 164, 92)


def bench_wall() -> Image.Image:
    """Behind the judge: panelled wood, and the court's seal, a pair of scales."""
    sheet = Sheet(PICTURE)
    sheet.gradient((124, 84, 58), (84, 54, 38))
    for x in range(0, WIDTH + 1, 80):
        sheet.rectangle(x - 2, 0, x + 2, HEIGHT, (74, 46, 32))
        sheet.rectangle(x + 2, 0, x + 3.2, HEIGHT, (146, 104, 74))
        sheet.rectangle(x + 12, 18, x + 68, 344, (70, 44, 30, 90), 3)
        sheet.rectangle(x + 14, 20, x + 67, 343, (122, 82, 56), 3)
    sheet.rectangle(196, 0, 444, HEIGHT, (118, 32, 36))
    sheet.shadow([(196, -40), (444, -40), (444, 60), (320, 100), (196, 60)], (176, 60, 56, 110), 24)
    for x in (196, 444):
        sheet.rectangle(x - 2.5, 0, x + 2.5, HEIGHT, GOLD)
    _seal(sheet, 320, 56, 42)
    _chair(sheet, 320, 132, (54, 38, 34))
    return sheet.image()


def _seal(sheet: Sheet, x: float, y: float, radius: float) -> None:
    sheet.shadow(_circle(x + 2, y + 4, radius), (50, 10, 12, 150), 4)
    sheet.ellipse(x, y, radius, radius, GOLD)
    sheet.ellipse(x, y, radius - 3, radius - 3, (138, 38, 42))
    sheet.ring(x, y, radius - 6, 1.4, (232, 204, 140))
    light: Colour = (240, 214, 150)
    sheet.line([(x, y - 22), (x, y + 18)], light, 3)
    sheet.line([(x - 22, y - 14), (x, y - 18), (x + 22, y - 14)], light, 2.4)
    sheet.ellipse(x, y - 23, 3.4, 3.4, light)
    for side in (-1, 1):
        pan = x + side * 21
        sheet.line([(pan, y - 14), (pan - 8, y + 4)], light, 1.1)
        sheet.line([(pan, y - 14), (pan + 8, y + 4)], light, 1.1)
        sheet.curve([(pan - 10, y + 4), (pan + 10, y + 4), (pan + 5, y + 10), (pan - 5, y + 10)], light)
    sheet.curve([(x - 12, y + 22), (x, y + 16), (x + 12, y + 22), (x + 8, y + 24), (x - 8, y + 24)], light)


def _circle(x: float, y: float, radius: float) -> list[Point]:
    return [(x + radius * math.cos(k * math.pi / 4), y + radius * math.sin(k * math.pi / 4)) for k in range(8)]


def _chair(sheet: Sheet, x: float, top: float, colour: Colour) -> None:
    outline = [
        (x, top - 8),
        (x + 60, top),
        (x + 82, top + 40),
        (x + 84, 330),
        (x - 84, 330),
        (x - 82, top + 40),
        (x - 60, top),
    ]
    sheet.shadow([(px + 4, py + 6) for px, py in outline], (20, 10, 8, 140), 8)
    sheet.curve(outline, colour)
    sheet.curve([(x + (px - x) * 0.86, top + (py - top) * 0.9 + 6) for px, py in outline], tint(colour, 1.12))


def registry_wall() -> Image.Image:
    """Behind the clerk: the side of the courtroom with a wainscot and a shelf of files."""
    sheet = Sheet(PICTURE)
    sheet.gradient((222, 222, 216), (202, 202, 194))
    sheet.rectangle(0, 236, WIDTH, HEIGHT, (148, 112, 82))
    sheet.rectangle(0, 232, WIDTH, 238, (176, 138, 104))
    for x in range(20, WIDTH, 100):
        sheet.rectangle(x, 250, x + 84, HEIGHT, (136, 100, 72), 2)
    _shelf(sheet, 32, 40, 152)
    _shelf(sheet, 32, 122, 152)
    _clock(sheet, 536, 88)
    return sheet.image()


def _shelf(sheet: Sheet, x: float, y: float, width: float) -> None:
    colours: tuple[Colour, ...] = ((92, 112, 140), (150, 72, 66), (198, 176, 132), (84, 118, 104), (122, 104, 130))
    sheet.rectangle(x + 3, y + 4, x + width + 7, y + 74, (186, 184, 174), 3)
    sheet.rectangle(x, y, x + width, y + 66, (232, 228, 218), 2)
    place, number = x + 6, int(y)
    while place < x + width - 18:
        wide, high = 11 + (number * 7) % 6, 44 + (number * 11) % 10
        sheet.rectangle(place, y + 62 - high, place + wide, y + 62, colours[number % 5], 1.5)
        sheet.rectangle(place + 3, y + 70 - high, place + wide - 3, y + 84 - high, (244, 240, 230), 1)
        place, number = place + wide + 2, number + 1
    sheet.rectangle(x - 4, y + 62, x + width + 4, y + 68, (150, 114, 82), 1)


def _clock(sheet: Sheet, x: float, y: float) -> None:
    sheet.shadow(_circle(x + 2, y + 4, 31), (90, 84, 74, 110), 4)
    sheet.ellipse(x, y, 31, 31, (104, 78, 58))
    sheet.ellipse(x, y, 27, 27, (248, 247, 242))
    for hour in range(12):
        angle = hour * math.pi / 6
        sheet.ellipse(x + 22 * math.sin(angle), y - 22 * math.cos(angle), 1.2, 1.2, (90, 84, 80))
    sheet.line([(x, y), (x - 9, y - 9)], (60, 56, 56), 2.4)
    sheet.line([(x, y), (x + 4, y - 18)], (60, 56, 56), 1.8)


def study_wall() -> Image.Image:
    """Behind the plaintiff: a quiet room with a curtain and a plant."""
    sheet = Sheet(PICTURE)
    sheet.gradient((226, 216, 202), (206, 194, 178))
    sheet.rectangle(404, 24, 604, 250, (238, 232, 222), 3)
    sheet.rectangle(412, 32, 596, 242, (196, 218, 228))
    trees = [(412, 176), (440, 150), (478, 160), (520, 146), (560, 162), (588, 152), (588, 238), (412, 238)]
    sheet.shadow(
        trees, (150, 182, 158), 2, [(412, 32), (504, 32), (594, 32), (595, 140), (594, 242), (504, 242), (412, 242)]
    )
    sheet.rectangle(501, 32, 507, 242, (238, 232, 222))
    sheet.rectangle(596, 24, 604, 250, (238, 232, 222))
    sheet.rectangle(404, 242, 608, 252, (238, 232, 222), 2)
    for x in range(388, 456, 11):
        sheet.curve([(x, 14), (x + 12, 14), (x + 10, 150), (x + 13, 300), (x - 2, 300), (x + 2, 150)], (168, 146, 130))
        sheet.line([(x + 2, 20), (x + 3, 290)], (150, 128, 112), 1.4)
    _plant(sheet, 96, 312)
    sheet.rectangle(40, 60, 150, 136, (160, 128, 98), 2)
    sheet.rectangle(46, 66, 144, 130, (240, 238, 230))
    sheet.polygon([(46, 130), (46, 116), (74, 86), (98, 110), (120, 94), (144, 120), (144, 130)], (142, 162, 172))
    sheet.polygon([(46, 130), (46, 124), (92, 104), (144, 128), (144, 130)], (116, 138, 146))
    return sheet.image()


def _plant(sheet: Sheet, x: float, y: float, size: float = 1.0) -> None:
    """A plant in a pot that stands on ``y``."""
    root = y - 60 * size
    for angle, length in ((-64, 74), (-38, 96), (-14, 108), (12, 102), (36, 92), (60, 70)):
        sideways, up = math.sin(math.radians(angle)) * size, math.cos(math.radians(angle)) * size
        leaf = [
            (x, root + 4 * size),
            (x + length * 0.5 * sideways - 9 * up, root - length * 0.5 * up - 9 * sideways),
            (x + length * sideways, root - length * up),
            (x + length * 0.5 * sideways + 9 * up, root - length * 0.5 * up + 9 * sideways),
        ]
        sheet.curve(leaf, (94, 132, 98) if angle % 4 else (110, 148, 108))
    pot = [(-26, -62), (26, -62), (19, 0), (-19, 0)]
    sheet.polygon([(x + px * size, y + py * size) for px, py in pot], (178, 122, 92))


def office_wall() -> Image.Image:
    """Behind the defendant: an office with blinds."""
    sheet = Sheet(PICTURE)
    sheet.gradient((206, 212, 218), (182, 190, 198))
    sheet.rectangle(30, 26, 226, 238, (236, 240, 243), 3)
    for y in range(34, 232, 11):
        sheet.rectangle(36, y, 220, y + 7.5, (214, 224, 232), 1)
        sheet.rectangle(36, y + 6.5, 220, y + 8.5, (182, 194, 204), 1)
    sheet.line([(128, 30), (128, 236)], (190, 200, 208), 1.5)
    sheet.rectangle(430, 96, 610, 330, (140, 148, 158), 3)
    for y in (104, 182, 260):
        sheet.rectangle(438, y, 602, y + 70, (158, 166, 176), 2)
        sheet.rectangle(504, y + 12, 536, y + 17, (112, 120, 130), 2)
    sheet.rectangle(468, 52, 530, 96, (116, 98, 84), 2)
    sheet.rectangle(472, 56, 526, 92, (230, 222, 208), 1)
    _plant(sheet, 576, 97, 0.5)
    return sheet.image()


def witness_wall() -> Image.Image:
    """Behind the witness: the curtain of the witness room."""
    sheet = Sheet(PICTURE)
    sheet.gradient((96, 112, 118), (76, 90, 96))
    for x in range(-10, WIDTH + 20, 34):
        sheet.shadow([(x, -20), (x + 10, -20), (x + 12, 380), (x - 2, 380)], (58, 70, 76, 170), 5)
        sheet.shadow([(x + 17, -20), (x + 22, -20), (x + 24, 380), (x + 16, 380)], (126, 142, 148, 130), 4)
    sheet.rectangle(0, 0, WIDTH, 12, (66, 50, 40))
    return sheet.image()
