"""One ranking out of two: words (BM25) and meaning (cosine)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

NAMED = 0.2
"""What a passage gains whose document the question names."""
CALLED = 0.5
"""What it gains where the question calls few documents by a code in their name: "ticket HR-T-1012"."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage by its row number, with its fused score and the parts of it; `lexical` is None where no word met."""

    rowid: int
    score: float
    lexical: float | None
    dense: float


def fuse(
    lexical: Mapping[int, float], dense: Mapping[int, float], attainable: float, dense_weight: float
) -> list[Candidate]:
    """Every passage of `dense`, best first, by the weighted mean of its cosine and its share of the words.

    The share is the passage's BM25 out of the `attainable`: what a passage would have that were the best for every
    word of the question. So a score says how well a passage answers, and not only that others answer worse; and a
    question in another language, whose words are hardly met anywhere, is left to meaning.
    """
    candidates = [
        Candidate(
            rowid,
            dense_weight * cosine + (1 - dense_weight) * (lexical[rowid] / attainable if rowid in lexical else 0.0),
            lexical.get(rowid),
            cosine,
        )
        for rowid, cosine in dense.items()
    ]
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.rowid))


def favoured(ranked: Sequence[Candidate], named: Sequence[Candidate], gain: float) -> list[Candidate]:
    """The candidates together with those of the documents that the question names, which gain so much; best first."""
    gained = {candidate.rowid: replace(candidate, score=candidate.score + gain) for candidate in named}
    merged = {candidate.rowid: candidate for candidate in ranked} | gained
    return sorted(merged.values(), key=lambda candidate: (-candidate.score, candidate.rowid))
