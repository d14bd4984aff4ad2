"""From hits to an answer: gather the evidence, check the draft as it comes, put together what is shown.

The reader is never worse off than with the quotes alone: they are there before any model is asked, and a draft can
only bring its own order, whole clauses of quotes, and quotes that it points to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.errors import SettingsError
from core.types import Hit, Sentence
from ingestion.sentences import sentence_spans
from ingestion.tokens import language
from rag.answer import align, check
from rag.answer.confidence import Features, confidence, measured
from rag.answer.evidence import Quote, choose, encoder
from rag.embedding.base import Embedder

_CLOSE = 0.7
"""Share of the best quote's score from which another is quoted beside it: on SQuAD2 that shows two sentences at the
mean, and holds the answer as often as always showing three."""

_POINTS_TO = 0.5
"""Strength from which a drafted sentence that fails the check still points to its quote."""


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """[answer] of pincite.toml.

    `sentences` are shown at most. `draft` asks the model; without it the answer is the quotes. `evidence_tokens`
    bounds what the model reads, `answer_tokens` what it writes. `threshold` is the confidence, 0 to 1, below which
    nothing counts as found; None is the one calibrated for the question's language.
    """

    sentences: int = 3
    draft: bool = True
    evidence_tokens: int = 240
    answer_tokens: int = 96
    threshold: float | None = None

    def __post_init__(self) -> None:
        for name in ("sentences", "evidence_tokens", "answer_tokens"):
            if getattr(self, name) < 1:
                raise SettingsError(f"[answer] {name} is {getattr(self, name)}; it takes a whole number from 1.")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise SettingsError(f"[answer] threshold is {self.threshold}; it takes a number from 0 to 1.")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found for a question. `quotes` are the candidates, best first; `confidence` is how likely it is, 0
    to 1, that they hold the answer, and `found` whether that is enough."""

    question: str
    language: str
    hits: tuple[Hit, ...]
    quotes: tuple[Quote, ...]
    features: Features
    confidence: float
    found: bool

    def quoted(self, count: int) -> tuple[Sentence, ...]:
        """The best quote and those that come close to it, `count` at most; none where nothing was found."""
        if not self.found:
            return ()
        least = _CLOSE * self.quotes[0].score
        return tuple(quote.sentence for quote in self.quotes[:count] if quote.score >= least)


def gather(question: str, hits: Sequence[Hit], embedder: Embedder, settings: AnswerSettings) -> Evidence:
    """The evidence for a question that stands on its own, out of the hits for it."""
    quotes = choose(question, hits, encoder(embedder, question, hits))
    spoken = language(question)
    features = measured(question, hits, quotes)
    sure, threshold = confidence(features, spoken)
    found = bool(quotes) and sure >= (threshold if settings.threshold is None else settings.threshold)
    return Evidence(question, spoken, tuple(hits), tuple(quotes), features, sure, found)


def checked(pieces: Iterable[str], evidence: Evidence, embedder: Embedder) -> Iterator[Sentence]:
    """The sentences of a draft that may be shown, each once, as soon as the draft has gone past it.

    A sentence that says what its quote says is given with its citations; one that does not is replaced by the quote
    that it points to, verbatim, or dropped.
    """
    shown: set[Sentence] = set()
    reading = encoder(embedder, evidence.question, evidence.hits)
    for text in _sentences(pieces):
        sentence = check.supported(text, evidence.quotes) or _pointed_at(text, evidence, reading)
        if sentence is not None and sentence not in shown:
            shown.add(sentence)
            yield sentence


def compose(evidence: Evidence, phrased: Sequence[Sentence], count: int) -> tuple[Sentence, ...]:
    """The answer's sentences, `count` at most: the best quote, in the draft's words if it said it; the draft's; quotes.

    Sentences that cite the same place as an earlier one are left out.
    """
    if not evidence.found:
        return ()
    quoted = evidence.quoted(count)
    best = next((sentence for sentence in phrased if quoted[0].citations[0] in sentence.citations), quoted[0])
    ordered = [best, *phrased]
    shown: list[Sentence] = []
    for sentence in (*ordered, *quoted):
        if not any(set(sentence.citations) <= set(other.citations) for other in shown):
            shown.append(sentence)
    return tuple(shown[:count])


def _pointed_at(text: str, evidence: Evidence, embedder: Embedder) -> Sentence | None:
    tie = align.nearest(align.plain(text), evidence.quotes, embedder)
    return tie.quote.sentence if tie is not None and tie.strength >= _POINTS_TO else None


def _sentences(pieces: Iterable[str]) -> Iterator[str]:
    """The sentences of a text that comes in pieces, each when the next one has begun or the text has ended."""
    text = ""
    for piece in pieces:
        text += piece
        spans = sentence_spans(text)
        for start, end in spans[:-1]:
            yield text[start:end]
        if len(spans) > 1:
            text = text[spans[-1][0] :]
    yield from (text[start:end] for start, end in sentence_spans(text))
