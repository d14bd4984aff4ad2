"""The rows of a file that people gave, each with the line it stands on. What is wrong is one error that names it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import UsageError
from ingestion.readers.records import delimiter
from ingestion.readers.text import SAMPLE, encoding_of

ROW_LIMIT = 200_000
"""Characters of one row at most: what is longer is a document, and no model reads it as one pair."""


@dataclass(frozen=True, slots=True)
class Row:
    """What stands on one line, by the names of its columns or keys; `place` is as in "line 3" or "item 3"."""

    values: Mapping[str, Any]
    place: str


def read_rows(path: Path) -> list[Row]:
    """The rows of a CSV file, the objects of a JSONL file or of a JSON list; a JSON object is one row.

    Raises UsageError naming the file and the line: not there, in several encodings, no table, not JSON, too long, or
    without any row.
    """
    text = _text(path)
    kind = path.suffix.lower()
    if kind in (".csv", ".tsv"):
        rows = list(_table(path, text))
    elif kind in (".jsonl", ".ndjson"):
        rows = list(_lines(path, text))
    elif kind == ".json":
        rows = list(_items(path, text))
    else:
        raise UsageError(f"Reading pairs from {path}: it ends in {kind or 'nothing'}; it takes .csv, .jsonl or .json.")
    if not rows:
        raise UsageError(f"Reading pairs from {path}: it holds no row. Give a file with questions and answers.")
    return rows


def fault(path: Path, place: str, what: str, remedy: str) -> UsageError:
    """The error for a row: where it stands, what is wrong with it, what to do."""
    return UsageError(f"Reading pairs from {path}, {place}: {what}. {remedy}")


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"Reading pairs from {path}: {error.strerror or error}. Give a file that can be read.") from (
            error
        )
    encoding = encoding_of(data[:SAMPLE])
    if encoding is None:
        raise UsageError(f"Reading pairs from {path}: it holds binary data. Give a .csv, .jsonl or .json file.")
    if not encoding.startswith(("utf-16", "utf-32")):
        encoding = _one_encoding(path, data, encoding)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise fault(path, f"line {line}", f"it is not {encoding}, as the lines before it are", _ONE) from error


_ONE = "Save the whole file in one encoding, best UTF-8."


def _one_encoding(path: Path, data: bytes, guessed: str) -> str:
    """The encoding of all lines. Raises UsageError for the first line of another where they are of several."""
    far = [number for number, line in enumerate(data.split(b"\n"), 1) if not line.isascii()]
    lines = data.split(b"\n")
    foreign = [number for number in far if not _is_utf_8(lines[number - 1])]
    if not foreign:
        return "utf-8-sig"
    if len(foreign) < len(far):
        # a line of another encoding is hardly ever UTF-8 by chance, so lines of both sorts are two encodings
        usual_is_utf_8 = len(foreign) <= len(far) / 2
        odd = foreign[0] if usual_is_utf_8 else next(number for number in far if number not in set(foreign))
        said = "not UTF-8, and other lines are" if usual_is_utf_8 else "UTF-8, and other lines are not"
        raise fault(path, f"line {odd}", f"it is {said}", _ONE)
    return guessed


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _table(path: Path, text: str) -> Iterator[Row]:
    csv.field_size_limit(2 * ROW_LIMIT)
    mark = "\t" if path.suffix.lower() == ".tsv" else delimiter(text.partition("\n")[0])[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    names: list[str] = []
    last = 0
    try:
        for cells in reader:
            place, last = f"line {last + 1}", reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = _header(path, place, cells)
                continue
            if len(cells) != len(names):
                what = f"it has {len(cells)} cells, the header {len(names)}"
                raise fault(path, place, what, "Put quotes around a text that holds the mark between cells.")
            yield _sized(path, Row(dict(zip(names, cells, strict=True)), place))
    except csv.Error as error:
        what = f"it is not CSV ({error})"
        if "field larger" in str(error):
            what = f"a cell of it has more than {2 * ROW_LIMIT:,} characters"
        raise fault(path, f"line {last + 1}", what, "Close every quotation mark, and cut what is too long.") from error


def _header(path: Path, place: str, cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if twice := [name for name in names if names.count(name) > 1]:
        raise fault(path, place, f"the column {twice[0]!r} stands there twice", "Give each column a name of its own.")
    return names


def _lines(path: Path, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = f"line {number}"
        check_size(path, place, len(line))
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise fault(path, place, f"it is not JSON ({error})", "Each line is one JSON object.") from error
        yield _row(path, place, value)


def _items(path: Path, text: str) -> Iterator[Row]:
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and error.lineno > 1:  # one object a line, under the wrong ending
            yield from _lines(path, text)
            return
        raise fault(path, f"line {error.lineno}", f"it is not JSON ({error.msg})", "Mend the file.") from error
    if isinstance(values, dict):
        row = Row(values, "its object")
        yield row if isinstance(values.get("data"), list) else _sized(path, row)  # "data" holds a whole set
        return
    for number, value in enumerate(values if isinstance(values, list) else [values], 1):
        yield _sized(path, _row(path, f"item {number}", value))


def _row(path: Path, place: str, value: Any) -> Row:
    if not isinstance(value, dict):
        raise fault(path, place, "it is not an object", 'Write {"question": "...", "answer": "..."}.')
    return Row(value, place)


def _sized(path: Path, row: Row) -> Row:
    check_size(path, row.place, _characters(row.values))
    return row


def _characters(value: Any) -> int:
    """Of all texts in a value, however deep."""
    if isinstance(value, str):
        return len(value)
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return sum(map(_characters, parts))


def check_size(path: Path, place: str, size: int) -> None:
    """Raises UsageError for a row of more than ROW_LIMIT characters."""
    if size > ROW_LIMIT:
        what = f"it has {size:,} characters, and {ROW_LIMIT:,} are read at most"
        raise fault(path, place, what, "Add long texts to the library with `pincite add`, and cut or drop this row.")
