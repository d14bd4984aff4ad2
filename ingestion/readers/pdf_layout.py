"""Reading order: pieces of text on a page become rows, one column after the other, and ruled tables."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple, TypeAlias

from ingestion.readers.pdf_rows import Row, Table, rows_of
from ingestion.readers.pdf_rules import Rules
from ingestion.readers.pdf_tables import ruled_tables
from ingestion.readers.pdf_words import Frame, Piece

Item: TypeAlias = Row | Table


class Page(NamedTuple):
    """What stands on a page, in reading order."""

    items: list[Item]
    frame: Frame
    scanned: bool = False

    @property
    def rows(self) -> list[Row]:
        """What stands outside its ruled tables."""
        return [item for item in self.items if not isinstance(item, Table)]


_LINES = 4
"""A column has at least this many lines."""
_LETTERS = 12
"""Lines of running text are longer than this; the cells of a table are mostly shorter."""
_GUTTER = 4.0
"""Points of white between two columns."""


def page_of(pieces: list[Piece], frame: Frame, rules: Rules | None = None, scanned: bool = False) -> Page:
    """The page that these pieces stand on, read in order; what is set across the page comes last."""
    upright = [piece for piece in pieces if not piece.aside]
    tables: list[Table] = []
    if rules is not None and rules.upright:
        tables, upright = ruled_tables(rules, upright)
    items = _in_order([*upright, *tables])
    items += [(piece,) for piece in pieces if piece.aside]
    return Page(items, frame, scanned)


def _in_order(things: list[Piece | Table], depth: int = 0) -> list[Item]:
    """Top to bottom; within a stretch that nothing crosses, the left column and then the right one."""
    middle = _gutter([thing for thing in things if isinstance(thing, Piece)]) if depth < 4 else None
    if middle is None:
        return _stacked(things)
    ordered: list[Item] = []
    plain: list[Piece | Table] = []
    for stretch in _stretches(things, middle):
        left = [thing for thing in stretch if thing.right <= middle + 1]
        right = [thing for thing in stretch if thing.right > middle + 1]
        if _running(left) and _running(right):
            ordered += _stacked(plain) + _in_order(left, depth + 1) + _in_order(right, depth + 1)
            plain = []
        else:
            plain += stretch
    return ordered + _stacked(plain)


def _stacked(things: list[Piece | Table]) -> list[Item]:
    """Rows and tables from top to bottom."""
    items: list[Item] = []
    tables = sorted((thing for thing in things if isinstance(thing, Table)), key=lambda table: -table.top)
    pieces = [thing for thing in things if isinstance(thing, Piece)]
    for table in tables:
        middle = (table.top + table.bottom) / 2
        items += rows_of([piece for piece in pieces if (piece.top + piece.bottom) / 2 >= middle])
        items.append(table)
        pieces = [piece for piece in pieces if (piece.top + piece.bottom) / 2 < middle]
    return items + list(rows_of(pieces))


def _gutter(pieces: list[Piece]) -> float | None:
    """The middle of the white strip that most lines of running text face each other across; None without one."""
    gaps: list[tuple[float, float]] = []
    by_top = sorted((piece for piece in pieces if len(piece.text) >= _LETTERS), key=lambda piece: -piece.top)
    for index, one in enumerate(by_top):
        for other in by_top[index + 1 :]:
            if other.top <= one.bottom + 1:
                break
            if other.left - one.right >= _GUTTER:
                gaps.append((one.right, other.left))
            elif one.left - other.right >= _GUTTER:
                gaps.append((other.right, one.left))
    if len(gaps) < _LINES:
        return None
    events = sorted([(left, 1) for left, _ in gaps] + [(right, -1) for _, right in gaps])
    depth, deepest, middle = 0, 0, 0.0
    for (at, step), (following, _) in zip(events, [*events[1:], events[-1]], strict=True):
        depth += step
        if depth > deepest and following - at > 0.5:
            deepest, middle = depth, (at + following) / 2
    return middle if deepest >= _LINES else None


def _stretches(things: list[Piece | Table], middle: float) -> list[list[Piece | Table]]:
    """The things from top to bottom, parted wherever one of them crosses the middle."""
    stretches: list[list[Piece | Table]] = [[]]
    for thing in sorted(things, key=lambda thing: -(thing.bottom + thing.top)):
        if thing.left < middle - 1 and thing.right > middle + 1:
            stretches += [[thing], []]
        else:
            stretches[-1].append(thing)
    return [stretch for stretch in stretches if stretch]


def _running(things: list[Piece | Table]) -> bool:
    """Whether this side of a gutter is running text: several lines, most of which fill the column."""
    pieces = [thing for thing in things if isinstance(thing, Piece)]
    if len(pieces) < _LINES:
        return False
    width = max(piece.right for piece in pieces) - min(piece.left for piece in pieces)
    rows = rows_of(pieces)
    spans = [row[-1].right - row[0].left for row in rows]
    height = max(piece.top for piece in pieces) - min(piece.bottom for piece in pieces)
    filled = sum(row[0].top - row[0].bottom for row in rows)
    return median(spans) > 0.55 * width and filled > 0.4 * height and median(len(row) for row in rows) == 1
