"""Where the people of a hearing stand in the composite picture. All numbers are even, as 4:2:0 pictures need them."""

import math
from dataclasses import dataclass

WIDTH, HEIGHT = 1280, 720
HEADER_HEIGHT = 40
GAP = 4


@dataclass(frozen=True, slots=True)
class Tile:
    x: int
    y: int
    width: int
    height: int


def layout(count: int) -> list[Tile]:
    """Equal tiles of 16:9 in rows under the header, the last row centred."""
    if count < 1:
        return []
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    room = HEIGHT - HEADER_HEIGHT
    width = min(WIDTH // columns, room // rows * 16 // 9)
    height = width * 9 // 16
    top = HEADER_HEIGHT + (room - rows * height) // 2
    tiles = []
    for index in range(count):
        row, column = divmod(index, columns)
        in_row = min(columns, count - row * columns)
        left = (WIDTH - in_row * width) // 2
        tiles.append(
            Tile(
                x=_even(left + column * width + GAP // 2),
                y=_even(top + row * height + GAP // 2),
                width=_even(width - GAP),
                height=_even(height - GAP),
            )
        )
    return tiles


def fitted(tile: Tile, width: int, height: int) -> Tile:
    """The largest place inside ``tile`` for a picture of this shape, centred."""
    scale = min(tile.width / width, tile.height / height)
    inner_width = max(2, min(tile.width, _even(round(width * scale))))
    inner_height = max(2, min(tile.height, _even(round(height * scale))))
    return Tile(
        x=tile.x + _even((tile.width - inner_width) // 2),
        y=tile.y + _even((tile.height - inner_height) // 2),
        width=inner_width,
        height=inner_height,
    )


def _even(value: int) -> int:
    return value & ~1
