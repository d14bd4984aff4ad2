"""What a library's own people have confirmed: questions of a set, and answers that readers praised or blamed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from core.errors import NoSuchDocument, UsageError
from ingestion.clean import one_line
from ingestion.tokens import language
from rag.assistant import Assistant
from rag.evaluation.folds import folds
from rag.evaluation.places import check_gold
from rag.evaluation.questions import Gold, Question, QuestionSet
from rag.judge.open import Language
from rag.library.journal import AuditEntry

FEWEST = 20
"""Confirmed questions of a language from which a judge is adapted; fewer could not tell a gain from chance."""
FOLDS = 4
BLAMED = "blamed"
PRAISED = "praised"
"""Kinds of questions out of feedback. Of a blamed one it is known where the answer is not; it is not measured by."""
_UNDERSTOOD = "Understood as: "


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The questions of one language. `blamed` have as their gold the places that were cited wrongly. `drafts` were left
    out, since no person has looked at them; `praised` is how many of `questions` come from feedback."""

    questions: tuple[Question, ...]
    blamed: tuple[Question, ...]
    drafts: int

    @property
    def praised(self) -> int:
        """How many of the questions come from feedback."""
        return sum(question.kind == PRAISED for question in self.questions)

    def check_enough(self, spoken: str) -> None:
        """Raises UsageError for fewer than FEWEST."""
        if len(self.questions) >= FEWEST:
            return
        told = f" ({self.drafts} drafts do not count)" if self.drafts else ""
        raise UsageError(
            f"Adapting the judge for {spoken!r}: there are {len(self.questions)} confirmed questions{told}, "
            f"{self.praised} of them praised answers; it takes {FEWEST} at the least, and a hundred for a small gain "
            "to show. `pincite evaluate --new questions.csv` drafts some: correct them and set draft to no."
        )


def confirmed(assistant: Assistant, asked: QuestionSet | None) -> dict[Language, Confirmed]:
    """What there is in each language. A question of the set goes before feedback on the same question, and later
    feedback before earlier. Raises UsageError for a set that names places that the library does not hold."""
    given = asked.questions if asked else ()
    if asked:
        check_gold(asked, (info.name for info in assistant.documents()), assistant.document)
    known = {_plain(question.question) for question in given}
    heard: list[Question] = []
    for question in feedback(assistant):
        if _plain(question.question) not in known:
            known.add(_plain(question.question))
            heard.append(question)
    sure = [question for question in given if not question.draft]
    return {
        spoken: Confirmed(
            tuple(q for q in (*sure, *heard) if q.language == spoken and q.kind != BLAMED),
            tuple(q for q in heard if q.language == spoken and q.kind == BLAMED),
            sum(q.draft and q.language == spoken for q in given),
        )
        for spoken in get_args(Language)
    }


def feedback(assistant: Assistant) -> Iterator[Question]:
    """Answers with a thumb, the latest first, as questions.

    A praised answer's citations are its gold; a praised refusal is a question without an answer. A blamed answer's
    citations are where the answer is not; a blamed refusal says nothing about where it is. Citations of documents that
    have changed since are left out.
    """
    journal = assistant._library.journal
    for given in journal.feedback(journal.count_answers()):
        if given.thumbs is None:
            continue
        (entry,) = journal.answers(1, given.audit + 1)
        answered = entry.status == "answered"
        cited = tuple(_cited(assistant, entry)) if answered else ()
        if answered and not cited or given.thumbs == "down" and not answered:
            continue
        text = _understood(entry)
        kind = PRAISED if given.thumbs == "up" else BLAMED
        able = kind == PRAISED and answered
        yield Question(f"feedback-{entry.number}", text, language(text), able, gold=cited, kind=kind)


def parted(questions: Sequence[Question]) -> tuple[str, list[list[Question]]]:
    """The questions in FOLDS parts, and what no two of them share: "document", or "question" where those with an answer
    are of too few documents."""
    documents = {question.gold[0].document for question in questions if question.gold and question.answerable}
    if len(documents) > FOLDS:
        return "document", folds(questions, FOLDS)
    by_id = {question.id: question for question in questions}
    bare = folds([replace(question, gold=()) for question in questions], FOLDS)
    return "question", [[by_id[each.id] for each in part] for part in bare]


def _cited(assistant: Assistant, entry: AuditEntry) -> Iterator[Gold]:
    for sentence in entry.answer["sentences"]:
        for place in sentence["citations"]:
            try:
                text = assistant.document(place["document"]).text
            except NoSuchDocument:
                continue
            if text[place["start"] : place["end"]] == place["quote"]:
                yield Gold(place["document"], place["page"], place["start"], place["end"])


def _understood(entry: AuditEntry) -> str:
    """The question as it was searched for: a follow-up with what it leans on."""
    notes = (note for note in entry.answer.get("notes", ()) if note.startswith(_UNDERSTOOD))
    return one_line(next(notes, entry.question).removeprefix(_UNDERSTOOD))


def _plain(text: str) -> str:
    return one_line(text).lower().rstrip("?？ .。")
