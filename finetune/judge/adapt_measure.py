"""Sets an adapted judge beside the one that serves, on a library's questions, through the whole system."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.types import Document, Filters, Hit, Sentence
from finetune.judge.adapt_questions import BLAMED
from finetune.judge.calibration import Item
from rag.answer.answer import AnswerSettings, Evidence, gather
from rag.answer.condense import standalone
from rag.assistant import Assistant
from rag.chain.chain import HITS
from rag.evaluation.answering import Said, literal, right, rightly_cited
from rag.evaluation.gate import Measured, Verdict
from rag.evaluation.places import at_gold, of_hit
from rag.evaluation.present import measure
from rag.evaluation.questions import Question
from rag.evaluation.scores import FIGURES
from rag.evaluation.statistics import Interval
from rag.evaluation.subject import Subject
from rag.evaluation.wording import says
from rag.judge.open import Judges

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Weighed:
    """The adapted judge beside the one before: `verdict` is the gate's on the guarded figures; `error` is by how much
    the confidence is farther from the truth, the mean over the questions of the squared distance, below 0 if nearer."""

    verdict: Verdict
    error: Interval

    @property
    def better(self) -> tuple[str, ...]:
        """The figures whose 95 % interval lies wholly on the better side."""
        found = [
            each.name
            for each in self.verdict.findings
            if (each.difference.low > 0 if FIGURES[each.figure].higher else each.difference.high < 0)
        ]
        return (*found, "confidence") if self.error.high < 0 else tuple(found)

    @property
    def passed(self) -> bool:
        """Whether no guarded figure is lost and something is better."""
        return self.verdict.passed and bool(self.better)

    @property
    def sentence(self) -> str:
        """What came of it, in one sentence."""
        if not self.verdict.passed:
            return self.verdict.sentence.replace("the baseline", "with the judge before")
        if not self.better:
            return "Nothing is significantly better with the adapted judge."
        return f"Significantly better with the adapted judge, and nothing worse: {', '.join(self.better)}."


class Trial:
    """A library that is asked as if other judges served it. Answers are quotes: no model is loaded."""

    def __init__(self, assistant: Assistant, judges: Judges) -> None:
        other = copy.copy(assistant)
        other._judges = judges
        other._search_with(assistant._embedder)
        settings = replace(Subject(other).settings, draft=False)
        self._assistant, self._judges, self._settings = other, judges, settings
        self._subject = Subject(other, settings)
        self._subject._chain._judges = judges
        self._document = lru_cache(maxsize=64)(assistant.document)

    def measured(self, questions: Sequence[Question], progress: Progress | None = None) -> Measured:
        """The guarded figures of the questions."""
        return measure(self._subject, questions, progress)

    def items(self, question: Question) -> Iterator[Item]:
        """The question as it is asked, and with the passages taken away that answer it; none where it cannot be told
        whether an answer is right, or no judge can read what was found."""
        asked = standalone(question.question, question.history)
        hits = self._assistant.search(asked, 2 * HITS, Filters(documents=question.within))
        answering = [hit for hit in hits if question.answerable and self._answers(question, hit)]
        ways = [(True, hits[:HITS])]
        if answering:
            ways.append((False, [hit for hit in hits if hit not in answering][:HITS]))
        for natural, found in ways:
            evidence = self._evidence(asked, found)
            is_right = self._right(question, evidence.quoted(self._settings.sentences)) if natural else False
            if is_right is not None and evidence.features.answerable is not None:
                yield Item(question.id, evidence.features, is_right, question.answerable, natural)

    def _evidence(self, asked: str, hits: Sequence[Hit]) -> Evidence:
        settings = AnswerSettings(threshold=0.0)
        return gather(asked, hits, self._assistant._embedder, settings, self._judges)

    def _right(self, question: Question, quoted: Sequence[Sentence]) -> bool | None:
        if not question.answerable:
            return False
        said = Said(question, quoted, self._document)
        golds = literal(question, self._document)
        scores = (rightly_cited(said, golds), right(said, golds))
        return next((score.value == 1.0 for score in scores if score.value is not None), None)

    def _answers(self, question: Question, hit: Hit) -> bool:
        document: Callable[[str], Document] = self._document
        at = any(g.document == hit.document and at_gold(of_hit(hit), g, document(g.document)) for g in question.gold)
        return at or any(says(hit.passage.text, answer) for answer in question.answers)


def merged(parts: Sequence[Measured]) -> Measured:
    """Figures of different questions as one."""
    figures: dict[str, dict[str, float]] = {}
    questions: dict[str, str] = {}
    languages: dict[str, str] = {}
    for part in parts:
        questions |= part.questions
        languages |= part.languages
        for name, of in part.figures.items():
            figures.setdefault(name, {}).update(of)
    return Measured(figures, questions, parts[0].made, languages)


def measurable(questions: Sequence[Question]) -> list[Question]:
    """Those that can be measured by: of a blamed answer it is not known what would be right."""
    return [question for question in questions if question.kind != BLAMED]
