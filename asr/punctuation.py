"""Where the marks go: commas and stops from pauses, question marks from particles."""

import re
from collections.abc import Sequence
from itertools import pairwise

from asr.engine import RecognisedWord

COMMA_PAUSE_S = 0.35
STOP_PAUSE_S = 0.8
SHORTEST_CLAUSE = 4
"""Characters before a comma may be set."""
_QUESTION = re.compile(
    "(吗|呢|是否.*|有无.*|有没有.*|什么|多少|几次|几天|谁|哪里|哪儿|哪些|哪一.|何时|何地|为何|为什么|怎么.{0,3}|怎样|如何)$"
)


def marks(words: Sequence[RecognisedWord], ends_in_pause: bool) -> list[str]:
    """The mark after each word, empty for none. ``ends_in_pause`` False: cut in the middle of speech, so no mark at the end."""
    if not words:
        return []
    found: list[str] = []
    clause = ""
    pauses_s = [after.start_s - before.end_s for before, after in pairwise(words)]
    for word, pause_s in zip(words, [*pauses_s, STOP_PAUSE_S if ends_in_pause else 0.0], strict=True):
        clause += word.text
        if pause_s >= STOP_PAUSE_S:
            found.append("？" if _QUESTION.search(clause) else "。")
            clause = ""
        elif pause_s >= COMMA_PAUSE_S and len(clause) >= SHORTEST_CLAUSE:
            found.append("，")
            clause = ""
        else:
            found.append("")
    return found
