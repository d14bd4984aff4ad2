"""Questions to refuse, and evidence that distracts, made on purpose out of questions that have an answer."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from finetune.judge.examples import Example
from finetune.judge.made_questions import EDITS, made
from finetune.judge.readers import Sourced
from finetune.pairs.draft import Draft
from ingestion.tokens import spans

ASKED: Mapping[str, float] = {
    "question-name-swapped": 0.4,
    "question-number-swapped": 0.2,
    "question-antonym": 0.2,
    "question-noun-swapped": 0.15,
    "question-negated": 0.05,
}
"""What share of the edited questions each edit makes, at most, where sentences are edited."""
BY_RULE: Mapping[str, float] = {
    "question-name-swapped": 0.4,
    "question-number-swapped": 0.3,
    "question-antonym": 0.15,
    "question-noun-swapped": 0.15,
}
"""The same where the questions were made by rules, of which a denial makes nonsense."""
assert ASKED.keys() == EDITS.keys()
_SENTENCES = frozenset({"faq", "approved", "model-written"})
"""Kinds whose questions are people's or a model's own."""
_LAST_NUMBER = re.compile(r"\d+(?!.*\d)")
_CODES = re.compile(r"[\w./-]*\d[\w./-]*")


def edited(drafts: Sequence[Draft], most: int, rng: random.Random) -> Iterator[Draft]:
    """At most `most` of the answered drafts with their question edited so that its passage holds no answer any more.

    The edits are those that teach the judge. Another passage may yet answer: see `finetune.pairs.settle`.
    """
    rules = [draft for draft in drafts if draft.kind not in _SENTENCES]
    sentences = [draft for draft in drafts if draft.kind in _SENTENCES]
    for some, shares in ((sentences, ASKED), (rules, BY_RULE)):
        by_key = {draft.key: draft for draft in some}
        rows = [row for row in map(_row, by_key.values()) if row]
        part = most * len(some) / max(1, len(drafts))
        quotas = {kind: math.ceil(share * part) for kind, share in shares.items()}
        for sourced in made(rows, quotas, rng, lambda _: True):
            key, question = sourced.example.id.partition(":")[0], sourced.example.question
            if "\n" not in question:  # a name out of a table that goes on in the next row
                yield _asked_otherwise(by_key[key], question)


def _row(draft: Draft) -> Sourced | None:
    passage = draft.passage
    if passage is None or not draft.places or draft.kind == "heading":
        return None
    start, end = draft.places[0].start - passage.start, draft.places[0].end - passage.start
    if not 0 <= start < end <= len(passage.text):
        return None
    example = Example(
        draft.key,
        "span",
        draft.question,
        passage.text,
        "answerable",
        start,
        end,
        source=draft.source,
        language=draft.language,
    )
    return Sourced(example, draft.places[0].document, draft.answers or tuple(place.said for place in draft.places))


def _asked_otherwise(draft: Draft, question: str) -> Draft:
    return replace(
        draft, question=question, original=draft.question, kind="unanswerable", way="edited", places=(), answers=()
    )


def codes_in(texts: Sequence[str]) -> frozenset[str]:
    """What may be a code in the texts, in lower case: every word with a digit in it."""
    return frozenset(code.lower().strip("./-") for text in texts for code in _CODES.findall(text))


def code_swapped(drafts: Sequence[Draft], known: frozenset[str]) -> Iterator[Draft]:
    """The drafts that ask for a code, with a code of the same form in its place that none of the `known` is."""
    for draft in drafts:
        tokens = [token for token in spans(draft.question) if token.kind == "code"]
        for token in tokens[:1]:
            code = draft.question[token.start : token.end]
            if other := _unused(code, known):
                question = draft.question[: token.start] + other + draft.question[token.end :]
                yield _asked_otherwise(draft, question)


def _unused(code: str, known: frozenset[str]) -> str | None:
    number = _LAST_NUMBER.search(code)
    if number is None:
        return None
    for step in (1, 3, 7, 10, 20, 50, 110):
        digits = str(int(number[0]) + step).zfill(len(number[0]))
        other = code[: number.start()] + digits + code[number.end() :]
        if other.lower() not in known and len(digits) == len(number[0]):
            return other
    return None


def in_other_ways(drafts: Sequence[Draft], distractors: int, removed: int, rng: random.Random) -> list[Draft]:
    """Some of the answered drafts once more, as many as said: among quotes of other passages, and without their own."""
    chosen = rng.sample(drafts, min(len(drafts), distractors))
    emptied = rng.sample(drafts, min(len(drafts), removed))
    return [
        *(replace(draft, way="distractor") for draft in chosen),
        *(replace(draft, way="evidence-removed", kind="unanswerable") for draft in emptied),
    ]
