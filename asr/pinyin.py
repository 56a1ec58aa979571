"""How alike two syllables sound, with the confusions of Mandarin as it is spoken in court (n/l, zh/z, h/f, -ng/-n …)."""

import re
from functools import lru_cache

from pypinyin import lazy_pinyin

_INITIALS = (
    *("zh", "ch", "sh"),
    *("b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c", "s", "y", "w"),
)
_IDEOGRAPHS = re.compile("([\u3400-\u9fff]+)")
_CONFUSED = frozenset(
    frozenset(pair)
    for pair in (
        ("zh", "z"),
        ("ch", "c"),
        ("sh", "s"),
        ("n", "l"),
        ("r", "l"),
        ("h", "f"),
        ("ing", "in"),
        ("eng", "en"),
        ("ang", "an"),
        ("iang", "ian"),
        ("uang", "uan"),
    )
)
CONFUSION_COST = 0.3
DIFFERENCE_COST = 0.8


def syllables(text: str) -> list[str]:
    """One toneless syllable per character; characters without a reading stand for themselves."""
    found: list[str] = []
    for run in _IDEOGRAPHS.split(text):
        read = lazy_pinyin(run) if _IDEOGRAPHS.fullmatch(run) else []
        found += read if len(read) == len(run) else run
    return found


@lru_cache(maxsize=65_536)
def syllable_distance(left: str, right: str) -> float:
    """0 for the same toneless syllable, 0.3 or 0.6 for confusable ones, 0.8 and more for different ones."""
    if left == right:
        return 0.0
    (initial_1, final_1), (initial_2, final_2) = _split(left), _split(right)
    return _part_distance(initial_1, initial_2) + _part_distance(final_1, final_2)


def _part_distance(left: str, right: str) -> float:
    if left == right:
        return 0.0
    return CONFUSION_COST if frozenset((left, right)) in _CONFUSED else DIFFERENCE_COST


def _split(syllable: str) -> tuple[str, str]:
    for initial in _INITIALS:
        if syllable.startswith(initial):
            return initial, syllable[len(initial) :]
    return "", syllable
