"""From a question to the passages that bear on it: words and meaning, each finding what the other misses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import SettingsError, UsageError
from core.types import Filters, Hit
from ingestion.tokens import query_terms
from rag.embedding.base import Embedder, Vectors
from rag.library.rows import StoredPassage
from rag.library.store import Library
from rag.retrieval.folding import fold
from rag.retrieval.fusion import Candidate, fuse


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """[retrieval] of pincite.toml.

    `candidates`: how many passages each of the two searches brings. `dense_weight`: the weight of meaning against
    words, 0 to 1.
    """

    candidates: int = 100
    dense_weight: float = 0.5

    def __post_init__(self) -> None:
        if self.candidates < 1:
            raise SettingsError(f"[retrieval] candidates is {self.candidates}; it takes a whole number from 1.")
        if not 0 <= self.dense_weight <= 1:
            raise SettingsError(f"[retrieval] dense_weight is {self.dense_weight}; it takes a number from 0 to 1.")


class Retriever:
    """Searches one library with the embedder that it was made with. Any thread may use it."""

    def __init__(self, library: Library, embedder: Embedder, settings: RetrievalSettings | None = None) -> None:
        self._library = library
        self._embedder = embedder
        self._settings = settings or RetrievalSettings()

    def search(self, question: str, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The `k` best passages, best first; fewer when the library, as filtered, holds fewer.

        `Hit.score` is the fused score, `lexical` the BM25 and `dense` the cosine; `lexical` is None where no term
        of the question occurs. Raises UsageError for an empty question or k below 1.
        """
        if not question.strip():
            raise UsageError("Searching: the question is empty. Give some words to look for.")
        if k < 1:
            raise UsageError(f"Searching: k is {k}; it takes a whole number from 1.")
        filters = filters or Filters()
        ranked = self._ranked(question, max(k, self._settings.candidates), filters)
        # Folding uses some up, so a few more than k are read; the rest only if it used up more than those.
        hits: list[Hit] = []
        for start in range(0, len(ranked), 2 * k):
            batch = ranked[start : start + 2 * k]
            hits = fold([*hits, *self._hits(batch)])
            if len(hits) >= k:
                break
        return hits[:k]

    def _ranked(self, question: str, limit: int, filters: Filters) -> list[Candidate]:
        vector = self._embedder.embed_query(question)
        lexical = dict(self._library.lexical(query_terms(question), limit, filters))
        dense = dict(self._library.dense(vector, limit, filters))
        dense |= self._cosines(vector, [rowid for rowid in lexical if rowid not in dense])
        return fuse(lexical, dense, self._settings.dense_weight)

    def _cosines(self, vector: Vectors, rowids: Sequence[int]) -> dict[int, float]:
        cosines = self._library.vectors(rowids) @ vector
        return dict(zip(rowids, map(float, cosines), strict=True))

    def _hits(self, candidates: Sequence[Candidate]) -> list[Hit]:
        scores = {candidate.rowid: candidate for candidate in candidates}
        return [_hit(stored, scores[stored.rowid]) for stored in self._library.passages(scores)]


def _hit(stored: StoredPassage, candidate: Candidate) -> Hit:
    document = stored.document
    return Hit(
        stored.passage,
        document.name,
        document.media_type,
        candidate.score,
        lexical=candidate.lexical,
        dense=candidate.dense,
        metadata=document.metadata,
    )
