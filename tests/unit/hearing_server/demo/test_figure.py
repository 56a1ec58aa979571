"""Figures are people that move, and they cost next to nothing."""

import numpy as np
import numpy.typing as npt
import pytest

from hearing_server.demo.figures.face import MOUTHS, OPENINGS, mouth_index
from hearing_server.demo.figures.figure import Figure
from hearing_server.demo.figures.setting import SETTINGS

WIDTH = 320


@pytest.fixture(scope="module")
def judge() -> Figure:
    return Figure("presiding_judge", WIDTH)


def luma(figure: Figure, at_s: float, loudness: float, rounded: bool = False) -> npt.NDArray[np.int16]:
    return figure.picture(at_s, loudness, rounded).to_ndarray(format="gray").astype(np.int16)


def test_a_picture_has_the_agreed_size_and_format(judge: Figure) -> None:
    picture = judge.picture(0.0, 0.0, False)
    assert (picture.width, picture.height, picture.format.name) == (320, 180, "yuv420p")


def test_a_listening_figure_is_never_quite_still(judge: Figure) -> None:
    first, later = luma(judge, 100.0, 0.0), luma(judge, 102.0, 0.0)
    assert 50 < np.count_nonzero(np.abs(first - later) > 12) < first.size / 4


def test_a_louder_voice_opens_the_mouth_and_changes_nothing_else(judge: Figure) -> None:
    shut, wide = luma(judge, 200.0, 0.0), luma(judge, 200.0, 1.0)
    rows, columns = np.nonzero(np.abs(shut - wide) > 12)
    assert len(rows) > 10
    assert rows.max() - rows.min() < 20 and columns.max() - columns.min() < 24


def test_rounded_vowels_have_a_mouth_of_their_own() -> None:
    assert mouth_index(0.0, True) == mouth_index(0.0, False) == 0
    assert {mouth_index(step / OPENINGS, rounded) for step in range(OPENINGS + 1) for rounded in (True, False)} == set(
        range(len(MOUTHS))
    )
    assert MOUTHS[mouth_index(1.0, True)][1] < MOUTHS[mouth_index(1.0, False)][1]
    assert mouth_index(7.0, False) == mouth_index(1.0, False)


def test_eyes_blink_within_some_seconds(judge: Figure) -> None:
    """Dark pupils vanish for a moment; poses move them by a few pixels only."""
    eyes = [luma(judge, 300.0 + frame / 15, 0.0)[78:100, 138:184].min() for frame in range(150)]
    assert max(eyes) - min(eyes) > 20


@pytest.mark.parametrize("role", sorted(SETTINGS))
def test_every_role_has_a_figure_of_its_own(role: str) -> None:
    picture = luma(Figure(role, WIDTH), 0.0, 0.0)
    assert picture.std() > 20
    assert len(np.unique(picture)) > 100
