"""What a judge can tell by itself: answers and their absence in a passage, claims against spans, and what it costs.

    python -m benchmarks.judge_figures --data DATA --held en-held.jsonl en-claims-held.jsonl --language en
    python -m benchmarks.judge_figures --data DATA --held zh-held.jsonl zh-claims-held.jsonl --language zh

The questions are those of the development articles (SQuAD 2.0; DRCD and CMRC) against their own paragraph. Where a set
has no development items (BEGIN, SummEdits, ChineseSquad2), and for made claims, the rows in --held stand for them,
which no training has seen. ContractNLI's hypotheses are held against the passages that its lawyers marked; where they
marked none, against the sentences that share most words. Intervals are bootstraps, of ROC areas over paragraphs.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.weights import sha256_of
from finetune.judge.examples import Example, read
from finetune.judge.readers import DRCD, SQUAD2, dev_items, span_row, table
from finetune.judge.windows import nearest
from rag.evaluation.statistics import mean_interval, roc_area
from rag.judge.judge import Judge
from rag.judge.open import Judges, Language
from rag.judge.profile import Profile
from rag.judge.reading import Reading

CMRC = "04_chinese_qa/cmrc2018/cmrc2018_trial.json"
CONTRACTNLI = "02_contractnli/contractnli_dev.json"
PREMISE = 1000
"""Characters of a contract that a hypothesis is held against, at most."""
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Read:
    """A question with its reading; `group` is what is drawn together for intervals, its paragraph."""

    example: Example
    reading: Reading
    group: str


def main() -> None:
    """Print the tables, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with DEV_SPLIT.json")
    parser.add_argument("--held", type=Path, nargs="*", default=[], help="rows kept out of the judge's training")
    parser.add_argument("--language", choices=("en", "zh"), required=True)
    parser.add_argument("--judge", metavar="MODEL:TOKENIZER", help="one that is not shipped")
    parser.add_argument("--n", type=int, default=1000, help="questions a set at most")
    asked = parser.parse_args()
    judge = _judge(asked.language, asked.judge)
    held = [row for path in asked.held for row in read(path)]
    print(
        "| questions against their own paragraph | with an answer | without | ROC area | answer overlapped | the span |"
    )
    print("| --- | --: | --: | --: | --: | --: |")
    for name, rows in questions(asked.data, asked.language, held):
        _print_questions(name, asked_of(judge, random.Random(0).sample(rows, min(asked.n, len(rows)))))
    print("\n| claims against spans | n | right | share of its commonest label |\n| --- | --: | --: | --: |")
    for name, rows in claims(asked.data, asked.language, held):
        _print_claims(judge, name, random.Random(0).sample(rows, min(asked.n, len(rows))))
    _print_cost(judge, [row for row in held if row.task == "span"])


def _judge(language: Language, files: str | None) -> Judge:
    if files is None:
        judge = Judges().of(language)
        if judge is None:
            raise SystemExit(f"No judge is shipped for {language!r}; name one with --judge MODEL:TOKENIZER.")
        return judge
    model, tokenizer = map(Path, files.split(":"))
    return Judge(model, tokenizer, Profile(language, sha256_of(model), 1.0, 0.0, 0.0, {}, (), 0.0))


def questions(data: Path, language: Language, held: Sequence[Example]) -> Iterator[tuple[str, list[Example]]]:
    """Each set's name and questions."""
    if language == "en":
        yield "SQuAD 2.0, development articles", list(_articles(data, SQUAD2, "en"))
    else:
        yield "DRCD, development articles", list(_articles(data, DRCD, "zh"))
        yield (
            "CMRC 2018",
            [row for article in table(data / CMRC)["data"] for row in _asked(article["paragraphs"], CMRC, "zh")],
        )
    sources: dict[str, list[Example]] = defaultdict(list)
    for row in held:
        if row.task == "span" and row.kind.startswith(("natural", "written")):
            sources[row.source].append(row)
    for source, rows in sorted(sources.items()):
        if len(rows) >= 50:
            yield f"{source}, held out", rows


def _articles(data: Path, file: str, language: Language) -> Iterator[Example]:
    dev = dev_items(data, Path(file).name)
    for article in table(data / file)["data"]:
        if article["title"] in dev:
            yield from _asked(article["paragraphs"], file, language)


def _asked(paragraphs: Sequence[Any], file: str, language: Language) -> Iterator[Example]:
    for paragraph in paragraphs:
        for item in paragraph["qas"]:
            row = span_row(Path(file).stem, language, item, "", paragraph["context"], random.Random(0))
            if row:
                yield row.example


def asked_of(judge: Judge, rows: Sequence[Example]) -> list[Read]:
    """Each question read against its passage."""
    return [Read(row, judge.read(row.question, [row.passage])[0], row.passage) for row in rows]


