"""Parting questions so that nothing leaks: those that share a document stay together."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from core.errors import UsageError
from rag.evaluation.questions import Question


def folds(questions: Sequence[Question], count: int, seed: int = 0) -> list[list[Question]]:
    """`count` parts of about as many questions each, answerable and not, no document in two of them.

    Of questions without a document, those that are the same stay together. The same `seed` gives the same parts.
    Raises UsageError where there are fewer groups than parts.
    """
    groups = grouped(questions)
    if count < 2 or len(groups) < count:
        raise UsageError(
            f"Parting {len(questions)} questions into {count} parts by document: there are {len(groups)} groups that "
            "share no document. Give 2 parts or more, and no more than there are groups."
        )
    random.Random(seed).shuffle(groups)
    parts: list[list[Question]] = [[] for _ in range(count)]
    for group in sorted(groups, key=len, reverse=True):
        brings = Counter(question.answerable for question in group)
        min(parts, key=lambda part: (sum(brings[each.answerable] for each in part), len(part))).extend(group)
    return parts


def grouped(questions: Sequence[Question]) -> list[list[Question]]:
    """The questions in groups of which no two share a document, in their order."""
    leader: dict[str, str] = {}

    def led(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for question in questions:
        first, *others = _shared(question)
        for name in others:
            leader[led(name)] = led(first)
    groups: dict[str, list[Question]] = {}
    for question in questions:
        groups.setdefault(led(_shared(question)[0]), []).append(question)
    return list(groups.values())


def _shared(question: Question) -> list[str]:
    """What keeps a question with others: its documents; of one without any, its words."""
    return [gold.document for gold in question.gold] or [f"\0{' '.join(question.question.lower().split())}"]
