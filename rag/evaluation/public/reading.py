"""Sets of reading comprehension: the SQuAD form, with CMRC, DRCD and ChineseSquad in it, and CUAD.

A SQuAD article is a document, its paragraphs the document's. A CUAD contract is a document, and its questions are
asked within it.
"""

from __future__ import annotations

import re
from pathlib import Path

from ingestion.tokens import language
from rag.evaluation.public.form import (
    Json,
    PublicSet,
    at,
    convert_lines,
    distinct,
    file_name,
    merged,
    one_line,
    read_json,
    span,
)
from rag.evaluation.questions import Gold, Question

_BETWEEN = "\n\n"
_CATEGORY = re.compile(r'related to "([^"]+)"')


def squad(path: Path) -> PublicSet:
    """A file of the SQuAD form, 1.1 or 2.0."""
    texts: dict[str, str] = {}
    questions: list[Question] = []
    for number, article in enumerate(read_json(path)["data"]):
        with at("article", number + 1, article):
            name = file_name(f"{article.get('title') or article.get('id') or ''}-{number}")
            texts[name], asked = _article(article["paragraphs"], name)
            questions += asked
    return PublicSet("squad", tuple(questions), texts)


def _article(paragraphs: list[Json], name: str) -> tuple[str, list[Question]]:
    """The text of an article and the questions about it."""
    text, questions = "", []
    for number, paragraph in enumerate(paragraphs, 1):
        with at("paragraph", number, paragraph):
            context = one_line(paragraph["context"])
            text += (_BETWEEN if number > 1 else "") + context
            for place, item in enumerate(paragraph["qas"], 1):
                with at("question", place, item):
                    if item["question"].strip():
                        questions.append(_question(item, context, len(text) - len(context), name))
    return text, questions


def cuad(path: Path) -> PublicSet:
    """CUAD's own file of the SQuAD form, or lines of a contract each, its text in a file beside."""
    if path.suffix == ".jsonl":
        return _cuad_lines(path)
    texts: dict[str, str] = {}
    questions: list[Question] = []
    for number, article in enumerate(read_json(path)["data"]):
        with at("article", number + 1, article):
            name = file_name(f"{article['title']}-{number}")
            (paragraph,) = article["paragraphs"]
            texts[name] = paragraph["context"]
            for place, item in enumerate(paragraph["qas"], 1):
                with at("question", place, item):
                    questions.append(_cuad_question(item, name))
    return PublicSet("cuad", tuple(questions), texts)


def _cuad_question(item: Json, name: str) -> Question:
    category = _CATEGORY.search(item["question"])
    kind = category[1] if category else str(item["id"]).rpartition("__")[2]
    places = [(each["answer_start"], each["answer_start"] + len(each["text"])) for each in item["answers"]]
    return _clause(str(item["id"]), kind, item, name, places)


def _cuad_lines(path: Path) -> PublicSet:
    texts: dict[str, str] = {}
    questions: list[Question] = []

    def contract(row: Json) -> None:
        name = file_name(Path(row["contract_txt"]).stem)
        with (path.parent / row["contract_txt"]).open(encoding="utf-8", errors="replace", newline="") as file:
            texts[name] = file.read()
        for number, item in enumerate(row["questions"], 1):
            with at("question", number, item):
                places = [(each["start"], each["end"]) for each in item["answers"] if each["start"] is not None]
                questions.append(_clause(f"{name}:{item['category']}", item["category"], item, name, places))

    convert_lines(path, contract)
    return PublicSet("cuad", tuple(questions), texts)


def _question(item: Json, context: str, offset: int, name: str) -> Question:
    answerable = not item.get("is_impossible", False)
    answers = item["answers"] if answerable else []
    found = (span(context, one_line(each["text"]), int(each["answer_start"])) for each in answers)
    places = merged(place for place in found if place is not None)
    golds = [Gold(name, start=offset + start, end=offset + end) for start, end in places] or [Gold(name)]
    texts = distinct(each["text"] for each in answers)
    asked = item["question"].strip()
    return Question(str(item["id"]), asked, language(asked), answerable, texts, tuple(golds))


def _clause(key: str, kind: str, item: Json, name: str, places: list[tuple[int, int]]) -> Question:
    # All questions begin with the same words on what a lawyer should review; what is asked stands after them.
    details = item["question"].partition("Details:")[2].strip()
    golds = tuple(Gold(name, start=start, end=end) for start, end in merged(places)) or (Gold(name),)
    answerable = not item["is_impossible"]
    answers = distinct(each["text"] for each in item["answers"]) if answerable else ()
    return Question(
        key, f"{kind}: {details}", "en", answerable, answers, golds, kind=kind, document_type="contract", within=(name,)
    )
