"""Where court style writes figures: case numbers, dates, times, percentages, amounts, quantities and long digit strings.

Everything else keeps its characters: ordinals (第十二条), idioms (各执一词), approximations (三五万元, 几十万元), single
counts (一个). Each rule may decline what it matched; then the words stay.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from asr.changes import Change, ChangeRule
from asr.numerals import DIGIT_CHARACTERS, NUMERAL_CHARACTERS, read_digits, read_number

_D = f"[{DIGIT_CHARACTERS}]"
_N = f"[{NUMERAL_CHARACTERS}]"
_EXACT = f"(?<![几数多第每好上成近{NUMERAL_CHARACTERS}])"
"""Not inside another number, and not after a character that makes it an ordinal or an approximation."""
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼兵"
_MONEY = "元|块钱|人民币|美元|欧元|港元"


@dataclass(frozen=True, slots=True)
class _Rule:
    rule: ChangeRule
    pattern: re.Pattern[str]
    write: Callable[[re.Match[str]], str | None]


def figures(text: str) -> Iterator[Change]:
    """Changes to ``text`` (no spaces, no punctuation), not overlapping, in no particular order."""
    taken: list[tuple[int, int]] = []
    for rule in _RULES:
        for match in rule.pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            written = rule.write(match)
            if written is not None and written != match[0]:
                taken.append((start, end))
                yield Change(start, end, match[0], written, rule.rule, applied=True)


def _case_number(match: re.Match[str]) -> str | None:
    year, court, kind, number = match["year"], match["court"], match["kind"], match["number"]
    written_number = _number_or_digits(number)
    if written_number is None:
        return None
    written_court = "".join(read_digits(c) if c in DIGIT_CHARACTERS else c for c in court)
    return f"（{read_digits(year)}）{written_court}{kind}{written_number}号"


def _number_or_digits(spoken: str) -> str | None:
    if all(character in DIGIT_CHARACTERS for character in spoken):
        return read_digits(spoken)
    value = read_number(spoken)
    return None if value is None else str(value)


def _date(match: re.Match[str]) -> str | None:
    year, month, day = match["year"], read_number(match["month"]), match["day"]
    if month is None or not 1 <= month <= 12 or not (year or day):
        return None
    written = (f"{read_digits(year)}年" if year else "") + f"{month}月"
    if day:
        value = read_number(day)
        if value is None or not 1 <= value <= 31:
            return None
        written += f"{value}{match['day_word']}"
    return written


def _year(match: re.Match[str]) -> str:
    return read_digits(match["year"]) + "年"


def _time(match: re.Match[str]) -> str | None:
    hour = read_number(match["hour"])
    minute = read_number(match["minute"].removeprefix("零")) if match["minute"] else 0
    if hour is None or hour > 24 or minute is None or minute > 59:
        return None
    return f"{match['part']}{hour}点" + (f"{minute}分" if match["minute"] else "")


def _percentage(match: re.Match[str]) -> str | None:
    return _joined(_decimal(match), "%")


def _amount(match: re.Match[str]) -> str | None:
    number = match["number"]
    if match["fraction"]:
        return _joined(_decimal(match), match["scale"] or "", match["unit"])
    value = read_number(number)
    if value is None or value < 10:
        return None
    for section, name in ((10**8, "亿"), (10**4, "万")):
        if value % section == 0:
            return f"{value // section}{name}{match['unit']}"
    return f"{value}{match['unit']}"


def _quantity(match: re.Match[str]) -> str | None:
    value = read_number(match["number"])
    return None if value is None or value < 10 else _joined(_decimal(match), match["unit"])


def _digits(match: re.Match[str]) -> str:
    return read_digits(match[0])


def _decimal(match: re.Match[str]) -> str | None:
    value = read_number(match["number"])
    if value is None:
        return None
    return f"{value}.{read_digits(match['fraction'])}" if match["fraction"] else str(value)


def _joined(number: str | None, *rest: str) -> str | None:
    return None if number is None else number + "".join(rest)


_FRACTION = f"(?:点(?P<fraction>{_D}{{1,4}}))?"
_RULES = (
    _Rule(
        ChangeRule.CASE_NUMBER,
        re.compile(
            f"(?P<year>{_D}{{4}})(?P<court>最高法知?|[{_PROVINCES}](?:{_D}{{2,4}})?)"
            f"(?P<kind>(?:民|刑|行|执|破|赔|知民|知行|商|财保)(?:初|终|再|申|辖|保|特|督|恢|异|复|监)?)(?P<number>{_N}{{1,9}})号"
        ),
        _case_number,
    ),
    _Rule(
        ChangeRule.DATE,
        re.compile(
            f"(?:(?P<year>(?<!{_D}){_D}{{4}})年)?(?<![一二三四五六七八九十])(?P<month>[一二三四五六七八九十]{{1,2}})月"
            "(?:(?P<day>[一二三四五六七八九十]{1,3})(?P<day_word>日|号))?"
        ),
        _date,
    ),
    _Rule(ChangeRule.DATE, re.compile(f"(?P<year>(?<!{_D}){_D}{{4}})年"), _year),
    _Rule(
        ChangeRule.TIME,
        re.compile(
            f"(?P<part>凌晨|早上|上午|中午|下午|晚上)(?P<hour>{_N}{{1,3}})点(?:(?P<minute>[零〇]?[一二三四五六七八九十]{{1,3}})分)?"
        ),
        _time,
    ),
    _Rule(ChangeRule.PERCENTAGE, re.compile(f"百分之(?P<number>{_N}{{1,7}}){_FRACTION}"), _percentage),
    _Rule(
        ChangeRule.AMOUNT,
        re.compile(f"{_EXACT}(?P<number>{_N}+){_FRACTION}(?P<scale>万|亿)?(?P<unit>{_MONEY})"),
        _amount,
    ),
    _Rule(
        ChangeRule.QUANTITY,
        re.compile(
            f"{_EXACT}(?P<number>{_N}+){_FRACTION}(?P<unit>日内|天内|个月|个工作日|平方米|公里|周岁|岁|小时|分钟)"
        ),
        _quantity,
    ),
    _Rule(ChangeRule.DIGITS, re.compile(f"(?<!{_N}){_D}{{7,19}}(?!{_N})"), _digits),
)