def _print_questions(name: str, reads: Sequence[Read]) -> None:
    able = [one for one in reads if one.example.label == "answerable"]
    overlapped = [
        float(
            one.reading.start is not None
            and one.reading.end is not None
            and one.reading.start < (one.example.end or 0)
            and (one.example.start or 0) < one.reading.end
        )
        for one in able
        if one.example.end is not None
    ]
    exact = [
        float((one.reading.start, one.reading.end) == (one.example.start, one.example.end))
        for one in able
        if one.example.end is not None
    ]
    area = "" if len(able) == len(reads) else _area(reads)
    told = [f"{mean_interval(one).estimate:.3f} ({mean_interval(one).low:.3f} to {mean_interval(one).high:.3f})"
            for one in (overlapped, exact)]  # fmt: skip
    print(f"| {name} | {len(able)} | {len(reads) - len(able)} | {area} | {' | '.join(told)} |", flush=True)


def _area(reads: Sequence[Read]) -> str:
    """The ROC area of answerability, with an interval over paragraphs drawn anew."""
    scores = np.array([one.reading.answerable for one in reads])
    there = np.array([one.example.label == "answerable" for one in reads])
    groups: dict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(reads):
        groups[one.group].append(at)
    places = list(groups.values())
    dice = np.random.default_rng(0)
    areas = []
    for _ in range(RESAMPLES):
        drawn = np.concatenate([places[at] for at in dice.integers(0, len(places), len(places))])
        areas.append(roc_area(list(scores[drawn]), [bool(one) for one in there[drawn]]))
    low, high = np.nanquantile(areas, [0.025, 0.975])
    return f"{roc_area(list(scores), [bool(one) for one in there]):.3f} ({low:.3f} to {high:.3f})"


def claims(data: Path, language: Language, held: Sequence[Example]) -> Iterator[tuple[str, list[Example]]]:
    """Each set's name and claims; the made ones by what was done to them."""
    if language == "en":
        yield "ContractNLI, development part", list(_contractnli(data))
    sources: dict[str, list[Example]] = defaultdict(list)
    for row in held:
        if row.task == "entailment":
            made = row.kind.startswith("claim")
            sources[f"made, {row.kind}" if made else f"{row.source}, held out"].append(row)
    for source, rows in sorted(sources.items()):
        if len(rows) >= 20:
            yield source, rows


def _contractnli(data: Path) -> Iterator[Example]:
    labels = {"Entailment": "entailment", "Contradiction": "contradiction", "NotMentioned": "neutral"}
    given = json.loads((data / CONTRACTNLI).read_text(encoding="utf-8"))
    for document in given["documents"]:
        for key, marked in document["annotation_sets"][0]["annotations"].items():
            claim = given["labels"][key]["hypothesis"]
            spans = [document["spans"][at] for at in marked["spans"]]
            text = " ".join(document["text"][start:end] for start, end in spans) or document["text"]
            name = f"contractnli:{document['id']}:{key}"
            label = labels[marked["choice"]]
            yield Example(name, "entailment", claim, nearest(text, claim, PREMISE), label, source="contractnli")


def _print_claims(judge: Judge, name: str, rows: Sequence[Example]) -> None:
    verdicts = judge.check([(row.question, row.passage) for row in rows])
    said = [
        max(
            ("entailment", one.entailed),
            ("neutral", one.open),
            ("contradiction", one.contradicted),
            key=lambda pair: pair[1],
        )[0]
        for one in verdicts
    ]
    known = {row.label for row in rows}
    # A set that knows no third label counts whatever is not entailed as one.
    if len(known) == 2 and "entailment" in known:
        (other,) = known - {"entailment"}
        said = [one if one == "entailment" else other for one in said]
    right = mean_interval([float(one == row.label) for one, row in zip(said, rows, strict=True)])
    commonest = max(sum(row.label == label for row in rows) for label in known) / len(rows)
    print(f"| {name} | {len(rows)} | {right.estimate:.3f} ({right.low:.3f} to {right.high:.3f}) | {commonest:.3f} |")


def _print_cost(judge: Judge, rows: Sequence[Example]) -> None:
    """Seconds to read eight passages of Pincite's length for a question, and memory that the process takes."""
    passages = [row.passage for row in rows[:8]]
    judge.read(rows[0].question, passages)
    seconds, processor = [], time.process_time()
    for row in rows[:30]:
        started = time.perf_counter()
        judge.read(row.question, passages)
        seconds.append(time.perf_counter() - started)
    spent = (time.process_time() - processor) / len(seconds)
    characters = statistics.mean(map(len, passages))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"\nEight passages of {characters:.0f} characters: {statistics.median(seconds):.3f} s at the median, "
        f"{spent:.3f} processor seconds; the whole process {peak:.0f} MiB at its peak"
    )


if __name__ == "__main__":
    main()
