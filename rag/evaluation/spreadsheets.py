"""Question sets as a person writes them: a CSV file, or the first sheet of an XLSX workbook, one question a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from core.errors import UsageError
from ingestion.readers.records import delimiter
from ingestion.readers.text import read_decoded
from rag.evaluation.questions import COLUMNS, Row

_WIDTHS = {"question": 60, "answers": 50, "document": 30, "heading": 30, "history": 30}


def read_rows(path: Path) -> Iterator[Row]:
    """The rows under the header, the empty ones left out. Raises UsageError for wrong columns or another format."""
    kind = path.suffix.lower()
    if kind == ".csv":
        lines = _csv_rows(path)
    elif kind == ".xlsx":
        lines = _sheet_rows(path)
    else:
        raise UsageError(
            f"Reading questions: {path} is none of .jsonl, .csv and .xlsx. Save it as one of them, or give --form "
            "for a public set."
        )
    filled = ((place, cells) for place, cells in lines if any(str(cell or "").strip() for cell in cells))
    place, header = next(filled, ("", ()))
    names = [str(cell or "").strip().lower() for cell in header]
    _check_columns(path, place, names)
    for place, cells in filled:
        if any(str(cell or "").strip() for cell in cells[len(names) :]):
            raise UsageError(
                f"Reading {path}, {place}: it has {len(cells)} cells, the header {len(names)}. "
                "Put quotes around a text that holds the mark between cells."
            )
        yield Row({name: cell for name, cell in zip(names, cells, strict=False) if name}, place)


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes the rows under COLUMNS as CSV (with a byte order mark, for Excel) or XLSX. Raises UsageError."""
    kind = path.suffix.lower()
    if kind == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    elif kind == ".xlsx":
        _write_workbook(path, rows)
    else:
        raise UsageError(f"Writing questions: {path} ends in {kind or 'nothing'}; it takes .jsonl, .csv or .xlsx.")


def _check_columns(path: Path, place: str, names: Sequence[str]) -> None:
    if not any(names):
        raise UsageError(f"Reading {path}: it is empty. Its first row names the columns: {', '.join(COLUMNS)}.")
    wrong = [name for name in names if name and name not in COLUMNS]
    twice = [name for name in names if name and names.count(name) > 1]
    if wrong or twice or "question" not in names:
        fault = (
            f"there is no column {wrong[0]!r}"
            if wrong
            else f"the column {twice[0]!r} stands there twice"
            if twice
            else "the column 'question' is missing"
        )
        raise UsageError(f"Reading {path}, {place}: {fault}. The columns are {', '.join(COLUMNS)}.")


def _csv_rows(path: Path) -> Iterator[tuple[str, Sequence[Any]]]:
    text = read_decoded(path, str(path)).removeprefix("\ufeff")
    mark, _ = delimiter(text.partition("\n")[0])  # of the header alone: below it, bars part the answers
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    last = 0
    try:
        for cells in reader:
            yield f"line {last + 1}", cells
            last = reader.line_num
    except csv.Error as error:
        raise UsageError(f"Reading {path}, line {last + 1}: it is not CSV ({error}).") from error


def _sheet_rows(path: Path) -> Iterator[tuple[str, Sequence[Any]]]:
    import openpyxl

    try:
        with path.open("rb") as file:
            sheet = openpyxl.load_workbook(file, data_only=True).worksheets[0]
    except (BadZipFile, KeyError, OSError, ValueError) as error:
        raise UsageError(f"Reading {path}: it is not an XLSX workbook ({error}). Save it as one again.") from error
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        yield f"row {number}", cells


def _write_workbook(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    import openpyxl
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "questions"
    sheet.append(list(COLUMNS))
    for row in rows:
        sheet.append([row.get(name) for name in COLUMNS])
    for number, name in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, 14)
    for cells in sheet.iter_rows():
        for cell in cells:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=cell.row == 1)
            if isinstance(cell.value, str):
                cell.data_type = "s"  # text that begins with "=" is no formula
    sheet.freeze_panes = "A2"
    book.save(path)
