"""Spreadsheets: a sheet that is a table becomes records, a sheet that is a form or a report becomes a document."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from core.errors import EmptyFile, EncryptedFile, LimitExceeded
from core.types import MetadataValue
from core.weights import sha256_of
from ingestion.clean import one_line
from ingestion.readers import sniff
from ingestion.readers.properties import office_properties
from ingestion.readers.reading import Layout, Reading, RecordFields, described, is_figure, looks_like_header, translated
from ingestion.readers.records import table_readings

# openpyxl holds some 50 bytes for each byte of a sheet's XML.
CELLS_LIMIT = 64 * 2**20
# What a spreadsheet program calls a sheet that nobody named.
_DEFAULT_NAME = re.compile(r"(sheet|tabelle|feuil|hoja|foglio|工作表|シート)\s*\d*", re.IGNORECASE)


@dataclass(slots=True)
class Sheet:
    """A sheet's cells as Excel shows them; `rows` are (row number from 1, cells), those that are empty left out."""

    name: str
    rows: list[tuple[int, list[str]]] = field(default_factory=list)

    def table_start(self) -> int | None:
        """Which of the rows is the header of a table that takes up the sheet; None where the sheet is no table.

        A table has a header of at least two columns that names each of them, at least two rows below, no gap
        between its rows, and at least half of its cells filled. Lines of a single cell may stand above it.
        """
        start = next((at for at, (_, cells) in enumerate(self.rows) if sum(map(bool, cells)) > 1), None)
        if start is None or len(self.rows) - start < 3:
            return None
        numbers = [number for number, _ in self.rows[start:]]
        inner = [cells for _, cells in self.table(start)]
        filled = sum(bool(cell) for row in inner for cell in row)
        whole = numbers[-1] - numbers[0] + 1 == len(numbers) and filled * 2 >= len(inner) * len(inner[0])
        lone = sum(sum(map(bool, row)) == 1 for row in inner)
        return start if whole and looks_like_header(inner) and lone * 10 <= len(inner) else None

    def table(self, start: int) -> list[tuple[int, list[str]]]:
        """The rows from `start` on, without the columns that are empty in all of them."""
        rows = self.rows[start:]
        columns = [column for column in range(len(rows[0][1])) if any(cells[column] for _, cells in rows)]
        return [(number, [cells[column] for column in columns]) for number, cells in rows]


def read_sheets(path: Path, name: str, media_type: str, fields: RecordFields) -> Iterator[Reading]:
    """An XLSX or XLS workbook: the rows of sheets that are tables as records, all other sheets as one document.

    A record's place is its row number in the sheet, after the sheet's name where several sheets hold records. Raises
    EmptyFile where no sheet holds a value, LimitExceeded over UNPACKED_LIMIT bytes of cells.
    """
    with translated(name, "a spreadsheet"):
        book = _old_workbook(path, name) if media_type == sniff.XLS else _workbook(path, name)
    digest = sha256_of(path)
    notes: tuple[str, ...] = ()
    if book.formulas_without_result:
        notes = (
            f"Formulas without a stored result: {book.formulas_without_result}, left out. "
            "Open the file in a spreadsheet program, save it, and add it again.",
        )
    filled = [sheet for sheet in book.sheets if sheet.rows]
    if not filled:
        raise EmptyFile(
            f"Reading {name}: no sheet holds a value. " + (notes[0] if notes else "Remove it, or fill it in.")
        )
    starts = [(sheet, sheet.table_start()) for sheet in filled]
    if report := [sheet for sheet, start in starts if start is None]:
        document = _report(report, several=len(filled) > 1).document(name, media_type, digest, book.metadata)
        yield Reading(document, notes, bool(notes))
    tables = [(sheet, start) for sheet, start in starts if start is not None]
    taken: set[str] = set()
    for sheet, start in tables:
        prefix = f"{sheet.name}!" if len(tables) > 1 else ""
        context = [cell for _, cells in sheet.rows[:start] for cell in cells if cell]
        if prefix or not _DEFAULT_NAME.fullmatch(sheet.name):
            context.insert(0, sheet.name)
        rows = ((f"{prefix}{number}", cells) for number, cells in sheet.table(start))
        for reading in table_readings(name, media_type, digest, fields, rows, context, taken):
            yield Reading(reading.document, (*reading.notes, *notes), bool(notes))


def _report(sheets: list[Sheet], several: bool) -> Layout:
    """Sheets that are no tables: each under its name, a run of rows between empty rows as a table."""
    layout = Layout()
    for sheet in sheets:
        named = several or not _DEFAULT_NAME.fullmatch(sheet.name)
        if named:
            layout.add("heading", sheet.name, 1)
        runs: list[list[list[str]]] = []
        last = None
        for number, cells in sheet.rows:
            if last is None or number > last + 1:
                runs.append([])
            runs[-1].append(cells)
            last = number
        for number, run in enumerate(_with_headers(runs), start=1):
            _lay_run(layout, run, level=1 + named, last=number == len(runs))
    return layout


def _with_headers(runs: list[list[list[str]]]) -> list[list[list[str]]]:
    """The runs, one to three rows of words joined to the rows of figures that follow them after a gap."""
    joined: list[list[list[str]]] = []
    for run in runs:
        if joined and _is_wide(run) and _is_wide(joined[-1]) and len(joined[-1]) <= 3 and _is_words(joined[-1]):
            joined[-1] += run
        else:
            joined.append(run)
    return joined


def _is_wide(run: list[list[str]]) -> bool:
    return any(sum(map(bool, cells)) > 2 for cells in run)


