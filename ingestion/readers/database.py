"""A table of a database as records, through SQLAlchemy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import DamagedFile, UsageError
from ingestion.readers.reading import Reading, RecordFields
from ingestion.readers.records import RecordWriter


def table_source(source: str) -> tuple[str, str] | None:
    """(URL, table) of `sqlite:///file.db#table`, or of any other SQLAlchemy URL; None where it is no such thing."""
    url, mark, table = source.rpartition("#")
    return (url, table) if mark and table and "://" in url else None


def read_table(url: str, table: str, fields: RecordFields) -> Iterator[Reading]:
    """Each row of a database table or view as a record named by its id, or else TABLE#NUMBER.

    Rows are streamed. `source_hash` is that of the row. Raises UsageError for a URL or a table that is not there,
    DamagedFile where the database fails while it is read; no message shows a password.
    """
    import sqlalchemy
    from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

    try:
        engine = sqlalchemy.create_engine(url)
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise UsageError(f"Opening a database: {error}. A source looks like sqlite:///file.db#table.") from error
    shown = engine.url.render_as_string(hide_password=True)
    if engine.dialect.name == "sqlite" and engine.url.database and not Path(engine.url.database).exists():
        raise UsageError(f"Opening {shown}: there is no such file. A source looks like sqlite:///file.db#table.")
    try:
        columns = sqlalchemy.Table(table, sqlalchemy.MetaData(), autoload_with=engine)
        with engine.connect().execution_options(stream_results=True, yield_per=500) as connection:
            names = [column.name for column in columns.columns]
            key = [column.name for column in columns.primary_key.columns]
            named = fields if fields.id or len(key) != 1 else RecordFields(key[0], fields.title, fields.text)
            writer = RecordWriter(table, "application/sql", "", names, named)
            for number, row in enumerate(connection.execute(sqlalchemy.select(columns)).mappings(), start=1):
                values = {column: _plain(value) for column, value in row.items()}
                digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
                if reading := writer.reading(values, str(number), source_hash=digest):
                    yield reading
    except NoSuchTableError as error:
        there = ", ".join(sqlalchemy.inspect(engine).get_table_names()) or "none"
        raise UsageError(f"Reading {shown}: there is no table {table!r}; its tables are: {there}.") from error
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise DamagedFile(f"Reading table {table} of {shown}: {said}.") from error
    finally:
        engine.dispose()


def _plain(value: Any) -> Any:
    """A value as JSON knows it: dates and decimals as text, bytes left out."""
    if value is None or isinstance(value, str | int | float):
        return value
    return None if isinstance(value, bytes | memoryview) else str(value)
