"""Rows for the relevance head: a question with the passage that answers it, and with near ones that do not."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from finetune.judge.examples import Example
from finetune.judge.lexical import WordIndex
from finetune.judge.made_questions import said_otherwise
from finetune.judge.readers import Sourced, some


def relevance(
    rows: Sequence[Sourced], most: int, rng: random.Random, per_question: float = 1.5, asked_of: int = 8
) -> Iterator[Sourced]:
    """Relevance rows for `most` of the answerable questions: each with its own passage, and with one or two that share
    its words and hold none of its answers, `per_question` on average, out of the best `asked_of` of the same source."""
    by_source: dict[str, list[Sourced]] = defaultdict(list)
    for row in rows:
        if row.example.task == "span":
            by_source[row.example.source].append(row)
    asked = [row for row in rows if row.example.task == "span" and row.answers]
    chosen = {row.example.id for row in some(asked, most, rng)}
    for group in by_source.values():
        passages = list(dict.fromkeys(row.example.passage for row in group))
        index = WordIndex(passages)
        for row in group:
            if row.example.id not in chosen or not row.answers:
                continue
            yield _row(row, row.example.passage, "relevant", "natural", 0)
            near = [passages[i] for i in index.ranked(row.example.question, asked_of)]
            near = [passage for passage in near if not _holds(passage, row)]
            wanted = 1 + (rng.random() < per_question - 1)
            # the nearest of all, and any of the others: some plainly beside the point
            picked = near[:1] + rng.sample(near[1:], min(len(near[1:]), wanted - 1))
            for number, passage in enumerate(picked):
                yield _row(row, passage, "irrelevant", "other-passage", number)


def _holds(passage: str, row: Sourced) -> bool:
    """Whether the passage is the question's own, another window of it, or has an answer in it."""
    own, lower = row.example.passage, passage.lower()
    windows = passage[:80] in own or own[:80] in passage or passage[-80:] in own or own[-80:] in passage
    return windows or any(answer.lower() in lower for answer in row.answers) or said_otherwise(row, passage)


def _row(row: Sourced, passage: str, label: str, kind: str, number: int) -> Sourced:
    example = row.example
    new = Example(
        f"{example.id}:{label}:{number}",
        "relevance",
        example.question,
        passage,
        label,
        kind=kind,
        source=example.source,
        language=example.language,
    )
    return Sourced(new, row.document)
