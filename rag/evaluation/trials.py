"""A library's questions asked with several fusion weights, nothing refused: what calibration chooses from."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.settings import read_section
from core.types import Document, Sentence
from rag.answer.answer import AnswerSettings
from rag.assistant import Assistant
from rag.evaluation.answering import Said, literal, right, rightly_cited
from rag.evaluation.questions import Question
from rag.evaluation.subject import Subject
from rag.retrieval.retriever import RetrievalSettings, Retriever

WEIGHTS = (0.3, 0.4, 0.5, 0.6, 0.7)
"""Fusion weights that are tried, beside the present one."""
SENTENCES = 5
"""Sentences shown at most that are tried, from 1 to as many."""

Bools: TypeAlias = NDArray[np.bool_]
Documents: TypeAlias = Callable[[str], Document]


@dataclass(frozen=True)
class Trials:
    """All questions asked with all weights.

    `confidences[weight][question]` is how sure it was, `right[weight][question, n - 1]` whether the answer of at most n
    sentences would be right and rightly cited: never, where the documents do not hold one. `now` says which questions
    are answered under the present settings, whose `weight` and `sentences` are given.
    """

    questions: tuple[Question, ...]
    confidences: Mapping[float, NDArray[np.float64]]
    right: Mapping[float, Bools]
    now: Bools
    weight: float
    sentences: int


def ask_all(
    assistant: Assistant, questions: Sequence[Question], progress: Callable[[int, int], None] | None = None
) -> Trials:
    """Every question with every weight; `progress` hears (asked, in all). Those that cannot be judged are left out: of
    an answerable one neither a place is known nor an answer that stands in the documents."""
    document = lru_cache(maxsize=64)(assistant.document)
    judged = tuple(each for each in questions if not each.answerable or _is_right(each, (), document) is not None)
    settings = Subject(assistant).settings
    retrieval = read_section(assistant._library.folder, "retrieval", RetrievalSettings)
    weights = sorted({*WEIGHTS, retrieval.dense_weight})
    confidences: dict[float, NDArray[np.float64]] = {}
    is_right: dict[float, Bools] = {}
    now = np.zeros(len(judged), dtype=bool)
    for turn, weight in enumerate(weights):
        subject = _subject(assistant, replace(retrieval, dense_weight=weight), settings)
        confidences[weight] = np.zeros(len(judged))
        is_right[weight] = np.zeros((len(judged), SENTENCES), dtype=bool)
        for at, question in enumerate(judged):
            outcome = subject.ask(question, 1)
            confidences[weight][at] = outcome.confidence
            is_right[weight][at] = _right_with_each(question, outcome.quoted, document)
            if weight == retrieval.dense_weight:
                now[at] = outcome.answer is not None and outcome.answer.status == "answered"
            if progress:
                progress(turn * len(judged) + at + 1, len(weights) * len(judged))
    return Trials(judged, confidences, is_right, now, retrieval.dense_weight, min(settings.sentences, SENTENCES))


def _subject(assistant: Assistant, retrieval: RetrievalSettings, settings: AnswerSettings) -> Subject:
    """The assistant as it were with another fusion weight; it shares library and models with the one given."""
    other = copy.copy(assistant)
    other._retriever = Retriever(assistant._library, assistant._embedder, retrieval, assistant._judges)
    return Subject(other, replace(settings, sentences=SENTENCES, draft=False))


def _right_with_each(question: Question, quoted: Sequence[Sentence], document: Documents) -> list[bool]:
    """Whether the answer would be right with 1, 2, ... sentences."""
    if not question.answerable:
        return [False] * SENTENCES
    return [_is_right(question, quoted[:count], document) is True for count in range(1, SENTENCES + 1)]


def _is_right(question: Question, sentences: Sequence[Sentence], document: Documents) -> bool | None:
    said = Said(question, sentences, document)
    golds = literal(question, document)
    scores = (rightly_cited(said, golds), right(said, golds))
    value = next((score.value for score in scores if score.value is not None), None)
    return None if value is None else value == 1.0
