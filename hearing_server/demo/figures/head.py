"""A head without eyes and mouth: face, ears, nose, hair."""

from hearing_server.demo.figures.brush import Area, Point, Sheet, mirrored, path
from hearing_server.demo.figures.looks import Hair, Looks, tint

HEAD = Area(-80, -90, 160, 190)
"""A head's sheet; the origin is the middle of the face, between the eyes and the mouth."""


def face_outline(looks: Looks) -> list[Point]:
    if looks.slender:
        return mirrored([(0, -56), (25, -52), (38, -32), (41, -6), (37, 20), (26, 42), (11, 54), (0, 57)])
    return mirrored([(0, -57), (27, -53), (41, -32), (44, -6), (41, 22), (32, 44), (15, 57), (0, 60)])


def draw_head(looks: Looks) -> Sheet:
    """Everything of a head but eyes and mouth."""
    sheet = Sheet(HEAD)
    _hair_behind(sheet, looks)
    for side in (-1, 1):
        edge = 42 if looks.slender else 45
        sheet.ellipse(side * edge, 3, 8, 14, tint(looks.skin, 0.93))
        sheet.ellipse(side * (edge + 1), 4, 4, 8, tint(looks.skin, 0.82))
    sheet.curve(face_outline(looks), looks.skin)
    _shade_face(sheet, looks)
    _nose(sheet, looks)
    _brows(sheet, looks)
    _hair_in_front(sheet, looks)
    return sheet


def _shade_face(sheet: Sheet, looks: Looks) -> None:
    face = face_outline(looks)
    shade = (*tint(looks.skin, 0.78)[:3], 110)
    sheet.shadow([(46, -40), (46, 30), (16, 66), (22, 44), (34, 18), (37, -20)], shade, 5, face)
    sheet.shadow([(-44, -44), (0, -52), (44, -44), (40, -32), (0, -38), (-40, -32)], shade, 5, face)
    blush = (226, 120, 104, 62 if looks.slender else 40)
    for side in (-1, 1):
        sheet.shadow([(side * 20, 14), (side * 30, 10), (side * 35, 18), (side * 26, 24)], blush, 4, face)


def _nose(sheet: Sheet, looks: Looks) -> None:
    shade = (*tint(looks.skin, 0.72)[:3], 150)
    sheet.shadow([(3, -8), (7, 8), (10, 17), (2, 20), (3, 10)], (*tint(looks.skin, 0.8)[:3], 130), 2)
    sheet.line([(-6, 17), (-3, 19.5), (0, 20), (3, 19.5), (6, 17)], shade, 1.8)


def _brows(sheet: Sheet, looks: Looks) -> None:
    colour = tint(looks.hair_colour, 1.1 if looks.greying else 1.0)
    thick = 2.0 if looks.slender else 3.2
    for side in (-1, 1):
        points = [(side * 9, -15.5), (side * 18, -18), (side * 28, -14.5)]
        sheet.line(points, colour, thick)


def _hair_behind(sheet: Sheet, looks: Looks) -> None:
    dark = tint(looks.hair_colour, 0.82)
    if looks.hair is Hair.BOB:
        sheet.curve(mirrored([(0, -74), (36, -66), (53, -34), (55, 8), (56, 44), (46, 62), (24, 58), (0, 40)]), dark)
    elif looks.hair is Hair.TIED:
        sheet.curve(mirrored([(0, -73), (34, -65), (48, -34), (47, 4), (40, 26), (0, 30)]), dark)
        sheet.ellipse(30, -66, 17, 15, dark)
        sheet.ellipse(31, -68, 13, 11, looks.hair_colour)
    else:
        sheet.curve(mirrored([(0, -68), (32, -62), (46, -34), (46, 0), (38, 6), (0, 0)]), dark)


def _hair_in_front(sheet: Sheet, looks: Looks) -> None:
    for shape in _FRONT_HAIR[looks.hair]:
        sheet.curve(path(shape), looks.hair_colour)
    light = (*tint(looks.hair_colour, 1.28)[:3], 130)
    sheet.shadow([(-30, -60), (-6, -68), (16, -66), (4, -60), (-22, -50)], light, 3.5)
    if looks.greying:
        grey = (168, 166, 168, 190)
        for side in (-1, 1):
            sheet.shadow([(side * 39, -32), (side * 50, -24), (side * 48, 0), (side * 41, 0)], grey, 2.5)


_FRONT_HAIR: dict[Hair, tuple[str, ...]] = {
    Hair.PARTED: (
        "-45,2 -50,-22 -46,-48 -26,-67 4,-73 30,-67 47,-46 50,-22 45,2"
        " 41,-8 40,-26 32,-40 10,-38 -14,-46 -24,-50 -30,-38 -40,-24 -41,-8",
    ),
    Hair.CROPPED: (
        "-45,0 -48,-24 -42,-48 -22,-63 0,-66 22,-63 42,-48 48,-24 45,0"
        " 41,-8 39,-28 30,-44 14,-50 0,-48 -14,-50 -30,-44 -39,-28 -41,-8",
    ),
    Hair.FULL: (
        "-45,4 -51,-18 -50,-46 -32,-70 0,-79 32,-72 51,-48 51,-18 45,4"
        " 41,-10 40,-24 33,-34 22,-42 2,-38 -20,-44 -33,-34 -40,-24 -41,-10",
    ),
    Hair.TIED: (
        "-42,8 -48,-20 -42,-50 -20,-68 4,-72 28,-66 44,-48 48,-20 42,8"
        " 38,-10 34,-26 26,-30 6,-27 -10,-28 -24,-26 -34,-22 -38,-8",
    ),
    Hair.BOB: (
        "-12,-72 20,-72 44,-52 52,-20 53,20 50,50 42,58 40,36 40,4 34,-20 20,-36 0,-46 -14,-50",
        "-4,-73 -30,-68 -48,-46 -53,-14 -54,22 -51,50 -43,58 -40,36 -40,6 -36,-18 -28,-36 -14,-48 0,-52",
    ),
}
"""Closed curves, as `path` reads them."""


def draw_glasses(sheet: Sheet) -> None:
    frame = (48, 46, 52, 235)
    for side in (-1, 1):
        sheet.ring(side * 18.5, -3, 13.5, 1.7, frame)
        sheet.line([(side * 32, -5), (side * 43, -7)], frame, 1.7)
    sheet.line([(-5.5, -4.5), (0, -6), (5.5, -4.5)], frame, 1.7)
