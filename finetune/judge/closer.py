"""Questions with the few sentences that a judge looks at more closely, as `rag.judge.judge` cuts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from finetune.judge.readers import Sourced
from finetune.judge.windows import content
from ingestion.sentences import sentence_spans
from rag.judge.judge import CLOSE
from rag.judge.windows import around

KINDS = ("natural", "natural-unanswerable", "written", "written-unanswerable", "written-twin")


def closer(rows: Iterable[Sourced]) -> Iterator[Sourced]:
    """Those of `rows` that people or writers asked, the passage cut to the sentences around the answer; where there is
    none, around the sentence that shares most words with the question. Passages that are no longer than that stay out.
    """
    for row in rows:
        example = row.example
        if example.task != "span" or example.kind not in KINDS:
            continue
        place = example.start if example.start is not None else _likeliest(example.question, example.passage)
        start, end = around(example.passage, place, CLOSE[example.language])
        if end - start == len(example.passage.strip()) or end < (example.end or 0):
            continue
        yield replace(
            row,
            example=replace(
                example,
                id=f"{example.id}:closer",
                passage=example.passage[start:end],
                start=None if example.start is None else example.start - start,
                end=None if example.end is None else example.end - start,
                kind=f"{example.kind}-closer",
            ),
        )


def _likeliest(question: str, passage: str) -> int:
    asked = content(question)
    spans = sentence_spans(passage)
    return max(spans, key=lambda span: len(asked & content(passage[slice(*span)])), default=(0, 0))[0]
