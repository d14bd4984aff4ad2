"""A library: documents, their passages, embeddings and full-text index in one folder.

`library.db` is the only truth; `vectors.faiss` is a cache that catches up by itself. Every change is one
transaction, so a process may be killed at any instant. Any thread may use a Library; see `writing` for processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from core.errors import LibraryError, ManifestMismatch, NoSuchDocument, NotALibrary
from core.types import Document, Filters, Passage
from rag.library import embeddings, rows, schema
from rag.library import names as stored_names
from rag.library import passages as stored_passages
from rag.library.connections import DATABASE, Connections
from rag.library.embeddings import Vectors
from rag.library.filters import condition
from rag.library.journal import Journal, now
from rag.library.manifest import Manifest
from rag.library.names import Names
from rag.library.rows import DocumentInfo, Source, StoredPassage
from rag.library.sources import Sources, bump, put_source
from rag.library.vector_cache import VectorCache

Embed = Callable[[list[str]], Vectors]
PutStatus = Literal["added", "updated", "unchanged"]

_DOCUMENTS = "documents d JOIN sources s ON s.id = d.source"


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """Figures of a library. `bytes` is the size of its files; `generation` grows with every change."""

    documents: int
    passages: int
    embeddings: int
    sources: int
    bytes: int
    generation: int
    manifest: Manifest


class Library:
    """An open library; make one with `Library.create` or `Library.open`, and close it or use it as a context."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._connections = Connections(folder)
        self._vector_cache = VectorCache(folder, self._connections)
        self._embedder = ""
        self.journal = Journal(self._connections)
        self.names = Names(self._connections)
        self.sources = Sources(self._connections)

    # ------------------------------------------------------------------ opening

    @classmethod
    def create(cls, folder: Path, manifest: Manifest) -> Library:
        """Make an empty library. Raises LibraryError when the folder already holds one."""
        folder.mkdir(parents=True, exist_ok=True)
        library = cls(folder)
        with library.writing(), library.transaction() as connection:
            if schema.version(connection):
                raise LibraryError(f"Creating a library: {folder} already holds one.")
            schema.migrate(connection)
            connection.execute(
                "INSERT INTO state (only_row, generation, manifest) VALUES (1, 0, ?)", (manifest.to_json(),)
            )
        library._take_over(manifest)
        return library

    @classmethod
    def exists(cls, folder: Path) -> bool:
        """Whether the folder holds a library, and not one whose making was broken off."""
        if not (folder / DATABASE).is_file():
            return False
        with cls(folder) as library, library._connections.reading() as connection:
            return schema.version(connection) > 0

    @classmethod
    def open(cls, folder: Path) -> Library:
        """Open an existing library. Raises NotALibrary; ManifestMismatch when a newer Pincite made it.

        `library.manifest.check(...)` tells whether it suits the settings in use.
        """
        if not cls.exists(folder):
            raise NotALibrary(
                f"Opening a library: {folder} holds none. Make one with `pincite --library {folder} add PATH`."
            )
        library = cls(folder)
        with library._connections.reading() as connection:
            found = schema.version(connection)
        if found != len(schema.MIGRATIONS):
            with library.writing(), library.transaction() as connection:
                schema.migrate(connection)
        library._take_over(library.manifest)
        return library

    def close(self) -> None:
        """Let go of the files."""
        self._connections.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def manifest(self) -> Manifest:
        """What the library was made with."""
        return Manifest.from_json(self._one("SELECT manifest FROM state")[0])

    @property
    def generation(self) -> int:
        """A number that grows with every change of the passages, by whichever process."""
        return int(self._one("SELECT generation FROM state")[0])

    def check(self) -> None:
        """Raises LibraryError where the database is damaged."""
        self._connections.check()

    def status(self) -> LibraryStatus:
        """How much is in it."""
        documents, passages = self._one("SELECT COUNT(*), COALESCE(SUM(passages), 0) FROM documents")
        sizes = 0
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):
                sizes += path.stat().st_size
        return LibraryStatus(
            documents,
            passages,
            self._one("SELECT COUNT(*) FROM embeddings")[0],
            self._one("SELECT COUNT(*) FROM sources")[0],
            sizes,
            self.generation,
            self.manifest,
        )

    # ------------------------------------------------------------------ writing

    def writing(self) -> AbstractContextManager[None]:
        """Keep other processes from changing documents until the end of the block.

        Raises LibraryBusy at once when another process has it. Each writing method does this by itself.
        """
        return self._connections.writer_lock()

    def transaction(self) -> AbstractContextManager[Any]:
        """Make several writes one: all of them or, on any exception, none."""
        return self._connections.transaction()

    def missing_embeddings(self, texts: Iterable[str], manifest: Manifest | None = None) -> list[str]:
        """Those of the `texts` (Passage.indexed_text) that have no embedding yet, each once, in order.

        `manifest` is another than the library's own while it is made ready for another embedder.
        """
        with self._connections.reading() as connection:
            return embeddings.missing(connection, manifest or self.manifest, texts)

    def store_embeddings(self, texts: Sequence[str], vectors: Vectors, manifest: Manifest | None = None) -> None:
        """Keep embeddings of texts, one row of length 1 each, for passages that are put later.

        Raises LibraryError when the shape is not (len(texts), dimension).
        """
        with self.writing(), self.transaction() as connection:
            embeddings.store(connection, manifest or self.manifest, texts, vectors)

    def rebuild(self, manifest: Manifest, split: stored_passages.Split) -> None:
        """Change over to another manifest in one transaction: every document split anew, its embeddings the new ones.

        All of them must have been stored before. Until the end, searches find what they found before.
        """
        with self.writing():
            with self.transaction() as connection:
                stored_passages.replace_all(connection, manifest, split)
                connection.execute("UPDATE state SET manifest = ?", (manifest.to_json(),))
                bump(connection)
                embeddings.drop_unused(connection)
            self._take_over(manifest)
            self._vector_cache.rebuild(manifest)

    def put(
        self,
        document: Document,
        passages: Sequence[Passage],
        embed: Embed,
        source: Source,
        *,
        notes: Sequence[str] = (),
        partial: bool = False,
        fingerprint: str | None = None,
        signature: bytes | None = None,
    ) -> PutStatus:
        """Store a document with its passages in one transaction, in place of the one of that name.

        `embed` is called with the indexed texts that have no embedding yet, if any. "unchanged" when the very
        same was stored before. `fingerprint` and `signature` tell exact and near duplicates, see `duplicates`.
        """
        manifest = self.manifest
        columns = rows.document_columns(document, passages)
        texts = [passage.indexed_text for passage in passages]
        changed = self._digest(document.name) != columns["digest"]
        # The slow parts come before the transaction, which other writers wait for.
        missing = self.missing_embeddings(texts) if changed else []
        vectors = embed(missing) if missing else None
        terms = stored_passages.terms(passages) if changed else []
        known_by = stored_names.known_by(document.name, document.metadata, document.text, len(passages))
        values: dict[str, Any] = {
            **columns,
            "day": rows.day(document, source),
            "pages": len(document.page_starts) or None,
            "passages": len(passages),
            "partial": partial,
            "notes": rows.compact(list(notes)),
            "source_hash": document.source_hash,
            "fingerprint": fingerprint,
            "signature": signature,
        }
        with self.writing(), self.transaction() as connection:
            values["source"] = put_source(connection, source)
            if not changed:
                assignments = ", ".join(f"{column} = :{column}" for column in values)
                connection.execute(f"UPDATE documents SET {assignments} WHERE name = :name", values)
                return "unchanged"
            if vectors is not None:
                embeddings.store(connection, manifest, missing, vectors)
            if lost := embeddings.missing(connection, manifest, texts):  # another thread dropped them as unused
                embeddings.store(connection, manifest, lost, embed(lost))
            replaced = connection.execute("DELETE FROM documents WHERE name = ?", (document.name,)).rowcount
            values["added_at"] = now()
            row = connection.execute(
                f"INSERT INTO documents ({', '.join(values)}) VALUES ({', '.join(':' + column for column in values)})",
                values,
            ).lastrowid
            stored_passages.insert(connection, manifest, row, passages, terms)
            stored_names.put(connection, row, known_by)
            bump(connection)
        return "updated" if replaced else "added"

    def remove(self, names: Iterable[str]) -> None:
        """Take documents out, all or none. Raises NoSuchDocument for a name that the library does not hold."""
        with self.writing(), self.transaction() as connection:
            for name in names:
                if not self.discard(name):
                    raise NoSuchDocument(
                        f"Removing {name!r}: the library holds no document of that name. "
                        "`pincite documents` lists what it holds."
                    )
            embeddings.drop_unused(connection)

    def discard(self, name: str) -> bool:
        """Take a document out, and with its last one its file; False when there is none of that name."""
        with self.writing(), self.transaction() as connection:
            row = connection.execute("DELETE FROM documents WHERE name = ? RETURNING source", (name,)).fetchone()
            if row is None:
                return False
            connection.execute("DELETE FROM sources WHERE id = ? AND id NOT IN (SELECT source FROM documents)", row)
            bump(connection)
        return True

    def drop_unused(self) -> None:
        """Let go of embeddings that no passage has any more."""
        with self.writing(), self.transaction() as connection:
            embeddings.drop_unused(connection)

    # ------------------------------------------------------------------ documents

    def documents(self, filters: Filters = Filters()) -> list[DocumentInfo]:  # noqa: B008 - frozen
        """The documents that the filters let through, by name."""
        where, values = condition(filters)
        with self._connections.reading() as connection:
            found = connection.execute(
                f"SELECT {rows.DOCUMENT_INFO} FROM {_DOCUMENTS} {_where(where)} ORDER BY d.name", values
            ).fetchall()
        return [rows.to_document_info(row) for row in found]

    def info(self, name_or_id: str) -> DocumentInfo:
        """What is known of one document. Raises NoSuchDocument."""
        return rows.to_document_info(self._document_row(rows.DOCUMENT_INFO, name_or_id))

    def document(self, name_or_id: str) -> Document:
        """A whole document, by name or id. Raises NoSuchDocument."""
        return rows.to_document(self._document_row(rows.DOCUMENT, name_or_id))

    def text(self, name_or_id: str, start: int, end: int) -> str:
        """The characters from start to end of a document's text. Raises NoSuchDocument."""
        whole: str = self._document_row("d.text", name_or_id)[0]
        return whole[start:end]

    # ------------------------------------------------------------------ searching

    def lexical(self, terms: Sequence[str], limit: int, filters: Filters = Filters()) -> list[tuple[int, float]]:  # noqa: B008
        """Passages that hold any of the terms (of `query_terms`), as (rowid, BM25), best first."""
        with self._connections.reading() as connection:
            return stored_passages.lexical(connection, terms, limit, filters)

    def dense(self, vector: Vectors, limit: int, filters: Filters = Filters()) -> list[tuple[int, float]]:  # noqa: B008
        """The passages nearest to a vector of length 1, as (rowid, cosine), best first.

        Raises ManifestMismatch when another process has meanwhile changed the library's embedder.
        """
        with self._connections.reading() as connection:
            among = stored_passages.among(connection, filters)
        manifest = self.manifest
        if manifest.embedder_sha256 != self._embedder:
            raise ManifestMismatch(
                f"Searching {self.folder}: it was indexed anew with the embedder {manifest.embedder} meanwhile. "
                "Open the library again."
            )
        return self._vector_cache.search(manifest, vector, limit, among)

    def passages(self, rowids: Iterable[int]) -> list[StoredPassage]:
        """Passages by row number, in the order asked for; one that has gone meanwhile is left out."""
        with self._connections.reading() as connection:
            return stored_passages.by_row(connection, rowids)

    def openings(self, document_id: str, count: int) -> list[Passage]:
        """The first `count` passages of a document, in reading order; none of one that has gone meanwhile."""
        with self._connections.reading() as connection:
            return stored_passages.openings(connection, document_id, count)

    def vectors(self, rowids: Sequence[int]) -> Vectors:
        """The embeddings of passages, (len(rowids), dimension); zeros for one that has gone meanwhile."""
        with self._connections.reading() as connection:
            return embeddings.of_passages(connection, np.asarray(rowids, dtype=np.int64), self.manifest.dimension)

    def copy(self, folder: Path) -> None:
        """Lay the database as it is now in another folder, which must be there and hold none."""
        self._connections.copy(folder)

    def refresh_index(self) -> None:
        """Bring the vector index up to date and save it, so that the next process finds it ready."""
        self._vector_cache.save(self.manifest)

    # ------------------------------------------------------------------ within

    def _take_over(self, manifest: Manifest) -> None:
        self._embedder = manifest.embedder_sha256
        manifest.write(self.folder)

    def _digest(self, name: str) -> str | None:
        with self._connections.reading() as connection:
            row = connection.execute("SELECT digest FROM documents WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _document_row(self, columns: str, name_or_id: str) -> tuple[Any, ...]:
        with self._connections.reading() as connection:
            row: tuple[Any, ...] | None = connection.execute(
                f"SELECT {columns} FROM {_DOCUMENTS} WHERE d.name = ?1 OR d.document_id = ?1", (name_or_id,)
            ).fetchone()
        if row is None:
            raise NoSuchDocument(
                f"Looking for the document {name_or_id!r}: the library holds none of that name or id. "
                "`pincite documents` lists what it holds."
            )
        return row

    def _one(self, sql: str) -> tuple[Any, ...]:
        with self._connections.reading() as connection:
            row: tuple[Any, ...] = connection.execute(sql).fetchone()
        return row


def _where(where: str) -> str:
    return f"WHERE {where}" if where else ""
