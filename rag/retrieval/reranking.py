"""The first hits put in the order in which a judge, which reads question and passage together, finds them relevant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.types import Hit
from rag.judge.judge import Judge
from rag.judge.passages import headed

WEIGHT = 0.3
"""What the judge's relevance counts for, the rest being the fused score's; measured, see docs/LOG.md."""


def reranked(question: str, hits: Sequence[Hit], judge: Judge, count: int) -> list[Hit]:
    """The hits, the first `count` of them scored anew by a blend of score and relevance; best first.

    One of them in a language that the judge does not read counts as relevant as the others do at the mean: a judge who
    finds all alike changes no order. Those behind them keep their order, and count as not relevant, so that scores
    still fall.
    """
    read = [hit for hit in hits[:count] if judge.reads(hit.passage.text)]
    if not read:
        return list(hits)
    relevance = judge.relevance(question, [headed(hit.passage, hit.named)[0] for hit in read])
    found = {hit.passage.id: relevant for hit, relevant in zip(read, relevance, strict=True)}
    usual = sum(found.values()) / len(found)
    blended = [
        replace(
            hit,
            score=(1 - WEIGHT) * hit.score + WEIGHT * found.get(hit.passage.id, usual),
            rerank=found.get(hit.passage.id),
        )
        for hit in hits[:count]
    ]
    rest = [replace(hit, score=(1 - WEIGHT) * hit.score) for hit in hits[count:]]
    return [*sorted(blended, key=lambda hit: -hit.score), *rest]
