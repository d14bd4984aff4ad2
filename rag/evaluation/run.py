"""A run: every question of a set asked once, each record written as soon as it is known.

A run is a folder. `manifest.json` says what was measured, `questions.jsonl` what was asked, `records.jsonl` holds a
line a question, `figures.json` what came out. A run that was broken off goes on where it stopped; one that was made
with anything else is not mixed up with it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from core.errors import UsageError
from core.types import Answer, Hit
from ingestion.readers import sniff
from rag.evaluation.figures import summarised
from rag.evaluation.files import check_place, make_folder, write_whole
from rag.evaluation.made import differing, fingerprint, made_with
from rag.evaluation.places import check_gold
from rag.evaluation.questions import Question, QuestionSet, read_questions, write_questions
from rag.evaluation.records import RECORDS, Found, Record, from_line, read_records, to_line
from rag.evaluation.scores import scored
from rag.evaluation.subject import Outcome, Subject

MANIFEST = "manifest.json"
QUESTIONS = "questions.jsonl"
FIGURES = "figures.json"
DEPTH = 40
"""Passages ranked a question: of ten documents at least, where a document gives several."""
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
_TEXTS = 32
"""Documents kept at hand: citations are read again, and many questions go to the same document."""

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
            _json(folder / MANIFEST),
            read_questions(folder / QUESTIONS).questions,
            read_records(folder),
            _json(folder / FIGURES),
        )


def evaluate(
    subject: Subject,
    asked: QuestionSet,
    folder: Path | None = None,
    depth: int = DEPTH,
    progress: Progress | None = None,
) -> Run:
    """Asks what the folder does not hold yet, and gives the whole run.

    Without a folder it is one of the library's own, LIBRARY/evaluations/NAME-HASH, a new one whenever what the run is
    made with has changed. Answers are asked for unless no question of the set could judge one. `progress` is called
    with (questions done, in all). Raises UsageError for a gold place that the library does not hold, for a depth
    below 10, and where the folder's run was made with something else; EngineError, MissingDependency. What was done
    until then is kept.
    """
    if depth < 10:
        raise UsageError(f"Evaluating: {depth} passages were asked for; figures of the first ten take 10 or more.")
    types = subject.documents()
    check_gold(asked, types, subject.document)
    questions = tuple(_typed(question, types) for question in asked.questions)
    answers = any(question.answers or not question.answerable for question in questions)
    manifest = made_with(subject, questions, asked.source, depth, answers)
    folder = folder or _own(subject, asked.source, manifest)
    make_folder(folder)
    _settle(folder, manifest, questions)
    ask = _asking(subject, depth, answers)
    with _opened(folder / RECORDS) as (file, records):
        for question in questions:
            if question.id not in records:
                records[question.id] = ask(question)
                _append(file, to_line(records[question.id]))
            if progress:
                progress(len(records), len(questions))
    _write(folder / FIGURES, summarised(questions, records))
    return Run(folder, manifest, questions, records, _json(folder / FIGURES))


def _own(subject: Subject, source: str, manifest: Mapping[str, Any]) -> Path:
    return subject.folder / "evaluations" / f"{Path(source).stem}-{fingerprint(manifest)[:8]}"


def _asking(subject: Subject, depth: int, answers: bool) -> Callable[[Question], Record]:
    document = lru_cache(maxsize=_TEXTS)(subject.document)

    def ask(question: Question) -> Record:
        began = time.perf_counter()
        outcome = subject.ask(question, depth) if answers else Outcome(question, subject.search(question, depth))
        timings = _timings(outcome.answer) if outcome.answer else {"search": round(time.perf_counter() - began, 4)}
        return Record(
            question.id,
            tuple(map(_found, outcome.ranking)),
            None if outcome.answer is None else _plain(outcome.answer),
            None if outcome.confidence is None else round(outcome.confidence, 6),  # below it differs from run to run
            tuple(asdict(sentence) for sentence in outcome.quoted),
            timings,
            scored(outcome, document),
        )

    return ask


def _found(hit: Hit) -> Found:
    passage = hit.passage
    return Found(hit.document, passage.start, passage.end, passage.page, round(hit.score, 6), hit.also_in)


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


def _settle(folder: Path, manifest: Mapping[str, Any], questions: Sequence[Question]) -> None:
    """Writes what the run is made with, or checks that it is what the folder's run was made with."""
    path = folder / MANIFEST
    if path.is_file():
        if different := differing(_json(path), manifest):
            raise UsageError(
                f"Going on with the run in {folder}: it was made with another {', another '.join(different)}. "
                "Give another folder with --run."
            )
        return
    if any(folder.iterdir()):
        raise UsageError(f"Making a run in {folder}: it holds other files. Give an empty folder with --run, or none.")
    write_questions(folder / QUESTIONS, questions)
    _write(path, manifest)


def _append(file: IO[str], line: str) -> None:
    try:
        file.write(line)
        file.flush()
    except OSError as error:
        raise UsageError(
            f"Writing {file.name}: {error.strerror}. What was asked until then is kept: make room, and give the same "
            "command again."
        ) from error


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[str], dict[str, Record]]]:
    """The file to write to, and the records in it; a last line that was cut short is cut off."""
    check_place(path)
    path.touch()
    with path.open("r+", encoding="utf-8", newline="\n") as file:
        records: dict[str, Record] = {}
        end = 0
        for line in iter(file.readline, ""):
            try:
                record = from_line(line)
            except (ValueError, KeyError, TypeError):
                break
            if not line.endswith("\n"):
                break
            records[record.id] = record
            end = file.tell()
        file.seek(end)
        file.truncate()
        yield file, records
        os.fsync(file.fileno())


def _json(path: Path) -> dict[str, Any]:
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"Reading a run: {path} cannot be read ({error}). Evaluate again in another folder."
        ) from error
    return values


def _write(path: Path, values: Mapping[str, Any]) -> None:
    write_whole(path, json.dumps(values, ensure_ascii=False, indent=1, allow_nan=False) + "\n")
