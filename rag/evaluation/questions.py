"""Question sets: what is asked of a library, and what a right answer and its place are.

A set is a file: JSONL, or a spreadsheet (CSV, XLSX) with the same names as columns. What is wrong with it is one
UsageError that names the file and the line.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from core.errors import UsageError
from core.types import Turn
from ingestion.tokens import language

BETWEEN = " || "
"""What parts several answers in one cell of a spreadsheet; between turns, too, and between the two sides of one."""
COLUMNS = (
    "id",
    "question",
    "answerable",
    "answers",
    "document",
    "page",
    "heading",
    "language",
    "history",
    "kind",
    "document_type",
    "draft",
)
"""The columns of a spreadsheet; `question` must be there, and `answerable` or `answers`."""
KEYS = (*COLUMNS, "gold", "within")
"""The keys of a line of JSONL."""
LANGUAGES = ("en", "zh")
_HALF = re.compile("[\ud800-\udfff]")
_YES = {"yes": True, "no": False, "true": True, "false": False, "y": True, "n": False, "是": True, "否": False}


@dataclass(frozen=True, slots=True)
class Gold:
    """A place that holds the answer: a document, and where known its page from 1, the characters start..end of its
    canonical text, or the heading of its section."""

    document: str
    page: int | None = None
    start: int | None = None
    end: int | None = None
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question with what a right answer is.

    `answers` are alternative texts, of which a right answer holds one; empty where the set only names places, or
    where the documents do not hold the answer (`answerable` false). `gold` are the places; of an unanswerable
    question, the places where one would look. `within` names the documents that may be searched, all where empty.
    `kind` and `document_type` part the figures into slices. `draft` marks what no person has corrected yet.
    """

    id: str
    question: str
    language: str
    answerable: bool
    answers: tuple[str, ...] = ()
    gold: tuple[Gold, ...] = ()
    history: tuple[Turn, ...] = ()
    kind: str = ""
    document_type: str = ""
    within: tuple[str, ...] = ()
    draft: bool = False


class Row(NamedTuple):
    """A line or a row as it was read: its values by name, and where it stands, as in "line 3"."""

    values: Mapping[str, Any]
    place: str


@dataclass(frozen=True)
class QuestionSet:
    """Questions in their order. `source` is the file's name, `places` says where each question's id stands in it."""

    questions: tuple[Question, ...]
    source: str
    places: Mapping[str, str]

    def check_documents(self, names: Iterable[str]) -> None:
        """Raises UsageError for the first gold document that is none of `names`, with the nearest of them."""
        held = set(names)
        for question in self.questions:
            for name in (*(gold.document for gold in question.gold), *question.within):
                if name not in held:
                    near = difflib.get_close_matches(name, held, n=3, cutoff=0.4)
                    meant = f" Near are: {', '.join(sorted(near))}." if near else ""
                    raise UsageError(
                        f"Reading {self.source}, {self.places[question.id]}: the library holds no document {name!r}."
                        f"{meant} `pincite documents` lists what it holds."
                    )


def read_questions(path: Path) -> QuestionSet:
    """The set in a file: JSONL, CSV or XLSX, by its name's ending.

    Raises UsageError naming the line or row: malformed, an id twice, wrong columns, nothing in it.
    """
    if not path.is_file():
        raise UsageError(f"Reading questions: there is no file {path}. `pincite evaluate --new {path}` drafts one.")
    if path.suffix.lower() in (".jsonl", ".json"):
        rows = _lines(path)
    else:
        from rag.evaluation.spreadsheets import read_rows

        rows = read_rows(path)
    return gathered(rows, str(path))


