"""Tables: those drawn with ruled lines, and those that only their alignment shows."""

from __future__ import annotations

import re

from ingestion.readers.pdf_rows import Cell, Row, Table, rows_of
from ingestion.readers.pdf_rules import Rules
from ingestion.readers.pdf_words import Piece

_NEAR = 3.0
"""Points within which two ruled lines are one, or touch."""
_AMOUNT = re.compile(r"^[($€£¥+−–—-]*\s*(?:\d[\d,.\s]*|[–—-])\s*[)%]*$")
_YEAR = re.compile(r"^(?:19|20)\d\d$")
_CURRENCY = re.compile(r"^(?:US|HK|RMB|C|A)?[$€£¥]\s*\(?$|^\($")
_CLOSING = re.compile(r"^[)%]+$")


def ruled_tables(rules: Rules, pieces: list[Piece]) -> tuple[list[Table], list[Piece]]:
    """The tables whose cells are drawn, and the pieces outside them."""
    tables: list[Table] = []
    for group in _grids(rules):
        left = min(line[1] for line in group.across)
        right = max(line[2] for line in group.across)
        bottom = min(line[0] for line in group.across)
        top = max(line[0] for line in group.across)
        inside: list[Piece] = []
        outside: list[Piece] = []
        for piece in pieces:
            x, y = (piece.left + piece.right) / 2, (piece.bottom + piece.top) / 2
            (inside if left < x < right and bottom < y < top else outside).append(piece)
        rows = _cells(group, inside, left, right)
        if len(rows) > 1 and max(len(row) for row in rows) > 1:
            tables.append(Table(rows, _header_rows(rows), left, bottom, right, top))
            pieces = outside
    return tables, pieces


def _grids(rules: Rules) -> list[Rules]:
    """The ruled lines, gathered into grids: lines that touch."""
    across = _merged(rules.across)
    upright = _merged(rules.upright)
    groups: list[Rules] = []
    for line in upright:
        touching = [
            other
            for other in across
            if other[1] - _NEAR <= line[0] <= other[2] + _NEAR and line[1] - _NEAR <= other[0] <= line[2] + _NEAR
        ]
        joined = Rules(touching, [line])
        apart = []
        for group in groups:
            if any(other in group.across for other in touching):
                joined = Rules(list({*joined.across, *group.across}), joined.upright + group.upright)
            else:
                apart.append(group)
        groups = [*apart, joined]
    return [group for group in groups if len(group.across) > 2 and len({round(x) for x, _, _ in group.upright}) > 1]


