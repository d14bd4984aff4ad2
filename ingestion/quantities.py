"""Numbers and dates, in digits or in words, English or Chinese, brought to one spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = {name: number for number, month in enumerate(_MONTHS, 1) for name in (month, month[:3])} | {"sept": 9}
_MONTH_NAME = "(?:" + "|".join(sorted(_MONTH, key=len, reverse=True)) + r")\b\.?"
_DATE = re.compile(
    rf"(?<!\w)(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:day\s+)?(?:of\s+)?(?P<m1>{_MONTH_NAME}),?\s+(?P<y1>[12]\d{{3}})(?!\d)"
    rf"|(?<!\w)(?P<m2>{_MONTH_NAME})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y2>[12]\d{{3}})(?!\d)"
    rf"|(?<!\w)(?P<m3>{_MONTH_NAME}),?\s+(?P<y3>[12]\d{{3}})(?!\d)"
    r"|(?<!\d)(?P<y4>[12]\d{3})\s*年\s*(?P<m4>\d{1,2})\s*月(?:\s*(?P<d4>\d{1,2})\s*[日号號])?"
    r"|(?<![\d./-])(?P<y5>(?:19|20)\d\d)(?P<s5>[-/.])(?P<m5>\d{1,2})(?P=s5)(?P<d5>\d{1,2})(?![\d./-]\d)(?!\d)"
    r"|(?<![\d./-])(?P<a6>\d{1,2})(?P<s6>[/.-])(?P<b6>\d{1,2})(?P=s6)(?P<y6>(?:19|20)\d\d)(?!\d)"
    r"|(?P<y7>[〇零一二三四五六七八九]{4})年(?P<m7>[一二三四五六七八九十]{1,2})月(?:(?P<d7>[一二三四五六七八九十]{1,3})[日号號])?"
)
_YEAR = re.compile(r"[12]\d{3}|[〇零一二三四五六七八九]{4}年")
_BEFORE_YEAR, _AFTER_YEAR = 32, 16  # characters that the rest of a date takes at most

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: value for value, word in enumerate(_UNITS)} | {word: 20 + 10 * i for i, word in enumerate(_TENS)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_NUMBER_WORD = "(?:" + "|".join(sorted((*_SMALL, *_SCALES), key=len, reverse=True)) + ")"
# At most twenty numerals are one number: Python refuses to spell out numbers of thousands of digits.
_NUMBER_WORDS = re.compile(rf"\b{_NUMBER_WORD}\b(?:(?:\s+and\s+|[\s-]+){_NUMBER_WORD}\b){{0,19}}")
_AFTER_DIGIT = re.compile(r"\d\s?\Z")
# Before a number of digits there may be a Han character, as in 约600万, but no Latin letter.
_SCALED = re.compile(
    r"(?<![^\W㐀-鿿])(?<![.,])(\d+(?:,\d{3})*(?:\.\d+)?)\s*(hundred|thousand|million|billion|trillion|[万萬亿億])"
)

_HAN_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_HAN_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "萬": 10**4, "億": 10**8}
_HAN_NUMERAL = "[零〇一二两兩三四五六七八九十百千万萬亿億]"
# One character alone is a number only where it counts or ranks something: 第三, 三天; 一起 and 万一 are words.
_HAN_NUMBER = re.compile(
    rf"(?!万一|一一){_HAN_NUMERAL}{{2,20}}|(?<=第){_HAN_NUMERAL}|[二两兩三四五六七八九十](?=[个個天日月年周岁歲名次人条條款章节節项項倍元块塊小种種份页頁])"
)


def dates(text: str) -> Iterator[tuple[int, int, str]]:
    """The dates in `text` as (start, end, "2024-03-03"), or "2024-03" where no day is said.

    A date such as 03/04/2024, which could be read either way, is given as "03/04/2024" itself.
    """
    lower = _lower(text)
    for start, end in _near_years(lower):
        for match in _DATE.finditer(lower, start, end):
            if norm := _iso({name: value for name, value in match.groupdict().items() if value}):
                yield match.start(), match.end(), norm


def _near_years(text: str) -> Iterator[tuple[int, int]]:
    """The stretches that could hold a date. Looking for dates everywhere takes fifty times as long."""
    start = end = 0
    for year in _YEAR.finditer(text):
        if year.start() - _BEFORE_YEAR > end:
            yield start, end
            start = year.start() - _BEFORE_YEAR
        end = year.end() + _AFTER_YEAR
    yield start, min(end, len(text))


def _lower(text: str) -> str:
    """Lower case, each character still in its place."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _iso(parts: dict[str, str]) -> str | None:
    if "a6" in parts:
        return _either_way(int(parts["a6"]), int(parts["b6"]), parts["y6"])
    said = {name[0]: value for name, value in parts.items()}
    year, month, day = (_value(said.get(name, "")) for name in "ymd")
    if month is None or not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    return f"{year}-{month:02}" if day is None else f"{year}-{month:02}-{day:02}"


def _either_way(first: int, second: int, year: str) -> str | None:
    """A date in figures: day or month first, which only a figure above twelve tells."""
    if max(first, second) > 31 or min(first, second) > 12 or min(first, second) < 1:
        return None
    if max(first, second) <= 12 and first != second:
        return f"{first:02}/{second:02}/{year}"
    return f"{year}-{min(first, second):02}-{max(first, second):02}"


def _value(part: str) -> int | None:
    if not part:
        return None
    if part.isdigit() and part.isascii():
        return int(part)
    name = part.rstrip(".")
    return _MONTH[name] if name in _MONTH else _han_value(part)


def numbers_in_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Numbers that are not plain digits, as (start, end, digits): "thirty-five", "1.5 million", 三十五, 3万."""
    lower = _lower(text)
    for match in _SCALED.finditer(lower):
        yield match.start(), match.end(), canonical(f"{Decimal(match[1].replace(',', '')) * _scale(match[2]):f}")
    for match in _NUMBER_WORDS.finditer(lower):
        if not _AFTER_DIGIT.search(text[max(0, match.start() - 2) : match.start()]):
            yield match.start(), match.end(), str(_english_value(match[0]))
    for match in _HAN_NUMBER.finditer(text):
        yield match.start(), match.end(), str(_han_value(match[0]))


def _scale(word: str) -> int:
    return _SCALES.get(word) or _HAN_SCALES[word]


def _english_value(words: str) -> int:
    total = current = 0
    for word in re.findall(r"[a-z]+", words):
        if word in _SMALL:
            current += _SMALL[word]
        elif word == "hundred":
            current = max(1, current) * 100
        elif word in _SCALES:
            total += max(1, current) * _SCALES[word]
            current = 0
    return total + current


def _han_value(numeral: str) -> int:
    """三百二十五 is 325; digits in a row, 二〇二四, are read as such."""
    if all(character in _HAN_DIGITS for character in numeral):
        return int("".join(str(_HAN_DIGITS[character]) for character in numeral))
    total = section = digit = 0
    for character in numeral:
        if character in _HAN_DIGITS:
            digit = _HAN_DIGITS[character]
            continue
        scale = _HAN_SCALES[character]
        if scale >= 10**4:
            total = (total + section + digit or 1) * scale
            section = 0
        else:
            section += (digit or 1) * scale
        digit = 0
    return total + section + digit


def canonical(number: str) -> str:
    """A number in digits without thousands separators or idle zeros: "1,000.50" is "1000.5", "-.5" is "-0.5"."""
    sign = "-" if number[0] in "-−" else ""
    whole, _, fraction = number.lstrip("-−").replace(",", "").partition(".")
    fraction = fraction.rstrip("0")
    return sign + (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")
