"""The files that were added: what adding them again compares with."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ingestion.readers.changes import CHANGES, outdated
from rag.library.connections import Connections
from rag.library.rows import Source, compact


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A file as it was when it was added last.

    `status` is "adding" while not all of its documents are in (the process was ended meanwhile), then "added",
    "partial", or "skipped" when its text is that of the document `same_as`. `document_id` is that of the document
    named as the file, None for records; `passages` counts all of its documents.
    """

    source: Source
    status: str
    same_as: str | None
    notes: tuple[str, ...]
    document_id: str | None
    pages: int | None
    passages: int


class Sources:
    """The files of one library. Use inside `Library.writing()`."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def known(self) -> dict[str, KnownSource]:
        """Every file that was added, by its path."""
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT s.path, s.size, s.mtime_ns, s.sha256, s.collection, s.name, s.options, s.status, s.same_as, "
                "s.notes, d.document_id, d.pages, "
                "(SELECT COALESCE(SUM(passages), 0) FROM documents WHERE source = s.id) "
                "FROM sources s LEFT JOIN documents d ON d.source = s.id AND d.name = s.name"
            ).fetchall()
        return {
            row[0]: KnownSource(
                Source(row[0], row[1], row[2], row[3], row[4], name=row[5], options=row[6]),
                row[7],
                row[8],
                tuple(json.loads(row[9])),
                *row[10:],
            )
            for row in rows
        }

    def outdated(self) -> set[str]:
        """The paths of files that this Pincite reads otherwise than the one that read them."""
        with self._connections.reading() as connection:
            read_before = connection.execute(
                "SELECT s.path, s.reading, group_concat(DISTINCT d.media_type) "
                "FROM sources s JOIN documents d ON d.source = s.id WHERE s.reading < ? GROUP BY s.id",
                (len(CHANGES),),
            )
            return {path for path, known, kinds in read_before if outdated(known, kinds.split(","))}

    def owner(self, name: str) -> str | None:
        """The path of the file that the document of this name came from; None when there is no such document."""
        with self._connections.reading() as connection:
            row = connection.execute(
                "SELECT s.path FROM documents d JOIN sources s ON s.id = d.source WHERE d.name = ?", (name,)
            ).fetchone()
        return None if row is None else str(row[0])

    def same_text(self, fingerprint: str, collection: str) -> tuple[str, str] | None:
        """The document of this fingerprint in the collection, and the path of its file; None when there is none."""
        with self._connections.reading() as connection:
            row = connection.execute(
                "SELECT d.name, s.path FROM documents d JOIN sources s ON s.id = d.source "
                "WHERE d.fingerprint = ? AND s.collection = ? ORDER BY d.id",
                (fingerprint, collection),
            ).fetchone()
        return None if row is None else (row[0], row[1])

    def signatures(self) -> dict[str, bytes]:
        """The signatures of documents by name, those of records left out."""
        with self._connections.reading() as connection:
            return dict(connection.execute("SELECT name, signature FROM documents WHERE signature IS NOT NULL"))

    def finish(
        self,
        source: Source,
        status: str,
        names: Collection[str],
        notes: Sequence[str] = (),
        same_as: str | None = None,
    ) -> int:
        """Note that the file was added whole, and let go of those of its documents that are not among `names`.

        Returns how many those were.
        """
        with self._connections.transaction() as connection:
            source_id = put_source(connection, source)
            connection.execute(
                "UPDATE sources SET size = ?, mtime_ns = ?, sha256 = ?, options = ?, status = ?, same_as = ?, "
                "notes = ?, reading = ? WHERE id = ?",
                (source.size, source.mtime_ns, source.sha256, source.options, status, same_as)
                + (compact(list(notes)), len(CHANGES), source_id),
            )
            removed = connection.execute(
                "DELETE FROM documents WHERE source = ? AND name NOT IN (SELECT value FROM json_each(?))",
                (source_id, compact(list(names))),
            )
            if removed.rowcount:
                bump(connection)
            return removed.rowcount

    def touch(self, path: str, mtime_ns: int) -> None:
        """Note that the file was written anew with the same content."""
        with self._connections.transaction() as connection:
            connection.execute("UPDATE sources SET mtime_ns = ? WHERE path = ?", (mtime_ns, path))

    def forget(self, paths: Sequence[str]) -> None:
        """Take the files out, with all of their documents."""
        with self._connections.transaction() as connection:
            connection.executemany("DELETE FROM sources WHERE path = ?", ((path,) for path in paths))
            if paths:
                bump(connection)


def put_source(connection: sqlite3.Connection, source: Source) -> int:
    """The file's row, made when there is none. What tells whether it changed is noted by `finish` alone."""
    connection.execute(
        "INSERT INTO sources (path, name, size, mtime_ns, sha256, collection, options, status, notes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, 'adding', '[]') ON CONFLICT (path) DO UPDATE SET "
        "name = excluded.name, collection = excluded.collection",
        (source.path, source.name, source.size, source.mtime_ns, source.sha256, source.collection, source.options),
    )
    return int(connection.execute("SELECT id FROM sources WHERE path = ?", (source.path,)).fetchone()[0])


def bump(connection: sqlite3.Connection) -> None:
    """The passages have changed: a new generation."""
    connection.execute("UPDATE state SET generation = generation + 1")
