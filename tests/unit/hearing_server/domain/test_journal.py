"""The hash chain."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearing_server.domain.journal import FIRST_PREVIOUS, JournalRow, canonical, check, seal


def _chain(length: int) -> list[JournalRow]:
    rows: list[JournalRow] = []
    for number in range(length):
        rows.append(seal(rows[-1] if rows else None, "h1", number, "written", "clerk", {"n": number}))
    return rows


def test_a_chain_begins_with_nothing_and_links_every_row() -> None:
    rows = _chain(3)
    assert rows[0].previous_hash == FIRST_PREVIOUS
    assert [row.number for row in rows] == [1, 2, 3]
    assert rows[2].previous_hash == rows[1].hash
    assert check(rows).valid
    assert check([]).valid


ROW = _chain(4)[1]


@pytest.mark.parametrize(
    "changed",
    [
        replace(ROW, chain="h2"),
        replace(ROW, at_ms=77),
        replace(ROW, type="read"),
        replace(ROW, actor="judge"),
        replace(ROW, data="{}"),
        replace(ROW, fact="f"),
        replace(ROW, hash="0" * 64),
        replace(ROW, previous_hash="0" * 64),
    ],
)
def test_any_changed_field_is_found(changed: JournalRow) -> None:
    rows = _chain(4)
    assert check([rows[0], changed, *rows[2:]]).first_bad == 2


def test_missing_and_swapped_rows_are_found() -> None:
    rows = _chain(4)
    assert check([rows[0], *rows[2:]]).first_bad == 3
    assert check([rows[1], rows[0]]).first_bad == 2
    assert not check(rows[1:]).valid


def test_fields_cannot_run_into_each_other() -> None:
    one = seal(None, "h1", 1, "ab", "c", {})
    other = seal(None, "h1", 1, "a", "bc", {})
    assert one.hash != other.hash


def test_the_hash_of_a_known_row_never_changes() -> None:
    row = seal(None, "h1", 1_700_000_000_000, "hearing_opened", "participant:judge", {"字": "庭", "a": [1, None]})
    assert row.data == '{"a":[1,null],"字":"庭"}'
    assert row.hash == KNOWN


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()))
def test_the_same_value_is_always_the_same_text(data: dict[str, object]) -> None:
    backwards = dict(reversed(list(data.items())))
    assert canonical(data) == canonical(backwards)


def test_numbers_json_does_not_know_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical({"x": float("nan")})


KNOWN = "eef989250fe39adc1e1fb35dd0db94eb75372667eb24bda28f54195f42200d0d"
