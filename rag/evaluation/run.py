"""A run: every question of a set asked once, each record written as soon as it is known.

A run is a folder. `manifest.json` says what was measured, `questions.jsonl` what was asked, `records.jsonl` holds a
line a question, `figures.json` what came out. A run that was broken off goes on where it stopped, and asks those again
that failed; one that was made with anything else is not mixed up with it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import PinciteError, UsageError
from core.types import Answer, Document
from ingestion.readers import sniff
from rag.evaluation.classification import COST
from rag.evaluation.figures import summarised
from rag.evaluation.folder import MANIFEST, QUESTIONS, append, opened, read_json, settle, write_json
from rag.evaluation.made import fingerprint, made_with
from rag.evaluation.places import check_gold
from rag.evaluation.questions import Question, QuestionSet, read_questions
from rag.evaluation.ranking import DEPTH, at_golds
from rag.evaluation.records import RECORDS, Found, Record, from_line, read_records, to_line
from rag.evaluation.scores import scored
from rag.evaluation.subject import Outcome, Subject, in_turn

FIGURES = "figures.json"
_SHORT = {
    sniff.PDF: "pdf",
    sniff.DOCX: "docx",
    sniff.PPTX: "pptx",
    sniff.XLSX: "xlsx",
    sniff.XLS: "xls",
    sniff.EML: "mail",
    sniff.MSG: "mail",
    sniff.HTML: "html",
    sniff.MD: "markdown",
    sniff.CSV: "csv",
    sniff.JSONL: "jsonl",
    sniff.TXT: "text",
}
REMEDY = "Give an empty folder with --run, or none."
_TEXTS = 32
"""Documents kept at hand: citations are read again, and many questions go to the same document."""
SHOWN = 5
"""Passages whose beginning is kept, to be looked at; and with them the first at a gold place, if that comes later."""
_BEGINNING = 300
"""Characters of it."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Run:
    """A run as its folder holds it."""

    folder: Path
    manifest: Mapping[str, Any]
    questions: tuple[Question, ...]
    records: Mapping[str, Record]
    figures: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Run:
        """The run in a folder. Raises UsageError where there is none, or where it has not come to its end."""
        if not (folder / FIGURES).is_file():
            raise UsageError(
                f"Reading a run: {folder} holds no {FIGURES}, so none was finished there. "
                f"`pincite evaluate QUESTIONS --run {folder}` makes one, or finishes it."
            )
        return cls(
            folder,
            read_json(folder / MANIFEST),
            read_questions(folder / QUESTIONS).questions,
            read_records(folder),
            read_json(folder / FIGURES),
        )


def evaluate(
    subject: Subject,
    asked: QuestionSet,
    folder: Path | None = None,
    depth: int = DEPTH,
    cost: float = COST,
    progress: Progress | None = None,
) -> Run:
    """Asks what the folder does not hold yet, and gives the whole run.

    Without a folder it is one of the library's own, LIBRARY/evaluations/NAME-HASH, a new one whenever what the run is
    made with has changed. Answers are asked for unless no question of the set could judge one. `cost` is what an
    invented answer costs, in needless refusals; another one only weighs anew what is known. `progress` is called with
    (questions done, in all). Raises UsageError for a gold place that the library does not hold, for a depth below 10
    and a cost below 0, and where the folder's run was made with something else; MissingDependency; what a question
    failed with, where with all of them something is wrong. What was done until then is kept.
    """
    if depth < 10:
        raise UsageError(f"Evaluating: {depth} passages were asked for; figures of the first ten take 10 or more.")
    if not 0 <= cost < math.inf:
        raise UsageError(f"Evaluating: an invented answer costs {cost}; that takes a number from 0.")
    types = subject.documents()
    check_gold(asked, types, subject.document)
    questions = tuple(_typed(question, types) for question in asked.questions)
    answers = any(question.answers or not question.answerable for question in questions)
    manifest = made_with(subject, questions, asked.source, depth, answers)
    folder = folder or _own(subject, asked.source, manifest)
    settle(folder, manifest, questions, REMEDY)
    ask = _asking(subject, depth, answers)
    with opened(folder / RECORDS, from_line) as (file, held):
        records = {record.id: record for record in held if not record.error}
        for question, came in in_turn(ask, [each for each in questions if each.id not in records]):
            record = Record(question.id, error=str(came)) if isinstance(came, PinciteError) else came
            records[question.id] = record
            append(file, to_line(record))
            if progress:
                progress(len(records), len(questions))
    write_json(folder / FIGURES, summarised(questions, records, cost))
    return Run(folder, manifest, questions, records, read_json(folder / FIGURES))


def _own(subject: Subject, source: str, manifest: Mapping[str, Any]) -> Path:
    return subject.folder / "evaluations" / f"{Path(source).stem}-{fingerprint(manifest)[:8]}"


def _asking(subject: Subject, depth: int, answers: bool) -> Callable[[Question], Record]:
    document = lru_cache(maxsize=_TEXTS)(subject.document)
    pdfs = subject.pdfs()

    def ask(question: Question) -> Record:
        began = time.perf_counter()
        outcome = subject.ask(question, depth) if answers else Outcome(question, subject.search(question, depth))
        timings = _timings(outcome.answer) if outcome.answer else {"search": round(time.perf_counter() - began, 4)}
        quoted = (citation.document for sentence in outcome.quoted for citation in sentence.citations)
        named = {*(gold.document for gold in question.gold), *(hit.document for hit in outcome.ranking), *quoted}
        return Record(
            question.id,
            tuple(_found(outcome, document)),
            None if outcome.answer is None else _plain(outcome.answer),
            None if outcome.confidence is None else round(outcome.confidence, 6),  # below it differs from run to run
            tuple(asdict(sentence) for sentence in outcome.quoted),
            timings,
            scored(outcome, document),
            {name: pdfs[name] for name in sorted(named) if name in pdfs},
        )

    return ask


def _found(outcome: Outcome, document: Callable[[str], Document]) -> Iterator[Found]:
    golden = at_golds(outcome.ranking, outcome.question.gold, document)
    first = golden.index(True) if True in golden else 0
    for at, (hit, gold) in enumerate(zip(outcome.ranking, golden, strict=True)):
        passage = hit.passage
        found = Found(hit.document, passage.start, passage.end, passage.page, round(hit.score, 6), hit.also_in, gold)
        shown = at < SHOWN or at == first
        yield replace(found, heading=passage.heading, text=passage.text[:_BEGINNING]) if shown else found


def _plain(answer: Answer) -> dict[str, Any]:
    """The answer without its passages, whose places the ranking holds, and without what differs from run to run."""
    values = asdict(replace(answer, hits=()))
    for name in ("hits", "timings", "id"):
        del values[name]
    return {**values, "text": answer.text}


def _timings(answer: Answer) -> dict[str, float]:
    timings = answer.timings
    values = {
        "evidence": timings.retrieve_s,
        "first token": timings.first_token_s,
        "answer": timings.total_s,
        "prompt tokens": timings.prompt_tokens or None,
        "output tokens": timings.output_tokens or None,
    }
    return {name: round(value, 4) for name, value in values.items() if value is not None}


def _typed(question: Question, types: Mapping[str, str]) -> Question:
    if question.document_type or not question.gold:
        return question
    media_type = types[question.gold[0].document]
    return replace(question, document_type=_SHORT.get(media_type, media_type))
