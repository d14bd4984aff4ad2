"""The public sets that retrieval is measured on, as documents and questions; see `retrieval.py`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.types import Block, Document


@dataclass(frozen=True, slots=True)
class Question:
    """`gold` names the documents that answer it. Where `spans` is given, the search is within the one gold document,
    and a passage is right when it overlaps one of them."""

    id: str
    text: str
    gold: frozenset[str]
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class MeasuringSet:
    """Documents to search and questions to ask; `language` as in a library's manifest."""

    name: str
    language: str
    documents: list[Document] = field(repr=False)
    questions: list[Question] = field(repr=False)


def _document(name: str, text: str, title: str = "") -> Document:
    """A document of lines under one heading."""
    whole = f"{title}\n{text}" if title else text
    start = len(whole) - len(text)
    blocks = [Block("heading", 0, len(title), level=1)] if title else []
    return Document(name, "text/plain", whole, "0" * 64, blocks=(*blocks, Block("text", start, len(whole))))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


class Sets:
    """The sets under one folder, with the items to develop against that its DEV_SPLIT.json names."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._split = json.loads((data / "DEV_SPLIT.json").read_text(encoding="utf-8"))

    def load(self, name: str) -> MeasuringSet:
        """One of `NAMES`."""
        return LOADERS[name](self)

    def _dev(self, path: str) -> Any:
        (found,) = (value for key, value in self._split.items() if key.startswith(path))
        return found

    def scifact(self) -> MeasuringSet:
        """Claims against abstracts."""
        return self._beir("scifact", "scifact")

    def pubmedqa(self) -> MeasuringSet:
        """Questions of medicine against abstracts."""
        return self._beir("pubmedqa", "pubmedqa_l")

    def _beir(self, name: str, folder: str) -> MeasuringSet:
        at = self._data / "05_retrieval_beir" / folder
        dev = set(self._dev(f"05_retrieval_beir/{folder}/"))
        gold: dict[str, set[str]] = {}
        for path in (at / "qrels").glob("*.tsv"):
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file, delimiter="\t"):
                    if int(row["score"]) > 0:
                        gold.setdefault(row["query-id"], set()).add(row["corpus-id"])
        documents = [_document(row["_id"], row["text"], row["title"]) for row in _lines(at / "corpus.jsonl")]
        questions = [
            Question(row["_id"], row["text"], frozenset(gold[row["_id"]]))
            for row in _lines(at / "queries.jsonl")
            if row["_id"] in dev and row["_id"] in gold
        ]
        return MeasuringSet(name, "en", documents, questions)

    def emanual(self) -> MeasuringSet:
        """Questions on a telephone's manual against its sections."""
        at = self._data / "03_manuals_qa" / "emanual_s10"
        sections = json.loads((at / "s10_manual_corpus.json").read_text(encoding="utf-8"))
        documents, titled = [], {}
        for key, section in sections.items():
            lines = section["text"][1:] if section["text"][:1] == [section["title"]] else section["text"]
            documents.append(_document(key, "\n".join(lines), section["title"].strip()))
            titled.setdefault(_plain(section["title"]), set()).add(key)
        with (at / "s10_50_questions.csv").open(encoding="utf-8", newline="") as file:
            questions = [
                Question(
                    row["question_id"],
                    row["question"],
                    frozenset(titled.get(_plain(row["section_path"].split(">")[-1]), ())),
                )
                for row in csv.DictReader(file)
            ]
        return MeasuringSet("emanual", "en", documents, [question for question in questions if question.gold])

    def squad2(self) -> MeasuringSet:
        """Answerable questions against the paragraphs of ten articles."""
        return self._squad_form("squad2", "en", "03_manuals_qa/squad2/squad2.json", every_article=True)

    def drcd(self) -> MeasuringSet:
        """Traditional Chinese."""
        return self._squad_form("drcd", "zh", "04_chinese_qa/drcd/DRCD_dev.json", every=4)

    def cmrc(self) -> MeasuringSet:
        """Simplified Chinese."""
        return self._squad_form("cmrc", "zh", "04_chinese_qa/cmrc2018/cmrc2018_trial.json", every=3)

    def _squad_form(
        self, name: str, language: str, path: str, every: int = 1, every_article: bool = False
    ) -> MeasuringSet:
        content = json.loads((self._data / path).read_text(encoding="utf-8"))["data"]
        dev = self._dev(path)
        documents, questions = [], []
        for article in content:
            asked = isinstance(dev, str) or article["title"] in dev
            if not asked and not every_article:
                continue
            for number, paragraph in enumerate(article["paragraphs"]):
                key = f"{article.get('id', article['title'])}-{number}"
                documents.append(_document(key, paragraph["context"]))
                questions += [
                    Question(str(item["id"]), item["question"], frozenset({key}))
                    for item in paragraph["qas"]
                    if asked and not item.get("is_impossible") and item["question"].strip()
                ]
        return MeasuringSet(name, language, documents, questions[::every])

    def rulings(self) -> MeasuringSet:
        """Chinese: questions on court rulings against the rulings (LawBench 2-5)."""
        path = "04_chinese_qa/lawbench/lawbench_2-5_reading_comprehension.jsonl"
        return self._lawbench("rulings", path, _ruling)

    def statutes(self) -> MeasuringSet:
        """Chinese: the names of articles of law against their wording, which does not hold the name (LawBench 1-1)."""
        path = "04_chinese_qa/lawbench/lawbench_1-1_statute_recitation.jsonl"
        return self._lawbench("statutes", path, lambda row: (row["question"], row["answer"].removeprefix("答案:")))

    def _lawbench(self, name: str, path: str, parts: Callable[[dict[str, Any]], tuple[str, str]]) -> MeasuringSet:
        dev = set(self._dev(path))
        rows = [(row["id"], *parts(row)) for row in _lines(self._data / path)]
        holders: dict[str, str] = {}
        for key, _, text in rows:
            holders.setdefault(text, key)  # several questions on one ruling
        documents = [_document(key, text) for text, key in holders.items()]
        questions = [Question(key, question, frozenset({holders[text]})) for key, question, text in rows if key in dev]
        return MeasuringSet(name, "zh", documents, questions)

    def mtrag(self) -> MeasuringSet:
        """The last turn of a conversation, as it stands, against passages of government pages and cloud manuals."""
        at = self._data / "03_manuals_qa" / "mtrag_un"
        dev = set(self._dev("03_manuals_qa/mtrag_un/reference.jsonl"))
        documents = [
            _document(row["document_id"], row["text"], row["title"]) for row in _lines(at / "passage_pool.jsonl")
        ]
        names = {document.name for document in documents}
        questions = [
            Question(
                row["task_id"],
                row["input"][-1]["text"],
                frozenset(context["document_id"] for context in row["contexts"]) & names,
            )
            for row in _lines(at / "reference.jsonl")
            if row["task_id"] in dev and row["answerability"] == ["ANSWERABLE"]
        ]
        return MeasuringSet("mtrag", "en", documents, [question for question in questions if question.gold])

    def cuad(self) -> MeasuringSet:
        """Lawyers' questions within one contract each; the first ten of the contracts to develop against."""
        at = self._data / "01_contracts_cuad"
        dev = set(self._dev("01_contracts_cuad/cuad_qa.jsonl"))
        documents, questions = [], []
        rows = [row for row in _lines(at / "cuad_qa.jsonl") if row["contract_txt"] in dev and row["n_chars"] < 60_000]
        for row in rows[:10]:
            with (at / row["contract_txt"]).open(encoding="utf-8", newline="") as file:
                document = _paragraphs(row["contract_txt"], file.read())
            documents.append(document)
            questions += list(_clauses(row, document.name))
        return MeasuringSet("cuad", "en", documents, questions)


