"""Questions that a passage does not answer, made of questions that it does answer.

People's unanswerable questions are few. These look like them: the passage speaks of the matter, and what is asked is
not in it. Edits that change nothing (`question-kept`) go beside them, so that an odd wording alone says nothing.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import ModuleType

from finetune.judge import chinese_edits, english_edits
from finetune.judge.english_edits import Asked
from finetune.judge.examples import Example
from finetune.judge.lexical import WordIndex
from finetune.judge.readers import Sourced
from finetune.judge.windows import content, without_answer

EDITS = {
    "question-name-swapped": "name_swapped",
    "question-number-swapped": "number_swapped",
    "question-antonym": "opposite",
    "question-negated": "negated",
    "question-noun-swapped": "noun_swapped",
}
"""Kinds of edited question, and the function that makes each."""
KINDS = (*EDITS, "sentence-removed", "other-passage")
"""Every kind of made unanswerable."""
_LANGUAGE: dict[str, ModuleType] = {"en": english_edits, "zh": chinese_edits}
_MOST_NAMES = 400
_LONGEST_ANSWER = 50
"""Characters; what a longer answer says is often said again in other sentences."""


class _Document:
    """What goes together: the passages, questions and names of one document."""

    def __init__(self, rows: Sequence[Sourced]) -> None:
        self.passages = list(dict.fromkeys(row.example.passage for row in rows))
        self.questions = tuple(dict.fromkeys(row.example.question for row in rows))
        language = rows[0].example.language
        found: dict[str, None] = {}
        if len(self.passages) > 1:
            for passage in self.passages:
                for place in _LANGUAGE[language].names(passage):
                    found.setdefault(passage[place[0] : place[1]])
        self.names = tuple(found)
        self._index: WordIndex | None = None

    def other_passage(self, row: Sourced) -> str | None:
        """The passage nearest to the question that holds none of its answers; None where there is no near one."""
        if len(self.passages) < 2:
            return None
        if self._index is None:
            self._index = WordIndex(self.passages)
        asked = content(row.example.question)
        for number in self._index.ranked(row.example.question, 5):
            passage = self.passages[number]
            lower = passage.lower()
            if any(answer.lower() in lower for answer in row.answers) or _overlap(passage, row.example.passage):
                continue
            if said_otherwise(row, passage):
                continue
            return passage if len(asked & content(passage)) >= min(2, len(asked)) else None
        return None


def said_otherwise(row: Sourced, passage: str) -> bool:
    """Whether most words of one of the answers, other than the question's own, are in the passage."""
    words, asked = content(passage), content(row.example.question)
    told = [content(answer) - asked for answer in row.answers]
    return any(len(new & words) >= 0.6 * len(new) for new in told if len(new) > 1)


def _overlap(one: str, other: str) -> bool:
    """Whether two passages are windows of one text."""
    return one[:80] in other or one[-80:] in other or other[:80] in one or other[-80:] in one


def made(
    rows: Sequence[Sourced], quotas: Mapping[str, int], rng: random.Random, editable: Callable[[Sourced], bool]
) -> Iterator[Sourced]:
    """At most `quotas[kind]` unanswerables of each kind, made of the answerable among `rows`, spread over them evenly.

    Questions for which `editable` says no are left as they are, and only their passage is changed.
    """
    grouped: dict[str, list[Sourced]] = defaultdict(list)
    for row in rows:
        grouped[row.document].append(row)
    documents = {name: _Document(group) for name, group in grouped.items()}
    left = dict(quotas)
    order = [row for row in rows if row.example.task == "span" and row.example.label == "answerable"]
    rng.shuffle(order)
    # the kinds that few questions lend themselves to choose first
    for kind in ("question-noun-swapped", "question-antonym", "question-number-swapped", "question-negated", *KINDS):
        used: dict[str, int] = defaultdict(int)
        for row in order:
            if left.get(kind, 0) <= 0:
                break
            if row.example.start is None or (kind in EDITS and not editable(row)):
                continue
            if used[row.example.passage] >= 3:
                continue
            one = _make(kind, row, documents[row.document], rng)
            if one is not None:
                left[kind] -= 1
                used[row.example.passage] += 1
                yield one


def _make(kind: str, row: Sourced, document: _Document, rng: random.Random) -> Sourced | None:
    example = row.example
    question: str | None = example.question
    passage: str | None = example.passage
    assert example.start is not None and example.end is not None
    if kind == "other-passage":
        passage = document.other_passage(row)
    elif kind == "sentence-removed":
        passage = without_answer(example.passage, example.start, example.end)
        if passage and (example.end - example.start > _LONGEST_ANSWER or said_otherwise(row, passage)):
            return None
    else:
        edit = getattr(_LANGUAGE[example.language], EDITS[kind])
        question = edit(_asked(row, document), rng)
    if not question or not passage or (question == example.question and passage == example.passage):
        return None
    new = Example(
        f"{example.id}:{kind}",
        "span",
        question,
        passage,
        "unanswerable",
        kind=kind,
        source=example.source,
        language=example.language,
    )
    return Sourced(new, row.document)


def _asked(row: Sourced, document: _Document) -> Asked:
    example = row.example
    assert example.start is not None and example.end is not None
    names = document.names
    return Asked(example.question, example.passage, example.start, example.end, document.questions, names[:_MOST_NAMES])


def kept(row: Sourced, rng: random.Random) -> Sourced:
    """An answerable row with its question put otherwise; as it is where there is no other way to put it."""
    example = row.example
    if example.start is None or example.end is None:
        return row
    edit = _LANGUAGE[example.language].kept
    question = edit(Asked(example.question, example.passage, example.start, example.end), rng)
    if not question:
        return row
    return replace(row, example=replace(example, id=f"{example.id}:kept", question=question, kind="question-kept"))
