"""What a reader hands back, how the fields of a record are named, and how a document's text is laid out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from textwrap import dedent

from core.errors import DamagedFile, DocumentError, EmptyFile, LimitExceeded
from core.types import Block, BlockKind, Document, MetadataValue
from ingestion.clean import normalise, one_line
from ingestion.tables import CELL, headings


@dataclass(frozen=True, slots=True)
class RecordFields:
    """Which fields of a record hold its id, its title and its text; None is guessed from plain names."""

    id: str | None = None
    title: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One document out of a file.

    `notes` are sentences that the person who added the file should read. `partial` says that some of the file's
    content is missing from the document, and then a note says what and why.
    """

    document: Document
    notes: tuple[str, ...] = ()
    partial: bool = False


@dataclass(slots=True)
class Layout:
    """Canonical text in the making: one block a line, a table one row a line with cells parted by " | "."""

    _parts: list[str] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _page_starts: list[int] = field(default_factory=list)
    _length: int = 0

    def __bool__(self) -> bool:
        """Whether there is any text yet."""
        return bool(self._blocks)

    def add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        """Append a block; text without content adds nothing. Code keeps its lines, all else becomes one line."""
        text = dedent(normalise(text)).strip("\n") if kind == "code" else one_line(text)
        if text.strip():
            self._append(kind, text, level, 0)

    def add_table(self, rows: Sequence[Sequence[str]], header_rows: int | None = None) -> None:
        """Append a table, empty rows and columns left out; `header_rows` None looks which of the first rows are.

        A table of one column is no table but lines of text.
        """
        grid = _without_empty([[one_line(cell) for cell in row] for row in rows])
        if not grid:
            return
        if len(grid[0]) == 1:
            for row in grid:
                self._append("text", row[0], 0, 0)
            return
        if header_rows is None:
            header_rows = headings(grid)
        self._append("table", "\n".join(CELL.join(row).rstrip() for row in grid), 0, min(header_rows, len(grid) - 1))

    def start_page(self) -> None:
        """The next block is the first on a new page."""
        self._page_starts.append(self._length)

    def document(
        self, name: str, media_type: str, source_hash: str, metadata: Mapping[str, MetadataValue] | None = None
    ) -> Document:
        """The finished document. Raises EmptyFile where nothing was added."""
        if not self._blocks:
            raise EmptyFile(f"Reading {name}: there is no text in it. Remove it, or add a file that holds text.")
        text = "".join(self._parts).removesuffix("\n")
        starts = tuple(min(start, len(text)) for start in self._page_starts)
        return Document(name, media_type, text, source_hash, starts, tuple(self._blocks), (), dict(metadata or {}))

    def _append(self, kind: BlockKind, text: str, level: int, header_rows: int) -> None:
        self._blocks.append(Block(kind, self._length, self._length + len(text), level, header_rows))
        self._parts += [text, "\n"]
        self._length += len(text) + 1


def looks_like_header(grid: Sequence[Sequence[str]]) -> bool:
    """Whether the first of several rows names the columns: no cell a figure or given twice, none empty but the first.

    A pair like "Name: | Smith" is a line of a form and no header.
    """
    first = grid[0]
    named = first[1:] if len(first) > 1 and not first[0] else first
    return (
        len(grid) > 1
        and all(named)
        and len(set(first)) == len(first)
        and not any(map(is_figure, named))
        and not (len(first) == 2 and first[0].endswith((":", "：")))
    )


def is_figure(cell: str) -> bool:
    """Whether there is no letter in it."""
    return not any(character.isalpha() for character in cell)


def _without_empty(rows: list[list[str]]) -> list[list[str]]:
    rows = [row for row in rows if any(row)]
    width = max(map(len, rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    used = [column for column in range(width) if any(row[column] for row in rows)]
    return [[row[column] for column in used] for row in rows]


@contextmanager
def translated(name: str, kind: str) -> Iterator[None]:
    """Turn whatever a library raises on a bad file into a DocumentError; `kind` says what it was read as.

    Parsers of foreign formats raise anything at all on hostile bytes, so this one place catches them all.
    """
    try:
        yield
    except MemoryError:
        raise
    except DocumentError as error:
        if name in str(error):
            raise
        raise type(error)(f"Reading {name} as {kind}: {error}") from error
    except RecursionError as error:
        raise LimitExceeded(
            f"Reading {name} as {kind}: it is nested too deeply. Save it anew in a simpler form."
        ) from error
    except Exception as error:
        said = one_line(str(error))[:200] or type(error).__name__
        if isinstance(error, AttributeError | IndexError | KeyError | TypeError | AssertionError):
            said = "what it should hold is not there"  # the parser's own words name its variables
        raise DamagedFile(
            f"Reading {name} as {kind}: it is damaged ({said}). Open it in its own program and save it anew."
        ) from error


def described(
    title: str | None = None, author: str | None = None, day: date | str | None = None
) -> dict[str, MetadataValue]:
    """Title, author and ISO day, as far as a file says them in earnest."""
    found: dict[str, MetadataValue] = {}
    if said := one_line(title or ""):
        found["title"] = said
    if said := one_line(author or ""):
        found["author"] = said
    if iso := iso_day(day):
        found["date"] = iso
    return found


def iso_day(value: date | str | None) -> str | None:
    """The ISO day of a date or of a string that begins with one; None where there is none."""
    if value is None:
        return None
    try:
        moment = value if isinstance(value, date) else datetime.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return None
    return moment.isoformat()[:10]
