from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.case_dictionary import CaseDictionary
from asr.court_text import CourtText, caption, undo, write
from asr.engine import RecognisedWord
from asr.error_rate import comparable

NO_TERMS = CaseDictionary([])


def words(*tokens: str, pauses_s: dict[int, float] | None = None) -> list[RecognisedWord]:
    """Half-second words; ``pauses_s`` seconds of silence after the word of that index."""
    gaps = [(pauses_s or {}).get(at, 0.0) for at in range(len(tokens))]
    starts = [0.0, *accumulate(0.5 + gap for gap in gaps)]
    return [RecognisedWord(token, begin, begin + 0.5, 1.0) for token, begin in zip(tokens, starts, strict=False)]


def spoken(text: str) -> CourtText:
    """Each character a word of its own, cut in mid-speech so that no mark follows."""
    return write(words(*text), NO_TERMS, ends_in_pause=False)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("原告于二零二三年五月十二日向被告支付三十五万六千元", "原告于2023年5月12日向被告支付356000元"),
        ("案号是二零二四京零一零五民初一二三四五号", "案号是（2024）京0105民初12345号"),
        ("二零二三最高法民终三百二十一号", "（2023）最高法民终321号"),
        ("被告应当在十五日内支付百分之六点五的利息", "被告应当在15日内支付6.5%的利息"),
        ("借款本金两百五十万元", "借款本金250万元"),
        ("欠款三点五亿元", "欠款3.5亿元"),
        ("身份证号一一零一零一一九九零零三零七二三四五", "身份证号110101199003072345"),
        ("手机号幺三八零零一三八零零零", "手机号13800138000"),
        ("现在是上午九点三十分", "现在是上午9点30分"),
        ("下午两点零五分", "下午2点5分"),
        ("租期十二个月", "租期12个月"),
        ("二零一九年底", "2019年底"),
        ("十二月三十一日到期", "12月31日到期"),
        ("房屋面积九十八点六平方米", "房屋面积98.6平方米"),
        ("偿还九万元", "偿还9万元"),
    ],
)
def test_figures_are_written_where_court_style_has_them(said: str, written: str) -> None:
    text = spoken(said)
    assert text.text == written
    assert undo(text) == said
    for change in text.changes:
        assert text.text[change.start : change.end] == change.written


@pytest.mark.parametrize(
    "said",
    [
        "双方各执一词一致同意",
        "合同第十二条第三款",
        "一审判决书第三页第二段",
        "我一万个不同意",
        "第一被告第二被告",
        "违约金按每日万分之五计算",
        "我给了他三五万元",
        "十来万元",
        "几十万元",
        "数千万元",
        "百万元",
        "三月份",
        "二十三月四十日",
        "两个月",
        "十分清楚",
        "下午三十点",
        "百分之百",
    ],
)
def test_idioms_ordinals_and_approximations_keep_their_characters(said: str) -> None:
    text = spoken(said)
    assert text.text == said
    assert text.changes == ()


def test_a_figure_begins_with_a_word() -> None:
    assert write(words("统一", "十元"), NO_TERMS, ends_in_pause=False).text == "统一十元"


def test_pauses_become_commas_and_particles_question_marks() -> None:
    text = write(words("请", "被告", "质证", "你", "有", "异议", "吗", pauses_s={2: 0.5}), NO_TERMS)
    assert text.text == "请被告质证，你有异议吗？"
    assert text.raw_text == "请 被告 质证 你 有 异议 吗"
    assert write(words("没有", "异议", pauses_s={0: 0.5}), NO_TERMS).text == "没有异议。"
    assert (
        write(words("是否", "申请", "回避", "请", "原告", "回答", pauses_s={2: 1.0}), NO_TERMS).text
        == "是否申请回避？请原告回答。"
    )


def test_marks_stay_out_of_figures_and_beside_them() -> None:
    text = write(words("借款", "五", "十", "万", "元", "利息", pauses_s={1: 0.5, 4: 0.5}), NO_TERMS)
    assert text.text == "借款50万元，利息。"


def test_sounds_that_are_no_words_stay_in_the_raw_text_only() -> None:
    text = write(words("[unk]", "现在", "开庭"), NO_TERMS)
    assert (text.text, text.raw_text) == ("现在开庭。", "[unk] 现在 开庭")


def test_latin_words_keep_their_spaces() -> None:
    assert write(words("签", "U", "disk", "和", "App"), NO_TERMS).text == "签U disk和App。"
    assert caption("现在 开庭 [unk]") == "现在开庭"


def test_names_are_replaced_or_suggested_in_place() -> None:
    dictionary = CaseDictionary(["张建国", "刘静"])
    text = write(words("证人", "张", "见", "国", "和", "刘", "晶", pauses_s={3: 0.5}), dictionary)
    assert text.text == "证人张建国，和刘晶。"
    applied, suggested = text.changes
    assert (applied.said, applied.written, applied.applied) == ("张见国", "张建国", True)
    assert (suggested.said, suggested.written, suggested.applied) == ("刘晶", "刘静", False)
    assert text.text[suggested.start : suggested.end] == "刘晶"
    assert comparable(undo(text)) == "证人张见国和刘晶"


@given(
    st.lists(
        st.sampled_from([*"零一二三五十百千万亿年月日元点号第百分之京民初", "被告", "张", "见", "国", "本金"]),
        max_size=20,
    ),
    st.booleans(),
)
def test_whatever_was_said_can_be_had_back(tokens: list[str], ends_in_pause: bool) -> None:
    text = write(words(*tokens), CaseDictionary(["张建国", "本金三千"]), ends_in_pause)
    assert comparable(undo(text)) == comparable("".join(tokens))
    assert text.raw_text == " ".join(tokens)
