import pytest

from asr.case_dictionary import LONGEST_TERM, MOST_TERMS, CaseDictionary
from asr.changes import Change
from asr.pinyin import syllable_distance, syllables

TERMS = ["张建国", "欧阳明轩", "刘静", "宏达建材有限公司", "质证意见", "管辖权异议", "李秀兰", "五十万元", "合议庭"]


def changes(text: str, boundaries: frozenset[int] | None = None) -> list[Change]:
    everywhere = frozenset(range(len(text) + 1))
    return CaseDictionary(TERMS).changes(text, everywhere if boundaries is None else boundaries)


@pytest.mark.parametrize(
    ("heard", "said", "meant"),
    [
        ("原告张见国请求", "张见国", "张建国"),
        ("这是章建国的签名", "章建国", "张建国"),
        ("被告红大建才有限公司辩称", "红大建才有限公司", "宏达建材有限公司"),
        ("李秀南陈述", "李秀南", "李秀兰"),
        ("提出管辖全异议", "管辖全异议", "管辖权异议"),
        ("欧阳名轩到庭", "欧阳名轩", "欧阳明轩"),
    ],
)
def test_longer_terms_are_found_by_sound(heard: str, said: str, meant: str) -> None:
    (change,) = changes(heard)
    assert (change.said, change.written, change.applied) == (said, meant, True)
    assert heard[change.start : change.end] == said


@pytest.mark.parametrize(("heard", "meant"), [("证人刘晶到庭", "刘静"), ("本金五石万元", "五十万元")])
def test_short_names_and_amounts_are_only_suggested(heard: str, meant: str) -> None:
    (change,) = changes(heard)
    assert (change.written, change.applied) == (meant, False)


@pytest.mark.parametrize("heard", ["刘静说她在家", "他建立了一个小国", "牛静到庭", "十七张建房合同", ""])
def test_other_words_are_left_alone(heard: str) -> None:
    assert changes(heard) == []


def test_a_match_begins_and_ends_with_words() -> None:
    text = "扩张见国内"
    assert changes(text, frozenset({0, 2, 3, 5})) == []
    assert len(changes(text)) == 1


def test_vocabulary_is_bounded() -> None:
    dictionary = CaseDictionary(["一", "长" * (LONGEST_TERM + 1), *(f"名{n:05}" for n in range(MOST_TERMS + 5)), "  "])
    assert dictionary.changes("长" * 40, frozenset(range(41))) == []
    assert dictionary.changes("明00001", frozenset(range(7)))[0].applied is False


def test_confusable_syllables_are_near_and_others_far() -> None:
    assert syllable_distance("zhang", "zhang") == 0
    assert syllable_distance("nan", "lan") == syllable_distance("hu", "fu") == syllable_distance("zhi", "zi") == 0.3
    assert syllable_distance("nan", "lang") == 0.6
    assert syllable_distance("an", "wo") > 0.8
    assert syllables("张a国") == ["zhang", "a", "guo"]
