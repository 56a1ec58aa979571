"""Neck, shoulders and clothes."""

from hearing_server.demo.figures.brush import Area, Sheet, mirrored
from hearing_server.demo.figures.looks import Clothes, Looks, tint

BODY = Area(-170, 30, 340, 230)
"""A body's sheet, in the coordinates of its head."""


def draw_body(looks: Looks) -> Sheet:
    """Neck, shoulders and upper body down to below the desk's edge."""
    sheet = Sheet(BODY)
    neck = 15 if looks.slender else 19
    shoulder = 88 if looks.slender else 104
    sheet.curve(
        mirrored(
            [
                (0, 74),
                (neck + 6, 78),
                (shoulder - 22, 94),
                (shoulder, 116),
                (shoulder + 14, 180),
                (shoulder + 20, 280),
                (0, 290),
            ]
        ),
        looks.cloth,
    )
    for side in (-1, 1):
        fold = (*tint(looks.cloth, 0.66)[:3], 150)
        sheet.shadow(
            [
                (side * (shoulder - 26), 140),
                (side * (shoulder - 20), 132),
                (side * (shoulder - 16), 260),
                (side * (shoulder - 30), 260),
            ],
            fold,
            3,
        )
    _CLOTHES[looks.clothes](sheet, looks)
    sheet.curve(
        mirrored(
            [(0, 30), (neck, 34), (neck, 66), (neck + 5, 78), (0, 92 if looks.clothes is not Clothes.ROBE else 84)]
        ),
        tint(looks.skin, 0.95),
    )
    sheet.shadow(
        [(-neck - 2, 44), (0, 62), (neck + 2, 44), (neck + 2, 58), (0, 74), (-neck - 2, 58)],
        (*tint(looks.skin, 0.66)[:3], 170),
        2.5,
    )
    _collar(sheet, looks)
    return sheet


def _robe(sheet: Sheet, looks: Looks) -> None:
    sheet.polygon([(-17, 80), (17, 80), (20, 280), (-20, 280)], looks.accent)
    for side in (-1, 1):
        sheet.polygon([(side * 17, 80), (side * 22, 82), (side * 25, 280), (side * 20, 280)], tint(looks.cloth, 0.6))
    for y in (112, 142, 172, 202):
        sheet.ellipse(0, y, 4.2, 4.2, (214, 172, 84))
        sheet.ellipse(-1, y - 1, 1.8, 1.8, (246, 220, 150))


def _uniform(sheet: Sheet, looks: Looks) -> None:
    sheet.polygon([(-22, 74), (22, 74), (0, 150)], looks.accent)
    sheet.curve([(-4, 90), (4, 90), (6, 100), (5, 142), (0, 150), (-5, 142), (-6, 100)], (128, 34, 44))
    for side in (-1, 1):
        sheet.polygon(
            [(side * 20, 72), (side * 34, 84), (side * 36, 112), (0, 168), (side * 2, 146)], tint(looks.cloth, 0.82)
        )
    sheet.ellipse(-48, 130, 6, 6, (212, 174, 92))
    sheet.ellipse(-48, 130, 3.4, 3.4, (160, 40, 44))
    for y in (180, 206):
        sheet.ellipse(5, y, 3.2, 3.2, (206, 176, 110))


def _suit(sheet: Sheet, looks: Looks) -> None:
    sheet.polygon([(-25, 74), (25, 74), (0, 178)], (242, 244, 248))
    sheet.polygon([(-6, 90), (6, 90), (8, 158), (0, 172), (-8, 158)], looks.accent)
    sheet.polygon([(-7, 86), (7, 86), (4, 98), (-4, 98)], tint(looks.accent, 0.82))
    for side in (-1, 1):
        sheet.polygon(
            [(side * 23, 72), (side * 40, 86), (side * 44, 118), (side * 34, 120), (0, 190), (side * 2, 168)],
            tint(looks.cloth, 0.82),
        )


def _cardigan(sheet: Sheet, looks: Looks) -> None:
    sheet.curve([(-26, 74), (26, 74), (22, 130), (12, 250), (-12, 250), (-22, 130)], looks.accent)
    for side in (-1, 1):
        sheet.polygon(
            [(side * 25, 74), (side * 32, 80), (side * 26, 134), (side * 15, 280), (side * 8, 280), (side * 20, 132)],
            tint(looks.cloth, 0.84),
        )
    for y in (160, 192):
        sheet.ellipse(15, y, 3, 3, (236, 226, 206))


def _jacket(sheet: Sheet, looks: Looks) -> None:
    sheet.curve([(-24, 74), (24, 74), (16, 116), (0, 132), (-16, 116)], looks.accent)
    sheet.line([(0, 126), (0, 280)], tint(looks.cloth, 0.7), 2)
    for side in (-1, 1):
        sheet.polygon(
            [(side * 20, 72), (side * 36, 84), (side * 30, 108), (0, 136), (side * 3, 124), (side * 18, 104)],
            tint(looks.cloth, 0.8),
        )


_CLOTHES = {
    Clothes.ROBE: _robe,
    Clothes.UNIFORM: _uniform,
    Clothes.SUIT: _suit,
    Clothes.CARDIGAN: _cardigan,
    Clothes.JACKET: _jacket,
}


def _collar(sheet: Sheet, looks: Looks) -> None:
    """What lies over the neck's lower end."""
    white = (246, 247, 250)
    if looks.clothes in {Clothes.SUIT, Clothes.UNIFORM}:
        for side in (-1, 1):
            sheet.polygon([(side * 17, 66), (side * 25, 76), (side * 15, 98), (0, 88), (side * 4, 84)], white)
            sheet.line([(side * 15, 98), (0, 88)], (206, 212, 222), 1.2)
    elif looks.clothes is Clothes.ROBE:
        for side in (-1, 1):
            sheet.polygon([(side * 19, 64), (side * 27, 76), (side * 20, 90), (0, 84), (side * 4, 80)], white)
        sheet.polygon([(-6, 83), (6, 83), (4, 94), (-4, 94)], looks.accent)
    elif looks.clothes is Clothes.CARDIGAN:
        for side in (-1, 1):
            sheet.polygon([(side * 15, 66), (side * 22, 74), (side * 20, 92), (side * 4, 92)], looks.accent)
            sheet.line([(side * 20, 92), (side * 4, 92)], tint(looks.accent, 0.84), 1.4)
    else:
        sheet.line([(-18, 80), (-9, 90), (0, 93), (9, 90), (18, 80)], tint(looks.accent, 0.86), 2.4)
