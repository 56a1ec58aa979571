import pytest

from signaling.media.layer_choice import LayerOnOffer, Picture, choose_layers, wanted_layer

LAYERS = (LayerOnOffer(150_000, 180), LayerOnOffer(500_000, 360), LayerOnOffer(1_500_000, 720))
PLENTY = 1e9


def picture(shown_height: int | None, present: int | None = None, layers: tuple[LayerOnOffer, ...] = LAYERS) -> Picture:
    return Picture(layers, shown_height, present)


@pytest.mark.parametrize(
    ("shown_height", "layer"), [(0, None), (90, 0), (250, 0), (300, 1), (500, 1), (540, 2), (2160, 2), (None, 1)]
)
def test_the_lowest_layer_that_is_large_enough_is_wanted(shown_height: int | None, layer: int | None) -> None:
    assert wanted_layer(picture(shown_height)) == layer


def test_a_picture_at_the_border_of_two_sizes_keeps_the_layer_it_has() -> None:
    assert wanted_layer(picture(280, present=0)) == 0
    assert wanted_layer(picture(280, present=1)) == 1
    assert wanted_layer(picture(310, present=0)) == 1, "too coarse in the end"


def test_a_track_that_sends_nothing_is_not_chosen() -> None:
    assert choose_layers([picture(720, layers=())], PLENTY).layers == (None,)


def test_a_hidden_picture_costs_nothing() -> None:
    choice = choose_layers([picture(720), picture(0)], PLENTY)
    assert choice.layers == (2, None) and choice.bitrate_bps == choice.wanted_bps == 1_500_000


def test_everybody_is_seen_before_anybody_is_seen_well() -> None:
    choice = choose_layers([picture(720), picture(360), picture(360)], 1_000_000)
    assert choice.layers == (1, 0, 0)
    assert choice.bitrate_bps == 800_000 and choice.wanted_bps == 2_500_000


def test_a_budget_alone_lowers_every_picture_and_pauses_none() -> None:
    assert choose_layers([picture(180), picture(720), picture(180)], 60_000).layers == (0, 0, 0)


def test_what_certainly_does_not_fit_is_left_out_but_never_the_largest() -> None:
    assert choose_layers([picture(180), picture(720), picture(180)], 320_000, lowest_bps=320_000).layers == (0, 0, None)
    assert choose_layers([picture(180), picture(720)], 0, lowest_bps=0).layers == (None, 0)


def test_a_single_layer_that_would_starve_the_voices_is_left_out() -> None:
    screen = (LayerOnOffer(1_200_000, 1080),)
    choice = choose_layers([picture(1080, layers=screen), picture(360)], 250_000, lowest_bps=250_000)
    assert choice.layers == (None, 0) and choice.wanted_bps == 1_700_000
    assert choose_layers([picture(1080, layers=screen)], 250_000).layers == (0,), "an estimate is not enough for that"


def test_a_wavering_rate_changes_nothing_until_the_downlink_complains() -> None:
    pictures = [picture(720, present=2)]
    assert choose_layers(pictures, 1_200_000).layers == (2,)
    assert choose_layers(pictures, 1_200_000, strict=True).layers == (1,)
    assert choose_layers([picture(720, present=1)], 1_200_000).layers == (1,), "the way up has to be free"


def test_one_who_sends_a_single_layer_is_seen_at_any_size() -> None:
    single = (LayerOnOffer(0, 720),)
    assert choose_layers([picture(90, layers=single), picture(2160, layers=single)], 0).layers == (0, 0)
