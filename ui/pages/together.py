"""Sentences that follow each other in a document, told as one: the steps of a procedure behind a single pincite."""

from __future__ import annotations

from collections.abc import Sequence

from ui.pages.client import Json

_APART = 4
"""Characters between two sentences at most: a line's end and a bullet."""


def together(sentences: Sequence[Json]) -> list[Json]:
    """The sentences; verbatim ones in a row that follow each other on a page as one of several lines, whose citation
    reaches from the first to the last."""
    told: list[Json] = []
    for sentence in sentences:
        if not told or not _follows(told[-1], sentence):
            told.append(sentence)
            continue
        (first,), (last,) = told[-1]["citations"], sentence["citations"]
        citation = {**first, "end": last["end"], "quote": f"{first['quote']}\n{last['quote']}"}
        told[-1] = {**sentence, "text": f"{told[-1]['text']}\n{sentence['text']}", "citations": [citation]}
    return told


def _follows(before: Json, after: Json) -> bool:
    places = [*before["citations"], *after["citations"]]
    if len(places) != 2 or (before["support"], after["support"]) != ("verbatim", "verbatim"):
        return False
    one, other = places
    same = all(one[name] == other[name] for name in ("document_id", "page"))
    return same and 0 <= other["start"] - one["end"] <= _APART
