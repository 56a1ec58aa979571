"""SM3 (GB/T 32905-2016): by the Python of this machine where it has it, else by the code below, which is slow."""

from __future__ import annotations

import hashlib
from typing import Any

_START = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
_MASK = 0xFFFFFFFF


def _turned(word: int, bits: int) -> int:
    bits &= 31
    return (word << bits | word >> 32 - bits) & _MASK


_ROUND = tuple(_turned(0x79CC4519 if round_number < 16 else 0x7A879D8A, round_number) for round_number in range(64))


def new_sm3() -> Any:
    """Something with ``update`` and ``hexdigest``, as in `hashlib`."""
    try:
        return hashlib.new("sm3")
    except ValueError:
        return PlainSm3()


class PlainSm3:
    """SM3 in Python alone."""

    def __init__(self) -> None:
        self._state: tuple[int, ...] = _START
        self._rest = b""
        self._length = 0

    def update(self, data: bytes) -> None:
        self._length += len(data)
        data = self._rest + data
        whole = len(data) & ~63
        for start in range(0, whole, 64):
            self._state = _compressed(self._state, data[start : start + 64])
        self._rest = data[whole:]

    def hexdigest(self) -> str:
        padding = b"\x80" + bytes((55 - self._length) % 64) + (8 * self._length).to_bytes(8, "big")
        state: tuple[int, ...] = self._state
        data = self._rest + padding
        for start in range(0, len(data), 64):
            state = _compressed(state, data[start : start + 64])
        return "".join(f"{word:08x}" for word in state)


def _compressed(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    words = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 64, 4)]
    for at in range(16, 68):
        mixed = words[at - 16] ^ words[at - 9] ^ _turned(words[at - 3], 15)
        mixed ^= _turned(mixed, 15) ^ _turned(mixed, 23)
        words.append(mixed ^ _turned(words[at - 13], 7) ^ words[at - 6])
    a, b, c, d, e, f, g, h = state
    for at in range(64):
        turned = _turned(a, 12)
        first = _turned(turned + e + _ROUND[at] & _MASK, 7)
        second = first ^ turned
        if at < 16:
            chosen, taken = a ^ b ^ c, e ^ f ^ g
        else:
            chosen, taken = a & b | a & c | b & c, e & f | ~e & g
        next_a = chosen + d + second + (words[at] ^ words[at + 4]) & _MASK
        next_e = taken + h + first + words[at] & _MASK
        a, b, c, d = next_a, a, _turned(b, 9), c
        e, f, g, h = next_e ^ _turned(next_e, 9) ^ _turned(next_e, 17), e, _turned(f, 19), g
    return tuple(before ^ after for before, after in _pairs(state, (a, b, c, d, e, f, g, h)))


def _pairs(left: tuple[int, ...], right: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(left[at], right[at]) for at in range(8)]
