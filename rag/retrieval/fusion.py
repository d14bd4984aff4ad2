"""One ranking out of two: words (BM25) and meaning (cosine)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
