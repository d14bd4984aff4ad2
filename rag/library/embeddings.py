"""Embeddings as rows: of a text by an embedder, shared by every passage of that text."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import LibraryError
from core.types import content_id
from rag.library.manifest import Manifest
from rag.library.rows import compact

Vectors = NDArray[np.float32]


def missing(connection: sqlite3.Connection, manifest: Manifest, texts: Iterable[str]) -> list[str]:
    """Those of the texts that the embedder has not embedded yet, each once, in order."""
    keys = {content_id(text): text for text in texts}
    known = ids(connection, manifest, list(keys))
    return [text for key, text in keys.items() if key not in known]


def ids(connection: sqlite3.Connection, manifest: Manifest, keys: Sequence[str]) -> dict[str, int]:
    """The rows of those keys (content_id of a text) that are there."""
    found = connection.execute(
        "SELECT key, id FROM embeddings WHERE embedder = ? AND key IN (SELECT value FROM json_each(?))",
        (manifest.embedder_sha256, compact(list(keys))),
    )
    return dict(found.fetchall())


def store(connection: sqlite3.Connection, manifest: Manifest, texts: Sequence[str], vectors: Vectors) -> None:
    """Keep the embeddings, one row of length 1 a text. Raises LibraryError for another shape."""
    if vectors.shape != (len(texts), manifest.dimension):
        raise LibraryError(
            f"Storing embeddings: {manifest.embedder} gave the shape {vectors.shape} for {len(texts)} texts; "
            f"it must be {(len(texts), manifest.dimension)}."
        )
    packed = np.ascontiguousarray(vectors, dtype="<f4")
    connection.executemany(
        "INSERT OR IGNORE INTO embeddings (embedder, key, vector) VALUES (?, ?, ?)",
        ((manifest.embedder_sha256, content_id(text), row.tobytes()) for text, row in zip(texts, packed, strict=True)),
    )


def drop_unused(connection: sqlite3.Connection) -> None:
    """Let go of those that no passage has any more."""
    connection.execute("DELETE FROM embeddings WHERE id NOT IN (SELECT embedding FROM passages)")


def of_passages(connection: sqlite3.Connection, rowids: NDArray[np.int64], dimension: int) -> Vectors:
    """The embeddings of passages in the order asked for, (len(rowids), dimension); zeros for one that has gone."""
    out = np.zeros((len(rowids), dimension), dtype=np.float32)
    for position, rowid in enumerate(rowids.tolist()):
        row = connection.execute(
            "SELECT e.vector FROM passages p JOIN embeddings e ON e.id = p.embedding WHERE p.id = ?", (rowid,)
        ).fetchone()
        if row is not None:
            out[position] = np.frombuffer(row[0], dtype="<f4")
    return out
