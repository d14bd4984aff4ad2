"""Passages as rows, each with its embedding and its line in the full-text index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from core.types import Document, Passage, content_id
from ingestion.tokens import fts_text, index_terms
from rag.library import embeddings, names, rows
from rag.library.manifest import Manifest

Split = Callable[[Document], Sequence[Passage]]


def terms(passages: Sequence[Passage]) -> list[str]:
    """What goes into the full-text index for each."""
    return [fts_text(index_terms(passage.indexed_text)) for passage in passages]


def insert(
    connection: sqlite3.Connection,
    manifest: Manifest,
    document: int | None,
    passages: Sequence[Passage],
    lexicon: Sequence[str],
) -> None:
    """Store the passages of a document's row; their embeddings are there already, `lexicon` is their `terms`."""
    keys = [content_id(passage.indexed_text) for passage in passages]
    found = embeddings.ids(connection, manifest, keys)
    for ordinal, (passage, key, line) in enumerate(zip(passages, keys, lexicon, strict=True)):
        cursor = connection.execute(
            "INSERT INTO passages (document, ordinal, embedding, start, end, text, page, heading, header, boxes) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (document, ordinal, found[key], *rows.passage_columns(passage)),
        )
        connection.execute("INSERT INTO lexicon (rowid, terms) VALUES (?, ?)", (cursor.lastrowid, line))


def replace_all(connection: sqlite3.Connection, manifest: Manifest, split: Split) -> None:
    """Split every document anew and tie the passages to the manifest's embedder, whose embeddings are there."""
    for (row,) in connection.execute("SELECT id FROM documents ORDER BY id").fetchall():
        stored = connection.execute(
            f"SELECT {rows.DOCUMENT}, d.digest FROM documents d WHERE d.id = ?", (row,)
        ).fetchone()
        document = rows.to_document(stored[:-1])
        passages = split(document)
        names.put(connection, row, names.known_by(document.name, document.metadata, document.text, len(passages)))
        digest = rows.document_columns(document, passages)["digest"]
        if digest == stored[-1]:
            _reembed(connection, manifest, row, passages)
            continue
        connection.execute("DELETE FROM passages WHERE document = ?", (row,))
        insert(connection, manifest, row, passages, terms(passages))
        connection.execute("UPDATE documents SET digest = ?, passages = ? WHERE id = ?", (digest, len(passages), row))


def _reembed(connection: sqlite3.Connection, manifest: Manifest, document: int, passages: Sequence[Passage]) -> None:
    keys = [content_id(passage.indexed_text) for passage in passages]
    found = embeddings.ids(connection, manifest, keys)
    connection.executemany(
        "UPDATE passages SET embedding = ? WHERE document = ? AND ordinal = ?",
        ((found[key], document, ordinal) for ordinal, key in enumerate(keys)),
    )
