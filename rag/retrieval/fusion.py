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


def fuse(lexical: Mapping[int, float], dense: Mapping[int, float], dense_weight: float) -> list[Candidate]:
    """Every passage of `dense`, best first, by a weighted mean of both scores, each stretched over 0 to 1.

    A passage that holds none of the words has 0 for them.
    """
    words = _stretched(lexical, floor=0.0)
    meaning = _stretched(dense)
    candidates = [
        Candidate(
            rowid,
            dense_weight * meaning[rowid] + (1 - dense_weight) * words.get(rowid, 0.0),
            lexical.get(rowid),
            cosine,
        )
        for rowid, cosine in dense.items()
    ]
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.rowid))


def _stretched(scores: Mapping[int, float], floor: float | None = None) -> dict[int, float]:
    if not scores:
        return {}
    low = min(scores.values()) if floor is None else floor
    width = max(scores.values()) - low
    return {rowid: (score - low) / width if width > 0 else 1.0 for rowid, score in scores.items()}
