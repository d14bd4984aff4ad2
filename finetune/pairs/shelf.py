"""A library as the service reads it: what a model is shown for a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np

from core.settings import read_section
from core.types import Filters, Passage
from rag.answer.answer import AnswerSettings, Evidence, gather
from rag.answer.evidence import Quote
from rag.answer.prompt import fitting
from rag.chain.chain import HITS, QUOTES_READ
from rag.embedding.base import Embedder, Vectors, of_sentences
from rag.embedding.open import open_embedder
from rag.judge.open import Judges
from rag.judge.passages import headed
from rag.library.store import Library
from rag.retrieval.retriever import RetrievalSettings, Retriever

Count: TypeAlias = Callable[[str], int]
"""How many tokens of the model a text has."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a model reads of the evidence for a question, `read`, best first; `others` are what it would read next."""

    question: str
    language: str
    read: tuple[Quote, ...]
    others: tuple[Quote, ...]


class Shelf:
    """One library with all that finds and weighs evidence in it. Not to be shared by threads."""

    def __init__(self, library: Library, count: Count) -> None:
        """`count` gives the tokens of a text, by the model that is to be trained."""
        self.library = library
        self.count = count
        self.embedder = Remembering(open_embedder(library.manifest.embedder))
        self._settings = read_section(library.folder, "answer", AnswerSettings)
        self._judges = Judges(library.folder if self._settings.judge else None)
        retrieval = read_section(library.folder, "retrieval", RetrievalSettings)
        self._retriever = Retriever(library, self.embedder, retrieval, self._judges)
        # what is made of one question, in several ways, is made in a row
        self._shown = lru_cache(maxsize=4)(self._search)

    def shown(self, question: str, within: tuple[str, ...] = ()) -> Shown:
        """What the service would show a model for the question; `within` names the documents to look in, all if empty.

        It is given whether or not the service would find the evidence good enough to ask the model.
        """
        return self._shown(question, within)

    def _search(self, question: str, within: tuple[str, ...]) -> Shown:
        evidence = self.evidence(question, within)
        read = self.read(evidence)
        return Shown(question, evidence.language, read, evidence.quotes[len(read) :])

    def evidence(self, question: str, within: tuple[str, ...] = ()) -> Evidence:
        """What the service finds for the question, good enough or not."""
        hits = self._retriever.search(question, HITS, Filters(documents=within))
        return gather(question, hits, self.embedder, self._settings, self._judges)

    def read(self, evidence: Evidence) -> tuple[Quote, ...]:
        """What of the evidence a model reads."""
        return self.fitted(evidence.question, evidence.quotes[:QUOTES_READ], evidence.language)

    def fitted(self, question: str, quotes: Sequence[Quote], language: str) -> tuple[Quote, ...]:
        """The first of the quotes that a model has room for; one always."""
        fit = fitting(question, quotes, language, self.count, self._settings.evidence_tokens)
        return tuple(fit or quotes[:1])

    def writable(self, text: str) -> bool:
        """Whether an answer is as long as the service lets a model write at most."""
        return self.count(text) <= self._settings.answer_tokens

    def answerable(self, question: str, passage: Passage) -> float | None:
        """How likely it is that the passage alone answers the question; None where no judge can read them."""
        judge = self._judges.reading(question, [passage.text]) if self._settings.judge else None
        return judge.read(question, [headed(passage)[0]])[0].answerable if judge else None

    def any_answers(self, question: str, quotes: Sequence[Quote]) -> bool:
        """Whether a judge finds the question answered by one of the quotes; False where none can read them."""
        judge = self._judges.reading(question, [quote.text for quote in quotes]) if self._settings.judge else None
        if judge is None:
            return False
        read = [quote.headed for quote in quotes if judge.reads(quote.text)]
        return any(reading.answerable >= 0.5 for reading in judge.read(question, read))


@contextmanager
def opened(folder: Path, count: Count) -> Iterator[Shelf]:
    """The library in a folder. Raises NotALibrary, ManifestMismatch, SettingsError."""
    with Library.open(folder) as library:
        yield Shelf(library, count)


class Remembering:
    """An embedder that keeps what it has embedded: many questions go to the same sentences."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: dict[str, Vectors] = {}
        self._others: dict[str, Remembering] = {}
        self.name, self.sha256, self.dimension = embedder.name, embedder.sha256, embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        new = list(dict.fromkeys(text for text in texts if text not in self._kept))
        self._kept.update(zip(new, self._embedder.embed(new), strict=True) if new else ())
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack([self._kept[text] for text in texts])

    def embed_query(self, text: str) -> Vectors:
        """See Embedder."""
        return self._embedder.embed_query(text)

    def encoder(self, question: str, texts: Sequence[str]) -> Embedder:
        """See KnowsBetter; what it gives remembers too."""
        other = of_sentences(self._embedder, question, texts)
        return self if other is self._embedder else self._others.setdefault(other.sha256, Remembering(other))