def gathered(rows: Iterable[Row], source: str) -> QuestionSet:
    """The rows as one set. Raises UsageError as `read_questions` does."""
    questions: list[Question] = []
    places: dict[str, str] = {}
    for row in rows:
        try:
            question = to_question(row.values, row.place)
            if question.id in places:
                raise ValueError(f"the id {question.id!r} stands in {places[question.id]} already; give it another")
        except ValueError as error:
            raise UsageError(f"Reading {source}, {row.place}: {error}.") from error
        questions.append(question)
        places[question.id] = row.place
    if not questions:
        raise UsageError(f"Reading {source}: it holds no question. `pincite evaluate --new FILE` drafts some.")
    return QuestionSet(tuple(questions), source, places)


def write_questions(path: Path, questions: Sequence[Question]) -> None:
    """Writes the set as JSONL, CSV or XLSX, by the name's ending. A spreadsheet holds one place a question, no
    offsets and no `within`."""
    if path.suffix.lower() in (".jsonl", ".json"):
        lines = (json.dumps(to_json(question), ensure_ascii=False) + "\n" for question in questions)
        path.write_text("".join(lines), encoding="utf-8")
        return
    from rag.evaluation.spreadsheets import write_rows

    write_rows(path, [_to_cells(question) for question in questions])


def to_json(question: Question) -> dict[str, Any]:
    """The question as a line of JSONL has it; what is empty is left out."""
    values: dict[str, Any] = {
        "id": question.id,
        "question": question.question,
        "language": question.language,
        "answerable": question.answerable,
        "answers": list(question.answers),
        "gold": [_filled(gold) for gold in question.gold],
        "history": [{"question": turn.question, "answer": turn.answer} for turn in question.history],
        "kind": question.kind,
        "document_type": question.document_type,
        "within": list(question.within),
        "draft": question.draft,
    }
    return {key: value for key, value in values.items() if value or key == "answerable"}


def to_question(values: Mapping[str, Any], place: str = "") -> Question:
    """The question in a line's or a row's values. Raises ValueError, a clause without its full stop."""
    if wrong := [str(key) for key in values if key not in KEYS]:
        raise ValueError(f"there is no field {wrong[0]!r}; the fields are {', '.join(KEYS)}")
    asked = _text(values.get("question"), "the question")
    if not asked:
        raise ValueError("the question is empty")
    answers = tuple(dict.fromkeys(_texts(values.get("answers"), "answers")))
    answerable = _yes(values.get("answerable"), "answerable", bool(answers) or None)
    gold = _gold(values)
    if not answerable and answers:
        raise ValueError("it has answers, yet answerable is no; take either out")
    if answerable and not answers and not gold:
        raise ValueError("it is answerable, yet names neither answers nor a document to judge by")
    given = str(values.get("language") or "").strip().lower()
    if given and given not in LANGUAGES:
        raise ValueError(f"language is {given!r}; it takes en or zh, or nothing to have it found")
    return Question(
        _identifier(values.get("id")) or place.replace(" ", "-") or "1",
        asked,
        given or language(asked),
        answerable,
        answers,
        gold,
        _history(values.get("history")),
        str(values.get("kind") or "").strip(),
        str(values.get("document_type") or "").strip(),
        _texts(values.get("within"), "within"),
        _yes(values.get("draft"), "draft", False),
    )


def _lines(path: Path) -> Iterable[Row]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = path.read_bytes()[: error.start].count(b"\n") + 1
        raise UsageError(f"Reading {path}, line {at}: it is not UTF-8. Save the file as UTF-8.") from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            why = "the file is one list; write each of its questions on a line" if text.lstrip()[:1] == "[" else error
            raise UsageError(
                f"Reading {path}, line {number}: it is not JSON ({why}). Each line is one JSON object."
            ) from error
        if _HALF.search(json.dumps(values, ensure_ascii=False)):
            raise UsageError(f"Reading {path}, line {number}: it holds half of a character, as \\ud83d alone. Mend it.")
        if not isinstance(values, dict):
            raise UsageError(
                f'Reading {path}, line {number}: it is not an object, as in {{"id": "1", "question": ...}}.'
            )
        yield Row(values, f"line {number}")


