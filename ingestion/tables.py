"""The rows of a table as its lines hold them, and what names its columns.

In canonical text a table has one row a line, its cells parted by " | ".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

CELL = " | "
MOST_HEADINGS = 4
"""Rows that name the columns, at most; what looks like more of them is a table of words."""

_DIGIT = re.compile(r"[\s$€£¥￥(（\-+<>≤≥~±]*(?:\d|[.,]\d)")
_NOTHING = re.compile(r"[\s\-–—−.·*/]*")
_UNIT = re.compile(r"[\s$€£¥￥%‰()（）'’\"]*(?:(?:0{2,3}|[mk]|bn|mn)s?)?[\s%)）]*", re.IGNORECASE)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_PERIOD = re.compile(
    # 2019, 2018/19 (1)
    r"(?:19|20)\d\d(?:\s*[-–/]\s*(?:(?:19|20)?\d\d))?\s*(?:[A-Za-z]{1,2}|[(（][^)）]{1,12}[)）]|\*)?"
    r"|(?:19|20)\d\d(?:\s*年|\s+[^\W\d]).*"  # 2019 over 2018
    rf"|\d{{1,2}}\s*(?:st|nd|rd|th)?\s+{_MONTH}.*"  # 30 June 2019
    r"|\d{1,2}(?:st|nd|rd|th)\b.*"  # 1st quarter
    r"|\d{1,3}\s*(?:months?|weeks?|days?|years?)\b.*"  # 12 months ended
    r"|\d{1,2}[/.]\d{1,2}[/.](?:19|20)?\d\d",
    re.IGNORECASE,
)

_TIME = re.compile(
    r"\b(?:19|20)\d\d\b|\b(?:end(?:ed|ing)|as (?:of|at)|months?|years?|quarters?|fiscal|period)\b|年|月", re.IGNORECASE
)
_MEASURE = re.compile(
    r"\b(?:thousands?|millions?|billions?|per cent|unaudited)\b|[$€£¥￥]\s*(?:m|bn|000)\b|单位|單位|[千万億亿]元",
    re.IGNORECASE,
)


def is_row(line: str) -> bool:
    """Whether a line is a row of a table."""
    return CELL in f" {line} "


def cells(line: str) -> list[str]:
    """The cells of a row, empty ones too."""
    return [cell.strip() for cell in f" {line} ".split(CELL)]


def is_amount(cell: str) -> bool:
    """Whether a cell holds a figure, or the dash that stands for none; a year, a date or a unit is no figure."""
    if not cell:
        return False
    if _NOTHING.fullmatch(cell):
        return True
    return bool(_DIGIT.match(cell)) and not _PERIOD.fullmatch(cell.strip()) and not _UNIT.fullmatch(cell)


def headings(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first rows name the columns; 0 where none does, or where there is nothing but such rows.

    Such a row has no amounts. One with a name of its own in the first cell, other than what the figures are, names
    every column; below another it must hold a year or a date, as where headings are broken over lines, since it could
    as well be the first row of a table of words.
    """
    count = 0
    for row in rows[: MOST_HEADINGS + 1]:
        named = [cell for cell in row[1:] if cell]
        if not named or any(map(is_amount, row)):
            break
        if row[0] and not _unit(row[0]) and not _names_all(row, rows[:count]):
            break
        count += 1
    even = len(set(map(len, rows[: count + 1]))) == 1
    return count if even and count <= MOST_HEADINGS and count < len(rows) else 0


def _names_all(row: Sequence[str], above: Sequence[Sequence[str]]) -> bool:
    """Whether a row with something in its first cell names the columns."""
    if not all(row) or row[0].endswith((":", "：")):
        return False
    return not above or (not any(over[0] for over in above) and any(map(_PERIOD.fullmatch, row[1:])))


def column_names(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """What the heading rows call each column, the words of several rows joined. What a cell over several columns says
    is said of each of them, but only where it is sure which they are."""
    if not rows:
        return ()
    lines = [*([row[0], *_spread(row[1:])] for row in rows[:-1]), rows[-1]]
    corner = next((row[0] for row in reversed(lines) if row[0]), "")
    columns = zip(*(row[1:] for row in lines), strict=True)
    return (corner, *(" ".join(dict.fromkeys(cell for cell in column if cell)) for column in columns))


def _spread(groups: Sequence[str]) -> list[str]:
    """A row above other heading rows, each of its cells over the columns that it spans: all of them, if it alone says
    of what time the figures are; else equal parts of them, if each cell stands in its own part."""
    named = [at for at, cell in enumerate(groups) if cell]
    if len(named) == len(groups):
        return list(groups)
    if len(named) == 1:
        cell = groups[named[0]]
        return [cell] * len(groups) if _TIME.search(cell) else list(groups)
    width, rest = divmod(len(groups), len(named))
    if rest or any(at // width != number for number, at in enumerate(named)):
        return [""] * len(groups)
    return [groups[named[at // width]] for at in range(len(groups))]


def _unit(cell: str) -> bool:
    """Whether a cell in the corner says what the figures are: (in thousands), £m, Dollars in millions, fiscal year."""
    return bool(_UNIT.fullmatch(cell) or _MEASURE.search(cell))
