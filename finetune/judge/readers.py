"""Natural rows for the judge: people's questions, claims and their labels, read from a folder of public sets."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import UsageError
from finetune.judge.examples import Example
from finetune.judge.windows import LIMIT, head, nearest, window
from ingestion.chinese import fold

TRAINING = "11_training"
SQUAD2 = "03_manuals_qa/squad2/squad2.json"
DRCD = "04_chinese_qa/drcd/DRCD_dev.json"
READING = {
    "en": {
        "qa_squadshifts_new_wiki": 8000,
        "qa_squadshifts_reddit": 2000,
        "qa_squadshifts_amazon_reviews": 2000,
        "qa_qamr_sentences": 1500,
        "qa_qed_dev": 2000,
        "qa_covidqa_windows": 2000,
    },
    "zh": {"qa_zh_chinesesquad2_dev": 8000},
}
"""The files of questions in each language, and the most rows to take of each."""
CLAIMS = {
    "en": {
        "nli_begin_attribution": 5000,
        "nli_fever_symmetric": 2000,
        "nli_summedits": 2000,
        "nli_snli_counterfactual": 7000,
        "nli_mnli_taxinli": 7000,
    },
    "zh": {"nli_zh_snli": 4500, "nli_zh_mnli": 5500},
}
"""The files of claims in each language, and the most rows to take of each."""
PREMISE = {"en": 1000, "zh": 400}
"""Characters of a premise; longer ones are cut to the sentences nearest to the claim."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """A row with the document it is from and every text that people gave as its answer."""

    example: Example
    document: str
    answers: tuple[str, ...] = ()


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file. Raises UsageError naming the file that is not there or holds something else."""
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, json.JSONDecodeError) as error:
        raise _unreadable(path, error) from error


def table(path: Path) -> Any:
    """What a JSON file holds. Raises UsageError naming the file that is not there or holds something else."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> UsageError:
    return UsageError(
        f"Reading training data from {path}: {error}. --data takes a folder laid out as its README.md says, with "
        f"{TRAINING}/ and DEV_SPLIT.json in it."
    )


def dev_items(data: Path, file: str) -> set[str]:
    """What DEV_SPLIT.json keeps for judging of the file whose path holds `file`; never to be trained on."""
    found: set[str] = set()

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                walk(value, f"{path}/{key}")
        elif isinstance(node, list) and file in path:
            found.update(str(item) for item in node)

    walk(table(data / "DEV_SPLIT.json"), "")
    if not found:
        raise UsageError(
            f"Reading {data / 'DEV_SPLIT.json'}: it names no dev items of {file}, so none can be left out."
        )
    return found


def some(rows: list[Any], most: int, rng: random.Random) -> list[Any]:
    """At most `most` of the rows, in their order."""
    if len(rows) <= most:
        return rows
    return [rows[i] for i in sorted(rng.sample(range(len(rows)), most))]


def hashed(text: str) -> str:
    """The name by which a text is known that has none."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def named(source: str, text: str) -> str:
    """A name for a document that has none, from its text."""
    return f"{source}:{hashed(text)}"


def document_of(source: str, item: dict[str, Any]) -> str:
    """The document that a question of SQuAD's form is about."""
    title = item.get("title")
    # one title for all of Reddit says nothing about what goes together
    return f"{source}:{title}" if title and "reddit" not in source else named(source, item["context"])


def span_row(
    source: str, language: str, item: dict[str, Any], document: str, passage: str, rng: random.Random
) -> Sourced | None:
    """A question of SQuAD's form against its passage; None where nothing is asked or the answer is not in its place."""
    question = " ".join(item["question"].split())
    answers = tuple(dict.fromkeys(answer["text"] for answer in item.get("answers", ()) if answer["text"].strip()))
    limit = LIMIT[language]
    if not question:
        return None
    name = f"{source}:{item['id']}"
    if item.get("is_impossible"):
        rest = head(passage, limit, rng)
        example = Example(
            name, "span", question, rest, "unanswerable", None, None, "natural-unanswerable", source, language
        )
        return Sourced(example, document)
    if not answers:
        return None
    text, start = item["answers"][0]["text"], item["answers"][0]["answer_start"]
    start += len(text) - len(text.lstrip())
    text = text.strip()
    if passage[start : start + len(text)] != text or len(text) > limit // 2:
        return None
    cut, start, end = window(passage, start, start + len(text), limit, rng)
    example = Example(name, "span", question, cut, "answerable", start, end, "natural", source, language)
    return Sourced(example, document, answers)


def reading(data: Path, language: str, rng: random.Random) -> Iterator[Sourced]:
    """The questions of the training folder in SQuAD's form, and those of SQuAD 2.0 (en) or DRCD (zh)."""
    for source, most in READING[language].items():
        rows = lines(data / TRAINING / f"{source}.jsonl")
        for item in some(rows, most, rng):
            row = span_row(source, language, item, document_of(source, item), item["context"], rng)
            if row:
                yield row
    yield from _articles(data, SQUAD2 if language == "en" else DRCD, language, rng)


def _articles(data: Path, file: str, language: str, rng: random.Random) -> Iterator[Sourced]:
    source = Path(file).stem
    dev = dev_items(data, Path(file).name)
    for article in table(data / file)["data"]:
        if article["title"] in dev:
            continue
        # Traditional characters of every other article are made Simplified: the judge meets both
        simple = language == "zh" and rng.random() < 0.5
        for paragraph in article["paragraphs"]:
            passage = fold(paragraph["context"]) if simple else paragraph["context"]
            for item in paragraph["qas"]:
                asked = _folded(item) if simple else item
                row = span_row(source, language, asked, f"{source}:{article['title']}", passage, rng)
                if row:
                    yield row


def _folded(item: dict[str, Any]) -> dict[str, Any]:
    answers = [{**answer, "text": fold(answer["text"])} for answer in item["answers"]]
    return {**item, "question": fold(item["question"]), "answers": answers}


def claims(data: Path, language: str, rng: random.Random) -> Iterator[Sourced]:
    """Claims against premises that entail them or do not."""
    for source, most in CLAIMS[language].items():
        rows = lines(data / TRAINING / f"{source}.jsonl")
        for item in some(rows, most, rng):
            claim, premise = " ".join(item["hypothesis"].split()), item["premise"].strip()
            if not claim or not premise:
                continue
            # SummEdits edits many summaries of one document, which the identifier names up to its last number
            whole = item["id"].rpartition("_")[0] if "summedits" in source else premise
            span = nearest(premise, claim, PREMISE[language])
            name = f"{source}:{item['id']}"
            example = Example(name, "entailment", claim, span, item["label"], source=source, language=language)
            yield Sourced(example, named(source, whole))


def ranked(data: Path, language: str) -> Iterator[Sourced]:
    """Passages that people's questions were asked of, and others that share their words."""
    source = "rank_en_from_new_wiki" if language == "en" else "rank_zh_from_chinesesquad"
    limit = LIMIT[language]
    for item in lines(data / TRAINING / f"{source}.jsonl"):
        for label, texts in (("relevant", item["positives"]), ("irrelevant", item["negatives"][:2])):
            for number, text in enumerate(texts):
                if len(text) > limit:  # where the answer lies is not said, so no window can be cut around it
                    continue
                name = f"{source}:{item['id']}:{label}:{number}"
                example = Example(name, "relevance", item["query"], text, label, source=source, language=language)
                yield Sourced(example, named(source, item["positives"][0]))
