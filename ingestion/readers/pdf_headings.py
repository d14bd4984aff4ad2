"""Which rows are headings and how deep: by the PDF's own outline, by numbering, by size and weight."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ingestion.readers.pdf_layout import Page
from ingestion.readers.pdf_rows import Row

_DOTTED = re.compile(r"^(\d{1,2}(?:\.\d{1,3}){0,4})(?:\.|\)|、)?\s*[^\W\d_]")
_NAMED = re.compile(
    r"^(?:(?P<one>article|chapter|part|item|appendix|annex|exhibit|schedule)|(?P<two>section))\s+[\dIVXA-Z]+(?:\.\d+)*\b",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    r"^(?:第[一二三四五六七八九十百零\d]+(?P<part>[章编編篇部节節条條])|(?P<list>[一二三四五六七八九十]{1,3})、)"
)
_DEPTH = {"章": 1, "编": 1, "編": 1, "篇": 1, "部": 1, "节": 2, "節": 2, "条": 3, "條": 3}
_LINE = 60
"""A line of running text holds about as many characters."""
_LONGEST = 160
_TICK = re.compile("[☐☑☒□■]")
_LONGER = re.compile(r"[^\W\d_]{4,}")
_FRAGMENT = re.compile(
    r"^[\d.]+\s+[a-z]|(?:\s+\S+){7}:$"
    r"|\b(?i:an?|the|of|to|in|and|or|for|by|with|on|at|as|is|are|be|that|any|such|which|will|shall|has|have|may|must|means)$"
)
_LETTER = re.compile(r"[^\W\d_]")


class OutlineEntry(NamedTuple):
    """One entry of the PDF's own outline; level and page count from 1."""

    level: int
    title: str
    page: int


class Style(NamedTuple):
    """What most of a document is set in: headings stand out against it."""

    size: float
    bold: bool
    mono: bool
    caps: bool


def body_style(pages: Sequence[Page]) -> Style:
    """The style that most letters outside tables are set in."""
    sizes: Counter[float] = Counter()
    running: Counter[float] = Counter()
    bold = mono = caps = total = 0
    for page in pages:
        for row in page.rows:
            for piece in row:
                length = len(piece.text)
                sizes[piece.size] += length
                running[piece.size] += length if length >= _LINE else 0
                total += length
                bold += length * piece.bold
                mono += length * piece.mono
                caps += length * piece.text.isupper()
    # Where small tables hold most of the letters, the body is still what its paragraphs are set in.
    common = [size for size, letters in running.items() if letters and letters >= 0.2 * running.total()]
    size = max(common) if common else sizes.most_common(1)[0][0] if sizes else 10.0
    return Style(size, bold > 0.5 * total, mono > 0.5 * total, caps > 0.5 * total)


class Headings:
    """Decides on rows of one document."""

    def __init__(self, pages: Sequence[Page], outline: Sequence[OutlineEntry]) -> None:
        self.body = body_style(pages)
        self._scanned = any(page.scanned for page in pages)
        self._outline: dict[tuple[int, str], int] = {}
        for entry in outline:
            self._outline[entry.page, plain(entry.title)] = entry.level
        self._sizes = self._ranks(pages)

    def _ranks(self, pages: Sequence[Page]) -> list[float]:
        """The sizes of what is set larger than the body, largest first; sizes within 5 % are one."""
        ranks: list[float] = []
        for size in sorted({row[0].size for page in pages for row in page.rows if self._large(row)}, reverse=True):
            if not ranks or size < 0.95 * ranks[-1]:
                ranks.append(size)
        return ranks

    def _large(self, row: Row) -> bool:
        if self._scanned or row[0].aside:
            return False
        text = _text(row)
        return row[0].size >= 1.12 * self.body.size and len(text) < _LONGEST and len(_LETTER.findall(text)) > 1

    def level(self, row: Row, page: int, apart: bool) -> int:
        """The depth of the heading that a row is, 0 if it is none. `apart`: white stands above and below it."""
        text = _text(row)
        if row[0].aside or len(text) > _LONGEST or not _LETTER.search(text):
            return 0
        listed = self._outline.get((page, plain(text))) if self._outline else None
        if listed is not None:
            return listed
        if text[0].islower() or _TICK.search(text):
            return 0
        if self._large(row):
            return _numbered_depth(text) or 1 + next(
                rank for rank, size in enumerate(self._sizes) if row[0].size >= 0.95 * size
            )
        if text.endswith((",", ";", "，", "；", "。")):
            return 0
        if text.endswith(".") and not (_titled(text) or (text.isupper() and _numbered_depth(text))):
            return 0
        if _FRAGMENT.search(text):
            return 0
        return self._small(row, text, apart)

    def _small(self, row: Row, text: str, apart: bool) -> int:
        """Headings no larger than the body: bold, in capitals, or numbered and apart."""
        deepest = min(len(self._sizes), 3) + 1
        bold = all(piece.bold for piece in row) and not self.body.bold
        caps = text.isupper() and not self.body.caps and len(text) < 90 and len(_LETTER.findall(text)) > 3
        depth = _numbered_depth(text)
        if bold and (apart or depth) and len(text) < 120:
            return depth or deepest
        if depth and (caps or (apart and len(text) < 90 and (depth > 1 or not text[0].isdigit() or _titled(text)))):
            return depth
        return deepest if caps and apart and not self._scanned else 0


def _titled(text: str) -> bool:
    """Whether a numbered line is written as a title: "3. Term and Termination.", every longer word capitalised."""
    number = _DOTTED.match(text)
    said = text[number.end(1) :].strip(" .)、") if number else ""
    longer = _LONGER.findall(said)
    return bool(longer) and ". " not in said and all(word[0].isupper() for word in longer)


def _text(row: Row) -> str:
    return " ".join(piece.text for piece in row)


def plain(text: str) -> str:
    """A title without its case, spaces and marks, to compare it with the outline."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _numbered_depth(text: str) -> int:
    """How deep the number before a heading says it is; 0 without a number."""
    if dotted := _DOTTED.match(text):
        return dotted[1].count(".") + 1
    if named := _NAMED.match(text):
        return 1 if named["one"] else 2
    if chinese := _CHINESE.match(text):
        return _DEPTH[chinese["part"]] if chinese["part"] else 2
    return 0
