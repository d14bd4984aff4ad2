"""The public sets that retrieval is measured on, as documents and questions; see `retrieval.py`."""

from __future__ import annotations

import csv
import json
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.types import Block, Document
from rag.evaluation.public.form import file_name, read_json, read_lines
from rag.evaluation.public.passages import beir, mtrag
from rag.evaluation.public.reading import cuad, squad
from rag.evaluation.questions import Gold
from rag.evaluation.questions import Question as PublicQuestion


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
        found = beir(self._data / "05_retrieval_beir" / folder)
        dev = set(self._dev(f"05_retrieval_beir/{folder}/"))
        documents = [_document(name, text, title) for name, (title, text) in found.records.items()]
        return MeasuringSet(name, "en", documents, [_asked(each) for each in found.questions if each.id in dev])

    def emanual(self) -> MeasuringSet:
        """Questions on a telephone's manual against its sections."""
        at = self._data / "03_manuals_qa" / "emanual_s10"
        sections = json.loads((at / "s10_manual_corpus.json").read_text(encoding="utf-8"))
        documents: list[Document] = []
        titled: dict[str, set[str]] = {}
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
        found, dev = squad(self._data / path), self._dev(path)
        titles = [article["title"] for article in read_json(self._data / path)["data"]]
        asked = {name for name, title in zip(found.texts, titles, strict=True) if isinstance(dev, str) or title in dev}
        kept = {name: text for name, text in found.texts.items() if name in asked or every_article}
        paragraphs = {name: _paragraphs(name, text) for name, text in kept.items()}
        documents = [
            _document(f"{name}-{number}", whole.text[block.start : block.end])
            for name, whole in paragraphs.items()
            for number, block in enumerate(whole.blocks)
        ]
        questions = [
            Question(each.id, each.question, frozenset({_paragraph_of(each.gold[0], paragraphs)}))
            for each in found.questions
            if each.answerable and each.gold[0].document in asked
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
        rows = [(row["id"], *parts(row)) for row in read_lines(self._data / path)]
        holders: dict[str, str] = {}
        for key, _, text in rows:
            holders.setdefault(text, key)  # several questions on one ruling
        documents = [_document(key, text) for text, key in holders.items()]
        questions = [Question(key, question, frozenset({holders[text]})) for key, question, text in rows if key in dev]
        return MeasuringSet(name, "zh", documents, questions)

    def mtrag(self) -> MeasuringSet:
        """The last turn of a conversation, as it stands, against passages of government pages and cloud manuals."""
        path = self._data / "03_manuals_qa" / "mtrag_un" / "reference.jsonl"
        found, dev = mtrag(path), set(self._dev("03_manuals_qa/mtrag_un/reference.jsonl"))
        fully = {task["task_id"] for task in read_lines(path) if task["answerability"] == ["ANSWERABLE"]}
        pool = read_lines(path.parent / "passage_pool.jsonl")
        titled = {file_name(each["document_id"]): each["title"].strip() for each in pool}
        documents = [
            _document(name, text.removeprefix(titled[name]).lstrip(), titled[name])
            for name, text in found.texts.items()
        ]
        kept = [each for each in found.questions if each.id in fully & dev and each.gold]
        return MeasuringSet("mtrag", "en", documents, [_asked(each) for each in kept])

    def cuad(self) -> MeasuringSet:
        """Lawyers' questions within one contract each; the first ten of the contracts to develop against."""
        path = self._data / "01_contracts_cuad" / "cuad_qa.jsonl"
        found, dev = cuad(path), set(self._dev("01_contracts_cuad/cuad_qa.jsonl"))
        rows = zip(found.texts, read_lines(path), strict=True)
        names = [name for name, row in rows if row["contract_txt"] in dev and row["n_chars"] < 60_000][:10]
        documents = [_paragraphs(name, found.texts[name]) for name in names]
        kept = [_asked(each) for each in found.questions if each.answerable and each.within[0] in names]
        return MeasuringSet("cuad", "en", documents, [question for question in kept if question.spans])


def _asked(question: PublicQuestion) -> Question:
    """A question of a public set; within a document, with its spans there."""
    spans = [(gold.start, gold.end) for gold in question.gold if gold.start is not None and gold.end is not None]
    gold = frozenset(gold.document for gold in question.gold)
    return Question(question.id, question.question, gold, tuple(spans) if question.within else ())


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


def _paragraph_of(gold: Gold, paragraphs: Mapping[str, Document]) -> str:
    """The name of the paragraph that a place in an article stands in."""
    assert gold.start is not None, gold
    starts = [block.start for block in paragraphs[gold.document].blocks]
    return f"{gold.document}-{bisect_right(starts, gold.start) - 1}"


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
