"""From a question to the passages that bear on it: words and meaning, each finding what the other misses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.errors import SettingsError, UsageError
from core.types import Filters, Hit
from ingestion.clean import one_line
from ingestion.tokens import query_terms
from rag.embedding.base import Embedder, Vectors
from rag.judge.open import Judges
from rag.library.rows import StoredPassage
from rag.library.store import Library
from rag.retrieval.folding import fold
from rag.retrieval.fusion import CALLED, NAMED, Candidate, favoured, fuse
from rag.retrieval.naming import Named, named, without_names
from rag.retrieval.openings import about_the_whole, with_openings
from rag.retrieval.reranking import reranked
from rag.retrieval.rewording import reworded


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """[retrieval] of pincite.toml.

    `candidates`: how many passages each of the two searches brings. `dense_weight`: the weight of meaning against
    words, 0 to 1. `rerank`: how many of the first hits a judge puts in order, 0 for none.
    """

    candidates: int = 50
    dense_weight: float = 0.5
    rerank: int = 6

    def __post_init__(self) -> None:
        if self.candidates < 1:
            raise SettingsError(f"[retrieval] candidates is {self.candidates}; it takes a whole number from 1.")
        if not 0 <= self.dense_weight <= 1:
            raise SettingsError(f"[retrieval] dense_weight is {self.dense_weight}; it takes a number from 0 to 1.")
        if self.rerank < 0:
            raise SettingsError(f"[retrieval] rerank is {self.rerank}; it takes a whole number from 0.")


class Retriever:
    """Searches one library with the embedder that it was made with. Any thread may use it."""

    def __init__(
        self,
        library: Library,
        embedder: Embedder,
        settings: RetrievalSettings | None = None,
        judges: Judges | None = None,
    ) -> None:
        self._library = library
        self._embedder = embedder
        self._settings = settings or RetrievalSettings()
        self._judges = judges or Judges()
        # By the library's generation, so that a change is seen; common words cost most and come in most questions.
        self._best = lru_cache(maxsize=10_000)(self._best_score)
        self._unmet = lru_cache(maxsize=1)(self._unmet_score)

    def search(self, question: str, k: int = 10, filters: Filters | None = None) -> list[Hit]:
        """The `k` best passages, best first; fewer when the library, as filtered, holds fewer.

        `Hit.score` is the fused score, `lexical` the BM25 and `dense` the cosine; `lexical` is None where no term
        of the question occurs. `rerank` is the judge's relevance, blended into the score; None where no judge read the
        passage. Raises UsageError for an empty question or k below 1.
        """
        question = one_line(question)
        if not question:
            raise UsageError("Searching: the question is empty. Give some words to look for.")
        if k < 1:
            raise UsageError(f"Searching: k is {k}; it takes a whole number from 1.")
        count = self._settings.rerank
        question = reworded(question)
        hits = self._found(question, max(k, count), filters or Filters())
        if about_the_whole(question):
            hits = with_openings(hits, self._library)
        if not count or not hits:
            return hits[:k]
        judge = self._judges.reading(question, [hit.passage.text for hit in hits[:count]])
        return (reranked(question, hits, judge, count) if judge else hits)[:k]

    def _found(self, question: str, k: int, filters: Filters) -> list[Hit]:
        meant = Named() if filters.documents else named(question, self._library.names)
        limit = max(k, self._settings.candidates)
        ranked = self._ranked(question, limit, filters)
        if meant.documents:
            inside = without_names(question, {word for words in meant.documents.values() for word in words})
            theirs = self._ranked(inside, limit, replace(filters, documents=tuple(meant.documents)))
            ranked = favoured(ranked, theirs, CALLED if meant.by_code else NAMED)
        # Folding uses some up, so a few more than k are read; the rest only if it used up more than those.
        hits: list[Hit] = []
        for start in range(0, len(ranked), 2 * k):
            batch = ranked[start : start + 2 * k]
            hits = fold([*hits, *self._hits(batch, meant.documents)])
            if len(hits) >= k:
                break
        return hits[:k]

    def _ranked(self, question: str, limit: int, filters: Filters) -> list[Candidate]:
        terms, vector = query_terms(question), self._embedder.embed_query(question)
        lexical = dict(self._library.lexical(terms, limit, filters))
        dense = dict(self._library.dense(vector, limit, filters))
        dense |= self._cosines(vector, [rowid for rowid in lexical if rowid not in dense])
        return fuse(lexical, dense, self._attainable(terms), self._settings.dense_weight)

    def _attainable(self, terms: Sequence[str]) -> float:
        """The BM25 of a passage that would be the library's best for every term; see `fuse`."""
        generation = self._library.generation
        return sum(self._best(term, generation) or self._unmet(generation) for term in terms)

    def _best_score(self, term: str, _generation: int) -> float | None:
        found = self._library.lexical([term], 1)
        return found[0][1] if found else None

    def _unmet_score(self, _generation: int) -> float:
        """What a term counts for that nobody holds: what BM25 makes of one that a single passage holds."""
        return math.log(self._library.status().passages + 1)

    def _cosines(self, vector: Vectors, rowids: Sequence[int]) -> dict[int, float]:
        cosines = self._library.vectors(rowids) @ vector
        return dict(zip(rowids, map(float, cosines), strict=True))

    def _hits(self, candidates: Sequence[Candidate], named: Mapping[str, tuple[str, ...]]) -> list[Hit]:
        scores = {candidate.rowid: candidate for candidate in candidates}
        stored = self._library.passages(scores)
        return [_hit(each, scores[each.rowid], named.get(each.document.name, ())) for each in stored]


def _hit(stored: StoredPassage, candidate: Candidate, named: tuple[str, ...]) -> Hit:
    document = stored.document
    return Hit(
        stored.passage,
        document.name,
        document.media_type,
        candidate.score,
        lexical=candidate.lexical,
        dense=candidate.dense,
        metadata=document.metadata,
        named=named,
    )
