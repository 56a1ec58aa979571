"""Merkle trees as certificate transparency has them (RFC 6962 section 2.1): one root for many lines, and short proofs against it.

All functions take and give hashes of 32 bytes; a tree is the list of its leaf hashes. Only the standard library is used: this
module is part of the verifier that travels with a recording.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Of a tree of any size, also of none."""
    # Finished subtrees, largest first; their sizes are the ones in the binary form of how many leaves were taken.
    finished: list[bytes] = []
    for count, leaf in enumerate(leaves, 1):
        finished.append(leaf)
        while not count & 1:
            right = finished.pop()
            finished.append(node_hash(finished.pop(), right))
            count >>= 1
    if not finished:
        return EMPTY_ROOT
    whole = finished.pop()
    while finished:
        whole = node_hash(finished.pop(), whole)
    return whole


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """That leaf ``index`` stands in the tree (section 2.1.1). Raises `IndexError`."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root(leaves[:split])]


def consistency_proof(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """That the tree began with its first ``earlier`` leaves (section 2.1.2). Raises `IndexError`."""
    if not 0 <= earlier <= len(leaves):
        raise IndexError(earlier)
    return _consistency(leaves, earlier, True) if 0 < earlier < len(leaves) else []


def _consistency(leaves: Sequence[bytes], earlier: int, known: bool) -> list[bytes]:
    """``known``: whoever checks has the root of these ``earlier`` leaves already."""
    if earlier == len(leaves):
        return [] if known else [root(leaves)]
    split = _split(len(leaves))
    if earlier <= split:
        return [*_consistency(leaves[:split], earlier, known), root(leaves[split:])]
    return [*_consistency(leaves[split:], earlier - split, False), root(leaves[:split])]


def _split(count: int) -> int:
    """The largest power of two below ``count``."""
    return 1 << (count - 1).bit_length() - 1


def holds_leaf(whole: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that ``leaf`` is number ``index`` of the ``size`` under the root ``whole`` (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == whole


def grew_from(earlier: int, earlier_root: bytes, size: int, whole: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` shows that the tree ``whole`` began with the tree ``earlier_root`` (RFC 9162 section 2.1.4.2)."""
    if not 0 <= earlier <= size:
        return False
    if earlier == size:
        return not proof and earlier_root == whole
    if earlier == 0:
        return not proof and earlier_root == EMPTY_ROOT
    steps = list(proof)
    if earlier & (earlier - 1) == 0:
        steps.insert(0, earlier_root)
    if not steps:
        return False
    place, last = earlier - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, step)
        place, last = place >> 1, last >> 1
    return last == 0 and before == earlier_root and after == whole
