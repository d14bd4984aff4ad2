"""Real questions with their gold answers, read from a data folder that is no part of the project.

Each set is a list of Cases: one question, the documents it may be answered from, and what a right answer holds.
`part` is "dev" to judge with or "train" to fit with, as the folder's DEV_SPLIT.json divides them.
"""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from core.types import Turn


@dataclass(frozen=True, slots=True)
class Case:
    """One question. `gold` are alternative texts of which a right answer holds one; empty where the documents do
    not hold the answer. `documents` names the documents that hold it; `within` those that may be searched, all of
    the set when empty."""

    id: str
    question: str
    gold: tuple[str, ...]
    documents: tuple[str, ...]
    within: tuple[str, ...] = ()
    history: tuple[Turn, ...] = ()
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """A set of cases with the texts of its documents by file name, and whether gold is a literal span."""

    name: str
    language: str
    texts: dict[str, str]
    cases: list[Case]
    spans: bool = True

    def sample(self, n: int, seed: int = 0) -> AnswerSet:
        """At most `n` cases, the same ones each time, and all of the documents."""
        cases = random.Random(seed).sample(self.cases, n) if n < len(self.cases) else self.cases
        return AnswerSet(self.name, self.language, self.texts, cases, self.spans)


Reader: TypeAlias = Callable[[Path, dict[str, set[Any]], str], AnswerSet]


def load(data: Path, name: str, part: str = "dev") -> AnswerSet:
    """The set called `name`; see SETS."""
    split = json.loads((data / "DEV_SPLIT.json").read_text(encoding="utf-8"))
    return SETS[name](data, _dev_items(split), part)


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


def _squad_form(name: str, language: str, file: str) -> Reader:
    def read(data: Path, dev: dict[str, set[Any]], part: str) -> AnswerSet:
        texts: dict[str, str] = {}
        cases: list[Case] = []
        for number, article in enumerate(json.loads((data / file).read_text(encoding="utf-8"))["data"]):
            title = article.get("title") or str(number)
            if not _chosen(dev, Path(file).name, article.get("title"), part):
                continue
            document = f"{_file_stem(title)}-{number}.txt"
            texts[document] = "\n\n".join(" ".join(p["context"].split()) for p in article["paragraphs"])
            for paragraph in article["paragraphs"]:
                for item in paragraph["qas"]:
                    if not item["question"].strip():
                        continue
                    gold = () if item.get("is_impossible") else _distinct(a["text"] for a in item["answers"])
                    cases.append(Case(str(item["id"]), item["question"], gold, (document,)))
        return AnswerSet(name, language, texts, cases)

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
    folder = data / "01_contracts_cuad"
    texts: dict[str, str] = {}
    cases: list[Case] = []
    for line in (folder / "cuad_qa.jsonl").read_text(encoding="utf-8").splitlines():
        contract = json.loads(line)
        if contract["split"] != part:
            continue
        document = f"{_file_stem(Path(contract['contract_txt']).stem)}.txt"
        texts[document] = (folder / contract["contract_txt"]).read_text(encoding="utf-8", errors="replace")
        for item in contract["questions"]:
            details = item["question"].partition("Details:")[2].strip()
            question = f"{item['category']}: {details}"
            gold = () if item["is_impossible"] else _distinct(a["text"] for a in item["answers"])
            cases.append(Case(f"{document}:{item['category']}", question, gold, (document,), within=(document,)))
    return AnswerSet("cuad", "en", texts, cases)


def _mtrag(data: Path, dev: dict[str, set[Any]], part: str) -> AnswerSet:
    folder = data / "03_manuals_qa" / "mtrag_un"
    texts: dict[str, str] = {}
    for line in (folder / "passage_pool.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        texts[f"{_file_stem(item['document_id'])}.txt"] = f"{item['title']}\n\n{item['text']}".strip()
    cases = []
    for line in (folder / "reference.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        if not _chosen(dev, "reference.jsonl", item["task_id"], part):
            continue
        turns = [turn["text"] for turn in item["input"]]
        history = tuple(Turn(turns[i], turns[i + 1]) for i in range(0, len(turns) - 1, 2))
        answerable = item["answerability"][0] in ("ANSWERABLE", "PARTIAL")
        gold = tuple(target["text"] for target in item["targets"]) if answerable else ()
        documents = tuple(f"{_file_stem(c['document_id'])}.txt" for c in item["contexts"])
        cases.append(Case(item["task_id"], turns[-1], gold, documents, history=history))
    return AnswerSet("mtrag", "en", texts, cases, spans=False)


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
    "wiki": _training("wiki", "en", "qa_squadshifts_new_wiki.jsonl", 150),
    "zhsquad": _training("zhsquad", "zh", "qa_zh_chinesesquad2_dev.jsonl", 90),
}