def _is_words(run: list[list[str]]) -> bool:
    return not any(cell and is_figure(cell) for cells in run for cell in cells)


def _lay_run(layout: Layout, run: list[list[str]], level: int, last: bool) -> None:
    """Rows without a gap: up to two lines of a single cell are the heading of what follows them."""
    first = next((at for at, cells in enumerate(run) if sum(map(bool, cells)) > 1), len(run))
    heading = first < len(run) or (first <= 2 and not last)
    for cells in run[:first]:
        line = " ".join(filter(None, cells))
        layout.add("heading", line, level) if heading and len(line) <= 100 else layout.add("text", line)
    layout.add_table(run[first:])


@dataclass(frozen=True, slots=True)
class _Book:
    sheets: list[Sheet]
    metadata: dict[str, MetadataValue]
    formulas_without_result: int = 0


def _workbook(path: Path, name: str) -> _Book:
    import openpyxl

    formulas = _measure(path, name)
    with path.open("rb") as file:
        book = openpyxl.load_workbook(file, data_only=True)
    sheets = []
    for sheet in book.worksheets:
        rows = [[_shown(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()]
        for merged in sheet.merged_cells.ranges:  # a value over several rows belongs to each of them
            if merged.max_row > merged.min_row and merged.max_row - sheet.min_row < len(rows):
                value = rows[merged.min_row - sheet.min_row][merged.min_col - sheet.min_column]
                for row in range(merged.min_row + 1, merged.max_row + 1):
                    rows[row - sheet.min_row][merged.min_col - sheet.min_column] = value
        sheets.append(_sheet(sheet.title, rows, sheet.min_row))
    return _Book(sheets, office_properties(path), formulas)


_NO_RESULT = re.compile(rb"(?:</f>|<f(?: [^>]*)?/>)\s*(?:<v\s*/>|<v></v>)?\s*</c>")


def _measure(path: Path, name: str) -> int:
    """How many formulas were never computed; openpyxl would have to read the file twice to say. Checks the size."""
    with zipfile.ZipFile(path) as archive:
        parts = [part for part in archive.infolist() if part.filename.startswith("xl/worksheets/sheet")]
        size = sum(part.file_size for part in parts)
        if size > CELLS_LIMIT:
            raise LimitExceeded(
                f"Reading {name}: its sheets unpack to {size / 2**20:.0f} MiB; up to {CELLS_LIMIT // 2**20} MiB is "
                "read. Save each sheet as CSV, which has no limit, and add that."
            )
        return sum(len(_NO_RESULT.findall(archive.read(part))) for part in parts)


def _old_workbook(path: Path, name: str) -> _Book:
    import xlrd

    try:
        book = xlrd.open_workbook(str(path), formatting_info=True, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise EncryptedFile(
                f"Reading {name}: a password stands before it. Save it without one, and add that."
            ) from error
        raise
    sheets = []
    for sheet in book.sheets():
        rows = [[_old_value(book, cell) for cell in row] for row in sheet.get_rows()]
        sheets.append(_sheet(sheet.name, rows, 1))
    return _Book(sheets, described(author=book.user_name))


def _old_value(book: Any, cell: Any) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        return _shown(xlrd.xldate.xldate_as_datetime(cell.value, book.datemode), "")
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return _shown(bool(cell.value), "")
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    pattern = book.format_map[book.xf_list[cell.xf_index].format_key].format_str if cell.xf_index is not None else ""
    return _shown(cell.value, pattern)


def _sheet(name: str, rows: list[list[str]], first: int) -> Sheet:
    """The sheet without its empty rows and the empty columns at its sides; all rows of one length."""
    filled = [(number, cells) for number, cells in enumerate(rows, start=first) if any(cells)]
    used = [column for _, cells in filled for column, cell in enumerate(cells) if cell]
    left, right = min(used, default=0), max(used, default=0) + 1
    return Sheet(name, [(number, cells[left:right] + [""] * (right - len(cells))) for number, cells in filled])


def _shown(value: Any, pattern: str) -> str:
    """A cell's value as a spreadsheet program shows it, so that it can be quoted; days are ISO days."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    return _number(value, pattern) if isinstance(value, int | float) else one_line(str(value))


_PATTERN = re.compile(
    r"""(?P<before>(?:"[^"]*"|\[[^\]]*\]|\\.|[^#0?"\[\\])*)"""
    r"(?P<whole>[#0?,]+)(?:\.(?P<decimals>[0#?]+))?(?P<after>.*)",
    re.DOTALL,
)


def _number(value: float, pattern: str) -> str:
    plain = f"{value:.15g}" if isinstance(value, float) else str(value)
    match = _PATTERN.fullmatch(pattern.split(";")[0])
    if match is None or "E+" in pattern or "/" in pattern:
        return plain
    percent = "%" in match["after"]
    decimals = len(match["decimals"] or "")
    digits = f"{abs(value) * (100 if percent else 1):{',' if ',' in match['whole'] else ''}.{decimals}f}"
    before, after = _literal(match["before"]), _literal(match["after"])
    return f"{'-' if value < 0 else ''}{before}{digits}{after}".strip()


def _literal(part: str) -> str:
    """The characters that a number format shows as they are: a currency sign, a unit, a percent sign."""
    part = re.sub(r"\[\$([^\]-]*)(?:-[^\]]*)?\]", r"\1", part)
    part = re.sub(r"\[[^\]]*\]|_.|\*.", "", part)
    return re.sub(r'["\\()]', "", part)
