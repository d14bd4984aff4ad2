"""How well the passages are ranked, question by question, computed by ir-measures.

What is ranked are places where the gold says more than a document (a page, a heading, a span), and documents where it
does not: then a document counts at its best passage. A place found again adds nothing and takes nothing away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from core.types import Document, Hit
from rag.evaluation import extras
from rag.evaluation.places import at_gold, is_placed, of_hit, pages
from rag.evaluation.questions import Gold
from rag.evaluation.records import Score

MEASURES = {
    "ndcg@10": "nDCG@10",
    "map": "AP",
    "mrr": "RR",
    "recall@1": "R@1",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "success@5": "Success@5",
}
"""Our figures, and what ir-measures calls them."""
PAGE_HIT_AT = 5
DEPTH = 40
"""Passages ranked a question, by whichever command: the first ten passages may be of one document, and the figures of
the first ten documents would then look at that one alone."""

Documents = Callable[[str], Document]


def ranked(ranking: Sequence[Hit], golds: Sequence[Gold], document: Documents) -> dict[str, Score]:
    """The figures of MEASURES and "page hit", for a question with gold places. Raises MissingDependency."""
    placed = is_placed(golds)
    order = list(dict.fromkeys(_at_places(ranking, golds, document) if placed else _of_documents(ranking)))
    wanted = list(dict.fromkeys(_name(at) if placed else gold.document for at, gold in enumerate(golds)))
    first = next((rank for rank, unit in enumerate(order, 1) if unit in wanted), None)
    what = "a gold place" if placed else "a gold document"
    reason = f"{what} is first found at rank {first}" if first else f"no gold place among {len(ranking)} passages"
    scores = {name: Score(value, reason) for name, value in measured(order, wanted).items()}
    return {**scores, "page hit": page_hit(ranking, golds, document)}


def measured(order: Sequence[str], wanted: Sequence[str], figures: Sequence[str] = tuple(MEASURES)) -> dict[str, float]:
    """The figures, names of MEASURES, of one question whose units were found in this order, each once, and of which
    those wanted are right. Raises MissingDependency."""
    measures = extras.load("ir_measures", "ir-measures")
    asked = {measures.parse_measure(MEASURES[figure]): figure for figure in figures}
    qrels = [measures.Qrel("q", unit, 1) for unit in wanted]
    run = [measures.ScoredDoc("q", unit, -float(rank)) for rank, unit in enumerate(order)]
    found = {asked[each.measure]: float(each.value) for each in measures.iter_calc(list(asked), qrels, run)}
    return {figure: found.get(figure, 0.0) for figure in figures}


def at_golds(ranking: Sequence[Hit], golds: Sequence[Gold], document: Documents) -> list[bool]:
    """Of each passage whether it counts as right: it stands at a gold place, or in a gold document where no place in
    one is named."""
    if is_placed(golds):
        return [any(_is_at(hit, gold, document) for gold in golds) for hit in ranking]
    wanted = {gold.document for gold in golds}
    return [not wanted.isdisjoint((hit.document, *hit.also_in)) for hit in ranking]


def page_hit(ranking: Sequence[Hit], golds: Sequence[Gold], document: Documents) -> Score:
    """Whether a passage on a gold page is among the first PAGE_HIT_AT."""
    wanted = {(gold.document, gold.page) for gold in golds if gold.page is not None}
    if not wanted:
        return Score(None, "the gold names no page")
    for rank, hit in enumerate(ranking[:PAGE_HIT_AT], 1):
        for page in pages(of_hit(hit), document(hit.document)):
            if (hit.document, page) in wanted:
                return Score(1.0, f"page {page} of {hit.document} is found at rank {rank}")
    return Score(0.0, f"no passage of a gold page among the first {PAGE_HIT_AT}")


def _at_places(ranking: Sequence[Hit], golds: Sequence[Gold], document: Documents) -> Iterator[str]:
    for hit in ranking:
        met = [_name(at) for at, gold in enumerate(golds) if _is_at(hit, gold, document)]
        yield from met or [hit.passage.id]


def _is_at(hit: Hit, gold: Gold, document: Documents) -> bool:
    return hit.document == gold.document and at_gold(of_hit(hit), gold, document(gold.document))


def _of_documents(ranking: Sequence[Hit]) -> Iterator[str]:
    for hit in ranking:
        yield hit.document
        yield from hit.also_in


def _name(at: int) -> str:
    return f"gold {at}"
