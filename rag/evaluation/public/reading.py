"""Sets of reading comprehension: the SQuAD form, with CMRC, DRCD and ChineseSquad in it, and CUAD.

A SQuAD article is a document, its paragraphs the document's. A CUAD contract is a document, and its questions are
asked within it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ingestion.tokens import language
from rag.evaluation.public.form import PublicSet, distinct, file_name, merged, one_line, read_json, read_lines, span
from rag.evaluation.questions import Gold, Question

_BETWEEN = "\n\n"
_CATEGORY = re.compile(r'related to "([^"]+)"')


def squad(path: Path) -> PublicSet:
    """A file of the SQuAD form, 1.1 or 2.0."""
    texts: dict[str, str] = {}
    questions: list[Question] = []
    for number, article in enumerate(read_json(path)["data"]):
        name = file_name(f"{article.get('title') or article.get('id') or ''}-{number}")
        at, contexts = 0, []
        for paragraph in article["paragraphs"]:
            context = one_line(paragraph["context"])
            questions += (_question(item, context, at, name) for item in paragraph["qas"] if item["question"].strip())
            contexts.append(context)
            at += len(context) + len(_BETWEEN)
        texts[name] = _BETWEEN.join(contexts)
    return PublicSet("squad", tuple(questions), texts)


def cuad(path: Path) -> PublicSet:
    """CUAD's own file of the SQuAD form, or lines of a contract each, its text in a file beside."""
    if path.suffix == ".jsonl":
        return _cuad_lines(path)
    texts: dict[str, str] = {}
    questions: list[Question] = []
    for number, article in enumerate(read_json(path)["data"]):
        name = file_name(f"{article['title']}-{number}")
        (paragraph,) = article["paragraphs"]
        texts[name] = paragraph["context"]
        for item in paragraph["qas"]:
            category = _CATEGORY.search(item["question"])
            kind = category[1] if category else str(item["id"]).rpartition("__")[2]
            places = [(each["answer_start"], each["answer_start"] + len(each["text"])) for each in item["answers"]]
            questions.append(_clause(str(item["id"]), kind, item, name, places))
    return PublicSet("cuad", tuple(questions), texts)


def _cuad_lines(path: Path) -> PublicSet:
    texts: dict[str, str] = {}
    questions: list[Question] = []
    for contract in read_lines(path):
        name = file_name(Path(contract["contract_txt"]).stem)
        with (path.parent / contract["contract_txt"]).open(encoding="utf-8", errors="replace", newline="") as file:
            texts[name] = file.read()
        for item in contract["questions"]:
            places = [(each["start"], each["end"]) for each in item["answers"] if each["start"] is not None]
            questions.append(_clause(f"{name}:{item['category']}", item["category"], item, name, places))
    return PublicSet("cuad", tuple(questions), texts)


def _question(item: dict[str, Any], context: str, at: int, name: str) -> Question:
    answerable = not item.get("is_impossible", False)
    answers = item["answers"] if answerable else []
    found = (span(context, one_line(each["text"]), int(each["answer_start"])) for each in answers)
    places = merged(place for place in found if place is not None)
    golds = [Gold(name, start=at + start, end=at + end) for start, end in places] or [Gold(name)]
    texts = distinct(each["text"] for each in answers)
    asked = item["question"].strip()
    return Question(str(item["id"]), asked, language(asked), answerable, texts, tuple(golds))


def _clause(key: str, kind: str, item: dict[str, Any], name: str, places: list[tuple[int, int]]) -> Question:
    # All questions begin with the same words on what a lawyer should review; what is asked stands after them.
    details = item["question"].partition("Details:")[2].strip()
    golds = tuple(Gold(name, start=start, end=end) for start, end in merged(places)) or (Gold(name),)
    answerable = not item["is_impossible"]
    answers = distinct(each["text"] for each in item["answers"]) if answerable else ()
    return Question(
        key, f"{kind}: {details}", "en", answerable, answers, golds, kind=kind, document_type="contract", within=(name,)
    )
