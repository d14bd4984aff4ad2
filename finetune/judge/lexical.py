"""Which passages share most words with a question: BM25 over passages held in memory."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from ingestion.tokens import index_terms, query_terms

_K1, _B = 1.2, 0.75


class WordIndex:
    """BM25 over `passages`. Numbers are places in that list."""

    def __init__(self, passages: Sequence[str]) -> None:
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        lengths = []
        for number, passage in enumerate(passages):
            terms = Counter(index_terms(passage))
            lengths.append(sum(terms.values()))
            for term, times in terms.items():
                self._postings[term].append((number, times))
        mean = sum(lengths) / len(lengths) if lengths else 1.0
        self._norm = [_K1 * (1 - _B + _B * length / max(mean, 1.0)) for length in lengths]

    def ranked(self, question: str, n: int) -> list[int]:
        """The `n` best passages that share a word with `question`, best first."""
        scores: dict[int, float] = defaultdict(float)
        total = len(self._norm)
        for term in query_terms(question):
            found = self._postings.get(term, ())
            if len(found) * 2 > total and total > 4:  # in most passages: tells them apart no more than a stop word
                continue
            rarity = math.log(1 + (total - len(found) + 0.5) / (len(found) + 0.5))
            for number, times in found:
                scores[number] += rarity * times * (_K1 + 1) / (times + self._norm[number])
        return sorted(scores, key=lambda number: (-scores[number], number))[:n]
