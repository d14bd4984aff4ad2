"""Where answers stand: whether a set names places that the documents have, and whether something stands there."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from core.errors import UsageError
from core.types import Citation, Document, Hit
from rag.evaluation.questions import Gold, QuestionSet


class Place(NamedTuple):
    """The characters start..end of a document, on a page from 1, or None where it has no pages."""

    document: str
    start: int
    end: int
    page: int | None


def of_hit(hit: Hit) -> Place:
    """Where a passage stands."""
    return Place(hit.document, hit.passage.start, hit.passage.end, hit.passage.page)


def of_citation(citation: Citation) -> Place:
    """Where a quote stands."""
    return Place(citation.document, citation.start, citation.end, citation.page)


def check_gold(asked: QuestionSet, names: Iterable[str], document: Callable[[str], Document]) -> None:
    """Raises UsageError for the first gold place that the library does not hold: a document that is none of `names`,
    a page or a heading that its document has not, characters beyond its end."""
    asked.check_documents(names)
    looked_up = lru_cache(maxsize=8)(document)
    for question in asked.questions:
        for gold in question.gold:
            if is_placed([gold]) and (fault := _fault(gold, looked_up(gold.document))):
                where = asked.places[question.id]
                raise UsageError(f"Reading {asked.source}, {where}: {gold.document} {fault}.")


def _fault(gold: Gold, document: Document) -> str:
    """What of a place its document has not; "" where all is there."""
    last = len(document.page_starts)
    if gold.page is not None and gold.page > last:
        return f"has {last} pages, and none is {gold.page}" if last else f"has no pages; leave out page {gold.page}"
    if gold.end is not None and gold.end > len(document.text):
        return f"has {len(document.text)} characters, and {gold.start} to {gold.end} are not all among them"
    titles = {plain(title): title for _, title, _ in document.outline}
    if gold.heading is None or plain(gold.heading) in titles:
        return ""
    near = difflib.get_close_matches(plain(gold.heading), titles, n=3, cutoff=0.4)
    meant = "; near are: " + ", ".join(repr(titles[each]) for each in near) if near else ""
    return f"has no heading {gold.heading!r}{meant}"


def at_gold(place: Place, gold: Gold, document: Document) -> bool:
    """Whether the place, in `document`, is where `gold` says: it overlaps the span; or else it touches the page, and
    stands under the heading, where gold names them; or else it is in the document."""
    if place.document != gold.document:
        return False
    if gold.start is not None and gold.end is not None:
        return place.start < gold.end and gold.start < place.end
    on_page = gold.page is None or gold.page in pages(place, document)
    return on_page and (gold.heading is None or plain(gold.heading) in headings(place, document))


def pages(place: Place, document: Document) -> range:
    """The pages that the place touches, none where the document has no pages."""
    first, last = document.page_at(place.start), document.page_at(max(place.start, place.end - 1))
    return range(first, last + 1) if first is not None and last is not None else range(0)


def headings(place: Place, document: Document) -> set[str]:
    """The headings above the place and within it, made plain."""
    above: list[tuple[int, str]] = []
    within: set[str] = set()
    for block in document.blocks:
        if block.start >= place.end:
            break
        if block.kind != "heading":
            continue
        level, title = block.level, plain(document.text[block.start : block.end])
        if block.start >= place.start:
            within.add(title)
            continue
        above = [*(each for each in above if each[0] < level), (level, title)]
    return within.union(title for _, title in above)


def plain(heading: str) -> str:
    """A heading without regard to case and spaces."""
    return " ".join(heading.lower().split())


def is_placed(golds: Sequence[Gold]) -> bool:
    """Whether any gold says more than its document."""
    return any(gold.page is not None or gold.start is not None or gold.heading for gold in golds)
