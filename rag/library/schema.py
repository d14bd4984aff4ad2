"""The tables of `library.db`, as numbered migrations: each runs once, in order, and is never edited afterwards.

One is a script, or what fills a table that the script before it made. `PRAGMA user_version` holds the number of the
last one that ran; 0 is a file that is no library yet.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from core.errors import ManifestMismatch
from ingestion.tokens import FTS_TOKENIZER
from rag.library import names

MIGRATIONS: tuple[str | Callable[[sqlite3.Connection], None], ...] = (
    """
    CREATE TABLE state (
        only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
        generation INTEGER NOT NULL,     -- grows with every change of the passages
        manifest TEXT NOT NULL           -- JSON; manifest.json is its copy for the eye
    );
    CREATE TABLE sources (               -- a file that was added
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE,       -- absolute
        name TEXT NOT NULL,              -- what its document is called; rows and attachments have names of their own
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        collection TEXT NOT NULL,
        options TEXT NOT NULL,           -- what else decided how it was read; other options read it again
        status TEXT NOT NULL,            -- 'adding' until all of its documents are in
        same_as TEXT,                    -- the document of the same text, where it was skipped for that
        notes TEXT NOT NULL              -- JSON list of sentences
    );
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY,
        document_id TEXT NOT NULL,       -- Document.id
        name TEXT NOT NULL UNIQUE,
        source INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
        media_type TEXT NOT NULL,
        day TEXT,                        -- ISO day that filters by date compare with
        added_at TEXT NOT NULL,          -- ISO time, UTC
        pages INTEGER,
        passages INTEGER NOT NULL,
        partial INTEGER NOT NULL,
        notes TEXT NOT NULL,             -- JSON list of sentences
        digest TEXT NOT NULL,            -- hash of all that is kept of it, passages included
        fingerprint TEXT,                -- of the text, for exact duplicates; NULL for records
        signature BLOB,                  -- of the text, for near duplicates; NULL for records
        source_hash TEXT NOT NULL,
        metadata TEXT NOT NULL,          -- JSON, as are page_starts, blocks and boxes
        page_starts TEXT NOT NULL,
        text TEXT NOT NULL,              -- the long columns come last: reading the others does not touch them
        blocks TEXT NOT NULL,
        boxes TEXT NOT NULL
    );
    CREATE INDEX documents_by_document_id ON documents (document_id);
    CREATE INDEX documents_by_source ON documents (source);
    CREATE INDEX documents_by_fingerprint ON documents (fingerprint);
    CREATE TABLE embeddings (            -- of a text by an embedder, whichever passages have that text
        id INTEGER PRIMARY KEY,
        embedder TEXT NOT NULL,          -- the embedder's SHA-256
        key TEXT NOT NULL,               -- hash of the text
        vector BLOB NOT NULL,            -- float32, little endian, length 1
        UNIQUE (embedder, key)
    );
    CREATE TABLE passages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice, so that the vector index can catch up by it
        document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        text TEXT NOT NULL,
        page INTEGER,
        heading TEXT NOT NULL,           -- JSON
        header TEXT NOT NULL,
        boxes TEXT NOT NULL,             -- JSON
        embedding INTEGER NOT NULL REFERENCES embeddings (id),
        UNIQUE (document, ordinal)
    );
    CREATE INDEX passages_by_embedding ON passages (embedding);
    CREATE VIRTUAL TABLE lexicon USING fts5 (terms, tokenize = "{tokenizer}");
    CREATE TRIGGER passages_leave_lexicon AFTER DELETE ON passages
        BEGIN DELETE FROM lexicon WHERE rowid = old.id; END;
    CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        question TEXT NOT NULL,
        status TEXT NOT NULL,
        answer TEXT NOT NULL,            -- JSON of the whole Answer: sentences, citations, hits, timings, model
        model TEXT
    );
    CREATE TABLE feedback (
        audit INTEGER PRIMARY KEY REFERENCES audit (id),
        at TEXT NOT NULL,
        thumbs TEXT,                     -- 'up', 'down' or NULL
        comment TEXT NOT NULL
    );
    """,
    """
    CREATE TABLE names (                 -- the terms that a document can be called by
        term TEXT NOT NULL,
        document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        called INTEGER NOT NULL,         -- whether it stands in the name or title
        opening INTEGER NOT NULL,        -- whether it stands in the beginning of the text
        PRIMARY KEY (term, document)
    ) WITHOUT ROWID;
    CREATE INDEX names_by_document ON names (document);
    """,
    names.put_all,
    # How many of ingestion.readers.changes the Pincite knew that read the file.
    "ALTER TABLE sources ADD COLUMN reading INTEGER NOT NULL DEFAULT 0;",
)


def version(connection: sqlite3.Connection) -> int:
    """Which migration ran last; 0 when the file is no library yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables up to date inside the transaction that the caller has begun.

    Raises ManifestMismatch when a newer Pincite made them.
    """
    found = version(connection)
    if found > len(MIGRATIONS):
        raise ManifestMismatch(
            f"Opening the library: its tables are of version {found}, this Pincite knows up to {len(MIGRATIONS)}. "
            "Use the Pincite that made it, or a newer one."
        )
    for number, step in enumerate(MIGRATIONS[found:], start=found + 1):
        if isinstance(step, str):
            for statement in _statements(step):
                connection.execute(statement.replace("{tokenizer}", FTS_TOKENIZER))
        else:
            step(connection)
        connection.execute(f"PRAGMA user_version = {number}")


def _statements(script: str) -> list[str]:
    """The script's statements; `executescript` would commit the transaction under way."""
    statements: list[str] = []
    current = ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            statements.append(current)
            current = ""
    return statements
