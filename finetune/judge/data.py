"""Writes what the judge learns from: `python -m finetune.judge.data --data DATA --out DIR [--seed 0]`.

DIR gets en.jsonl and zh.jsonl to train on; en-closer.jsonl and zh-closer.jsonl, which the last training reads besides:
written claims, and questions with the sentences around the answer's place alone; and en-held.jsonl and zh-held.jsonl of
documents that are in none of these, to measure and calibrate with. Nothing that DEV_SPLIT.json names is in any of them.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from finetune.judge.closer import closer
from finetune.judge.document_readers import contracts, dialogues, reports, rulings, science
from finetune.judge.examples import Example, write
from finetune.judge.held import held
from finetune.judge.made_questions import kept, made
from finetune.judge.negatives import relevance
from finetune.judge.readers import Sourced, claims, ranked, reading
from finetune.judge.written import written, written_claims

MADE: Mapping[str, Mapping[str, int]] = {
    "en": {
        "question-name-swapped": 4000,
        "question-number-swapped": 1500,
        "question-antonym": 2000,
        "question-negated": 700,
        "question-noun-swapped": 700,
        "sentence-removed": 2500,
        "other-passage": 2500,
    },
    "zh": {
        "question-name-swapped": 1000,
        "question-number-swapped": 600,
        "question-antonym": 800,
        "question-negated": 250,
        "question-noun-swapped": 400,
        "sentence-removed": 1000,
        "other-passage": 1000,
    },
}
"""The most made unanswerable questions of each kind."""
KEPT = 0.2
"""Share of the answerable questions that are put otherwise as well."""
RELEVANT = {"en": 3000, "zh": 1800}
"""Questions that become relevance rows, besides those that are ranked already."""


def natural(data: Path, language: str, rng: random.Random) -> list[Sourced]:
    """The rows of `language` as people wrote them, all tasks."""
    rows = list(reading(data, language, rng))
    if language == "en":
        rows += [*contracts(data, rng), *reports(data, rng), *science(data, rng), *dialogues(data)]
    else:
        rows += list(rulings(data, rng))
    return [*rows, *claims(data, language, rng), *ranked(data, language)]


def parts(data: Path, language: str, seed: int) -> tuple[list[Example], list[Example], list[Example]]:
    """The rows to train on, those that the last training reads besides, and those held out, each shuffled and without
    doubles."""
    rng = random.Random(seed)
    rows = natural(data, language, rng)
    claimed = list(written_claims(data, language, rows))
    rows += written(data, language, rows)
    kept_back = [row for row in rows if held(row.document)]
    apart = {row.example.passage for row in kept_back}
    # a passage of a held document may come back under another name, in the ranked rows
    learned = [row for row in rows if not held(row.document) and row.example.passage not in apart]
    few = {kind: max(10, most // 40) for kind, most in MADE[language].items()}
    train = [*_varied(learned, rng), *_added(learned, language, MADE[language], RELEVANT[language], rng)]
    besides = [*closer(learned), *(row for row in claimed if not held(row.document))]
    calibration = [*kept_back, *_added(kept_back, language, few, RELEVANT[language] // 20, rng)]
    calibration += [row for row in claimed if held(row.document)]
    return _shuffled(train, rng), _shuffled(besides, rng), _shuffled(calibration, rng)


def _varied(rows: Sequence[Sourced], rng: random.Random) -> list[Sourced]:
    again = [kept(row, rng) for row in rows if _editable(row) and rng.random() < KEPT]
    return [*rows, *again]


def _editable(row: Sourced) -> bool:
    """Whether a row's question is a sentence, not the name of a clause."""
    return row.example.task == "span" and row.example.source != "cuad"


def _added(
    rows: Sequence[Sourced], language: str, quotas: Mapping[str, int], relevant: int, rng: random.Random
) -> list[Sourced]:
    asked = [row for row in rows if _editable(row)]
    return [*made(asked, quotas, rng, _editable), *relevance(asked, relevant, rng)]


def _shuffled(rows: Iterable[Sourced], rng: random.Random) -> list[Example]:
    distinct: dict[tuple[str, str, str], Example] = {}
    clashing: set[tuple[str, str, str]] = set()
    for row in rows:
        example = row.example
        key = (example.task, example.question, example.passage)
        if distinct.setdefault(key, example).label != example.label:
            clashing.add(key)
    # the same question of the same passage with two labels teaches nothing
    chosen = [example for key, example in distinct.items() if key not in clashing]
    rng.shuffle(chosen)
    return chosen


def counted(examples: Iterable[Example]) -> str:
    """A table of how many rows there are by task, kind, label and source."""
    counts = Counter((e.task, e.kind, e.label, e.source) for e in examples)
    lines = [f"{number:7,d}  {'  '.join(key)}" for key, number in sorted(counts.items())]
    return "\n".join([*lines, f"{sum(counts.values()):7,d}  in all"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the files and print what is in them."""
    parser = argparse.ArgumentParser(prog="finetune.judge.data", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of public sets, laid out as its README.md says"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--language", choices=("en", "zh"), action="append", help="only this language")
    asked = parser.parse_args(arguments)
    for language in asked.language or ("en", "zh"):
        parted = parts(asked.data, language, asked.seed)
        for name, rows in zip((f"{language}{end}.jsonl" for end in ("", "-closer", "-held")), parted, strict=True):
            write(asked.out / name, rows)
            print(f"{asked.out / name}\n{counted(rows)}\n")  # noqa: T201 - the table is what the command is run for


if __name__ == "__main__":
    main()
