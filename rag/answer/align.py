"""A sentence of a draft is tied to the quote that it was most likely taken from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.tokens import Token, spans
from rag.answer.evidence import Quote
from rag.embedding.base import Embedder

# Words that a sentence may gain or lose without saying anything else. Not the auxiliaries: "was" is not "is".
FREE = frozenset({"a", "an", "the", "that", "的", "了"})
_ORNAMENT = re.compile(
    r"\s*\[\d{1,2}\]|\*\*|^[\s\-•*>“\"]+|^(?:answer|答案?|回答)\s*[:：]\s*|[\s”\"<>]+$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Tie:
    """A draft's sentence beside its quote. `words` and `quoted` are their tokens without FREE ones; `coverage` is
    the share of the words that the quote holds, and `similarity` the cosine between the two, each 0 to 1."""

    text: str
    words: tuple[Token, ...]
    quote: Quote
    quoted: tuple[Token, ...]
    coverage: float
    similarity: float = 0.0

    @property
    def strength(self) -> float:
        """How surely the sentence is about its quote: the even blend of coverage and similarity."""
        return (self.coverage + self.similarity) / 2


def plain(text: str, quotes: Sequence[Quote] = ()) -> str:
    """A drafted sentence without citation marks, bullets, bold, lead-ins such as "Answer:", and the heading that a
    model read before one of the quotes and copied with it."""
    text = _ORNAMENT.sub("", text).strip()
    headings = {quote.hit.passage.heading[-1] for quote in quotes if quote.hit.passage.heading}
    lead = next((heading for heading in headings if text.startswith(f"{heading}: ")), None)
    return text if lead is None else text[len(lead) + 2 :].strip()


def weighty(text: str) -> tuple[Token, ...]:
    """The tokens of a text that carry what it says."""
    return tuple(token for token in spans(text) if token.norm not in FREE)


def nearest_by_words(text: str, quotes: Sequence[Quote]) -> Tie | None:
    """The sentence with the quote that holds most of its words; of equals the one nearer to the question."""
    words = weighty(text)
    if not words or not quotes:
        return None
    ties = [_tie(text, words, quote) for quote in quotes]
    return max(ties, key=lambda tie: (tie.coverage, tie.quote.score))


def nearest(text: str, quotes: Sequence[Quote], embedder: Embedder) -> Tie | None:
    """The sentence with the chosen quote that it is most about, by words and meaning, however freely it is phrased."""
    words = weighty(text)
    if not words or not quotes:
        return None
    (vector,) = embedder.embed([text])
    ties = [_tie(text, words, quote, float(quote.vector @ vector)) for quote in quotes if quote.vector is not None]
    return max(ties, key=lambda tie: tie.strength, default=None)


def _tie(text: str, words: tuple[Token, ...], quote: Quote, similarity: float = 0.0) -> Tie:
    quoted = weighty(quote.labelled)
    common = Counter(token.norm for token in words) & Counter(token.norm for token in quoted)
    return Tie(text, words, quote, quoted, common.total() / len(words), similarity)
