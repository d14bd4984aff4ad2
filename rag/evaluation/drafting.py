"""Drafts a question set from a library by rules, for a person to correct: no model is asked.

Definitions, codes, rows of tables and headings become questions whose answer and place are known. Some of each kind are
asked with one term exchanged for one that is proven not to be there: questions without an answer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, zip_longest

from core.errors import UsageError
from core.types import Block, Document
from ingestion.sentences import sentence_spans
from ingestion.tokens import language, spans
from rag.assistant import Assistant
from rag.evaluation.made_up import KIND, About, made_up
from rag.evaluation.questions import Gold, Question

COUNT = 50
"""Questions drafted at most, unless told otherwise."""
UNANSWERABLE = 0.2
"""The share of them that the documents do not answer, where enough can be made up."""
_OF_DOCUMENT = 12
"""Questions of one kind taken from one document before others had their turn."""
_LONG = 300
"""Characters of an answer at most: what is longer is no answer but a section."""
_CELL = " | "

_DEFINED = (
    re.compile(
        r"[“\"'‘](?P<term>[^”\"'’]{2,60})[”\"'’]\s+(?:means|shall mean|refers to|denotes)\s+(?P<told>.{8,})", re.DOTALL
    ),
    re.compile(
        r"^(?:本\w{0,6}所称)?[“「\"]?(?P<term>[\u4e00-\u9fff\w]{2,20})[”」\"]?[，,]?(?:是指|系指|指的是)(?P<told>.{4,})",
        re.DOTALL,
    ),
)
_ASKS = {
    "definition": {"en": "What does “{}” mean?", "zh": "“{}”是指什么？"},
    "code": {"en": "What does {} mean?", "zh": "{}是什么意思？"},
    "table": {"en": "What is the {1} of {0}?", "zh": "{0}的{1}是什么？"},
    "heading": {"en": "What do the documents say about “{}”?", "zh": "文件中关于“{}”是怎么说的？"},
}


@dataclass(frozen=True, slots=True)
class _Draft:
    """A question with what it asks about."""

    question: Question
    about: About


def drafted(assistant: Assistant, count: int = COUNT) -> list[Question]:
    """Up to `count` drafts, the same ones each time, spread over kinds and documents.

    Raises UsageError for a `count` below 1, and for a library that yields none.
    """
    if count < 1:
        raise UsageError(f"Drafting questions: {count} were asked for; that takes 1 or more.")
    documents = [assistant.document(info.document_id) for info in assistant.documents()]
    dice = random.Random(0)
    by_kind: dict[str, list[list[_Draft]]] = {kind: [] for kind in _ASKS}
    for document in documents:
        for kind, found in _candidates(document).items():
            by_kind[kind].append(dice.sample(found, min(len(found), _OF_DOCUMENT)))
    answerable = list(_alternating(_alternating(found) for found in by_kind.values()))
    if not answerable:
        raise UsageError(
            "Drafting questions: no heading, definition, code or table was found in the library. Write the set by "
            "hand: a CSV file with the columns question, answers, document, page; or add more with `pincite add`."
        )
    kept = [draft.question for draft in _unlike(answerable)]
    share = round(UNANSWERABLE * min(count, len(kept) / (1 - UNANSWERABLE)))
    unanswered = islice(made_up([draft.about for draft in answerable], documents, _wording), share)
    without = [Question("", _wording(about), about.language, False, kind=KIND, draft=True) for about in unanswered]
    kept = kept[: count - len(without)]
    return [replace(question, id=f"draft-{number:03}") for number, question in enumerate([*kept, *without], 1)]


def _candidates(document: Document) -> dict[str, list[_Draft]]:
    found: dict[str, list[_Draft]] = {kind: [] for kind in _ASKS}
    heading = ""
    for at, block in enumerate(document.blocks):
        if block.kind == "heading":
            heading = _one_line(document.text[block.start : block.end])
            for draft in _of_heading(document, heading, document.blocks[at + 1 : at + 2]):
                found[draft.about.kind].append(draft)
        elif block.kind == "table":
            found["table"] += _of_table(document, block, heading)
        else:
            found["definition"] += _of_text(document, block, heading)
            found["code"] += _of_codes(document, block, heading)
    return found


def _draft(document: Document, kind: str, about: Sequence[str], answer: str, start: int, heading: str) -> _Draft:
    spoken = language(answer + "".join(about))
    page = document.page_at(start)
    gold = Gold(document.name, page, heading=heading or None if page is None else None)
    of = About(kind, spoken, tuple(about))
    return _Draft(Question("", _wording(of), spoken, True, (answer,), (gold,), kind=kind, draft=True), of)


def _wording(about: About) -> str:
    return _ASKS[about.kind][about.language].format(*about.terms)


def _of_text(document: Document, block: Block, heading: str) -> Iterator[_Draft]:
    for start, text in _sentences(document, block):
        for pattern in _DEFINED:
            if (match := pattern.search(text)) and len(match["told"]) <= _LONG:
                told = _one_line(match["told"]).rstrip(".。;；")
                yield _draft(document, "definition", [_one_line(match["term"])], told, start, heading)


def _of_codes(document: Document, block: Block, heading: str) -> Iterator[_Draft]:
    """Sentences that begin with a code, which they explain."""
    for start, text in _sentences(document, block):
        first = next(iter(spans(text)), None)
        if first is None or first.kind != "code" or first.start > 0:
            continue
        told = _one_line(text[first.end :]).lstrip(":：,，-–— ").rstrip(".。")
        if 8 <= len(told) <= _LONG:
            yield _draft(document, "code", [text[first.start : first.end]], told, start, heading)


def _of_table(document: Document, block: Block, heading: str) -> Iterator[_Draft]:
    """Of each row that has a name, one cell."""
    at, rows = block.start, []
    for line in document.text[block.start : block.end].split("\n"):
        rows.append((at, [cell.strip() for cell in line.split(_CELL)]))
        at += len(line) + 1
    if block.header_rows != 1 or len(rows) < 2:
        return
    columns = rows[0][1]
    names = [cells[0] for _, cells in rows[1:]]
    for number, (start, cells) in enumerate(rows[1:]):
        if len(cells) != len(columns) or names.count(cells[0]) > 1 or not re.search(r"[^\W\d_]", cells[0]):
            continue
        filled = [column for column in range(1, len(cells)) if cells[column] and columns[column]]
        if filled and len(cells[0]) <= 60:
            column = filled[number % len(filled)]
            if len(cells[column]) <= _LONG:
                yield _draft(document, "table", [cells[0], columns[column]], cells[column], start, heading)


def _of_heading(document: Document, heading: str, following: Sequence[Block]) -> Iterator[_Draft]:
    """The first sentence under a heading; of one that begins with a code, what the code means."""
    if not 4 <= len(heading) <= 80 or not following or following[0].kind not in ("text", "item"):
        return
    start, text = next(_sentences(document, following[0]), (0, ""))
    if 20 <= len(text) <= _LONG:
        first = next(iter(spans(heading)), None)
        if first is not None and first.kind == "code" and first.start == 0:
            yield _draft(document, "code", [heading[: first.end]], _one_line(text), start, heading)
            return
        title = re.sub(r"^[\d.]+\s*|^第[\d一二三四五六七八九十]+[章节條条]\s*", "", heading)
        yield _draft(document, "heading", [title or heading], _one_line(text), start, heading)


def _unlike(drafts: Sequence[_Draft]) -> Iterator[_Draft]:
    """The drafts whose question was not asked before: two places that answer it would make either one wrong."""
    asked: set[str] = set()
    for draft in drafts:
        if draft.question.question.lower() not in asked:
            asked.add(draft.question.question.lower())
            yield draft


def _sentences(document: Document, block: Block) -> Iterator[tuple[int, str]]:
    text = document.text[block.start : block.end]
    return ((block.start + start, text[start:end]) for start, end in sentence_spans(text))


def _alternating(groups: Iterator[Iterator[_Draft]] | Sequence[Sequence[_Draft]]) -> Iterator[_Draft]:
    """The first of each group, then the second of each."""
    return (each for each in chain.from_iterable(zip_longest(*groups)) if each is not None)


def _one_line(text: str) -> str:
    return " ".join(text.split())
