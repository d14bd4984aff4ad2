"""What is measured: an assistant with its library, seen from within, so that nothing of it is written to the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from core.errors import PinciteError, UsageError
from core.settings import read_section
from core.types import Answer, Document, Filters, Hit, Sentence, SentenceChecked
from ingestion.readers import sniff
from rag.answer.answer import AnswerSettings, Evidence
from rag.answer.condense import standalone
from rag.assistant import Assistant
from rag.chain import chain
from rag.evaluation.questions import Question

_T = TypeVar("_T")
_IN_A_ROW = 5
"""Questions that fail one after the other until it is taken that all would, as where an endpoint is gone."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question.

    `ranking` are the passages found, best first. `answer` is None where only those were asked for; then so are
    `confidence`, the probability that the evidence holds the answer, and `quoted`, the quotes that are shown where
    the confidence is enough, empty. `drafted` is how many sentences of the model's draft passed the check; None where
    no model was asked.
    """

    question: Question
    ranking: tuple[Hit, ...]
    answer: Answer | None = None
    confidence: float | None = None
    quoted: tuple[Sentence, ...] = ()
    drafted: int | None = None


class Subject:
    """An open assistant, asked as a user asks it, but off the record.

    `settings` go in place of the library's own [answer] section. The caller closes the assistant.
    """

    def __init__(self, assistant: Assistant, settings: AnswerSettings | None = None) -> None:
        self.assistant = assistant
        self.folder = assistant._library.folder
        self.settings = settings or read_section(self.folder, "answer", AnswerSettings)
        self._chain = _Watched(
            assistant._retriever, assistant._embedder, assistant._generator.get, self.settings, judges=assistant._judges
        )

    def documents(self) -> dict[str, str]:
        """The media types of the library's documents by their names."""
        return {info.name: info.media_type for info in self.assistant.documents()}

    def pdfs(self) -> dict[str, str]:
        """Where the library's PDFs lie, by their names; an attachment has no file of its own."""
        held = (info for info in self.assistant.documents() if info.media_type == sniff.PDF)
        return {info.name: info.source_path for info in held if Path(info.source_path).suffix.lower() == ".pdf"}

    def document(self, name: str) -> Document:
        """A document with its text. Raises NoSuchDocument."""
        return self.assistant.document(name)

    def search(self, question: Question, k: int) -> tuple[Hit, ...]:
        """The `k` best passages, best first."""
        asked = standalone(question.question, question.history)
        return tuple(self.assistant.search(asked, k, Filters(documents=question.within)))

    def ask(self, question: Question, k: int) -> Outcome:
        """The `k` best passages and the answer with the evidence behind it."""
        asked = chain.Question(question.question, question.history, Filters(documents=question.within))
        *events, answer = self._chain.stream(asked)
        assert isinstance(answer, Answer)
        evidence = self._chain.evidence
        assert evidence is not None
        quoted = replace(evidence, found=bool(evidence.quotes)).quoted(self.settings.sentences)
        drafted = sum(isinstance(event, SentenceChecked) for event in events) if answer.model else None
        return Outcome(question, self.search(question, k), answer, evidence.confidence, quoted, drafted)


def in_turn(
    ask: Callable[[Question], _T], questions: Sequence[Question]
) -> Iterator[tuple[Question, _T | PinciteError]]:
    """Each question with what came of it, or with what it failed with. Raises what every question fails with."""
    failing = 0
    for question in questions:
        try:
            came = ask(question)
        except PinciteError as error:
            if error.exit_status == 2 and type(error) is not UsageError:
                raise  # settings, weights or the library are wrong, and not this question
            failing += 1
            yield question, error
            if failing == _IN_A_ROW:
                raise
        else:
            failing = 0
            yield question, came


class _Watched(chain.AnswerChain):
    """A chain that keeps the evidence of the last question."""

    evidence: Evidence | None = None

    def _weigh(self, retrieved: chain.Retrieved) -> chain.Weighed:
        weighed = super()._weigh(retrieved)
        self.evidence = weighed.evidence
        return weighed
