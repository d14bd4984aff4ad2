"""Passages as rows, each with its embedding and its line in the full-text index: stored, looked for, read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.types import Document, Filters, Passage, content_id
from ingestion.tokens import fts_query, fts_text, index_terms
from rag.library import embeddings, names, rows
from rag.library.filters import condition
from rag.library.manifest import Manifest
from rag.library.rows import StoredPassage

Split = Callable[[Document], Sequence[Passage]]

_PASSAGES = "passages p JOIN documents d ON d.id = p.document JOIN sources s ON s.id = d.source"


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
    """Make every document's passages, terms and names anew; the embeddings by the manifest's embedder are there."""
    for (row,) in connection.execute("SELECT id FROM documents ORDER BY id").fetchall():
        stored = connection.execute(f"SELECT {rows.DOCUMENT} FROM documents d WHERE d.id = ?", (row,)).fetchone()
        document = rows.to_document(stored)
        passages = split(document)
        names.put(connection, row, names.known_by(document.name, document.metadata, document.text, len(passages)))
        digest = rows.document_columns(document, passages)["digest"]
        connection.execute("DELETE FROM passages WHERE document = ?", (row,))
        insert(connection, manifest, row, passages, terms(passages))
        connection.execute("UPDATE documents SET digest = ?, passages = ? WHERE id = ?", (digest, len(passages), row))


def lexical(
    connection: sqlite3.Connection, terms: Sequence[str], limit: int, filters: Filters
) -> list[tuple[int, float]]:
    """Passages that hold any of the terms, as (rowid, BM25), best first."""
    if not terms:
        return []
    where, values = condition(filters)
    joined = f"JOIN ({_PASSAGES}) ON p.id = lexicon.rowid" if where else ""
    return connection.execute(
        f"SELECT lexicon.rowid, -bm25(lexicon) FROM lexicon {joined} "
        f"WHERE lexicon MATCH ? {'AND ' + where if where else ''} ORDER BY bm25(lexicon) LIMIT ?",
        (fts_query(list(terms)), *values, limit),
    ).fetchall()


def among(connection: sqlite3.Connection, filters: Filters) -> NDArray[np.int64] | None:
    """The rows that the filters let through; None where that is all of them."""
    where, values = condition(filters)
    if not where:
        return None
    found = connection.execute(f"SELECT p.id FROM {_PASSAGES} WHERE {where}", values).fetchall()
    return np.fromiter((row for (row,) in found), dtype=np.int64, count=len(found))


def by_row(connection: sqlite3.Connection, rowids: Iterable[int]) -> list[StoredPassage]:
    """Passages by row number, in the order asked for; one that has gone meanwhile is left out."""
    wanted = [int(rowid) for rowid in rowids]
    found = connection.execute(
        f"SELECT p.id, p.ordinal, {rows.PASSAGE}, {rows.DOCUMENT_INFO} FROM {_PASSAGES} "
        "WHERE p.id IN (SELECT value FROM json_each(?))",
        (rows.compact(wanted),),
    )
    passages: dict[int, StoredPassage] = {}
    for rowid, ordinal, *values in found:
        info = rows.to_document_info(values[7:])
        passages[rowid] = StoredPassage(rowid, ordinal, rows.to_passage(info.document_id, values[:7]), info)
    return [passages[rowid] for rowid in wanted if rowid in passages]


def openings(connection: sqlite3.Connection, document_id: str, count: int) -> list[Passage]:
    """The first `count` passages of a document, in reading order."""
    found = connection.execute(
        f"SELECT {rows.PASSAGE} FROM passages p JOIN documents d ON d.id = p.document "
        "WHERE d.document_id = ? AND p.ordinal < ? ORDER BY p.ordinal",
        (document_id, count),
    )
    return [rows.to_passage(document_id, row) for row in found]
