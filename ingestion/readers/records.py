"""Records: each row of a CSV, each line of a JSONL file, each object of a JSON array is a document of its own."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from core.errors import DamagedFile, DocumentError, EmptyFile
from core.types import MetadataValue
from core.weights import sha256_of
from ingestion.clean import one_line
from ingestion.readers.reading import Layout, Reading, RecordFields, looks_like_header, translated
from ingestion.readers.text import SAMPLE, file_encoding, read_decoded

_GUESSES = {
    "id": ("_id", "id", "编号"),
    "title": ("title", "标题"),
    "text": ("text", "content", "body", "正文", "内容"),
}
_CELL_LIMIT = 16 * 2**20


class RecordWriter:
    """Turns the rows of one source into readings: finds the special fields once, keeps names unique.

    `source` is the name of the file or table, `columns` the names that its rows may have, `context` the headings that
    stand above all of them, `taken` the names used by another table of the same file. Raises DocumentError where a
    field that was named is not among them.
    """

    def __init__(
        self,
        source: str,
        media_type: str,
        source_hash: str,
        columns: Sequence[str],
        fields: RecordFields,
        context: Sequence[str] = (),
        taken: set[str] | None = None,
    ) -> None:
        self.source, self.media_type, self.source_hash, self.context = source, media_type, source_hash, context
        self.id = self._field("id", fields.id, columns)
        self.title = self._field("title", fields.title, columns)
        self.text = self._field("text", fields.text, columns)
        self._taken = set() if taken is None else taken

    def _field(self, role: str, named: str | None, columns: Sequence[str]) -> str | None:
        if named is None:
            plain = {column.strip().lower(): column for column in reversed(columns)}
            return next((plain[guess] for guess in _GUESSES[role] if guess in plain), None)
        if named not in columns:
            raise DocumentError(
                f"Reading {self.source}: no field is named {named!r}; its fields are {', '.join(map(repr, columns))}."
            )
        return named

    def reading(self, row: Mapping[str, Any], place: str, note: str = "", source_hash: str = "") -> Reading | None:
        """The document of one row; None for a row without text. `place` is its number, or sheet and number.

        `source_hash` is given where a row has one of its own.
        """
        values = {column: spelled for column, value in row.items() if (spelled := _spelled(value)).strip()}
        title = one_line(values.get(self.title, "")) if self.title else ""
        lines = values.get(self.text, "").splitlines() if self.text else []
        if not lines:
            special = (self.id, self.title, self.text)
            lines = [f"{column}: {value}" for column, value in values.items() if column not in special]
        if not title and not lines:
            return None
        layout = Layout()
        for level, heading in enumerate((*self.context, title), start=1):
            layout.add("heading", heading, level)
        for line in lines:
            layout.add("text", line)
        name, notes = self._name(values, place)
        metadata: dict[str, MetadataValue] = {"title": title} if title else {}
        metadata |= _flat(
            {column: value for column, value in row.items() if column not in (self.id, self.title, self.text)}
        )
        document = layout.document(name, self.media_type, source_hash or self.source_hash, metadata)
        return Reading(document, tuple(filter(None, (note, notes))))

    def _name(self, values: Mapping[str, str], place: str) -> tuple[str, str]:
        fallback = f"{self.source}#{place}"
        wanted = one_line(values.get(self.id, "")) if self.id else ""
        if not wanted:
            return fallback, ""
        if wanted in self._taken:
            return fallback, f"Row {place}: the id {wanted!r} was used before; the row is named {fallback}."
        self._taken.add(wanted)
        return wanted, ""


def _spelled(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, MetadataValue]:
    flat: dict[str, MetadataValue] = {}
    for column, value in row.items():
        key = f"{prefix}{column}"
        if isinstance(value, dict):
            flat |= _flat(value, f"{key}.")
        elif isinstance(value, bool | int | float):
            flat[key] = value
        elif spelled := one_line(_spelled(value)):
            flat[key] = spelled
    return flat


def table_readings(
    source: str,
    media_type: str,
    source_hash: str,
    fields: RecordFields,
    rows: Iterable[tuple[str, Sequence[Any]]],
    context: Sequence[str] = (),
    taken: set[str] | None = None,
) -> Iterator[Reading]:
    """The records of a table given as (place, cells); the first row names the columns where it looks like a header.

    A row of another length than the header is kept, its further cells as "column N", and noted.
    """
    rows = iter(rows)
    start = list(islice(rows, 2))
    if not start:
        raise EmptyFile(f"Reading {source}: there are no rows in it. Remove it, or add a file that holds some.")
    has_header = len(start) > 1 and looks_like_header([[one_line(_spelled(cell)) for cell in row] for _, row in start])
    columns = column_names(start[0][1] if has_header else [""] * len(start[0][1]))
    writer = RecordWriter(source, media_type, source_hash, columns, fields, context, taken)
    for place, cells in chain(start[has_header:], rows):
        yield from _row_reading(writer, columns, place, cells)


def _row_reading(writer: RecordWriter, columns: list[str], place: str, cells: Sequence[Any]) -> Iterator[Reading]:
    note = ""
    if len(cells) != len(columns):
        note = f"Row {place} has {len(cells)} instead of {len(columns)} cells; it was kept as it stands."
    names = columns + [f"column {number}" for number in range(len(columns) + 1, len(cells) + 1)]
    if reading := writer.reading(dict(zip(names, cells, strict=False)), place, note):
        yield reading


def column_names(header: Sequence[Any]) -> list[str]:
    """Names for the columns, none empty and none twice."""
    names: list[str] = []
    for number, cell in enumerate(header, start=1):
        name = one_line(_spelled(cell)) or f"column {number}"
        names.append(name if name not in names else f"{name} ({number})")
    return names


def read_csv(path: Path, name: str, fields: RecordFields) -> Iterator[Reading]:
    """Each row of a delimited text; rows are counted as a spreadsheet shows them, the first being row 1.

    The encoding and the delimiter are found out; lines of a single cell above the header become headings. Read as a
    stream, so that its size does not matter.
    """
    encoding = file_encoding(path, name)
    csv.field_size_limit(_CELL_LIMIT)
    with path.open(encoding=encoding, errors="replace", newline="") as text, translated(name, "CSV"):
        # A quote that is never closed would swallow the rest of the file into one cell.
        closed = sum(line.count('"') for line in text) % 2 == 0
        text.seek(0)
        mark, width = delimiter(text.read(SAMPLE))
        text.seek(0)
        rows = csv.reader(text, delimiter=mark, quoting=csv.QUOTE_MINIMAL if closed else csv.QUOTE_NONE)
        filled = ((str(at), row) for at, row in enumerate(rows, start=1) if any(map(str.strip, row)))
        above, table = _parted(filled, width)
        readings = table_readings(name, "text/csv", sha256_of(path), fields, table, above)
        for number, reading in enumerate(readings):
            yield reading if closed or number else replace(reading, notes=(*reading.notes, _OPEN_QUOTE))


_OPEN_QUOTE = "A quotation mark in the file is never closed; all of them were read as plain characters."


def _parted(rows: Iterator[tuple[str, list[str]]], width: int) -> tuple[list[str], Iterator[tuple[str, list[str]]]]:
    """The lines of a single cell that stand above a table of `width` columns, and the rest."""
    above: list[str] = []
    for place, row in rows:
        cells = [cell for cell in row if cell.strip()]
        if width < 2 or len(cells) > 1:
            return above, chain([(place, row)], rows)
        above += cells
    return [], iter([(str(number), [line]) for number, line in enumerate(above, start=1)])


def delimiter(sample: str) -> tuple[str, int]:
    """What parts the columns, and how many there are: of comma, semicolon, tab and bar the one that cuts most rows
    into as many cells."""
    lines = sample.splitlines(keepends=True)[:100]

    def agreement(mark: str) -> tuple[float, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=mark) if row]
        wide = [width for width in widths if width > 1]
        if not wide:
            return 0.0, 1
        usual = max(set(wide), key=wide.count)
        return wide.count(usual) / len(widths), usual

    best = max(",;\t|", key=agreement)
    return best, agreement(best)[1]


def read_jsonl(path: Path, name: str, fields: RecordFields) -> Iterator[Reading]:
    """Each line of a JSONL file. Lines that are no JSON object are left out, and the last reading says which.

    Raises DamagedFile where no line is a record.
    """
    encoding = file_encoding(path, name)
    digest = sha256_of(path)
    writer: RecordWriter | None = None
    held: Reading | None = None
    bad: list[int] = []
    with path.open(encoding=encoding, errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            row = _object(line)
            if row is None:
                bad += [number] if line.strip() else []
                continue
            writer = writer or RecordWriter(name, "application/jsonl", digest, list(row), fields)
            if reading := writer.reading(row, str(number)):
                if held:
                    yield held
                held = reading
    if held is None:
        raise DamagedFile(
            f"Reading {name} as JSONL: no line of it is a JSON object with text. Put one object on each line."
        )
    which = "1 line that is no JSON object" if len(bad) == 1 else f"{len(bad)} lines that are no JSON objects"
    note = f"Left out {which}: {_listed(bad)}."
    yield replace(held, notes=(*held.notes, note), partial=True) if bad else held


def _object(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:10])) + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")


def read_json(path: Path, name: str, fields: RecordFields) -> Iterator[Reading]:
    """A JSON array of objects as records; any other JSON as one document."""
    with translated(name, "JSON"):
        try:
            content = json.loads(read_decoded(path, name))
        except json.JSONDecodeError as error:
            if error.msg == "Extra data" and error.lineno > 1:  # one object a line, under the wrong ending
                yield from read_jsonl(path, name, fields)
                return
            raise
        if isinstance(content, list) and content and all(isinstance(row, dict) for row in content):
            columns = list(dict.fromkeys(key for row in content for key in row))
            writer = RecordWriter(name, "application/json", sha256_of(path), columns, fields)
            for number, row in enumerate(content, start=1):
                if reading := writer.reading(row, str(number)):
                    yield reading
            return
        layout = Layout()
        _lay_json(layout, content, "", 1)
        yield Reading(layout.document(name, "application/json", sha256_of(path)))


def _lay_json(layout: Layout, content: Any, key: str, level: int) -> None:
    """Objects become headings down to the fourth level, what they hold lines of "name: value" below them."""
    if isinstance(content, dict):
        members = [(str(name), value) for name, value in content.items()]
    elif isinstance(content, list) and any(isinstance(item, dict | list) for item in content):
        members = [(f"[{number}]", value) for number, value in enumerate(content, start=1)]
    else:
        if spelled := _spelled(content):
            layout.add("text", f"{key}: {spelled}" if key else spelled)
        return
    # Plain values first, so that none comes to stand under the heading of an object beside it.
    for name, value in sorted(members, key=lambda member: isinstance(member[1], dict | list)):
        path = f"{key} {name}".strip()
        if isinstance(value, dict) and level <= _JSON_HEADINGS:
            layout.add("heading", path, level)
            _lay_json(layout, value, "", level + 1)
        else:
            _lay_json(layout, value, path, level)


_JSON_HEADINGS = 4
