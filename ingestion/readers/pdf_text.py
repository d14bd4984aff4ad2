"""Rows of pages become canonical text: paragraphs, headings, items and tables, each line with its box."""

from __future__ import annotations

import re
from collections import Counter
from statistics import median

from core.types import Block, BlockKind, Box
from ingestion.readers.pdf_layout import Page, Row

_ITEM = re.compile(r"^(?:[•▪◦‣·●○■□–—*-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)])\s")
_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+\S")
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")
_ENDED = re.compile(r"[.!?:;。！？：；”\"')\]]$")


def compose(pages: list[Page]) -> tuple[str, tuple[int, ...], tuple[Block, ...], tuple[Box, ...]]:
    """Canonical text, page starts, blocks and boxes of a document, from the rows of each page in reading order."""
    composer = _Composer(_body_size(pages))
    for number, page in enumerate(pages, start=1):
        composer.page(number, page.rows)
    return composer.finish()


def _body_size(pages: list[Page]) -> float:
    """The size that most of the text is set in."""
    letters: Counter[float] = Counter()
    for page in pages:
        for row in page.rows:
            for piece in row:
                letters[piece.size] += len(piece.text)
    return letters.most_common(1)[0][0] if letters else 10.0


class _Composer:
    """Lays row after row into the text; holds the one block that is still open."""

    def __init__(self, body: float) -> None:
        self._body = body
        self._parts: list[str] = []
        self._length = 0
        self._starts: list[int] = []
        self._blocks: list[Block] = []
        self._boxes: list[Box] = []
        self._kind: BlockKind | None = None
        self._level = 0
        self._start = 0
        self._last: Row | None = None
        self._new_page = False

    def page(self, number: int, rows: list[Row]) -> None:
        self._new_page = True
        right = median(row[-1].right for row in rows) if rows else 0.0
        for row in rows:
            self._row(number, row, right)
        if self._new_page:
            self._starts.append(-1)

    def _row(self, number: int, row: Row, right: float) -> None:
        kind, level = self._classify(row)
        if self._continues(row, kind, level, right):
            self._joint(kind, row)
        else:
            self._close()
            if self._length:
                self._add("\n\n")
            self._kind, self._level, self._start = kind, level, self._length
        if self._new_page:
            self._starts.append(self._length)
            self._new_page = False
        for index, piece in enumerate(row):
            if index:
                self._add(" | " if kind == "table" else " ")
            start = self._length
            self._add(piece.text)
            self._boxes.append(Box(start, self._length, number, piece.left, piece.bottom, piece.right, piece.top))
        self._last = row

    def _classify(self, row: Row) -> tuple[BlockKind, int]:
        first = row[0]
        if len(row) > 1:
            return "table", 0
        if len(first.text) < 150 and first.size > 1.15 * self._body:
            return "heading", 1
        if len(first.text) < 100 and first.bold and not first.text.endswith((".", ",", ";")):
            numbered = _NUMBERED.match(first.text)
            return "heading", 2 if numbered is None else numbered[1].count(".") + 1
        if _ITEM.match(first.text):
            return "item", 0
        return "text", 0

    def _continues(self, row: Row, kind: BlockKind, level: int, right: float) -> bool:
        last = self._last
        if last is None or self._kind is None:
            return False
        if kind == "table" or self._kind == "table":
            return kind == self._kind and not self._new_page
        if kind == "item":
            return False
        if kind == "heading" or self._kind == "heading":
            return kind == self._kind and level == self._level and self._near(row) and last[0].size == row[0].size
        if self._new_page or row[0].bottom > last[0].top:
            return not _ENDED.search(last[-1].text)
        return self._near(row) and not (last[-1].right < right - 60 and _ENDED.search(last[-1].text))

    def _near(self, row: Row) -> bool:
        last = self._last
        return last is not None and not self._new_page and 0 <= last[0].bottom - row[0].bottom < 1.6 * last[0].size

    def _joint(self, kind: BlockKind, row: Row) -> None:
        last = self._parts[-1]
        if kind == "table":
            self._add("\n")
        elif last.endswith("-") and len(last) > 1 and last[-2].isalpha() and row[0].text[0].islower():
            self._parts[-1] = last[:-1]
            self._length -= 1
            box = self._boxes[-1]
            self._boxes[-1] = Box(box.start, box.end - 1, box.page, box.left, box.bottom, box.right, box.top)
        elif not (_CJK.match(last[-1]) and _CJK.match(row[0].text[0])):
            self._add(" ")

    def _add(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _close(self) -> None:
        if self._kind is not None:
            self._blocks.append(Block(self._kind, self._start, self._length, self._level))

    def finish(self) -> tuple[str, tuple[int, ...], tuple[Block, ...], tuple[Box, ...]]:
        self._close()
        following = self._length
        for index in range(len(self._starts) - 1, -1, -1):
            if self._starts[index] < 0:
                self._starts[index] = following
            following = self._starts[index]
        return "".join(self._parts), tuple(self._starts), tuple(self._blocks), tuple(self._boxes)