def _plain(title: str) -> str:
    return " ".join(title.lower().split())


def _ruling(row: dict[str, Any]) -> tuple[str, str]:
    text, _, question = row["question"].rpartition("问题:")
    return question.strip(), text.removeprefix("段落:").strip()


def _paragraphs(name: str, text: str) -> Document:
    """A document of which each paragraph is a block."""
    blocks, at = [], 0
    for part in text.split("\n\n"):
        blocks.append(Block("text", at, at + len(part)))
        at += len(part) + 2
    return Document(name, "text/plain", text, "0" * 64, blocks=tuple(blocks))


def _clauses(row: dict[str, Any], name: str) -> Iterable[Question]:
    for item in row["questions"]:
        spans = tuple((answer["start"], answer["end"]) for answer in item["answers"] if answer["start"] is not None)
        if spans:
            # All questions begin with the same words on what a lawyer should review; what is asked stands after them.
            text = f"{item['category']}: {item['question'].partition('Details: ')[2]}"
            yield Question(f"{name} {item['category']}", text, frozenset({name}), spans)


LOADERS: dict[str, Callable[[Sets], MeasuringSet]] = {
    "scifact": Sets.scifact,
    "pubmedqa": Sets.pubmedqa,
    "emanual": Sets.emanual,
    "squad2": Sets.squad2,
    "mtrag": Sets.mtrag,
    "cuad": Sets.cuad,
    "cmrc": Sets.cmrc,
    "drcd": Sets.drcd,
    "rulings": Sets.rulings,
    "statutes": Sets.statutes,
}
