"""Every code has a sentence in both languages."""

import pytest

from hearing_server.domain.opening import CheckItem
from hearing_server.web.sentences import CHECKLIST_ITEMS, OF_CODE, OF_FAREWELL, OF_REASON, farewell, sentence
from signaling.protocol.court_words import ErrorCode, Language


@pytest.mark.parametrize("language", list(Language))
def test_every_code_has_a_sentence(language: Language) -> None:
    assert set(OF_CODE) == set(ErrorCode)
    for code in ErrorCode:
        said = sentence(code, language, request="4711")
        assert said.endswith(("。", "."))
        assert "{" not in said
        assert farewell(code, language)


def test_every_reason_is_said_whole() -> None:
    for reason in OF_REASON:
        for language in Language:
            assert "{" not in sentence(ErrorCode.WRONG_STATE, language, reason)
    assert set(CHECKLIST_ITEMS) == set(CheckItem)
    assert all(farewell(code, Language.ENGLISH) for code in OF_FAREWELL)


def test_a_fault_names_its_number_and_a_checklist_its_gaps() -> None:
    assert "4711" in sentence(ErrorCode.INTERNAL, Language.ENGLISH, request="4711")
    gaps = sentence(
        ErrorCode.WRONG_STATE, Language.CHINESE, "checklist_incomplete", subjects=("judge_present", "side_present")
    )
    assert "审判长未到庭、有当事人未到庭" in gaps


def test_an_unknown_reason_falls_back_to_the_code() -> None:
    assert sentence(ErrorCode.CONFLICT, Language.ENGLISH, "no such reason") == OF_CODE[ErrorCode.CONFLICT][1]
