"""A document cut into passages along its own structure.

A passage never crosses a heading and ends where a sentence ends. Tables stay whole or are split by row, each part
knowing the header; a list keeps the line that introduces it; what is too small joins its neighbour under the same
heading. Every character that is not white space and not a heading is in exactly one passage; a heading with nothing
under it is a passage of its own, so that it can be found.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from core.errors import SettingsError
from core.types import Block, Document, Passage
from ingestion.chinese import HAN
from ingestion.sentences import sentence_spans

_HAN = re.compile(f"[{HAN}]")
HAN_WEIGHT = 3
"""A Han character counts as this many letters: it says about as much, and costs an embedder about as much."""


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """How large passages are, in characters, a Han character counting as three.

    `target`: packing stops before it. `maximum`: a table, a list or a piece of code is kept whole up to it.
    """

    target: int = 1000
    maximum: int = 1500

    def __post_init__(self) -> None:
        if not 100 <= self.target <= self.maximum:
            raise SettingsError(
                f"[passages] target is {self.target} and maximum is {self.maximum}; "
                "target takes 100 or more, maximum at least the target."
            )


@dataclass(frozen=True, slots=True)
class _Section:
    """The blocks under one heading, up to the next heading. `path` includes the heading."""

    heading: Block | None
    path: tuple[str, ...]
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of text that is not divided further. A `sealed` one, a part of a split table, joins nothing."""

    start: int
    end: int
    size: int
    kind: str = "text"
    header: str = ""
    sealed: bool = False


def split(document: Document, settings: PassageSettings | None = None) -> list[Passage]:
    """The passages of the document, in order."""
    settings = settings or PassageSettings()
    document_id = document.id
    passages: list[Passage] = []
    bare: list[_Section] = []
    sections = _sections(document)
    for section, following in zip(sections, [*sections[1:], None], strict=True):
        if section.heading and not section.blocks:
            deeper = following is not None and following.heading and following.heading.level > section.heading.level
            if not deeper:
                bare.append(section)
            continue
        passages.extend(_bare_headings(document, document_id, bare, settings))
        bare = []
        pieces = _pack(_pieces(document.text, section.blocks, settings), settings)
        passages.extend(_passage(document, document_id, piece, section.path) for piece in pieces)
    passages.extend(_bare_headings(document, document_id, bare, settings))
    return passages


def _passage(document: Document, document_id: str, piece: _Piece, path: tuple[str, ...]) -> Passage:
    start, end = _trim(document.text, piece.start, piece.end)
    boxes = document.boxes
    first = bisect_left(boxes, start, key=lambda box: box.end - 1)
    last = bisect_left(boxes, end, key=lambda box: box.start)
    return Passage(
        document_id=document_id,
        start=start,
        end=end,
        text=document.text[start:end],
        page=document.page_at(start),
        heading=path,
        header=piece.header,
        boxes=boxes[first:last],
    )


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _size(text: str, start: int, end: int) -> int:
    piece = text[start:end].strip()
    return len(piece) if piece.isascii() else len(piece) + (HAN_WEIGHT - 1) * len(_HAN.findall(piece))


def _sections(document: Document) -> list[_Section]:
    sections = [_Section(None, (), [])]
    above: list[Block] = []
    for block in _whole(document):
        if block.kind != "heading":
            sections[-1].blocks.append(block)
            continue
        while above and above[-1].level >= block.level:
            above.pop()
        above.append(block)
        path = tuple(" ".join(document.text[heading.start : heading.end].split()) for heading in above)
        sections.append(_Section(block, path, []))
    return sections


def _whole(document: Document) -> Iterator[Block]:
    """The blocks that hold anything, and as text blocks the lines that no block covers."""
    text, at = document.text, 0
    for block in (*document.blocks, Block("text", len(text), len(text))):
        for line in re.finditer(r"[^\n]*\S[^\n]*", text[at : block.start]):
            yield Block("text", at + line.start(), at + line.end())
        if text[block.start : block.end].strip():
            yield block
        at = block.end


def _bare_headings(
    document: Document, document_id: str, sections: Iterable[_Section], settings: PassageSettings
) -> Iterator[Passage]:
    """Passages of the headings under which nothing stands, neighbours under the same parent together."""
    run: list[_Section] = []
    for section in (*sections, None):
        if run and (section is None or not _joins(document.text, run, section, settings.target)):
            start, end = run[0].heading.start, run[-1].heading.end  # type: ignore[union-attr]
            yield _passage(document, document_id, _Piece(start, end, 0), run[0].path[:-1])
            run = []
        if section is not None:
            run.append(section)


