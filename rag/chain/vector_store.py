"""A library as LangChain's vector store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from core.errors import UsageError
from core.types import Document as StoredDocument
from core.types import Filters, Passage
from ingestion.passages import PassageSettings
from rag.chain.embeddings import PinciteEmbeddings
from rag.library.manifest import Manifest
from rag.library.rows import Source, StoredPassage
from rag.library.store import Library


class PinciteVectorStore(VectorStore):
    """Search by meaning in a library. A text that is added is one document of one passage, named by its id.

    Passages of files in the same library are found too; their metadata says their place as PinciteRetriever's does.
    `embeddings` must be those that the library was made with. Scores are cosines, -1 to 1.
    """

    def __init__(self, library: Library, embeddings: PinciteEmbeddings) -> None:
        self._library = library
        self._embeddings = embeddings
        held = library.manifest
        held.check(Manifest.made_with(embeddings.embedder, PassageSettings(**held.passages), held.language))  # type: ignore[arg-type]

    @property
    def embeddings(self) -> PinciteEmbeddings:
        """What turns texts into vectors."""
        return self._embeddings

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        folder: Path | str | None = None,
        **kwargs: Any,
    ) -> Self:
        """A new library in `folder` that holds the texts. Raises UsageError for embeddings other than ours."""
        if not isinstance(embedding, PinciteEmbeddings) or folder is None:
            raise UsageError("Making a vector store: it takes `folder`, and PinciteEmbeddings as its embedding.")
        manifest = Manifest.made_with(embedding.embedder, PassageSettings(), "mixed")
        store = cls(Library.create(Path(folder), manifest), embedding)
        store.add_texts(texts, metadatas, ids=ids, **kwargs)
        return store

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Store texts, all or none, each in place of the one of its id; gives the ids. A missing id is made up.

        Metadata is flat: text, numbers, true and false. Raises UsageError.
        """
        given = list(texts)
        names = [name or str(uuid4()) for name in ids or [None] * len(given)]
        metadatas = metadatas or [{} for _ in given]
        if not len(given) == len(names) == len(metadatas):
            raise UsageError(
                f"Adding {len(given)} texts: {len(names)} ids, {len(metadatas)} metadatas; the counts must agree."
            )
        documents = [_stored(*parts) for parts in zip(names, given, metadatas, strict=True)]
        missing = self._library.missing_embeddings(given)
        with self._library.writing():
            if missing:
                self._library.store_embeddings(missing, self._embeddings.embedder.embed(missing))
            with self._library.transaction():
                for document in documents:
                    passage = Passage(document.id, 0, len(document.text), document.text)
                    source = Source(f"text:{document.name}", len(document.text), 0, document.source_hash)
                    self._library.put(document, [passage], self._embeddings.embedder.embed, source)
        return names

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Take out the documents of these ids; those that are not there are passed over. Raises UsageError for None."""
        if ids is None:
            raise UsageError("Deleting from a vector store: no ids were given; it takes a list.")
        with self._library.writing():
            held = {info.name for info in self._library.documents()}
            self._library.remove(name for name in dict.fromkeys(ids) if name in held)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The documents of these ids, in order; those that are not there are passed over."""
        held = {info.name for info in self._library.documents()}
        found = (self._library.document(name) for name in ids if name in held)
        return [Document(id=one.name, page_content=one.text, metadata=dict(one.metadata)) for one in found]

    def similarity_search(
        self, query: str, k: int = 4, *, filter: Filters | None = None, **kwargs: Any
    ) -> list[Document]:
        """The `k` passages nearest in meaning, best first, of the documents that `filter` lets through."""
        return [document for document, _ in self.similarity_search_with_score(query, k, filter=filter)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, *, filter: Filters | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """The same with their cosines."""
        return self._nearest(self._embeddings.embedder.embed_query(query), k, filter)

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, *, filter: Filters | None = None, **kwargs: Any
    ) -> list[Document]:
        """The same for a vector of length 1."""
        return [document for document, _ in self._nearest(np.asarray(embedding, np.float32), k, filter)]

    def _nearest(self, vector: Any, k: int, filters: Filters | None) -> list[tuple[Document, float]]:
        scores = dict(self._library.dense(vector, k, filters or Filters()))
        return [(_document(stored), scores[stored.rowid]) for stored in self._library.passages(scores)]

    def _select_relevance_score_fn(self) -> Any:
        return lambda cosine: max(0.0, cosine)


def _stored(name: str, text: str, metadata: dict[str, Any]) -> StoredDocument:
    for key, value in metadata.items():
        if not isinstance(value, str | int | float | bool | None):
            raise UsageError(
                f"Adding the text {name!r}: metadata {key!r} is a {type(value).__name__}; it takes text, numbers, "
                "true, false and nothing."
            )
    return StoredDocument(name, "text/plain", text, hashlib.sha256(text.encode()).hexdigest(), metadata=metadata)


def _document(stored: StoredPassage) -> Document:
    passage, info = stored.passage, stored.document
    if info.source_path == f"text:{info.name}":
        return Document(id=info.name, page_content=passage.text, metadata=dict(info.metadata))
    place = {
        "document": info.name,
        "document_id": passage.document_id,
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "heading": " > ".join(passage.heading),
    }
    return Document(id=passage.id, page_content=passage.text, metadata={**info.metadata, **place})
