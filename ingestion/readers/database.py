"""A table of a database as records: its rows are copied through SQLAlchemy into a file of JSON lines, read from there.

The copy is what adding it again compares with, and no password of the database is kept with it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from core.errors import DamagedFile, UsageError
from core.types import content_id

if TYPE_CHECKING:
    from sqlalchemy import Engine, Table

ID = "_id"  # the first name that a record's id is looked for under
NAMED_IDS = frozenset({ID, "id"})


def table_source(source: str) -> tuple[str, str] | None:
    """(URL, table) of `sqlite:///file.db#table`, or of any other SQLAlchemy URL; None where it is no such thing."""
    url, mark, table = source.rpartition("#")
    return (url, table) if mark and table and "://" in url else None


def copy_table(url: str, table: str, folder: Path) -> Path:
    """Copies the rows of a table or view into a `.jsonl` file under `folder`, and gives its path: always the same one
    for the same table. A key of one column that is not called so already is put before each row as its `_id`.

    Rows are streamed. Raises UsageError for a URL or a table that is not there, DamagedFile where the database fails
    while it is read; no message shows a password.
    """
    with _opened(url) as engine:
        shown = engine.url.render_as_string(hide_password=True)
        database = Path(engine.url.database or "database")
        place = f"{engine.url.set(password=None)} {database.resolve()}"
        path = folder / content_id(place)[:8] / f"{database.stem}.{table.replace(os.sep, '_')}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, prefix=".", encoding="utf-8", delete=False) as file:
            try:
                for row in _rows(engine, table, shown):
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.close()
                os.replace(file.name, path)
            except BaseException:
                os.unlink(file.name)
                raise
    return path


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    import sqlalchemy
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = sqlalchemy.create_engine(url)
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise UsageError(f"Opening a database: {error}. A source looks like sqlite:///file.db#table.") from error
    try:
        if engine.dialect.name == "sqlite" and engine.url.database and not Path(engine.url.database).exists():
            shown = engine.url.render_as_string(hide_password=True)
            raise UsageError(f"Opening {shown}: there is no such file. A source looks like sqlite:///file.db#table.")
        yield engine
    finally:
        engine.dispose()


def _rows(engine: Engine, table: str, shown: str) -> Iterator[dict[str, Any]]:
    import sqlalchemy
    from sqlalchemy.exc import NoSuchTableError, SQLAlchemyError

    try:
        described = sqlalchemy.Table(table, sqlalchemy.MetaData(), autoload_with=engine)
        key = _key(described)
        with engine.connect().execution_options(stream_results=True, yield_per=500) as connection:
            for row in connection.execute(sqlalchemy.select(described)).mappings():
                values = {column: _plain(value) for column, value in row.items()}
                yield {ID: values[key], **values} if key else values
    except NoSuchTableError as error:
        there = ", ".join(sqlalchemy.inspect(engine).get_table_names()) or "none"
        raise UsageError(f"Reading {shown}: there is no table {table!r}; its tables are: {there}.") from error
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise DamagedFile(f"Reading table {table} of {shown}: {said}.") from error


def _key(table: Table) -> str | None:
    """The column that names the rows, where it must be said."""
    key = [column.name for column in table.primary_key.columns]
    return key[0] if len(key) == 1 and not NAMED_IDS & {column.name.lower() for column in table.columns} else None


def _plain(value: Any) -> Any:
    """A value as JSON knows it: dates and decimals as text, bytes left out."""
    if value is None or isinstance(value, str | int | float):
        return value
    return None if isinstance(value, bytes | memoryview) else str(value)