def _identifier(value: Any) -> str:
    return "" if value is None or isinstance(value, bool) else str(value).strip()


def _text(value: Any, name: str) -> str:
    if isinstance(value, dict | list | bool):
        raise ValueError(f"{name} is {str(value)[:40]!r}; it takes text")  # noqa: TRY004 - it is the set's fault
    return "" if value is None else str(value).strip()


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list):
        if not all(isinstance(each, str) for each in value):
            raise ValueError(f"{name} holds something that is not text; put it in quotes")
        parts = value
    else:
        parts = _text(value, name).split(BETWEEN.strip())
    return tuple(part.strip() for part in parts if part.strip())


def _yes(value: Any, name: str, otherwise: bool | None) -> bool:
    if isinstance(value, bool):
        return value
    said = str(value if value is not None else "").strip().lower()
    if not said and otherwise is not None:
        return otherwise
    if said not in _YES:
        raise ValueError(f"{name} is {said!r}; it takes yes or no")
    return _YES[said]


def _whole(value: Any, name: str, least: int) -> int | None:
    if value is None or str(value).strip() == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if isinstance(value, bool) or not math.isfinite(number) or number != int(number) or number < least:
        raise ValueError(f"{name} is {value!r}; it takes a whole number from {least}")
    return int(number)


def _gold(values: Mapping[str, Any]) -> tuple[Gold, ...]:
    listed = values.get("gold")
    if listed is None:
        listed = [{key: values[key] for key in ("document", "page", "heading") if key in values}]
        if not str(values.get("document") or "").strip():
            if _whole(values.get("page"), "page", 1) is not None:
                raise ValueError("it names a page, but no document")
            return ()
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ValueError('gold takes a list of places, as in [{"document": "manual.pdf", "page": 3}]')
    return tuple(_place(each) for each in listed)


def _place(values: Mapping[str, Any]) -> Gold:
    if wrong := [key for key in values if key not in Gold.__slots__]:
        raise ValueError(f"a place in gold has no field {wrong[0]!r}; the fields are {', '.join(Gold.__slots__)}")
    name = str(values.get("document") or "").strip()
    if not name:
        raise ValueError("a place in gold names no document")
    start, end = _whole(values.get("start"), "start", 0), _whole(values.get("end"), "end", 1)
    if (start is None) != (end is None) or (start is not None and end is not None and start >= end):
        raise ValueError(f"start {start} and end {end} are no stretch of characters; start is below end, or neither")
    heading = str(values.get("heading") or "").strip() or None
    return Gold(name, _whole(values.get("page"), "page", 1), start, end, heading)


def _history(value: Any) -> tuple[Turn, ...]:
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        if any(set(each) != {"question", "answer"} for each in value):
            raise ValueError('history takes turns, as in [{"question": "...", "answer": "..."}]')
        return tuple(Turn(str(each["question"]), str(each["answer"])) for each in value)
    sides = _texts(value, "history")
    if len(sides) % 2:
        raise ValueError("history takes question || answer, in turn, and ends with an answer")
    return tuple(Turn(sides[at], sides[at + 1]) for at in range(0, len(sides), 2))


def _filled(gold: Gold) -> dict[str, Any]:
    values = {name: getattr(gold, name) for name in Gold.__slots__}
    return {name: value for name, value in values.items() if value is not None}


def _to_cells(question: Question) -> dict[str, Any]:
    place = question.gold[0] if question.gold else Gold("")
    sides = [side for turn in question.history for side in (turn.question, turn.answer)]
    return {
        "id": question.id,
        "question": question.question,
        "answerable": "yes" if question.answerable else "no",
        "answers": BETWEEN.join(question.answers),
        "document": place.document,
        "page": place.page,
        "heading": place.heading or "",
        "language": question.language,
        "history": BETWEEN.join(sides),
        "kind": question.kind,
        "document_type": question.document_type,
        "draft": "yes" if question.draft else "no",
    }
