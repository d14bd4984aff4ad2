"""A library's questions asked with several fusion weights, nothing refused: what calibration chooses from."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.settings import read_section
from core.types import Document, Sentence
from rag.answer.answer import AnswerSettings
from rag.assistant import Assistant
from rag.evaluation.answering import Said, literal, right, rightly_cited
from rag.evaluation.folder import append, opened, settle
from rag.evaluation.made import fingerprint, made_with
from rag.evaluation.questions import Question, QuestionSet
from rag.evaluation.subject import Subject
from rag.retrieval.retriever import RetrievalSettings, Retriever

WEIGHTS = (0.3, 0.4, 0.5, 0.6, 0.7)
"""Fusion weights that are tried, beside the present one."""
SENTENCES = 5
"""Sentences shown at most that are tried, from 1 to as many."""

Bools: TypeAlias = NDArray[np.bool_]
Documents: TypeAlias = Callable[[str], Document]


@dataclass(frozen=True, slots=True)
class Trial:
    """One question asked with one weight: how sure it was, whether the answer of 1, 2, ... sentences would be right and
    rightly cited, and whether it is answered under the present settings otherwise."""

    id: str
    weight: float
    confidence: float
    right: tuple[bool, ...]
    answered: bool


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


def ask_all(assistant: Assistant, asked: QuestionSet, progress: Callable[[int, int], None] | None = None) -> Trials:
    """Every question with every weight; `progress` hears (asked, in all). Those that cannot be judged are left out: of
    an answerable one neither a place is known nor an answer that stands in the documents.

    Each result is written down at once, in the library's folder `calibrations/NAME-HASH`, where the hash changes with
    all that the results depend on: what was broken off goes on, and nothing is asked twice.
    """
    document = lru_cache(maxsize=64)(assistant.document)
    judged = tuple(each for each in asked.questions if not each.answerable or _is_right(each, (), document) is not None)
    settings = replace(Subject(assistant).settings, draft=False)
    retrieval = read_section(assistant._library.folder, "retrieval", RetrievalSettings)
    weights = sorted({*WEIGHTS, retrieval.dense_weight})
    with opened(_place(assistant, settings, judged, asked.source), _from_line) as (file, held):
        known = {(one.weight, one.id): one for one in held}
        for weight in weights:
            subject = _subject(assistant, replace(retrieval, dense_weight=weight), settings)
            for question in judged:
                if (weight, question.id) not in known:
                    known[weight, question.id] = _tried(subject, question, weight, document)
                    append(file, json.dumps(asdict(known[weight, question.id])) + "\n")
                if progress:
                    progress(len(known), len(weights) * len(judged))
    by_weight = {weight: [known[weight, question.id] for question in judged] for weight in weights}
    return Trials(
        judged,
        {weight: np.array([one.confidence for one in each]) for weight, each in by_weight.items()},
        {weight: np.array([one.right for one in each]).reshape(-1, SENTENCES) for weight, each in by_weight.items()},
        np.array([one.answered for one in by_weight[retrieval.dense_weight]], dtype=bool),
        retrieval.dense_weight,
        min(settings.sentences, SENTENCES),
    )


def _place(assistant: Assistant, settings: AnswerSettings, questions: Sequence[Question], source: str) -> Path:
    """The file of the results, in its folder that says what they are made with."""
    manifest = made_with(Subject(assistant, settings), questions, source, 1, True)
    folder = assistant._library.folder / "calibrations" / f"{Path(source).stem}-{fingerprint(manifest)[:8]}"
    settle(folder, manifest, questions, f"Remove {folder}.")
    return folder / "trials.jsonl"


def _tried(subject: Subject, question: Question, weight: float, document: Documents) -> Trial:
    outcome = subject.ask(question, 1)
    assert outcome.confidence is not None
    assert outcome.answer is not None
    right = _right_with_each(question, outcome.quoted, document)
    sure = round(outcome.confidence, 6)  # below it differs from run to run
    return Trial(question.id, weight, sure, tuple(right), outcome.answer.status == "answered")


def _from_line(line: str) -> Trial:
    """Raises ValueError, KeyError or TypeError for what is no trial."""
    values = json.loads(line)
    return Trial(**{**values, "right": tuple(values["right"])})


def _subject(assistant: Assistant, retrieval: RetrievalSettings, settings: AnswerSettings) -> Subject:
    """The assistant as it were with another fusion weight; it shares library and models with the one given."""
    other = copy.copy(assistant)
    other._retriever = Retriever(assistant._library, assistant._embedder, retrieval, assistant._judges)
    return Subject(other, replace(settings, sentences=SENTENCES))


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
