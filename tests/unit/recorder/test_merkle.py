"""RFC 6962: the vectors that certificate transparency implementations share, and what must hold for every tree."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    grew_from,
    holds_leaf,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
)

INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(bytes.fromhex(text)) for text in INPUTS]

INCLUSION = [  # index, size, proof
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]

CONSISTENCY = [  # earlier, size, proof
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


def hexed(proof: list[bytes]) -> list[str]:
    return [step.hex() for step in proof]


def by_definition(leaves: list[bytes]) -> bytes:
    """Section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


def test_roots_are_those_of_certificate_transparency() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" == root([]).hex()
    assert [root(LEAVES[:size]).hex() for size in range(1, 9)] == ROOTS


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_inclusion_proofs_are_those_of_certificate_transparency(index: int, size: int, proof: list[str]) -> None:
    assert hexed(inclusion_proof(LEAVES[:size], index)) == proof
    assert holds_leaf(bytes.fromhex(ROOTS[size - 1]), size, index, LEAVES[index], [bytes.fromhex(p) for p in proof])


@pytest.mark.parametrize(("earlier", "size", "proof"), CONSISTENCY)
def test_consistency_proofs_are_those_of_certificate_transparency(earlier: int, size: int, proof: list[str]) -> None:
    assert hexed(consistency_proof(LEAVES[:size], earlier)) == proof
    roots = bytes.fromhex(ROOTS[earlier - 1]), bytes.fromhex(ROOTS[size - 1])
    assert grew_from(earlier, roots[0], size, roots[1], [bytes.fromhex(p) for p in proof])


trees = st.lists(st.binary(max_size=4), min_size=1, max_size=70).map(lambda texts: [leaf_hash(t) for t in texts])


@given(trees)
def test_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    assert root(leaves) == by_definition(leaves)


@given(trees, st.data())
def test_every_leaf_is_proven_and_nothing_else_by_its_proof(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    whole, proof = root(leaves), inclusion_proof(leaves, index)
    assert holds_leaf(whole, len(leaves), index, leaves[index], proof)
    assert not holds_leaf(whole, len(leaves), index, leaf_hash(b"never said"), proof)
    assert not holds_leaf(whole, len(leaves), len(leaves), leaves[index], proof)
    assert not holds_leaf(whole, len(leaves), index, leaves[index], [*proof, whole])
    if proof:
        assert not holds_leaf(whole, len(leaves), index, leaves[index], proof[:-1])
        changed = data.draw(st.integers(0, len(proof) - 1))
        wrong = [leaf_hash(step) if at == changed else step for at, step in enumerate(proof)]
        assert not holds_leaf(whole, len(leaves), index, leaves[index], wrong)


@given(trees, st.data())
def test_growth_is_proven_and_a_rewritten_beginning_is_not(leaves: list[bytes], data: st.DataObject) -> None:
    earlier = data.draw(st.integers(0, len(leaves)))
    before, whole, proof = root(leaves[:earlier]), root(leaves), consistency_proof(leaves, earlier)
    assert grew_from(earlier, before, len(leaves), whole, proof)
    if earlier:
        at = data.draw(st.integers(0, earlier - 1))
        rewritten = [leaf_hash(b"rewritten") if number == at else leaf for number, leaf in enumerate(leaves)]
        forged = consistency_proof(rewritten, earlier)
        assert not grew_from(earlier, before, len(leaves), root(rewritten), forged)
        assert not grew_from(earlier, before, len(leaves), root(rewritten), proof)
    if proof:
        assert not grew_from(earlier, before, len(leaves), whole, proof[:-1])
        assert not grew_from(earlier, before, len(leaves), whole, [*proof, whole])


def test_proofs_of_what_is_not_there_are_refused() -> None:
    for index in (-1, 8):
        with pytest.raises(IndexError):
            inclusion_proof(LEAVES, index)
    for earlier in (-1, 9):
        with pytest.raises(IndexError):
            consistency_proof(LEAVES, earlier)
    assert not grew_from(9, root(LEAVES), 8, root(LEAVES), [])
    assert not grew_from(3, root(LEAVES[:3]), 8, root(LEAVES), [])
    assert not holds_leaf(EMPTY_ROOT, 0, 0, EMPTY_ROOT, [])
