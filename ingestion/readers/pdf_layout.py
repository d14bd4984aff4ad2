"""Reading order: pieces of text on a page become rows, columns one after the other."""

from __future__ import annotations

from typing import NamedTuple

from ingestion.readers.pdf_words import Piece

Row = tuple[Piece, ...]
"""Pieces that stand side by side, left to right. One piece is a line of text; several may be a row of a table."""

_LINES = 4
"""A column has at least this many lines on both sides of the gutter."""
_LETTERS = 18
"""Lines of a column hold this many characters or more in the middle; the cells of a table are shorter."""


class Page(NamedTuple):
    """A page's rows in reading order, and its size in the units of their boxes."""

    rows: list[Row]
    width: float
    height: float


def page_of(pieces: list[Piece], width: float, height: float) -> Page:
    """The page that these pieces stand on, read in order."""
    rows = _rows(pieces)
    gutter = _gutter(rows)
    return Page(rows if gutter is None else _in_columns(rows, gutter), width, height)


def _rows(pieces: list[Piece]) -> list[Row]:
    """Pieces gathered by their height on the page, top to bottom; pieces without a gap between them are joined."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -(piece.bottom + piece.top)):
        row = rows[-1] if rows else None
        if row is not None and _level(row[0], piece):
            row.append(piece)
        else:
            rows.append([piece])
    return [_joined(sorted(row, key=lambda piece: piece.left)) for row in rows]


def _level(one: Piece, other: Piece) -> bool:
    overlap = min(one.top, other.top) - max(one.bottom, other.bottom)
    return overlap > 0.5 * min(one.top - one.bottom, other.top - other.bottom)


def _joined(row: list[Piece]) -> Row:
    joined: list[Piece] = []
    for piece in row:
        if joined and piece.left - joined[-1].right < 0.6 * max(piece.size, joined[-1].size):
            joined[-1] = _join(joined[-1], piece)
        else:
            joined.append(piece)
    return tuple(joined)


def _join(one: Piece, other: Piece) -> Piece:
    space = " " if other.left - one.right > 0.1 * one.size else ""
    return one._replace(
        text=one.text + space + other.text,
        bottom=min(one.bottom, other.bottom),
        right=max(one.right, other.right),
        top=max(one.top, other.top),
        bold=one.bold and other.bold,
    )


def _gutter(rows: list[Row]) -> tuple[float, float] | None:
    """The white strip between two columns of running text, as (left, right); None where there is none."""
    pairs = [(one, other) for row in rows for one, other in zip(row, row[1:], strict=False)]
    best: tuple[float, float] | None = None
    most = _LINES - 1
    for one, other in pairs:
        spanning = [
            (a, b)
            for a, b in pairs
            if a.right <= other.left - 4 and b.left >= one.right + 4 and _texty(a) and _texty(b)
        ]
        if len(spanning) > most:
            most = len(spanning)
            best = max(a.right for a, _ in spanning), min(b.left for _, b in spanning)
    if best is None or best[1] <= best[0]:
        return None
    return best


def _texty(piece: Piece) -> bool:
    return len(piece.text) >= _LETTERS


def _in_columns(rows: list[Row], gutter: tuple[float, float]) -> list[Row]:
    """Within each stretch that nothing crosses, the left column and then the right one."""
    middle = (gutter[0] + gutter[1]) / 2
    ordered: list[Row] = []
    left: list[Row] = []
    right: list[Row] = []
    for row in rows:
        if any(piece.left < middle - 2 and piece.right > middle + 2 for piece in row):
            ordered += left + right + [row]
            left, right = [], []
            continue
        for side, pieces in (
            (left, tuple(piece for piece in row if piece.right <= middle + 2)),
            (right, tuple(piece for piece in row if piece.right > middle + 2)),
        ):
            if pieces:
                side.append(pieces)
    return ordered + left + right