def _merged(lines: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Lines at the same place that touch end to end, as one."""
    merged: list[tuple[float, float, float]] = []
    open_at: list[tuple[float, float, float]] = []
    for line in sorted(lines):
        open_at = [other for other in open_at if line[0] - other[0] <= _NEAR]
        for index, other in enumerate(open_at):
            if line[1] <= other[2] + _NEAR and other[1] <= line[2] + _NEAR:
                joined = (other[0], min(line[1], other[1]), max(line[2], other[2]))
                merged[merged.index(other)] = open_at[index] = joined
                break
        else:
            merged.append(line)
            open_at.append(line)
    return merged


def _cells(grid: Rules, pieces: list[Piece], left: float, right: float) -> tuple[tuple[Cell, ...], ...]:
    heights = sorted({y for y, _, _ in grid.across}, reverse=True)
    rows: list[tuple[Cell, ...]] = []
    for top, bottom in zip(heights, heights[1:], strict=False):
        middle = (top + bottom) / 2
        band = [piece for piece in pieces if bottom <= (piece.bottom + piece.top) / 2 < top]
        if not band:
            continue
        inner = sorted(x for x, low, high in grid.upright if low < middle < high and left + _NEAR < x < right - _NEAR)
        edges = [left, *inner, right]
        cells = tuple(
            _in_cell([piece for piece in band if start <= (piece.left + piece.right) / 2 < end])
            for start, end in zip(edges, edges[1:], strict=False)
        )
        rows.append(cells)
    return tuple(rows)


def _in_cell(pieces: list[Piece]) -> Cell:
    return tuple(piece for row in rows_of(pieces) for piece in row)


def _header_rows(rows: tuple[tuple[Cell, ...], ...]) -> int:
    """How many rows at the top are the head: set bold where the rest is not, or words above figures."""
    count = 0
    while count < min(3, len(rows) - 1) and all(piece.bold for cell in rows[count] for piece in cell):
        count += 1
    if count:
        return count
    while count < min(3, len(rows) - 1) and not any(_AMOUNT.match(_said(cell)) for cell in rows[count][1:] if cell):
        count += 1
    figures = any(_AMOUNT.match(_said(cell)) for row in rows[count:] for cell in row[1:] if cell)
    return count if figures and count < 3 else 0


def _said(cell: Cell) -> str:
    text = " ".join(piece.text for piece in cell)
    return "" if _YEAR.match(text) else text


def aligned_table(rows: list[Row]) -> Table | None:
    """The table that neighbouring rows make; None where their pieces do not stand under each other."""
    rows = [_with_units(row) for row in rows]
    columns = _columns(rows)
    if len(columns) < 2:
        return None
    cells = [_placed(row, columns) for row in rows]
    if sum(1 for row in cells if sum(1 for cell in row if cell) > 1) < 2:
        return None
    merged = tuple(_unwrapped(cells))
    pieces = [piece for row in rows for piece in row]
    return Table(
        merged,
        _header_rows(merged),
        min(piece.left for piece in pieces),
        min(piece.bottom for piece in pieces),
        max(piece.right for piece in pieces),
        max(piece.top for piece in pieces),
    )


def _with_units(row: Row) -> Row:
    """A currency sign belongs to the amount after it, a closing bracket or per cent to the one before."""
    joined: list[Piece] = []
    for piece in row:
        if joined and (_CURRENCY.match(joined[-1].text) or _CLOSING.match(piece.text)):
            last = joined[-1]
            joined[-1] = last._replace(text=last.text + piece.text, right=piece.right, bold=last.bold and piece.bold)
        else:
            joined.append(piece)
    return tuple(joined)


def _columns(rows: list[Row]) -> list[tuple[float, float]]:
    """Where the columns stand, from the rows with the most cells, since a heading may span several."""
    most = max(len(row) for row in rows)
    columns: list[tuple[float, float]] = []
    for piece in sorted(
        (piece for row in rows if len(row) > 0.6 * most for piece in row), key=lambda piece: piece.left
    ):
        if columns and piece.left < columns[-1][1]:
            columns[-1] = columns[-1][0], max(columns[-1][1], piece.right)
        else:
            columns.append((piece.left, piece.right))
    return columns


def _placed(row: Row, columns: list[tuple[float, float]]) -> tuple[Cell, ...]:
    cells: list[list[Piece]] = [[] for _ in columns]
    for piece in row:
        overlaps = [min(right, piece.right) - max(left, piece.left) for left, right in columns]
        cells[overlaps.index(max(overlaps))].append(piece)
    return tuple(tuple(cell) for cell in cells)


def _unwrapped(rows: list[tuple[Cell, ...]]) -> list[tuple[Cell, ...]]:
    """Rows with what was wrapped onto the next line put back into its cell."""
    merged: list[tuple[Cell, ...]] = []
    for row in rows:
        if merged and (_goes_on(merged[-1], row) or _label_goes_on(merged[-1], row)):
            merged[-1] = tuple(one + other for one, other in zip(merged[-1], row, strict=True))
        else:
            merged.append(row)
    return merged


def _goes_on(last: tuple[Cell, ...], row: tuple[Cell, ...]) -> bool:
    """Whether the row only has words, none of them in the first column, each under a cell that is filled."""
    if row[0] or not _close(last, row):
        return False
    return all(above and not _AMOUNT.match(_said(cell)) for above, cell in zip(last, row, strict=True) if cell)


def _label_goes_on(last: tuple[Cell, ...], row: tuple[Cell, ...]) -> bool:
    """Whether the last row held nothing but the beginning of this row's label."""
    if not row[0] or not last[0] or any(last[1:]) or not _close(last, row):
        return False
    return row[0][0].text[0].islower() and not last[0][-1].text.endswith((":", "."))


def _close(last: tuple[Cell, ...], row: tuple[Cell, ...]) -> bool:
    low = min(piece.bottom for cell in last for piece in cell)
    high = max(piece.top for cell in row for piece in cell)
    return low - high < 0.4 * next(piece.size for cell in row for piece in cell)
