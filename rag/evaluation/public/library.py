"""The library of a public set: its documents added, its gold spans found again in the canonical texts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from core.errors import DocumentError, UsageError
from ingestion.clean import normalise
from ingestion.duplicates import fingerprint
from ingestion.readers.reading import RecordFields
from rag.assistant import Assistant
from rag.evaluation.public.form import PublicSet
from rag.evaluation.questions import Gold, Question, QuestionSet

SOURCES = "public"
"""Where under the library's folder the documents are written."""
_CORPUS = "corpus.jsonl"
_FIELDS = RecordFields(id="_id", title="title", text="text")

Progress = Callable[[int, int], None]


@contextmanager
def opened(
    folder: Path, public: PublicSet, progress: Progress | None = None
) -> Iterator[tuple[Assistant, QuestionSet]]:
    """The library in `folder` with the set's documents, made where it is not there, and the questions of it.

    What is in it already is not read again. Raises UsageError where the library holds anything else, DocumentError
    for a document that cannot be read.
    """
    public = without_twins(public)
    with Assistant.open(folder, create=True, language=public.language) as assistant:
        wanted = {*public.texts, *public.records, *(file.name for file in public.files)}
        if others := {info.name for info in assistant.documents()} - wanted:
            raise UsageError(
                f"Evaluating the public set in {folder}: that library holds other documents, as {min(others)!r}. "
                "Give it a folder of its own with --library."
            )
        _add(assistant, folder / SOURCES, public, progress)
        yield assistant, _questions(assistant, public)


def without_twins(public: PublicSet) -> PublicSet:
    """The set with each text once, since a library keeps one of several documents that say the same; the questions
    name the one that is kept."""
    first: dict[str, str] = {}
    kept = {name: first.setdefault(fingerprint(normalise(text)), name) for name, text in public.texts.items()}

    def renamed(question: Question) -> Question:
        gold = tuple(replace(gold, document=kept.get(gold.document, gold.document)) for gold in question.gold)
        within = tuple(dict.fromkeys(kept.get(name, name) for name in question.within))
        return replace(question, gold=tuple(dict.fromkeys(gold)), within=within)

    texts = {name: text for name, text in public.texts.items() if kept[name] == name}
    return replace(public, texts=texts, questions=tuple(map(renamed, public.questions)))


def _add(assistant: Assistant, sources: Path, public: PublicSet, progress: Progress | None) -> None:
    sources.mkdir(exist_ok=True)
    for name, text in public.texts.items():
        (sources / name).write_text(text, encoding="utf-8", newline="")
    if public.records:
        with (sources / _CORPUS).open("w", encoding="utf-8") as file:
            for key, (title, text) in public.records.items():
                file.write(json.dumps({"_id": key, "title": title, "text": text}, ensure_ascii=False) + "\n")
    fields = _FIELDS if public.records else None
    for result in assistant.add([sources, *public.files], fields=fields, progress=progress):
        if result.status == "failed":
            raise DocumentError(f"Adding the public set's documents: {result.path}: {result.error}")


def _questions(assistant: Assistant, public: PublicSet) -> QuestionSet:
    source: dict[str, _Source] = {}

    def settled(gold: Gold) -> Gold:
        if gold.start is None or gold.end is None:
            return gold
        if gold.document not in source:
            text = assistant.document(gold.document).text
            source[gold.document] = _Source(public.texts[gold.document], text)
        start, end = source[gold.document].place(gold.start, gold.end) or (None, None)
        return replace(gold, start=start, end=end)

    questions = tuple(
        replace(question, gold=tuple(dict.fromkeys(map(settled, question.gold)))) for question in public.questions
    )
    return QuestionSet(questions, public.name, _places(questions))


def _places(questions: tuple[Question, ...]) -> Mapping[str, str]:
    return {question.id: f"question {number}" for number, question in enumerate(questions, 1)}


@dataclass(frozen=True)
class _Source:
    """A text as it was written beside the text as it was read: they differ in white space, and in spelling."""

    written: str
    read: str

    @cached_property
    def _marks(self) -> list[int]:
        """Where the characters of the text that was read stand, white space left out."""
        return [at for at, character in enumerate(self.read) if not character.isspace()]

    @cached_property
    def _bare(self) -> str:
        return "".join(self.read[at] for at in self._marks)

    def place(self, start: int, end: int) -> tuple[int, int] | None:
        """Where the characters start..end of the written text stand in the one that was read; None where nowhere."""
        wanted = _without_space(self.written[start:end])
        if not wanted:
            return None
        at = len(_without_space(self.written[:start]))
        if not self._bare.startswith(wanted, at):
            before, after = self._bare.rfind(wanted, 0, at + len(wanted)), self._bare.find(wanted, at)
            found = [place for place in (before, after) if place >= 0]
            if not found:
                return None
            at = min(found, key=lambda place: abs(place - at))
        return self._marks[at], self._marks[at + len(wanted) - 1] + 1


def _without_space(text: str) -> str:
    return "".join(normalise(text).split())
