"""What documents can be called by: the terms of their names, titles and beginnings, as rows that a question looks up.

They are made when a document is put, and go with it.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from core.types import MetadataValue
from ingestion.chinese import HAN
from ingestion.tokens import codes, index_terms
from rag.library.connections import Connections
from rag.library.rows import compact

BEGINNING = 600
"""Characters of a document's beginning by which it may be known."""

LONG = 8
"""Passages from which the name and the opening of a document speak for what no other passage of it says. With two,
SciFact fell from .966 to .917, tables of reports from .922 to .908, rulings from .842 to .826 (nDCG@10, 40 questions
each)."""

_HAN = re.compile(f"[{HAN}]")


@dataclass(frozen=True, slots=True)
class KnownBy:
    """What one document is known by: terms of its name and title, and those with which it opens."""

    called: frozenset[str]
    opening: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """The documents, by row, that are called by each of some terms, and those that open with it; `documents` is how
    many the library holds."""

    documents: int
    called: Mapping[str, set[int]] = field(default_factory=dict)
    opening: Mapping[str, set[int]] = field(default_factory=dict)


def known_by(name: str, metadata: Mapping[str, MetadataValue], text: str, passages: int) -> KnownBy:
    """What a document with this text and number of passages is known by.

    A short one is found by what it says, and its opening is half of that; it is known by the codes in its name alone.
    """
    if passages < LONG:
        return KnownBy(frozenset(codes_of(name)))
    title = metadata.get("title")
    return KnownBy(_terms(name if title is None else f"{name} {title}"), _terms(text[:BEGINNING]))


def codes_of(name: str) -> set[str]:
    """The codes in a document's name, without what it is in and what it ends in."""
    stem = PurePath(name).stem
    return codes(stem) | codes(stem.replace("_", " "))


def _terms(text: str) -> frozenset[str]:
    """Those of Han are left out: a question names by numbers, dates, codes and words with a capital letter."""
    return frozenset(term for term in (*index_terms(text), *codes(text)) if not _HAN.search(term))


def put(connection: sqlite3.Connection, document: int | None, known: KnownBy) -> None:
    """Store what the document of that row is known by, in place of what was stored before."""
    connection.execute("DELETE FROM names WHERE document = ?", (document,))
    connection.executemany(
        "INSERT INTO names (term, document, called, opening) VALUES (?, ?, ?, ?)",
        (
            (term, document, term in known.called, term in known.opening)
            for term in sorted(known.called | known.opening)
        ),
    )


def put_all(connection: sqlite3.Connection) -> None:
    """Store it for every document."""
    rows = connection.execute("SELECT id, name, metadata, substr(text, 1, ?), passages FROM documents", (BEGINNING,))
    for row, name, metadata, text, passages in rows:
        put(connection, row, known_by(name, json.loads(metadata), text, passages))


class Names:
    """Looks up which documents of one library are known by a term."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def known(self, terms: Collection[str]) -> Known:
        """The documents that are called by each of the terms, or open with it."""
        called: dict[str, set[int]] = defaultdict(set)
        opening: dict[str, set[int]] = defaultdict(set)
        with self._connections.snapshot() as connection:
            count = connection.execute("SELECT COUNT(*) FROM documents").fetchone()[0]
            for term in terms:
                found = connection.execute("SELECT document, called, opening FROM names WHERE term = ?", (term,))
                for document, in_name, in_beginning in found:
                    if in_name:
                        called[term].add(document)
                    if in_beginning:
                        opening[term].add(document)
        return Known(count, called, opening)

    def of(self, documents: Iterable[int]) -> dict[int, str]:
        """The names of documents by their rows; one that has gone meanwhile is left out."""
        with self._connections.reading() as connection:
            return dict(
                connection.execute(
                    "SELECT id, name FROM documents WHERE id IN (SELECT value FROM json_each(?))",
                    (compact(list(documents)),),
                ).fetchall()
            )
