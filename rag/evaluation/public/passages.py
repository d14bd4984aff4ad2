"""Sets whose gold are passages: BEIR, MTRAG, RGB."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any

from core.types import Turn
from ingestion.tokens import language
from rag.evaluation.public.form import Json, PublicSet, at, convert_lines, distinct, file_name
from rag.evaluation.questions import Gold, Question

_QRELS = ("test.tsv", "dev.tsv", "train.tsv")
_ANSWERABLE = frozenset({"ANSWERABLE", "PARTIAL"})
_ALTERNATIVES = 16
"""Wordings of an answer in several parts that are kept."""


def beir(path: Path) -> PublicSet:
    """A folder in BEIR's form, or one of its files of judgements; of a folder the first of test, dev, train.

    Every judgement above 0 counts the same. Queries without one are left out.
    """
    qrels = path if path.is_file() else next(p for p in (path / "qrels" / name for name in _QRELS) if p.is_file())
    folder = path.parent.parent if path.is_file() else path
    gold = judged(qrels)

    def query(row: Json) -> Question:
        key, asked = str(row["_id"]), row["text"]
        return Question(key, asked, language(asked), True, gold=tuple(map(Gold, gold.get(key, ()))))

    corpus = convert_lines(folder / "corpus.jsonl", lambda row: (str(row["_id"]), row.get("title") or "", row["text"]))
    questions = convert_lines(folder / "queries.jsonl", query)
    records = {key: (title, text) for key, title, text in corpus}
    return PublicSet("beir", tuple(question for question in questions if question.gold), records=records)


def judged(qrels: Path) -> dict[str, list[str]]:
    """The records that a file of judgements in BEIR's form calls right, by query, each once."""
    gold: dict[str, dict[str, None]] = {}
    with qrels.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter="\t"), 2):
            with at(f"{qrels.name}, line", number):
                if float(row["score"]) > 0:
                    gold.setdefault(row["query-id"], {})[row["corpus-id"]] = None
    return {query: list(records) for query, records in gold.items()}


def mtrag(path: Path) -> PublicSet:
    """MTRAG's generation tasks, one a line; their passages, and those of `passage_pool.jsonl` beside the file.

    A question that is answerable in part is answerable; one that is not clear is not.
    """
    pool = path.parent / "passage_pool.jsonl"
    texts: dict[str, str] = {}

    def passage(row: Json) -> None:
        texts.setdefault(file_name(row["document_id"]), f"{row.get('title') or ''}\n\n{row['text']}".strip())

    def task(row: Json) -> Question:
        for number, each in enumerate(row["contexts"], 1):
            with at("context", number):
                passage(each)
        return _task(row)

    if pool.is_file():
        convert_lines(pool, passage)
    return PublicSet("mtrag", tuple(convert_lines(path, task)), texts)


def _task(task: Json) -> Question:
    said = [turn["text"] for turn in task["input"]]
    told = task["answerability"]
    answerable = (told if isinstance(told, str) else told[0]) in _ANSWERABLE
    kinds = task.get("Question Type") or [""]
    return Question(
        str(task["task_id"]),
        said[-1].strip(),
        language(said[-1]),
        answerable,
        distinct(target["text"] for target in task["targets"]) if answerable else (),
        tuple(Gold(file_name(each["document_id"])) for each in task["contexts"]),
        tuple(Turn(said[at], said[at + 1]) for at in range(0, len(said) - 1, 2)),
        kind=kinds if isinstance(kinds, str) else kinds[0],
    )


def rgb(path: Path) -> PublicSet:
    """RGB's lines: a question with passages that answer it and passages that do not.

    Each question is asked twice, among all of its passages, and among those alone that do not answer it.
    """
    texts: dict[str, str] = {}
    questions: list[Question] = []

    def ask(row: Json) -> None:
        key, asked = str(row["id"]), row["query"].strip()
        right = _kept(texts, f"{key}-right", _flat(row["positive"]))
        wrong = _kept(texts, f"{key}-wrong", _flat(row["negative"]))
        if right:
            golds = tuple(map(Gold, right))
            answers = _answers(row["answer"])
            questions.append(
                Question(key, asked, language(asked), True, answers, golds, kind="with noise", within=(*right, *wrong))
            )
        if wrong:
            unanswered = Question(f"{key}-none", asked, language(asked), False, kind="noise alone", within=wrong)
            questions.append(unanswered)

    convert_lines(path, ask)
    return PublicSet("rgb", tuple(questions), texts)


def _kept(texts: dict[str, str], name: str, passages: Sequence[str]) -> tuple[str, ...]:
    names = {f"{name}-{number}.txt": text for number, text in enumerate(passages, 1) if text.strip()}
    texts.update(names)
    return tuple(names)


def _flat(passages: Any) -> list[str]:
    """The passages, whether they are listed singly or in groups."""
    return [text for each in passages for text in (each if isinstance(each, list) else [each])]


def _answers(answer: Any) -> tuple[str, ...]:
    """One answer, alternatives, or several parts with alternatives each; parts are joined by commas."""
    parts = answer if isinstance(answer, list) else [answer]
    if any(isinstance(part, list) for part in parts):
        choices = [part if isinstance(part, list) else [part] for part in parts]
        return distinct(", ".join(map(str, chosen)) for chosen in islice(product(*choices), _ALTERNATIVES))
    return distinct(map(str, parts))
