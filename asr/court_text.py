"""From the recogniser's words to a line of the transcript. The words are never lost: every departure is listed and can be undone."""

from collections.abc import Sequence
from dataclasses import dataclass

from asr.case_dictionary import CaseDictionary
from asr.changes import Change
from asr.engine import RecognisedWord
from asr.figures import figures
from asr.punctuation import marks

UNKNOWN_TOKENS = frozenset({"[unk]", "<unk>", "<UNK>", "[noise]", "[laughter]"})
"""What recognisers write for sounds that are no word of their vocabulary."""


@dataclass(frozen=True, slots=True)
class CourtText:
    """``text`` as shown; ``raw_text`` the recogniser's tokens separated by spaces; ``changes`` in order, in characters of ``text``."""

    text: str
    raw_text: str
    changes: tuple[Change, ...]


def join(tokens: Sequence[str]) -> str:
    """No spaces, except between two Latin words or figures."""
    text = ""
    for token in tokens:
        text += (" " if text and _is_latin(text[-1]) and _is_latin(token[:1]) else "") + token
    return text


def caption(partial: str) -> str:
    """A partial result as it is shown while somebody speaks: without marks or figures, which would jump about."""
    return join([token for token in partial.split() if token not in UNKNOWN_TOKENS])


def write(words: Sequence[RecognisedWord], dictionary: CaseDictionary, ends_in_pause: bool = True) -> CourtText:
    """``words`` of one utterance in order; ``ends_in_pause`` False when it was cut in the middle of speech."""
    raw_text = " ".join(word.text for word in words)
    known = [word for word in words if word.text not in UNKNOWN_TOKENS]
    plain, ends = "", []
    for word in known:
        plain = join([plain, word.text]) if plain else word.text
        ends.append(len(plain))
    starts = [end - len(word.text) for end, word in zip(ends, known, strict=True)]
    changes = _changes(plain, dictionary, frozenset(starts), frozenset(ends))
    mark_after = {end: mark for end, mark in zip(ends, marks(known, ends_in_pause), strict=True) if mark}
    text, placed = _assemble(plain, changes, mark_after)
    return CourtText(text, raw_text, placed)


def undo(text: CourtText) -> str:
    """The line with every applied change taken back; only its punctuation is not the recogniser's."""
    plain = text.text
    for change in reversed(text.changes):
        if change.applied:
            plain = plain[: change.start] + change.said + plain[change.end :]
    return plain


def _changes(plain: str, dictionary: CaseDictionary, starts: frozenset[int], ends: frozenset[int]) -> list[Change]:
    """Names first, then figures; a figure begins with a word, so that 统一 十元 is not taken apart."""
    named = dictionary.changes(plain, starts | ends)
    chosen = [
        change
        for change in figures(plain)
        if change.start in starts and not any(change.start < other.end and other.start < change.end for other in named)
    ]
    return sorted([*named, *chosen], key=lambda change: change.start)


def _assemble(plain: str, changes: Sequence[Change], mark_after: dict[int, str]) -> tuple[str, tuple[Change, ...]]:
    """Changes and marks put into the line, and the changes with their places in it."""
    text, at = "", 0
    placed: list[Change] = []
    for change in changes:
        text += _marked(plain, at, change.start, mark_after)
        start = len(text)
        text += (
            change.written
            if change.applied
            else _marked(plain, change.start, change.end - 1, mark_after) + plain[change.end - 1]
        )
        placed.append(Change(start, len(text), change.said, change.written, change.rule, change.applied))
        text += mark_after.get(change.end, "")
        at = change.end
    return text + _marked(plain, at, len(plain), mark_after), tuple(placed)


def _marked(plain: str, start: int, end: int, mark_after: dict[int, str]) -> str:
    return "".join(plain[at] + mark_after.get(at + 1, "") for at in range(start, end))


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
