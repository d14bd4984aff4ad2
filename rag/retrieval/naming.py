"""Which documents a question names: by a company, product, model or period that stands in their name, title or opening.

The passages of a report seldom say whose report it is, and of what quarter; its name and first lines do.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field

from ingestion.clean import one_line
from ingestion.tokens import Token, codes, query_terms, spans
from rag.library.names import Known, Names

MOST_OF = 0.6
"""Of what a question names, rare words weighing more, the share by which a document must be known."""

FEW = 3
"""Documents that one code may call."""

_NAMING = ("name", "number", "date")


@dataclass(frozen=True, slots=True)
class Named:
    """Documents that a question names, by their names, each with the words of the question that it is known by.

    `by_code` says that they are few, and each has a code of the question in its name or title.
    """

    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    by_code: bool = False


def named(question: str, names: Names) -> Named:
    """The documents that the question names best; none where that is more than half of them, or where they are known
    by little of what it names.

    Names, numbers, dates and codes count, the rare ones for more: plain words in a title say what a document is
    about, and that ranking sees by itself.
    """
    said = spans(question)
    asked = codes(question)
    known = names.known({token.norm for token in said if token.kind in _NAMING} | asked)
    held = _best(known)
    if not held or 2 * len(held) > known.documents:
        return Named()
    called = set[int]().union(*(known.called.get(code, ()) for code in asked))
    words = {terms: _words(said, terms) for terms in set(held.values())}
    found = sorted((name, words[held[document]]) for document, name in names.of(held).items())
    return Named(dict(found), len(held) <= FEW and called.issuperset(held))


def _best(known: Known) -> dict[int, frozenset[str]]:
    """The documents that are known by the most of the terms, each with the terms that it is known by."""
    held: dict[int, set[str]] = defaultdict(set)
    worth: dict[int, float] = defaultdict(float)
    whole = 0.0
    for term in {*known.called, *known.opening}:
        documents = known.called.get(term, set()) | _opened(known, term)
        if not documents:
            continue
        rarity = math.log((known.documents + 1) / (len(documents) + 0.5))
        whole += rarity
        for document in documents:
            held[document].add(term)
            worth[document] += rarity
    best = max(worth.values(), default=0.0)
    if best < MOST_OF * whole:
        return {}
    return {document: frozenset(held[document]) for document, share in worth.items() if share >= best - 1e-9}


def _opened(known: Known, term: str) -> set[int]:
    """The documents that open with a name, number, date or code. A code with which only one does is what it is
    about: E-205 in the first section of a manual."""
    documents = known.opening.get(term, set())
    return documents if len(documents) > 1 or not codes(term) else set()


def _words(said: Sequence[Token], terms: Set[str]) -> tuple[str, ...]:
    """The words of the question whose terms these are, each once, as they are written there."""
    norms = ((token.text, {token.norm, *codes(token.text)}) for token in said)
    return tuple(dict.fromkeys(text for text, its in norms if not its.isdisjoint(terms)))


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