def _joins(text: str, run: list[_Section], section: _Section, target: int) -> bool:
    first, last = run[0].heading, section.heading
    return bool(
        first and last and run[0].path[:-1] == section.path[:-1] and _size(text, first.start, last.end) <= target
    )


def _pieces(text: str, blocks: list[Block], settings: PassageSettings) -> list[_Piece]:
    """The blocks of one section in pieces of at most `maximum`, lists joined to the line before them."""
    pieces: list[_Piece] = []
    for block in blocks:
        size = _size(text, block.start, block.end)
        limit = settings.maximum if block.kind in ("table", "code") else settings.target
        if size <= limit:
            pieces.append(_Piece(block.start, block.end, size, block.kind))
        elif block.kind == "table":
            pieces.extend(_table_parts(text, block, settings))
        elif block.kind == "code":
            pieces.extend(_cut(text, _lines(text, block.start, block.end), settings, "code"))
        else:
            pieces.extend(_cut(text, _sentences(text, block.start, block.end), settings, block.kind))
    return _with_lists(text, [piece for piece in pieces if piece.size], settings.maximum)


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Sentences with all that stands between them, so that nothing is lost."""
    starts = [start, *(start + first for first, _ in sentence_spans(text[start:end])[1:]), end]
    return list(pairwise(starts))


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    return [(start + line.start(), start + line.end()) for line in re.finditer(r"[^\n]*\n|[^\n]+\Z", text[start:end])]


def _cut(text: str, spans: Iterable[tuple[int, int]], settings: PassageSettings, kind: str) -> Iterator[_Piece]:
    """The spans as pieces, those over the maximum cut at a space near the target, or anywhere if there is none."""
    for first, end in spans:
        start = first
        while end - start > settings.maximum or _size(text, start, end) > settings.maximum:
            room = _room(text, start, end, settings.target)
            space = max(text.rfind(mark, start + room // 2, start + room) for mark in " \n，,")
            stop = space + 1 if space >= 0 else start + room
            yield _Piece(start, stop, _size(text, start, stop), kind)
            start = stop
        yield _Piece(start, end, _size(text, start, end), kind)


def _room(text: str, start: int, end: int, target: int) -> int:
    """How many characters from `start` on make up `target`."""
    window = text[start : min(end, start + target)]
    return max(1, round(len(window) * target / max(target, _size(window, 0, len(window)))))


def _table_parts(text: str, table: Block, settings: PassageSettings) -> Iterator[_Piece]:
    """A table over the maximum, split by row. The first part holds the header itself, the others name it."""
    lines = _lines(text, table.start, table.end)
    header_end = lines[min(table.header_rows, len(lines)) - 1][1] if table.header_rows else table.start
    header = text[table.start : header_end].strip()
    if _size(header, 0, len(header)) > settings.target // 2:
        header = ""  # repeating it would leave no room for the rows
    part: _Piece | None = None
    for row in _cut(text, lines, settings, "table"):
        if part and part.size + row.size + len(part.header) > settings.target:
            yield part
            part = None
        named = header if row.start >= header_end else ""
        part = _joined([part, row], sealed=True) if part else _Piece(row.start, row.end, row.size, "table", named, True)
    if part:
        yield part


def _joined(pieces: list[_Piece], sealed: bool = False) -> _Piece:
    first, last = pieces[0], pieces[-1]
    return _Piece(first.start, last.end, sum(piece.size for piece in pieces), last.kind, first.header, sealed)


def _with_lists(text: str, pieces: list[_Piece], maximum: int) -> list[_Piece]:
    """A line that introduces a list, and its items, made one piece as far as they fit."""
    joined: list[_Piece] = []
    for piece in pieces:
        introduced = piece.kind in ("item", "table") and not piece.sealed and joined and not joined[-1].sealed
        if introduced and joined[-1].size + piece.size <= maximum and _introduces(text, joined[-1]):
            joined[-1] = _joined([joined[-1], piece])
        else:
            joined.append(piece)
    return joined


def _introduces(text: str, piece: _Piece) -> bool:
    return piece.kind == "item" or text[piece.start : piece.end].rstrip().endswith((":", "："))


def _pack(pieces: list[_Piece], settings: PassageSettings) -> list[_Piece]:
    """Pieces put together up to the target; one that stays under a quarter of it joins the one before or after."""
    packed: list[_Piece] = []
    for piece in pieces:
        if packed and _fits(packed[-1], piece, settings):
            packed[-1] = _joined([packed[-1], piece])
        else:
            packed.append(piece)
    return packed


def _fits(before: _Piece, after: _Piece, settings: PassageSettings) -> bool:
    if before.sealed or after.sealed:
        return False
    total = before.size + after.size
    small = min(before.size, after.size) < settings.target // 4
    return total <= settings.target or (small and total <= settings.maximum)
