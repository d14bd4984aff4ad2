"""Pages become canonical text: headings, paragraphs, items and tables, each line with its box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from core.types import Block, BlockKind, Box
from ingestion.readers.pdf_contents import without_contents
from ingestion.readers.pdf_furniture import without_furniture
from ingestion.readers.pdf_headings import Headings, OutlineEntry
from ingestion.readers.pdf_layout import Item, Page
from ingestion.readers.pdf_rows import Row, Table
from ingestion.readers.pdf_tables import aligned_table
from ingestion.readers.pdf_words import Frame, Piece

_BULLET = re.compile(r"^[•▪◦‣·●○■□❖➢✓\uf0b7\uf0a7\uf0d8–—*-]\s*$|^[•▪◦‣●○■□❖➢✓\uf0b7\uf0a7\uf0d8]|^[·–—*-]\s")
_MARKER = re.compile(
    r"^(?:\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\d{1,2}-(?=\s)|\d{1,2}(?:\.\d{1,3})+\.?|[（(][一二三四五六七八九十\d]{1,3}[)）])"
    r"(?=\s|$|[^\W\d_a-zA-Z])"
)
_CJK = "[\u2e80-\u2fdf\u3001-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60]"
_UNSPACED = re.compile(rf"{_CJK}\n(?:{_CJK}|\d)|\d\n{_CJK}")
_ENDED = re.compile(r"[.!?:;。！？：；…][\"'”’)\]）】」』]*$")
_GOING_ON = re.compile(rf"[a-z(]|{_CJK}")
_HYPHENATED = re.compile(r"([^\W_]+(?:-[^\W_]+)*)-$")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


class Text(NamedTuple):
    """The canonical text of a document, and what stands where in it."""

    text: str
    page_starts: tuple[int, ...]
    blocks: tuple[Block, ...]
    boxes: tuple[Box, ...]


class Line(NamedTuple):
    """A row that is no table, with what its neighbours say about it."""

    row: Row
    page: int
    frame: Frame
    kind: BlockKind
    level: int
    right: float
    """How far to the right the lines around it reach."""
    pitch: float
    """From one line to the next, mostly, on its page."""


def compose(pages: Sequence[Page], outline: Sequence[OutlineEntry] = ()) -> Text:
    """The canonical text of pages in reading order; their furniture and tables of contents go."""
    kept = without_contents(without_furniture(list(pages)))
    headings = Headings(kept, outline)
    composer = _Composer(_words(kept))
    for number, page in enumerate(kept, start=1):
        composer.turn_page()
        for thing in _lines_and_tables(page, number, headings):
            if isinstance(thing, Table):
                composer.table(thing, number, page.frame)
            else:
                composer.line(thing)
    return composer.finish()


def _words(pages: list[Page]) -> frozenset[str]:
    """The words of a document, those with a hyphen whole, in small letters."""
    said = "\n".join(piece.text for page in pages for row in page.rows for piece in row)
    return frozenset(_WORD.findall(said.casefold()))


def _lines_and_tables(page: Page, number: int, headings: Headings) -> list[Line | Table]:
    items = _with_aligned_tables(page.items)
    pitch = _pitch(page.rows)
    levels: list[int] = []
    for before, item, after in zip([None, *items], items, [*items[1:], None], strict=False):
        if isinstance(item, Table):
            levels.append(0)
        else:
            levels.append(headings.level(item, number, _apart(before, item, after, pitch)))
    found: list[Line | Table] = []
    for index, item in enumerate(items):
        if isinstance(item, Table):
            found.append(item)
            continue
        level = levels[index]
        if level and index + 1 < len(items) and not levels[index + 1] and _runs_on(item, items[index + 1], pitch):
            level = 0
        kind: BlockKind = "heading" if level else _kind(item, headings)
        found.append(Line(item, number, page.frame, kind, level, _reach(items, index), pitch))
    return found


def _runs_on(row: Row, after: Item, pitch: float) -> bool:
    """Whether what looks like a heading is the beginning of a sentence that goes on below in small letters."""
    return not isinstance(after, Table) and after[0].text[0].islower() and _gap(row, after) < 1.35 * pitch


def _apart(before: Item | None, row: Row, after: Item | None, pitch: float) -> bool:
    """Whether white stands above and below a row, or it is set in bold or capitals between lines that are not."""
    own = _loud(row)
    above = _gap(before, row) > 1.25 * pitch or (_closed(before, row) if own else _loud(before))
    return above and (_gap(row, after) > 1.05 * pitch or (own and not _loud(after)))


def _loud(item: Item | None) -> bool:
    if item is None or isinstance(item, Table):
        return False
    return all(piece.bold for piece in item) or all(piece.text.isupper() for piece in item)


def _closed(before: Item | None, row: Row) -> bool:
    """Whether the line before a row ends a paragraph, or is as loud as the row."""
    if before is None or isinstance(before, Table) or _loud(before):
        return True
    return bool(_ENDED.search(before[-1].text)) or before[-1].right < 0.7 * row[0].left


def _kind(row: Row, headings: Headings) -> BlockKind:
    if _BULLET.match(row[0].text) or _MARKER.match(row[0].text):
        return "item"
    if not headings.body.mono and all(piece.mono for piece in row):
        return "code"
    return "text"


def _with_aligned_tables(items: list[Item]) -> list[Item]:
    """Neighbouring rows of several pieces become tables where their pieces stand under each other."""
    found: list[Item] = []
    run: list[Row] = []
    for item in [*map(_unjustified, items), ()]:
        if not isinstance(item, Table) and item and _may_be_row(item, run):
            run.append(item)
            continue
        found += _settled(run, found)
        run = []
        if item:
            if not isinstance(item, Table) and len(item) > 1 and not _marked(item):
                run = [item]
            else:
                found.append(item)
    return found


def _unjustified(item: Item) -> Item:
    """A line of running text that was stretched to the margin, so that its gaps are wide, as one piece."""
    if isinstance(item, Table) or len(item) < 2:
        return item
    gaps = [other.left - one.right for one, other in zip(item, item[1:], strict=False)]
    words = sum(piece.text.count(" ") + 1 for piece in item)
    filled = sum(piece.right - piece.left for piece in item) / (item[-1].right - item[0].left)
    if words < 9 or max(gaps) > 2.5 * item[0].size or filled < 0.75:
        return item
    text = " ".join(piece.text for piece in item)
    return (item[0]._replace(text=text, right=item[-1].right, bold=all(piece.bold for piece in item)),)


def _may_be_row(item: Row, run: list[Row]) -> bool:
    """Whether the row goes on with the table that may have begun: near, and of several pieces or a label between."""
    if not run or item[0].aside:
        return False
    last = run[-1]
    gap = last[0].bottom - item[0].top
    if not -last[0].size < gap < 2.5 * last[0].size:
        return False
    if len(item) > 1:
        return not _marked(item)
    if item[0].bold and gap > 1.2 * item[0].size:
        return False
    left = min(item[0].left, *(row[0].left for row in run))
    right = max(row[-1].right for row in run)
    figures = min(row[1].left for row in run if len(row) > 1)
    return item[0].right < figures + 2 or item[0].right - item[0].left < 0.6 * (right - left)


def _marked(row: Row) -> bool:
    """Whether the row is a bullet or a number with its text, or a heading with its number."""
    return len(row) == 2 and bool(_BULLET.match(row[0].text) or _MARKER.fullmatch(row[0].text) or len(row[0].text) < 3)


def _settled(run: list[Row], before: list[Item]) -> list[Item]:
    """The table that the rows make, and the rows around it that are none of it.

    A line just above it that stands over its columns is the first row of its head, and is taken off `before`.
    """
    after: list[Item] = []
    while run and len(run[-1]) == 1:
        after.insert(0, run.pop())
    if sum(1 for row in run if len(row) > 1) < 2:
        return [*run, *after]
    while before and _over(before[-1], run):
        run.insert(0, before.pop())  # type: ignore[arg-type]  # _over says that it is a row
    table = aligned_table(run)
    return [*run, *after] if table is None else [table, *after]


def _over(item: Item, run: list[Row]) -> bool:
    if isinstance(item, Table) or len(item) > 1 or item[0].aside:
        return False
    label = min(row[0].left for row in run if len(row) > 1)
    return item[0].left > label + 4 * item[0].size and 0 < item[0].bottom - run[0][0].bottom < 1.6 * item[0].size


def _gap(above: Item | None, below: Item | None) -> float:
    """From the bottom of one row to the bottom of the next; far where they do not follow each other down the page."""
    if above is None or below is None or isinstance(above, Table) or isinstance(below, Table):
        return 1e6
    gap = above[0].bottom - below[0].bottom
    return gap if gap > 0 else 1e6


def _pitch(rows: list[Row]) -> float:
    """From line to line, as most paragraphs of the page have it: a quarter of all gaps are no wider."""
    gaps = sorted(gap for one, other in zip(rows, rows[1:], strict=False) if (gap := _gap(one, other)) < 1e6)
    return gaps[len(gaps) // 4] if gaps else 14.0


def _reach(items: list[Item], index: int) -> float:
    row = items[index]
    assert not isinstance(row, Table)
    reach = row[-1].right
    for other in items[max(0, index - 6) : index + 7]:
        if not isinstance(other, Table) and other[0].left < row[-1].right and other[-1].right > row[0].left:
            reach = max(reach, other[-1].right)
    return reach


class _Composer:
    """Lays line after line into the text; holds the one block that is still open."""

    def __init__(self, words: frozenset[str]) -> None:
        self._words = words
        self._parts: list[str] = []
        self._length = 0
        self._starts: list[int] = []
        self._turned = 0
        self._blocks: list[Block] = []
        self._boxes: list[Box] = []
        self._begin = 0
        self._last: Line | None = None
        self._first: Line | None = None
        """The last line of the open block and its first; None where no block of lines is open."""

    def turn_page(self) -> None:
        """A page begins: at the next thing that is laid down."""
        self._turned += 1

    def line(self, line: Line) -> None:
        """Lay down a line: on the open block, or as the beginning of one."""
        last = self._last
        if last is not None and self._goes_on(last, line):
            self._joint(last, line)
        else:
            self._close()
            self._break()
            self._begin = self._length
            self._first = line
        self._start_pages()
        if line.kind == "code" and self._first is not None:
            self._add(" " * _indent(self._first.row, line.row))
        for index, piece in enumerate(line.row):
            self._add(" " if index else "")
            self._piece(piece, line.page, line.frame)
        self._last = line

    def table(self, table: Table, page: int, frame: Frame) -> None:
        """Lay down a table, one row a line."""
        self._close()
        self._break()
        self._start_pages()
        begin = self._length
        for index, row in enumerate(table.rows):
            self._add("\n" if index else "")
            filled = max((column for column, cell in enumerate(row) if cell), default=0)
            for column, cell in enumerate(row[: filled + 1]):
                self._add(" | " if column else "")
                for place, piece in enumerate(cell):
                    if place:
                        self._mend(piece)
                    self._piece(piece, page, frame)
        self._blocks.append(Block("table", begin, self._length, header_rows=table.header_rows))

    def finish(self) -> Text:
        """Close what is open."""
        self._close()
        self._start_pages()
        return Text("".join(self._parts), tuple(self._starts), tuple(self._blocks), tuple(self._boxes))

    def _start_pages(self) -> None:
        self._starts += [self._length] * self._turned
        self._turned = 0

    def _goes_on(self, last: Line, line: Line) -> bool:
        """Whether the line belongs to the block that is open."""
        if "code" in (line.kind, last.kind):
            return line.kind == last.kind and line.page == last.page and _gap(last.row, line.row) < 1.9 * line.pitch
        if line.kind == "heading" or last.kind == "heading":
            return _same_heading(last, line)
        if line.row[0].aside or last.row[0].aside:
            return False
        above, row = last.row, line.row
        if line.kind == "item" and not _midway(last, line):
            return False
        if line.page != last.page or row[0].bottom >= above[0].bottom:
            width = last.right - above[0].left
            full = last.right - above[-1].right < 0.12 * width and width > 18 * above[0].size
            return not _ENDED.search(above[-1].text) and (full or bool(_GOING_ON.match(row[0].text)))
        if _gap(above, row) > min(1.35 * max(line.pitch, 0.9 * row[0].size), 2.15 * row[0].size):
            return False
        if abs(row[0].size - above[0].size) > 0.25 * row[0].size:
            return False
        return not _ends_paragraph(last, line)

    def _joint(self, last: Line, line: Line) -> None:
        if line.kind == "code":
            self._add("\n")
        else:
            self._mend(line.row[0])

    def _mend(self, piece: Piece) -> None:
        """Join what a line's end parted: a hyphenated word; Chinese and its numbers without a space; else by one."""
        before = self._parts[-1]
        hyphen = _HYPHENATED.search(before)
        if hyphen and not self._compound(hyphen[1], piece.text):
            self._parts[-1] = before[:-1]
            self._length -= 1
            box = self._boxes.pop()
            self._boxes.append(Box(box.start, box.end - 1, box.page, box.left, box.bottom, box.right, box.top))
        elif not (hyphen or _UNSPACED.fullmatch(f"{before[-1:]}\n{piece.text[:1]}")):
            self._add(" ")

    def _compound(self, first: str, rest: str) -> bool:
        """Whether the hyphen at a line's end belongs to the word: it is written so, and never as one, elsewhere."""
        second = _WORD.match(rest)
        if second is None or not rest[0].islower() or "-" in first:
            return True
        whole = first + second[0]
        return f"{first}-{second[0]}".casefold() in self._words and whole.casefold() not in self._words

    def _piece(self, piece: Piece, page: int, frame: Frame) -> None:
        start = self._length
        self._add(piece.text)
        left, bottom, right, top = frame.shown(piece.left, piece.bottom, piece.right, piece.top)
        self._boxes.append(
            Box(start, self._length, page, round(left, 1), round(bottom, 1), round(right, 1), round(top, 1))
        )

    def _add(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._length += len(text)

    def _break(self) -> None:
        self._add("\n\n" if self._length else "")

    def _close(self) -> None:
        if self._first is not None:
            self._blocks.append(Block(self._first.kind, self._begin, self._length, self._first.level))
        self._first = self._last = None


def _same_heading(last: Line, line: Line) -> bool:
    """Whether a heading goes on onto this line."""
    if line.kind != last.kind or line.page != last.page or line.level < last.level:
        return False
    one, other = last.row[0], line.row[0]
    near = 0 < one.bottom - other.bottom < 1.5 * one.size
    return near and abs(one.size - other.size) < 0.6 and one.bold == other.bold and not _MARKER.match(other.text)


def _ends_paragraph(last: Line, line: Line) -> bool:
    """Whether the paragraph ends with the last line: it stops short of its column, or the next is indented."""
    above, row = last.row, line.row
    width = max(last.right - above[0].left, 1.0)
    short = last.right - above[-1].right
    ended = bool(_ENDED.search(above[-1].text))
    if short > 0.12 * width and ended:
        return True
    begins = not row[0].text[0].islower()
    if short > 0.12 * width and above[0].bold != row[0].bold and begins:
        return True
    if short > 0.35 * width and begins:
        return True
    indent = row[0].left - above[0].left
    return ended and begins and last.kind == "text" and 0.8 * row[0].size < indent < 0.3 * width


def _midway(last: Line, line: Line) -> bool:
    """Whether what looks like the number of an item is the middle of a sentence: the line before it is full."""
    if line.page != last.page or _BULLET.match(line.row[0].text) or _ENDED.search(last.row[-1].text):
        return False
    full = last.right - last.row[-1].right < 0.12 * (last.right - last.row[0].left)
    return full and abs(line.row[0].left - last.row[0].left) < 2 and _gap(last.row, line.row) < 1.2 * line.pitch


def _indent(first: Row, row: Row) -> int:
    width = (first[0].right - first[0].left) / max(1, len(first[0].text))
    return max(0, round((row[0].left - first[0].left) / width)) if width else 0
