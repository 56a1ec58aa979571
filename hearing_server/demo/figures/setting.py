"""Where each role of the sample hearing sits: the room behind, the desk in front, where the head is."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from hearing_server.demo.figures import desk, scenery
from hearing_server.demo.figures.brush import Colour, Sheet


@dataclass(frozen=True, slots=True)
class Setting:
    """One place in court. Lengths are pixels of the design size."""

    wall: Callable[[], Image.Image]
    extras: Callable[[Sheet, float], None]
    plate: str
    wood: Colour
    desk_top: float
    head_y: float
    size: float = 1.0


SETTINGS: dict[str, Setting] = {
    "presiding_judge": Setting(scenery.bench_wall, desk.gavel, "审判长", (112, 70, 46), 296, 186, 0.94),
    "clerk": Setting(scenery.registry_wall, desk.laptop, "书记员", (140, 98, 66), 292, 148),
    "plaintiff": Setting(scenery.study_wall, desk.papers, "原告", (150, 108, 74), 292, 146),
    "defendant": Setting(scenery.office_wall, desk.glass, "被告", (128, 92, 66), 292, 150),
    "witness": Setting(scenery.witness_wall, desk.stand, "证人", (120, 82, 56), 292, 150),
}
