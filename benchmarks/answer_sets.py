"""Real questions with their gold answers, read from a data folder that is no part of the project.

Each set is a list of Cases: one question, the documents it may be answered from, and what a right answer holds.
`part` is "dev" to judge with or "train" to fit with, as the folder's DEV_SPLIT.json divides them.
"""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from core.types import Turn
from rag.evaluation.public.documents import tatqa
from rag.evaluation.public.form import PublicSet, file_name, read_json, read_lines
from rag.evaluation.public.passages import mtrag
from rag.evaluation.public.reading import cuad, squad
from rag.evaluation.questions import Question


@dataclass(frozen=True, slots=True)
class Case:
    """One question. `gold` are alternative texts of which a right answer holds one; empty where the documents do
    not hold the answer. `documents` names the documents that hold it; `within` those that may be searched, all of
    the set when empty. `headings` and `places` are the sections and the texts that hold it, where they are known."""

    id: str
    question: str
    gold: tuple[str, ...]
    documents: tuple[str, ...]
    within: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    headings: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """A set of cases with the texts of its documents by file name, and whether gold is a literal span."""

    name: str
    language: str
    texts: dict[str, str]
    cases: list[Case]
    spans: bool = True

    def sample(self, n: int, seed: int = 0) -> AnswerSet:
        """At most `n` cases in an order by chance, the same each time, and all of the documents."""
        cases = random.Random(seed).sample(self.cases, min(n, len(self.cases)))
        return AnswerSet(self.name, self.language, self.texts, cases, self.spans)


Reader: TypeAlias = Callable[[Path, dict[str, set[Any]], str], AnswerSet]


def load(data: Path, name: str, part: str = "dev", sets: Mapping[str, Reader] | None = None) -> AnswerSet:
    """The set called `name` of `sets`, or else of SETS."""
    split = json.loads((data / "DEV_SPLIT.json").read_text(encoding="utf-8"))
    return (sets or SETS)[name](data, _dev_items(split), part)


def _dev_items(split: dict[str, Any]) -> dict[str, set[Any]]:
    found: dict[str, set[Any]] = {}

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                walk(value, f"{path}/{key}" if path else key)
        elif isinstance(node, list):
            found[path] = set(node)

    walk(split, "")
    return found


def _chosen(dev: dict[str, set[Any]], file: str, item: Any, part: str) -> bool:
    items = next((items for path, items in dev.items() if file in path), None)
    if items is None:
        return part == "dev"
    return (item in items) == (part == "dev")


def _case(asked: Question) -> Case:
    documents = tuple(dict.fromkeys(gold.document for gold in asked.gold))
    return Case(asked.id, asked.question, asked.answers, documents, asked.within, asked.history)


def _about(name: str, language: str, found: PublicSet, documents: Collection[str]) -> AnswerSet:
    """What a public set asks about some of its documents."""
    texts = {document: text for document, text in found.texts.items() if document in documents}
    cases = [_case(question) for question in found.questions if question.gold[0].document in texts]
    return AnswerSet(name, language, texts, cases)


def _squad_form(name: str, language: str, file: str) -> Reader:
    def read(data: Path, dev: dict[str, set[Any]], part: str) -> AnswerSet:
        found = squad(data / file)
        titles = [article.get("title") for article in read_json(data / file)["data"]]
        named = zip(found.texts, titles, strict=True)
        wanted = {document for document, title in named if _chosen(dev, Path(file).name, title, part)}
        return _about(name, language, found, wanted)

    return read


def _training(name: str, language: str, file: str, contexts: int) -> Reader:
    """A set of 11_training: its first `contexts` contexts, each a document. There is no dev part."""

    def read(data: Path, dev: dict[str, set[Any]], part: str) -> AnswerSet:
        texts: dict[str, str] = {}
        cases: list[Case] = []
        named: dict[str, str] = {}
        for line in (data / "11_training" / file).read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            context = " ".join(item["context"].split())
            if context not in named and len(named) == contexts:
                continue
            document = named.setdefault(context, f"{_file_stem(item['title'])}-{len(named)}.txt")
            texts[document] = context
            gold = () if item["is_impossible"] else _distinct(a["text"] for a in item["answers"])
            cases.append(Case(str(item["id"]), item["question"], gold, (document,)))
        return AnswerSet(name, language, texts, cases if part == "train" else [])

    return read


