"""Rows and tables: how pieces of text that stand side by side are held."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from ingestion.readers.pdf_words import Piece

_JOIN = 0.9
"""Pieces on one line that are nearer than this many line heights belong to one line of text."""

Row: TypeAlias = tuple[Piece, ...]
"""Pieces that stand side by side, left to right. One piece is a line of text; several may be a row of a table."""
Cell: TypeAlias = tuple[Piece, ...]
"""The pieces in one cell of a table, in reading order; none where it is empty."""


class Table(NamedTuple):
    """A table, its cells row by row, the first `header_rows` of which are its head."""

    rows: tuple[tuple[Cell, ...], ...]
    header_rows: int
    left: float
    bottom: float
    right: float
    top: float


def rows_of(pieces: list[Piece]) -> list[Row]:
    """Pieces gathered by their height on the page, top to bottom; pieces without a wide gap between are joined."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: -(piece.bottom + piece.top)):
        for row in rows[-2:]:
            if _level(row[0], piece):
                row.append(piece)
                break
        else:
            rows.append([piece])
    return [_joined(sorted(row, key=lambda piece: piece.left)) for row in rows]


def _level(one: Piece, other: Piece) -> bool:
    overlap = min(one.top, other.top) - max(one.bottom, other.bottom)
    return overlap > 0.5 * min(one.top - one.bottom, other.top - other.bottom)


def _joined(row: list[Piece]) -> Row:
    joined: list[Piece] = []
    for piece in row:
        if joined and piece.left - joined[-1].right < _JOIN * max(piece.size, joined[-1].size):
            joined[-1] = _join(joined[-1], piece)
        else:
            joined.append(piece)
    return tuple(joined)


def _join(one: Piece, other: Piece) -> Piece:
    space = " " if other.left - one.right > 0.1 * one.size else ""
    return one._replace(
        text=one.text + space + other.text,
        left=min(one.left, other.left),
        bottom=min(one.bottom, other.bottom),
        right=max(one.right, other.right),
        top=max(one.top, other.top),
        size=one.size if len(one.text) > len(other.text) else other.size,
        bold=one.bold and other.bold,
        mono=one.mono and other.mono,
    )
