"""Numbers and dates, in digits or in words, English or Chinese, brought to one spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MONTHS = ("january february march april may june july august september october november december").split()
_MONTH = {name: number for number, month in enumerate(_MONTHS, 1) for name in (month, month[:3])} | {"sept": 9}
_MONTH_NAME = "(?:" + "|".join(sorted(_MONTH, key=len, reverse=True)) + r")\b\.?"
_DATE = re.compile(
    rf"(?<!\w)(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:day\s+)?(?:of\s+)?(?P<m1>{_MONTH_NAME}),?\s+(?P<y1>\d{{4}})(?!\d)"
    rf"|(?<!\w)(?P<m2>{_MONTH_NAME})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y2>\d{{4}})(?!\d)"
    rf"|(?<!\w)(?P<m3>{_MONTH_NAME}),?\s+(?P<y3>\d{{4}})(?!\d)"
    r"|(?<!\d)(?P<y4>\d{4})\s*年\s*(?P<m4>\d{1,2})\s*月(?:\s*(?P<d4>\d{1,2})\s*[日号號])?"
    r"|(?<![\d./-])(?P<y5>(?:19|20)\d\d)(?P<s5>[-/.])(?P<m5>\d{1,2})(?P=s5)(?P<d5>\d{1,2})(?![\d./-]\d)(?!\d)"
    r"|(?<![\d./-])(?P<a6>\d{1,2})(?P<s6>[/.-])(?P<b6>\d{1,2})(?P=s6)(?P<y6>(?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
_COULD_HOLD_DATE = re.compile(r"\d{4}")

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: value for value, word in enumerate(_UNITS)} | {word: 20 + 10 * i for i, word in enumerate(_TENS)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_NUMBER_WORD = "(?:" + "|".join(sorted((*_SMALL, *_SCALES), key=len, reverse=True)) + ")"
_NUMBER_WORDS = re.compile(
    rf"(?<![\w.])(?<!\d\s)(?:{_NUMBER_WORD}(?:(?:\s+and\s+|[\s-]+)(?={_NUMBER_WORD}\b)|\b))+", re.IGNORECASE
)
_SCALED = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(hundred|thousand|million|billion|trillion|[万萬亿億])", re.IGNORECASE)

_HAN_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_HAN_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "萬": 10**4, "億": 10**8}
_HAN_NUMERAL = "[零〇一二两兩三四五六七八九十百千万萬亿億]"
# One character alone is a number only where it counts or ranks something: 第三, 三天; 一起 and 万一 are words.
_HAN_NUMBER = re.compile(
    rf"(?!万一|一一){_HAN_NUMERAL}{{2,}}|(?<=第){_HAN_NUMERAL}|[二两兩三四五六七八九十](?=[个個天日月年周岁歲名次人条條款章节節项項倍元块塊小种種份页頁])"
)


def dates(text: str) -> Iterator[tuple[int, int, str]]:
    """The dates in `text` as (start, end, "2024-03-03"), or "2024-03" where no day is said.

    A date such as 03/04/2024, which could be read either way, is given as "03/04/2024" itself.
    """
    if not _COULD_HOLD_DATE.search(text):
        return
    for match in _DATE.finditer(text):
        if norm := _iso({name: value for name, value in match.groupdict().items() if value}):
            yield match.start(), match.end(), norm


def _iso(parts: dict[str, str]) -> str | None:
    year = next(parts[f"y{form}"] for form in "123456" if f"y{form}" in parts)
    if "a6" in parts:
        first, second = int(parts["a6"]), int(parts["b6"])
        if first <= 12 and second <= 12 and first != second:
            return f"{first:02}/{second:02}/{year}"
        day, month = (second, first) if first <= 12 else (first, second)
        return _checked(year, month, day)
    name = next(parts[f"m{form}"] for form in "12345" if f"m{form}" in parts)
    month = int(name) if name.isdigit() else _MONTH[name.lower().rstrip(".")]
    day_text = next((parts[f"d{form}"] for form in "1245" if f"d{form}" in parts), None)
    return _checked(year, month, int(day_text) if day_text else None)


def _checked(year: str, month: int, day: int | None) -> str | None:
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    return f"{year}-{month:02}" if day is None else f"{year}-{month:02}-{day:02}"


def numbers_in_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Numbers that are not plain digits, as (start, end, digits): "thirty-five", "1.5 million", 三十五, 3万."""
    for match in _SCALED.finditer(text):
        yield match.start(), match.end(), canonical(float(match[1].replace(",", "")) * _scale(match[2]))
    for match in _NUMBER_WORDS.finditer(text):
        yield match.start(), match.end(), str(_english_value(match[0]))
    for match in _HAN_NUMBER.finditer(text):
        yield match.start(), match.end(), str(_han_value(match[0]))


def _scale(word: str) -> int:
    return _SCALES.get(word.lower()) or _HAN_SCALES[word]


def _english_value(words: str) -> int:
    total = current = 0
    for word in re.findall(r"[a-z]+", words.lower()):
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


def canonical(value: str | float) -> str:
    """A number in digits without thousands separators or idle zeros: "1,000.50" is "1000.5"."""
    text = value.replace(",", "") if isinstance(value, str) else f"{value:.6f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.lstrip("0") or "0" if not text.startswith("0.") else text
