"""Every reader with every file of its corpus, and with damaged copies: the same few each time, or (``make soak``) many and new ones.

An input that broke something belongs into ``corpus/<reader>/``, named after what it broke.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.damage import CORPUS, examples, inputs
from tests.fuzz.readers import READERS

FEW = settings(max_examples=150, derandomize=True, deadline=None, database=None)
MANY = settings(
    max_examples=20_000,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_every_reader_has_a_corpus() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(READERS)


@pytest.mark.parametrize(
    ("reader", "path"),
    [(reader, path) for reader in READERS for path in examples(reader)],
    ids=lambda value: value.name if isinstance(value, Path) else value,
)
def test_the_corpus_is_read(reader: str, path: Path) -> None:
    READERS[reader](path.read_bytes())


def reading(reader: str, how: settings) -> Callable[[], None]:
    @how
    @given(inputs(reader))
    def read(data: bytes) -> None:
        READERS[reader](data)

    return read


@pytest.mark.parametrize("reader", READERS)
def test_damaged_input_is_read_or_refused(reader: str) -> None:
    reading(reader, FEW)()


@pytest.mark.soak
@pytest.mark.parametrize("reader", READERS)
def test_damaged_input_is_read_or_refused_many_times(reader: str) -> None:
    reading(reader, MANY)()