def _emanual(data: Path, dev: dict[str, set[Any]], part: str) -> AnswerSet:
    folder = data / "03_manuals_qa" / "emanual_s10"
    corpus = json.loads((folder / "s10_manual_corpus.json").read_text(encoding="utf-8"))
    lines: list[str] = []
    for section in corpus.values():
        lines += [f"# {section['title']}", "", "\n\n".join(t for t in section["text"] if t != section["title"]), ""]
    cases = []
    with (folder / "s10_50_questions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            heading = row["section_path"].split(">")[-1].strip()
            cases.append(Case(row["question_id"], row["question"], (row["answer"],), ("s10.md",), headings=(heading,)))
    return AnswerSet("emanual", "en", {"s10.md": "\n".join(lines)}, cases if part == "dev" else [], spans=False)


def _lawbench(data: Path, dev: dict[str, set[Any]], part: str) -> AnswerSet:
    file = "lawbench_2-5_reading_comprehension.jsonl"
    texts: dict[str, str] = {}
    cases = []
    for line in (data / "04_chinese_qa" / "lawbench" / file).read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        if not _chosen(dev, file, item["id"], part):
            continue
        text, _, question = item["question"].partition("问题:")
        document = f"{item['id']}.txt"
        texts[document] = text.removeprefix("段落:")
        answer = item["answer"].removeprefix("回答:").strip()
        cases.append(Case(item["id"], question.strip(), (answer,), (document,), within=(document,)))
    return AnswerSet("lawbench", "zh", texts, cases)


def _cuad(data: Path, dev: dict[str, set[Any]], part: str) -> AnswerSet:
    path = data / "01_contracts_cuad" / "cuad_qa.jsonl"
    found = cuad(path)
    wanted = {name for name, contract in zip(found.texts, read_lines(path), strict=True) if contract["split"] == part}
    return _about("cuad", "en", found, wanted)


def _mtrag(data: Path, dev: dict[str, set[Any]], part: str) -> AnswerSet:
    found = mtrag(data / "03_manuals_qa" / "mtrag_un" / "reference.jsonl")
    cases = [_case(each) for each in found.questions if _chosen(dev, "reference.jsonl", each.id, part)]
    return AnswerSet("mtrag", "en", dict(found.texts), cases, spans=False)


def _tatqa(data: Path, dev: dict[str, set[Any]], part: str) -> AnswerSet:
    found = tatqa(data / "10_finance_qa" / "tatqa" / "tatqa_dataset_dev.json")
    kept = {file_name(table, ".html") for table in dev["10_finance_qa/tatqa (key table.uid)"]}
    return _about("tatqa", "en", found, {name for name in found.texts if (name in kept) == (part == "dev")})


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text.strip()))


def _file_stem(title: str) -> str:
    return re.sub(r"[^\w\-]+", "_", title)[:120]


SETS: dict[str, Reader] = {
    "emanual": _emanual,
    "squad2": _squad_form("squad2", "en", "03_manuals_qa/squad2/squad2.json"),
    "drcd": _squad_form("drcd", "zh", "04_chinese_qa/drcd/DRCD_dev.json"),
    "cmrc": _squad_form("cmrc", "zh", "04_chinese_qa/cmrc2018/cmrc2018_trial.json"),
    "lawbench": _lawbench,
    "cuad": _cuad,
    "mtrag": _mtrag,
    "tatqa": _tatqa,
    "wiki": _training("wiki", "en", "qa_squadshifts_new_wiki.jsonl", 150),
    "zhsquad": _training("zhsquad", "zh", "qa_zh_chinesesquad2_dev.jsonl", 90),
}
