"""Which documents a question names: by a company, product, model or period that stands in their name, title or opening.

The passages of a report seldom say whose report it is, and of what quarter; its name and first lines do.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass

from ingestion.clean import one_line
from ingestion.tokens import index_terms, query_terms, spans

BEGINNING = 600
"""Characters of a document's beginning by which it may be known."""

_NAMING = ("name", "code", "number", "date")


@dataclass(frozen=True, slots=True)
class Described:
    """What a document, by its name, is known by: the terms of its name and title, and those with which it opens."""

    document: str
    called: frozenset[str]
    opening: frozenset[str]


def described(name: str, title: str, opening: str) -> Described:
    """A document with its name and title, and the text with which it opens."""
    return Described(name, frozenset(index_terms(f"{name} {title}")), frozenset(index_terms(opening)))


class Naming:
    """The documents of a library by what they are known by."""

    def __init__(self, documents: Iterable[Described]) -> None:
        self._documents = tuple(documents)
        counts = Counter(term for one in self._documents for term in one.called | one.opening)
        total = len(self._documents)
        self._rarity = {term: math.log((total + 1) / (count + 0.5)) for term, count in counts.items()}

    def named(self, question: str) -> Mapping[str, tuple[str, ...]]:
        """The documents that the question names best, each with the words of the question that it is known by; none
        where that is more than half of them.

        A word of the question counts where it is part of a document's name or title; of what documents open with, only
        names, codes, numbers and dates count. Rare words count for more.
        """
        asked = set(query_terms(question))
        naming = {token.norm for token in spans(question) if token.kind in _NAMING} & asked
        held = {one.document: (asked & one.called) | (naming & one.opening) for one in self._documents}
        worth = {document: sum(self._rarity[term] for term in terms) for document, terms in held.items() if terms}
        best = max(worth.values(), default=0.0)
        chosen = [document for document, share in worth.items() if share >= best - 1e-9]
        if 2 * len(chosen) > len(self._documents):
            return {}
        return {document: _words(question, held[document]) for document in chosen}


def _words(question: str, terms: Set[str]) -> tuple[str, ...]:
    """The words of the question whose terms these are, each once, as they are written there."""
    return tuple(dict.fromkeys(token.text for token in spans(question) if token.norm in terms))


def without_names(question: str, named: Collection[str]) -> str:
    """The question without the words by which it names documents, for looking inside them: there they only lead to
    titles. Numbers and dates stay, since tables are headed by them; so does a question that is nothing but a name."""
    kept, at = "", 0
    for token in spans(question):
        if token.text in named and token.kind not in ("number", "date"):
            kept += question[at : token.start]
            at = token.end
    kept = one_line(kept + question[at:])
    return kept if query_terms(kept) and not _only_stops(kept) else question


def _only_stops(text: str) -> bool:
    return all(token.kind in ("stop", "number", "date") for token in spans(text))
