"""The present state of a library, measured for the gate: every question asked once, its guarded figures kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from rag.evaluation.gate import Measured, measured
from rag.evaluation.made import made_with
from rag.evaluation.questions import Question
from rag.evaluation.ranking import DEPTH
from rag.evaluation.records import Score
from rag.evaluation.scores import scored
from rag.evaluation.subject import Subject


def measure(
    subject: Subject, questions: Sequence[Question], progress: Callable[[int, int], None] | None = None
) -> Measured:
    """Asks each question and gives the guarded figures; `progress` hears (questions asked, in all).

    Where the subject's settings say `draft`, its model is asked as well. Raises MissingDependency, EngineError.
    """
    document = lru_cache(maxsize=64)(subject.document)
    scores: dict[str, Mapping[str, Score]] = {}
    for done, question in enumerate(questions, 1):
        scores[question.id] = scored(subject.ask(question, DEPTH), document)
        if progress:
            progress(done, len(questions))
    return measured(questions, scores, _made_with(subject, questions))


def _made_with(subject: Subject, questions: Sequence[Question]) -> dict[str, Any]:
    """What a run's manifest says, without where things lie on this machine."""
    made = made_with(subject, questions, "", DEPTH, True)
    del made["library"]["folder"], made["questions"]["file"]
    return made
