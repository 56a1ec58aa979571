"""The hearing journal's hash chain. What goes into it is decided by the acts; where it is kept, by ``storage``."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FIRST_PREVIOUS = "0" * 64
"""Stands for the row before the first."""

COURT_CHAIN = "court"
"""Chain of what happens outside any hearing, such as making an account or pairing a kiosk."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One thing that happened. ``data`` is canonical JSON without speech, names or tokens."""

    chain: str
    """Hearing id, or ``COURT_CHAIN``."""
    number: int
    """1, 2, 3 … without a hole."""
    at_ms: int
    type: str
    actor: str
    data: str
    previous_hash: str
    hash: str
    fact: str | None = None


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """Result of recomputing a chain."""

    rows: int
    first_bad: int | None
    """Number of the first row that does not match, or is not where it should be."""

    @property
    def valid(self) -> bool:
        return self.first_bad is None


def canonical(data: Mapping[str, object]) -> str:
    """JSON with sorted keys, no spaces and no escapes beyond what JSON demands: the same value is always the same text."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def seal(
    previous: JournalRow | None,
    chain: str,
    at_ms: int,
    type: str,
    actor: str,
    data: Mapping[str, object],
    fact: str | None = None,
) -> JournalRow:
    """Next row of a chain."""
    number = previous.number + 1 if previous else 1
    previous_hash = previous.hash if previous else FIRST_PREVIOUS
    text = canonical(data)
    digest = row_hash(previous_hash, chain, number, at_ms, type, actor, text, fact)
    return JournalRow(chain, number, at_ms, type, actor, text, previous_hash, digest, fact)


def row_hash(
    previous_hash: str, chain: str, number: int, at_ms: int, type: str, actor: str, data: str, fact: str | None
) -> str:
    """SHA-256 over the hash of the row before and the row as a canonical JSON list, so that no field can run into the next."""
    row = json.dumps([chain, number, at_ms, type, actor, data, fact], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{previous_hash}\n{row}".encode()).hexdigest()


def check(rows: Iterable[JournalRow]) -> ChainCheck:
    """Recompute a whole chain, given in order from its first row."""
    count, previous_hash = 0, FIRST_PREVIOUS
    for row in rows:
        count += 1
        digest = row_hash(previous_hash, row.chain, row.number, row.at_ms, row.type, row.actor, row.data, row.fact)
        if row.number != count or row.previous_hash != previous_hash or row.hash != digest:
            return ChainCheck(count, row.number)
        previous_hash = row.hash
    return ChainCheck(count, None)
