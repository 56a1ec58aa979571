"""Names and terms of one case, found by sound where the recogniser wrote other characters.

A name of two characters and anything with a number in it is only ever suggested: 刘晶 and 刘静 are two people, and no sum is
changed by a guess. Longer names and terms are replaced when they sound nearly the same; the recogniser's words stay beside them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from asr.changes import Change, ChangeRule
from asr.numerals import NUMERAL_CHARACTERS
from asr.pinyin import syllable_distance, syllables

MOST_DISTANT = 0.18
"""Mean distance per syllable up to which a longer term is taken to be meant."""
MOST_TERMS = 2_000
LONGEST_TERM = 30


@dataclass(frozen=True, slots=True)
class _Term:
    text: str
    sound: tuple[str, ...]
    only_suggested: bool


class CaseDictionary:
    """Made once per hearing."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        """Terms of one character, over-long ones and those beyond the first 2,000 are left out."""
        chosen = [term for term in dict.fromkeys(map(str.strip, vocabulary)) if 2 <= len(term) <= LONGEST_TERM]
        self._terms = sorted((_term(text) for text in chosen[:MOST_TERMS]), key=lambda term: -len(term.text))

    def changes(self, text: str, boundaries: frozenset[int]) -> list[Change]:
        """Changes to ``text``, not overlapping. ``boundaries``: where words begin and end (characters, 0 and the length included)."""
        if not self._terms or not text:
            return []
        taken = [False] * len(text)
        for term in self._terms:
            _take_exact(text, term.text, taken)
        sound = syllables(text)
        found: list[Change] = []
        for term in self._terms:
            for start in range(len(text) - len(term.text) + 1):
                end = start + len(term.text)
                if (
                    start in boundaries
                    and end in boundaries
                    and not any(taken[start:end])
                    and _alike(term, text, sound, start)
                ):
                    taken[start:end] = [True] * len(term.text)
                    change = Change(
                        start, end, text[start:end], term.text, ChangeRule.DICTIONARY, not term.only_suggested
                    )
                    found.append(change)
        return found


def _term(text: str) -> _Term:
    has_number = any(character in NUMERAL_CHARACTERS or character.isdigit() for character in text)
    return _Term(text, tuple(syllables(text)), only_suggested=len(text) == 2 or has_number)


def _take_exact(text: str, term: str, taken: list[bool]) -> None:
    at = text.find(term)
    while at >= 0:
        taken[at : at + len(term)] = [True] * len(term)
        at = text.find(term, at + len(term))


def _alike(term: _Term, text: str, sound: list[str], start: int) -> bool:
    """Two characters must share the first one, a surname, and the very sound."""
    heard = sound[start : start + len(term.sound)]
    distance = sum(map(syllable_distance, heard, term.sound)) / len(term.sound)
    if len(term.text) == 2:
        return text[start] == term.text[0] and distance == 0
    return distance <= MOST_DISTANT
