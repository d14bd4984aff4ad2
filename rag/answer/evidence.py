"""Quote first: the sentences of the best passages that bear most on the question, each with its exact place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.types import Citation, Hit, Sentence
from ingestion.sentences import sentence_spans
from ingestion.tokens import index_terms, query_terms
from rag.embedding.base import Embedder

CELL = " | "


PASSAGES = 4
"""Passages looked through: on SQuAD2 the best four hold the answer of nearly every question, and more only distract."""

CANDIDATES = 16
"""Sentences embedded at most, those with the most of the question's terms: what fits into .3 s on two cores."""


@dataclass(frozen=True, slots=True)
class Quote:
    """One sentence, or one row of a table, of a passage that was found.

    `start` and `end` are its place in the document. `similarity` is the cosine between it and the question,
    `overlap` the share of the question's terms that it holds, and `score` their blend, by which quotes are ranked.
    """

    hit: Hit
    start: int
    end: int
    similarity: float = 0.0
    overlap: float = 0.0
    score: float = 0.0

    @property
    def text(self) -> str:
        """The document's own words."""
        passage = self.hit.passage
        return passage.text[self.start - passage.start : self.end - passage.start]

    @property
    def labelled(self) -> str:
        """The text; of a table's row, each cell after the name of its column, when the header has one for each."""
        cells = self.text.split(CELL)
        names = self.hit.passage.header.splitlines()[-1].split(CELL) if self.hit.passage.header else []
        if len(cells) != len(names) or len(cells) < 2 or cells == names:
            return self.text
        return "; ".join(f"{name.strip()}: {cell.strip()}" for name, cell in zip(names, cells, strict=True))

    @property
    def citation(self) -> Citation:
        """Where it stands."""
        passage = self.hit.passage
        page = next((box.page for box in passage.boxes if box.end > self.start), passage.page)
        return Citation(self.hit.document, passage.document_id, page, self.start, self.end, self.text)

    @property
    def sentence(self) -> Sentence:
        """As it is shown: verbatim, or a table's row with its columns named."""
        shown = self.labelled
        return Sentence(shown, "verbatim" if shown == self.text else "supported", (self.citation,))


def choose(question: str, hits: Sequence[Hit], embedder: Embedder) -> list[Quote]:
    """The sentences of the best passages by an even blend of similarity and overlap with the question, best first.

    Every candidate that was embedded is given, so that a draft can be tied to any of them.
    """
    wanted = frozenset(query_terms(question))
    quotes = [replace(quote, overlap=overlap(wanted, quote)) for hit in hits[:PASSAGES] for quote in sentences_of(hit)]
    quotes.sort(key=lambda quote: -quote.overlap)
    quotes = quotes[:CANDIDATES]
    if not quotes:
        return []
    vectors = embedder.embed([quote.labelled for quote in quotes])
    similarities = vectors @ embedder.embed_query(question)
    blended = (
        replace(quote, similarity=float(similarity), score=(float(similarity) + quote.overlap) / 2)
        for quote, similarity in zip(quotes, similarities, strict=True)
    )
    return sorted(blended, key=lambda quote: -quote.score)


def sentences_of(hit: Hit) -> Iterator[Quote]:
    """Every sentence and table row of a passage, in order."""
    passage = hit.passage
    for start, end in sentence_spans(passage.text):
        yield Quote(hit, passage.start + start, passage.start + end)


def overlap(wanted: frozenset[str], quote: Quote) -> float:
    """The share of the wanted terms that the quote holds, 0 to 1."""
    return len(wanted & set(index_terms(quote.labelled))) / len(wanted) if wanted else 0.0
