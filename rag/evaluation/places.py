"""Whether a passage or a citation stands where the answer stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from core.types import Citation, Document, Hit
from rag.evaluation.questions import Gold


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
