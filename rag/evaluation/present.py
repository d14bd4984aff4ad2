"""The present state of a library, measured for the gate: every question asked once, its guarded figures kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from core.errors import PinciteError
from rag.evaluation.gate import Measured, measured
from rag.evaluation.made import made_with
from rag.evaluation.questions import Question
from rag.evaluation.ranking import DEPTH
from rag.evaluation.records import Score
from rag.evaluation.scores import scored
from rag.evaluation.subject import Subject, in_turn


def measure(
    subject: Subject, questions: Sequence[Question], progress: Callable[[int, int], None] | None = None
) -> Measured:
    """Asks each question and gives the guarded figures; `progress` hears (questions asked, in all).

    Where the subject's settings say `draft`, its model is asked as well. A question that fails is in `failed` alone.
    Raises MissingDependency; what a question failed with, where with all of them something is wrong.
    """
    document = lru_cache(maxsize=64)(subject.document)

    def ask(question: Question) -> Mapping[str, Score]:
        return scored(subject.ask(question, DEPTH), document)

    scores: dict[str, Mapping[str, Score]] = {}
    failed: dict[str, str] = {}
    for done, (question, came) in enumerate(in_turn(ask, questions), 1):
        if isinstance(came, PinciteError):
            failed[question.id] = str(came)
        else:
            scores[question.id] = came
        if progress:
            progress(done, len(questions))
    asked = [question for question in questions if question.id in scores]
    return replace(measured(asked, scores, _made_with(subject, questions)), failed=failed)


def _made_with(subject: Subject, questions: Sequence[Question]) -> dict[str, Any]:
    """What a run's manifest says, without where things lie on this machine."""
    made = made_with(subject, questions, "", DEPTH, True)
    del made["library"]["folder"], made["questions"]["file"]
    return made
