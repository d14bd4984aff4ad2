"""Natural rows out of whole documents: contracts, financial reports, court rulings, abstracts, dialogues."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from finetune.judge.examples import Example
from finetune.judge.lexical import WordIndex
from finetune.judge.readers import Sourced, dev_items, lines, some, table
from finetune.judge.windows import LIMIT, content, nearest, window
from ingestion.sentences import sentence_spans

CONTRACTS = "01_contracts_cuad"
CONTRACT_WINDOW = 900
CONTRACT_ROWS = 3000
"""The most rows of contracts for each of the two labels."""


def contracts(data: Path, rng: random.Random) -> Iterator[Sourced]:
    """What lawyers asked of contracts: a window around what they marked, or windows of contracts where it is absent."""
    found: list[Sourced] = []
    missing: list[Sourced] = []
    for contract in lines(data / CONTRACTS / "cuad_qa.jsonl"):
        if contract["split"] != "train":
            continue
        # newline="": the offsets count line ends as they stand in the file
        with (data / CONTRACTS / contract["contract_txt"]).open(encoding="utf-8", newline="") as file:
            text = file.read()
        pieces = _pieces(text, CONTRACT_WINDOW)
        index = WordIndex([text[at:to] for at, to in pieces])
        for item in contract["questions"]:
            row = _marked(contract["contract_txt"], text, item, rng)
            if row:
                found.append(row)
            if len(pieces) > 2:
                missing.extend(_unmarked(contract["contract_txt"], text, pieces, index, item, rng))
    found = some(found, CONTRACT_ROWS, rng)
    yield from found
    yield from some(missing, len(found), rng)


def _asked(item: dict[str, Any]) -> str:
    return f"{item['category']}: {item['question'].partition('Details:')[2].strip()}"


def _pieces(text: str, size: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    for at, to in sentence_spans(text):
        if pieces and to - pieces[-1][0] <= size:
            pieces[-1] = (pieces[-1][0], to)
        else:
            pieces.append((at, min(to, at + size)))
    return pieces


def _marked(document: str, text: str, item: dict[str, Any], rng: random.Random) -> Sourced | None:
    placed = [answer for answer in item["answers"] if answer["start"] is not None]
    if item["is_impossible"] or not placed:
        return None
    start, end = placed[0]["start"], placed[0]["end"]
    if not 0 < len(text[start:end].strip()) == end - start <= CONTRACT_WINDOW:
        return None
    passage, start, end = window(text, start, end, CONTRACT_WINDOW, rng)
    name = f"cuad:{document}:{item['category']}"
    example = Example(name, "span", _asked(item), passage, "answerable", start, end, "natural", "cuad", "en")
    return Sourced(example, f"cuad:{document}", tuple(answer["text"] for answer in item["answers"]))


def _unmarked(
    document: str,
    text: str,
    pieces: list[tuple[int, int]],
    index: WordIndex,
    item: dict[str, Any],
    rng: random.Random,
) -> Iterator[Sourced]:
    """A piece of the contract that shares words with the question and yet holds nothing that lawyers marked for it."""
    answers = item["answers"]
    if any(answer["start"] is None for answer in answers):
        return
    kind = "natural-unanswerable" if item["is_impossible"] else "other-passage"
    if rng.random() < (0.4 if item["is_impossible"] else 0.7):
        return
    likely = index.ranked(_asked(item), 6) if rng.random() < 0.6 else rng.sample(range(len(pieces)), 3)
    rng.shuffle(likely)
    for number in likely:
        at, to = pieces[number]
        passage = text[at:to].strip()
        held = any(answer["start"] < to and answer["end"] > at for answer in answers)
        said = any(answer["text"].lower() in passage.lower() for answer in answers)
        if held or said or len(passage) < 100:
            continue
        name = f"cuad:{document}:{item['category']}:{kind}"
        example = Example(name, "span", _asked(item), passage, "unanswerable", None, None, kind, "cuad", "en")
        yield Sourced(example, f"cuad:{document}")
        return


def reports(data: Path, rng: random.Random) -> Iterator[Sourced]:
    """Questions about financial reports whose answer stands in a paragraph, or once in a table."""
    file = "tatqa_dataset_dev.json"
    dev = dev_items(data, "10_finance_qa/tatqa")
    for report in table(data / "10_finance_qa" / "tatqa" / file):
        name = report["table"]["uid"]
        if name in dev:
            continue
        rows = "\n".join(" | ".join(cell.strip() for cell in row) for row in report["table"]["table"])
        paragraphs = [paragraph["text"] for paragraph in sorted(report["paragraphs"], key=lambda p: int(p["order"]))]
        for item in report["questions"]:
            # an answer that comes of comparing figures is no span to point at
            if item["answer_type"] != "span" or item["req_comparison"]:
                continue
            passage = rows if item["answer_from"] == "table" else "\n".join(paragraphs)
            if item["answer_from"] == "table-text":
                passage = rows
            example = _reported(name, item, passage, rng)
            if example:
                yield Sourced(example, f"tatqa:{name}", (item["answer"][0],))


def _reported(report: str, item: dict[str, Any], passage: str, rng: random.Random) -> Example | None:
    answer = str(item["answer"][0]).strip()
    places = [found.start() for found in re.finditer(rf"(?<![\w.,]){re.escape(answer)}(?![\w]|[.,]\d)", passage)]
    if not answer or not places or (len(places) > 1 and " | " in passage) or len(answer) > LIMIT["en"] // 2:
        return None
    cut, start, end = window(passage, places[0], places[0] + len(answer), LIMIT["en"], rng)
    if " | " in passage and not cut.startswith(passage[:20]):  # figures mean nothing without the table's head
        top = "\n".join(passage.split("\n")[:2]) + "\n"
        cut, start, end = top + cut, start + len(top), end + len(top)
    name = f"tatqa:{report}:{item['uid']}"
    return Example(name, "span", item["question"], cut, "answerable", start, end, "natural", "tatqa", "en")


def rulings(data: Path, rng: random.Random) -> Iterator[Sourced]:
    """Questions about Chinese court rulings whose answer is a span of the ruling."""
    file = "lawbench_2-5_reading_comprehension.jsonl"
    dev = dev_items(data, file)
    for item in lines(data / "04_chinese_qa" / "lawbench" / file):
        if item["id"] in dev:
            continue
        text, _, question = item["question"].partition("问题:")
        text = text.removeprefix("段落:")
        # most have several answers, parted by commas; a row points at the first
        answer = item["answer"].removeprefix("回答:").split(",")[0].strip().rstrip("。.;")
        start = text.find(answer)
        if not answer or start < 0 or not question.strip():
            continue
        passage, start, end = window(text, start, start + len(answer), 400, rng)
        name = f"lawbench:{item['id']}"
        example = Example(
            name, "span", question.strip(), passage, "answerable", start, end, "natural", "lawbench-2-5", "zh"
        )
        yield Sourced(example, f"lawbench:{item['id']}", (answer,))


def science(data: Path, rng: random.Random) -> Iterator[Sourced]:
    """Scientific claims against abstracts that bear on them (relevance) and against their sentences (entailment)."""
    folder = data / "05_retrieval_beir" / "scifact"
    dev = dev_items(data, "scifact/queries.jsonl")
    queries = {item["_id"]: item["text"] for item in lines(folder / "queries.jsonl") if item["_id"] not in dev}
    corpus = {item["_id"]: item for item in lines(folder / "corpus.jsonl")}
    told = {(e["query-id"], e["corpus-id"]): e for e in lines(folder / "evidence_train.jsonl")}
    pairs = (folder / "qrels" / "train.tsv").read_text(encoding="utf-8").splitlines()[1:]
    bearing: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        query, document, _ = pair.split("\t")
        if query in queries and document in corpus:
            bearing[query].add(document)
    order = list(corpus)
    index = WordIndex([f"{corpus[name]['title']} {corpus[name]['text']}" for name in order])
    for query, documents in bearing.items():
        for name in sorted(documents):
            evidence = told.get((query, name))
            yield from _borne(query, queries[query], corpus[name], evidence)
        others = [order[i] for i in index.ranked(queries[query], 10) if order[i] not in documents]
        for name in others[:2]:
            yield _abstract(query, queries[query], corpus[name], "irrelevant")


def _abstract(query: str, claim: str, item: dict[str, Any], label: str) -> Sourced:
    text = nearest(f"{item['title']}\n{item['text']}", claim, LIMIT["en"])
    name = f"scifact:{query}:{item['_id']}:{label}"
    return Sourced(Example(name, "relevance", claim, text, label, source="scifact"), f"scifact:{query}")


def _borne(query: str, claim: str, item: dict[str, Any], evidence: dict[str, Any] | None) -> Iterator[Sourced]:
    document = f"scifact:{query}"
    name = f"scifact:{query}:{item['_id']}"
    if evidence is None:  # the abstract is about the matter and neither supports nor refutes the claim
        text = nearest(item["text"], claim, 600)
        yield Sourced(Example(name, "entailment", claim, text, "neutral", source="scifact"), document)
        return
    yield _abstract(query, claim, item, "relevant")
    sentences = item["metadata"]["sentences"]
    text = " ".join(sentences[i] for i in evidence["sentences"] if i < len(sentences))
    if text.strip():
        label = "entailment" if evidence["label"] == "SUPPORT" else "contradiction"
        yield Sourced(Example(name, "entailment", claim, text, label, source="scifact"), document)


def dialogues(data: Path) -> Iterator[Sourced]:
    """Last questions of dialogues about manuals: relevant to the passage that bears the answer, unlike the others."""
    file = "mtrag_un/reference.jsonl"
    dev = dev_items(data, file)
    for item in lines(data / "03_manuals_qa" / file):
        question = item["input"][-1]["text"].strip()
        # short turns lean on what was said before them
        if item["task_id"] in dev or len(content(question)) < 4:
            continue
        if item["answerability"] != ["ANSWERABLE"] or not item["contexts"]:
            continue
        answer = content(item["targets"][0]["text"])
        texts = [" ".join(context["text"].replace("<br>", " ").split()) for context in item["contexts"]]
        texts = [nearest(text, question + " " + item["targets"][0]["text"], LIMIT["en"]) for text in texts if text]
        best = max(texts, key=lambda text: len(answer & content(text)), default="")
        if not answer or len(answer & content(best)) / len(answer) < 0.6:
            continue
        name = f"mtrag:{item['task_id']}"
        example = Example(name, "relevance", question, best, "relevant", source="mtrag")
        yield Sourced(example, f"mtrag:{item['conversation_id']}")
