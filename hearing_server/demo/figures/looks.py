"""What tells the people of the sample hearing apart."""

from dataclasses import dataclass
from enum import StrEnum

from hearing_server.demo.figures.brush import Colour


class Hair(StrEnum):
    """How somebody wears their hair."""

    PARTED = "parted"
    """Short, parted at the side."""
    CROPPED = "cropped"
    """Very short, high forehead."""
    TIED = "tied"
    """Long, tied back, a fringe in front."""
    BOB = "bob"
    """Down to the chin."""
    FULL = "full"
    """Short and full, combed back."""


class Clothes(StrEnum):
    """What somebody wears in court."""

    ROBE = "robe"
    """A judge's black robe with its red front and golden buttons."""
    UNIFORM = "uniform"
    """A clerk's dark blue uniform."""
    SUIT = "suit"
    """Jacket, shirt and tie."""
    CARDIGAN = "cardigan"
    """A cardigan over a blouse."""
    JACKET = "jacket"
    """A zipped jacket over a round-necked shirt."""


@dataclass(frozen=True, slots=True)
class Looks:
    """One person."""

    skin: Colour
    hair: Hair
    hair_colour: Colour
    clothes: Clothes
    cloth: Colour
    accent: Colour
    """Tie, blouse or shirt."""
    glasses: bool = False
    slender: bool = False
    greying: bool = False


LOOKS: dict[str, Looks] = {
    "presiding_judge": Looks(
        (240, 206, 180),
        Hair.PARTED,
        (46, 44, 48),
        Clothes.ROBE,
        (34, 34, 40),
        (152, 34, 40),
        glasses=True,
        greying=True,
    ),
    "clerk": Looks(
        (250, 222, 200), Hair.TIED, (44, 34, 36), Clothes.UNIFORM, (40, 56, 88), (238, 242, 248), slender=True
    ),
    "plaintiff": Looks(
        (247, 214, 188), Hair.BOB, (66, 44, 38), Clothes.CARDIGAN, (74, 128, 126), (244, 236, 222), slender=True
    ),
    "defendant": Looks((232, 194, 164), Hair.FULL, (36, 34, 38), Clothes.SUIT, (96, 102, 114), (58, 84, 124)),
    "witness": Looks(
        (226, 186, 154), Hair.CROPPED, (108, 106, 108), Clothes.JACKET, (120, 104, 78), (232, 228, 218), greying=True
    ),
}


def tint(colour: Colour, factor: float) -> Colour:
    """The colour darker (below 1) or lighter (above 1)."""
    if factor <= 1:
        mixed = [round(part * factor) for part in colour[:3]]
    else:
        mixed = [round(part + (255 - part) * (factor - 1)) for part in colour[:3]]
    return (mixed[0], mixed[1], mixed[2])
