"""Corrections: only against the newest revision, never of a sealed one."""

from dataclasses import replace

import pytest

from hearing_server.domain.errors import Conflict, InvalidValue, WrongState
from hearing_server.domain.transcript import Utterance, UtteranceStatus, Word

SAID = Utterance("u1", "h1", "plaintiff", "千我钱", (Word("千", 1, 2, 0.4),), "千 我 钱", 1, 9, "m")


def test_a_correction_keeps_the_recognisers_words() -> None:
    revised = SAID.revise(0, " 欠我钱 ", "plaintiff", "clerk")
    assert (revised.revision, revised.text, revised.status, revised.edited_by) == (
        1,
        "欠我钱",
        UtteranceStatus.EDITED,
        "clerk",
    )
    assert (revised.words, revised.raw_text, revised.start_ms) == (SAID.words, SAID.raw_text, SAID.start_ms)


@pytest.mark.parametrize("base", [-1, 1, 7])
def test_a_stale_or_unknown_base_is_a_conflict(base: int) -> None:
    with pytest.raises(Conflict):
        SAID.revise(base, "欠我钱", "plaintiff", "clerk")


def test_empty_and_unchanged_corrections_are_refused() -> None:
    with pytest.raises(InvalidValue):
        SAID.revise(0, "  ", "plaintiff", "clerk")
    with pytest.raises(InvalidValue):
        SAID.revise(0, "千我钱", "plaintiff", "clerk")
    assert SAID.revise(0, "千我钱", "defendant", "clerk").participant_id == "defendant"


@pytest.mark.parametrize("status", [UtteranceStatus.SEALED, UtteranceStatus.OFF_RECORD])
def test_what_is_final_stays(status: UtteranceStatus) -> None:
    with pytest.raises(WrongState):
        replace(SAID, status=status).revise(0, "x", "plaintiff", "clerk")
