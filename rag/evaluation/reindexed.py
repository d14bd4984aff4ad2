"""Indexing anew, held to the library's own questions: it goes live only where no guarded figure is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from core.settings import FILE_NAME
from rag.assistant import Assistant
from rag.evaluation.gate import Measured, Verdict, compare
from rag.evaluation.places import check_gold
from rag.evaluation.present import measure
from rag.evaluation.questions import QuestionSet
from rag.evaluation.subject import Subject
from rag.library.store import Library

Progress: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What came of it: the passages of the new index, None where the library keeps the one before, and the gate's
    verdict on the new one beside it."""

    passages: int | None
    verdict: Verdict

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        if self.passages is not None:
            return "Changed over: no guarded figure is significantly worse than with the index before."
        losses = ", ".join(each.told for each in self.verdict.lost)
        return (
            f"Not changed over: significantly worse than with the index before: {losses}. "
            "Set pincite.toml back, or change over all the same with `pincite reindex`."
        )


def reindex_if_no_worse(assistant: Assistant, asked: QuestionSet, progress: Progress | None = None) -> Reindexed:
    """Asks the questions of the library as it is, indexes it anew in a copy, asks them of that, and changes over only
    where no guarded figure is significantly lost. Answers are quotes: no model is loaded.

    `progress` hears (done, in all) of the questions, the documents, the questions again, the documents as they are
    stored.
    Raises LibraryBusy; UsageError where the library lacks a gold place; MissingDependency.
    """
    subject = Subject(assistant)
    check_gold(asked, subject.documents(), subject.document)
    before = _measured(assistant, asked, progress)
    verdicts: list[Verdict] = []

    def accept(copy: Library) -> bool:
        settings = assistant._library.folder / FILE_NAME
        if settings.is_file():
            shutil.copy(settings, copy.folder)
        trial = Assistant(copy)
        trial._judges = assistant._judges  # which are the library's own, and in memory already
        trial._search_with(trial._embedder)
        verdicts.append(compare(before, _measured(trial, asked, progress)))
        return verdicts[0].passed

    passages = assistant.reindex(progress, accept)
    return Reindexed(passages, verdicts[0])


def _measured(assistant: Assistant, asked: QuestionSet, progress: Progress | None) -> Measured:
    settings = replace(Subject(assistant).settings, draft=False)
    return measure(Subject(assistant, settings), asked.questions, progress)
