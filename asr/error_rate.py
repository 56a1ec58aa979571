"""Character error rate: how far a transcript is from what was said. Punctuation, spaces and letter case do not count."""

import unicodedata


def comparable(text: str) -> str:
    """Compatibility-folded letters, digits and ideographs only."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if unicodedata.category(character)[0] in "LN")


def edit_distance(reference: str, hypothesis: str) -> int:
    """Least number of characters inserted, deleted or replaced."""
    row = list(range(len(hypothesis) + 1))
    for i, expected in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, found in enumerate(hypothesis, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (expected != found))
    return row[-1]


def character_error_rate(reference: str, hypothesis: str) -> float:
    """Edits per character of ``reference`` (0.05 is five percent); above 1 when much was invented.

    Numbers count as written: compare the raw text with a reference in words, not the court style with its Arabic numerals.
    """
    expected, found = comparable(reference), comparable(hypothesis)
    if not expected:
        return float(bool(found))
    return edit_distance(expected, found) / len(expected)
