"""Chinese numerals read strictly: a run of numeral characters is a number only when nobody would say that number otherwise.

各执一词, 三五万 (three to five) and 十来 are no numbers here, and neither is anything else that does not spell back to itself.
"""

DIGITS = "零一二三四五六七八九"
DIGIT_CHARACTERS = DIGITS + "〇幺"
NUMERAL_CHARACTERS = DIGITS + "〇两十百千万亿"
_SMALL_UNITS = {"十": 10, "百": 100, "千": 1000}
_SECTIONS = {"万": 10**4, "亿": 10**8}
_FIGURES = {character: str(value) for value, character in enumerate(DIGITS)} | {"〇": "0", "幺": "1"}


def read_digits(spoken: str) -> str:
    """Digit by digit: 二零二四 → 2024. Raises `KeyError` for any other character."""
    return "".join(_FIGURES[character] for character in spoken)


def read_number(spoken: str) -> int | None:
    """The value of a whole, properly spoken number, None for anything else."""
    canonical = _canonical(spoken)
    value = _evaluate(canonical)
    if value is None or _canonical(spell(value)) != canonical:
        return None
    return value


def spell(value: int) -> str:
    """A number from 0 to 10¹² − 1 as it is spoken: 10500 → 一万零五百. Raises `ValueError` beyond."""
    if not 0 <= value < 10**12:
        raise ValueError(f"{value} is not spelled here")
    if value == 0:
        return "零"
    hundred_millions, rest = divmod(value, 10**8)
    ten_thousands, units = divmod(rest, 10**4)
    spoken = ""
    for section, unit in ((hundred_millions, "亿"), (ten_thousands, "万"), (units, "")):
        if section:
            spoken += (
                ("零" if spoken and (section < 1000 or spoken.endswith("零")) else "") + _spell_section(section) + unit
            )
    return spoken


def _spell_section(section: int) -> str:
    spoken, skipped = "", False
    for unit_value, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = section // unit_value % 10
        if digit:
            spoken += ("零" if skipped and spoken else "") + DIGITS[digit] + unit
            skipped = False
        else:
            skipped = True
    return spoken


def _canonical(spoken: str) -> str:
    plain = spoken.replace("两", "二").replace("〇", "零")
    return plain.removeprefix("一") if plain.startswith("一十") else plain


def _evaluate(spoken: str) -> int | None:
    """Only so strict as to give one value: `read_number` compares the spelling."""
    total = section = digit = 0
    for character in spoken:
        if character in _SECTIONS:
            total = (
                (total + section + digit) * _SECTIONS[character]
                if character == "亿"
                else (total + (section + digit) * _SECTIONS[character])
            )
            section = digit = 0
        elif character in _SMALL_UNITS:
            section += (digit or 1) * _SMALL_UNITS[character]
            digit = 0
        elif character in DIGITS:
            digit = DIGITS.index(character)
        else:
            return None
    value = total + section + digit
    return value if spoken and value < 10**12 else None
