"""Join tokens: short, without look-alikes, and read however they are typed."""

import re

import pytest

from hearing_server.court.credentials import JOIN_TOKEN_LENGTH, JOIN_TOKEN_LETTERS, join_token_sha256, new_join_token


def test_a_join_token_has_130_bits_in_groups_without_look_alikes() -> None:
    made = {new_join_token() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"([0-9a-hjkmnp-tv-z]{5}-){4}[0-9a-hjkmnp-tv-z]{6}", token) for token in made)
    assert set("".join(made)) == {*JOIN_TOKEN_LETTERS, "-"}
    assert len(JOIN_TOKEN_LETTERS) ** JOIN_TOKEN_LENGTH == 2**130


@pytest.mark.parametrize(
    "typed",
    [
        "01abc-defgh-jkmnp-qrstv-wxyz01",
        "01ABCDEFGHJKMNPQRSTVWXYZ01",
        "oi abc defgh jkmnp qrstv wxyz ol",
        "OLABC\u2013DEFGH\u2013JKMNP\u2013QRSTV\u2013WXYZOI",
        "\uff10\uff11\uff41\uff42\uff43\uff0ddefgh-jkmnp-qrstv-wxyz01\u3000",
    ],
)
def test_how_it_was_typed_does_not_matter(typed: str) -> None:
    assert join_token_sha256(typed) == join_token_sha256("01abc-defgh-jkmnp-qrstv-wxyz01")


def test_another_letter_is_another_token() -> None:
    assert join_token_sha256("01abc-defgh-jkmnp-qrstv-wxyz02") != join_token_sha256("01abc-defgh-jkmnp-qrstv-wxyz01")
