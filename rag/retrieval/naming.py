"""Which documents a question names: by a company, product, model or period that stands in their name, title or opening.

The passages of a report seldom say whose report it is, and of what quarter; its name and first lines do.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import PurePath

from ingestion.clean import one_line
from ingestion.tokens import codes, index_terms, query_terms, spans

BEGINNING = 600
"""Characters of a document's beginning by which it may be known."""

LONG = 8
"""Passages from which the name and the opening of a document speak for what no other passage of it says. With two,
SciFact fell from .966 to .917, tables of reports from .922 to .908, rulings from .842 to .826 (nDCG@10, 40 questions
each)."""

MOST_OF = 0.6
"""Of what a question names, rare words weighing more, the share by which a document must be known."""

FEW = 3
"""Documents that one code may call."""

_NAMING = ("name", "number", "date")


@dataclass(frozen=True, slots=True)
class Described:
    """What a document, by its name, is known by: terms of its name and title, and those with which it opens."""

    document: str
    called: frozenset[str]
    opening: frozenset[str] = frozenset()


def described(name: str, title: str, opening: str, passages: int) -> Described:
    """A document with its name, its title, the text with which it opens, and the number of its passages.

    A short one is found by what it says, and its opening is half of that; it is known by the codes in its name alone.
    """
    if passages < LONG:
        return Described(name, frozenset(codes_of(name)))
    called = f"{name} {title}"
    return Described(name, _terms(called), _terms(opening))


def codes_of(name: str) -> set[str]:
    """The codes in a document's name, without what it is in and what it ends in."""
    stem = PurePath(name).stem
    return codes(stem) | codes(stem.replace("_", " "))


def _terms(text: str) -> frozenset[str]:
    return frozenset((*index_terms(text), *codes(text)))


class Naming:
    """The documents of a library by what they are known by."""

    def __init__(self, documents: Iterable[Described]) -> None:
        self._called: dict[str, set[str]] = defaultdict(set)
        self._opening: dict[str, set[str]] = defaultdict(set)
        self._size = 0
        for one in documents:
            self._size += 1
            for term in one.called:
                self._called[term].add(one.document)
            for term in one.opening:
                self._opening[term].add(one.document)

    def named(self, question: str) -> Mapping[str, tuple[str, ...]]:
        """The documents that the question names best, by their names, each with the words of the question that it is
        known by; none where that is more than half of them, or where they are known by little of what it names.

        Names, numbers, dates and codes count, the rare ones for more: plain words in a title say what a document is
        about, and that ranking sees by itself.
        """
        held: dict[str, set[str]] = defaultdict(set)
        worth: dict[str, float] = defaultdict(float)
        whole = 0.0
        for term in _naming(question):
            known = self._called.get(term, set()) | self._opened(term)
            if not known:
                continue
            rarity = math.log((self._size + 1) / (len(known) + 0.5))
            whole += rarity
            for document in known:
                held[document].add(term)
                worth[document] += rarity
        best = max(worth.values(), default=0.0)
        chosen = [document for document, share in worth.items() if share >= best - 1e-9]
        if best < MOST_OF * whole or 2 * len(chosen) > self._size:
            return {}
        return {document: _words(question, held[document]) for document in sorted(chosen)}

    def _opened(self, term: str) -> set[str]:
        """The documents that open with a name, number, date or code. A code with which only one does is what it is
        about: E-205 in the first section of a manual."""
        documents = self._opening.get(term, set())
        return documents if len(documents) > 1 or not codes(term) else set()

    def calls(self, question: str, documents: Collection[str]) -> bool:
        """Whether these documents are few, and each has a code of the question in its name or title."""
        called = set[str]().union(*(self._called.get(code, ()) for code in codes(question)))
        return len(documents) <= FEW and called.issuperset(documents)


def _naming(question: str) -> set[str]:
    """The terms of a question that are names, numbers or dates, and its codes."""
    return {token.norm for token in spans(question) if token.kind in _NAMING} | codes(question)


def _words(question: str, terms: Set[str]) -> tuple[str, ...]:
    """The words of the question whose terms these are, each once, as they are written there."""
    said = ((token.text, {token.norm, *codes(token.text)}) for token in spans(question))
    return tuple(dict.fromkeys(text for text, norms in said if not norms.isdisjoint(terms)))


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
