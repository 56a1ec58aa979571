"""Which simulcast layer of each picture a subscriber is sent: what it shows and what its downlink carries. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

ENOUGH = 0.7
"""A layer of this share of the height shown is enough: stretched that little, a face looks the same."""
KEPT = 0.6
"""A layer in use stays until it is below this share, so that a window dragged to and fro does not switch at each step."""

UNTOLD_HEIGHT = 360
"""Of a picture of which the subscriber has not said yet how large it is shown."""
IN_USE = 0.75
"""What is sent already counts this share of its cost, as long as the downlink carries it: rates waver from second to second, and the
choice must not."""
HEADROOM = 0.85
"""Of the budget, for a layer that is not sent yet: it begins with a keyframe, and its rate wavers as well."""
ALWAYS_BPS = 200_000
"""The lowest layer of the largest picture is sent whatever the downlink carries, if it costs no more: a line on which a hearing is
possible has room for it beside the voices. A single layer that costs more than the line carries would starve them."""


@dataclass(frozen=True, slots=True)
class LayerOnOffer:
    """``height`` in pixels."""

    bitrate_bps: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """One track at one subscriber. ``layers``: those sent now, lowest first. ``shown_height`` in device pixels; 0: hidden, None: not told.
    ``present``: index of the layer in use, None: none."""

    layers: tuple[LayerOnOffer, ...]
    shown_height: int | None
    present: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """``layers``: an index for each picture, None: nothing is sent. ``bitrate_bps``: what that costs, ``wanted_bps``: what it would cost
    with room for everything."""

    layers: tuple[int | None, ...]
    bitrate_bps: int
    wanted_bps: int


def choose_layers(
    pictures: Sequence[Picture], budget_bps: float, *, lowest_bps: float = float("inf"), strict: bool = False
) -> Choice:
    """Everybody is seen before anybody is seen well: each picture gets its lowest layer, the largest first, then what is left raises the
    largest. Lowest layers together may cost ``lowest_bps``, all together ``budget_bps``. ``strict``: the downlink is congested, what is
    sent already gets no discount."""
    wanted = [wanted_layer(picture) for picture in pictures]
    order = sorted(range(len(pictures)), key=lambda n: -_shown(pictures[n]))
    chosen: list[int | None] = [None] * len(pictures)
    spent = 0.0
    for step in range(max((len(picture.layers) for picture in pictures), default=0)):
        for n in order:
            limit, below = wanted[n], step - 1 if step else None
            if limit is None or limit < step or chosen[n] != below:
                continue
            cost = _step_cost(pictures[n], step, strict)
            limit_bps = budget_bps * (1 if _in_use(pictures[n], step) else HEADROOM) if step else lowest_bps
            fits = spent + cost <= limit_bps
            if fits or (cost <= ALWAYS_BPS and all(each is None for each in chosen)):
                chosen[n] = step
                spent += max(0.0, cost)
    return Choice(tuple(chosen), _cost(pictures, chosen), _cost(pictures, wanted))


def _step_cost(picture: Picture, step: int, strict: bool) -> float:
    """Of the layer ``step`` instead of the one below it."""
    more = picture.layers[step].bitrate_bps - (picture.layers[step - 1].bitrate_bps if step else 0)
    return more * IN_USE if _in_use(picture, step) and not strict else more


def _in_use(picture: Picture, step: int) -> bool:
    return picture.present is not None and step <= picture.present


def wanted_layer(picture: Picture) -> int | None:
    """The lowest layer that is enough for how the picture is shown; None when it is hidden or not sent."""
    if picture.shown_height == 0 or not picture.layers:
        return None
    for n, layer in enumerate(picture.layers):
        share = KEPT if n == picture.present else ENOUGH
        if layer.height >= share * _shown(picture):
            return n
    return len(picture.layers) - 1


def _shown(picture: Picture) -> int:
    return UNTOLD_HEIGHT if picture.shown_height is None else picture.shown_height


def _cost(pictures: Sequence[Picture], chosen: Sequence[int | None]) -> int:
    pairs = zip(pictures, chosen, strict=True)
    return sum(picture.layers[layer].bitrate_bps for picture, layer in pairs if layer is not None)
