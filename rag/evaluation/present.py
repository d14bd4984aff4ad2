"""The present state of a library, measured for the gate: every question asked once, its guarded figures kept."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from core.settings import read_section
from core.types import SentenceChecked
from ingestion.passages import PassageSettings
from rag.chain import chain
from rag.evaluation.gate import DRAFT_KEPT, Measured, measured
from rag.evaluation.questions import Question
from rag.evaluation.records import Score
from rag.evaluation.scores import scored
from rag.evaluation.subject import Subject
from rag.retrieval.retriever import RetrievalSettings

RANKED = 10
"""Passages that the figures of retrieval look at."""


def measure(
    subject: Subject, questions: Sequence[Question], progress: Callable[[int, int], None] | None = None
) -> Measured:
    """Asks each question and gives the guarded figures; `progress` hears (questions asked, in all).

    Where the subject's settings say `draft`, its model is asked as well. Raises MissingDependency, EngineError.
    """
    drafts = _CountedDrafts(subject)
    document = lru_cache(maxsize=64)(subject.document)
    scores: dict[str, dict[str, Score]] = {}
    for done, question in enumerate(questions, 1):
        outcome = subject.ask(question, RANKED)
        assert outcome.answer is not None
        scores[question.id] = scored(outcome, document)
        if outcome.answer.model is not None:
            scores[question.id][DRAFT_KEPT] = drafts.kept()
        if progress:
            progress(done, len(questions))
    return measured(questions, scores, made_with(subject))


def made_with(subject: Subject) -> dict[str, Any]:
    """With what the figures are measured: Pincite's version, the embedder, the model if one is asked, the settings."""
    status = subject.assistant.status()
    folder = Path(status.folder)
    return {
        "pincite": metadata.version("pincite"),
        "embedder": status.embedder,
        "model": status.model if subject.settings.draft else None,
        "passages": asdict(read_section(folder, "passages", PassageSettings)),
        "retrieval": asdict(read_section(folder, "retrieval", RetrievalSettings)),
        "answer": asdict(subject.settings),
    }


class _CountedDrafts:
    """Stands before a subject's chain and counts, of its last question, the drafted sentences that passed."""

    def __init__(self, subject: Subject) -> None:
        self._stream = subject._chain.stream
        self._passed = 0
        subject._chain.stream = self._counted  # type: ignore[method-assign]

    def _counted(self, question: chain.Question) -> Generator[chain.Event, None, None]:
        self._passed = 0
        for event in self._stream(question):
            self._passed += isinstance(event, SentenceChecked)
            yield event

    def kept(self) -> Score:
        """The figure DRAFT_KEPT of the last question."""
        return Score(float(self._passed > 0), f"{self._passed} drafted sentences passed the check")
