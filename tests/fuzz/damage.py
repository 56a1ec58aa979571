"""Inputs for readers: noise, and damaged copies of what is in the corpus."""

from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st

CORPUS = Path(__file__).with_name("corpus")
EDGES = (
    b"\x00",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\r\n",
    b"\n",
    b" ",
    b"-1",
    b":",
)
"""Numbers and characters at which something ends."""
MAX_BYTES = 6_000


def examples(reader: str) -> list[Path]:
    return sorted((CORPUS / reader).iterdir())


@st.composite
def damaged(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """One of ``seeds`` after a few cuts, repetitions, and other bytes."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        end = draw(st.integers(at, min(len(data), at + 64)))
        match draw(st.integers(0, 4)):
            case 0:
                data = data[:at]
            case 1:
                data = data[:at] + data[end:]
            case 2:
                data = data[:end] + data[at:end] * draw(st.integers(1, 20)) + data[end:]
            case 3:
                data = data[:at] + draw(st.sampled_from(EDGES)) + data[end:]
            case _:
                data = data[:at] + draw(st.binary(min_size=1, max_size=8)) + data[at + 1 :]
        data = data[:MAX_BYTES]
    return data


def inputs(reader: str) -> st.SearchStrategy[bytes]:
    seeds = [path.read_bytes() for path in examples(reader)]
    return st.one_of(damaged(seeds), damaged(seeds), st.binary(max_size=300))
