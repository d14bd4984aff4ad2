"""Makes a judge's examples out of a folder of public sets: what people asked and claimed, and what is made of it.

    python -m finetune.judge.mix --data DATA --out DIR

writes DIR/en.jsonl and DIR/zh.jsonl to train on, en-held.jsonl and zh-held.jsonl of other documents to measure on.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from finetune.judge import document_readers, readers
from finetune.judge.edits import edits, kept
from finetune.judge.examples import Example, write
from finetune.judge.lexical import WordIndex
from finetune.judge.readers import Sourced
from finetune.judge.windows import without_answer

HELD = 0.04
"""Share of the documents that is held out."""
MADE = {"en": 0.75, "zh": 0.5}
"""Chance that an answerable question is made into an unanswerable one as well."""
RANKED = {"en": 0.3, "zh": 0.4}
"""Chance that a question also becomes a pair of rows for the relevance of passages."""


def main() -> None:
    """Write what was asked for, and print what it is made of."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    for language in ("en", "zh"):
        dice = random.Random(asked.seed)
        rows = list(natural(asked.data, language, dice))
        held = _held({row.document for row in rows}, random.Random(asked.seed))
        made = [row for row in (*rows, *_made(rows, language, dice))]
        for name, chosen in (("", False), ("-held", True)):
            part = _distinct([row.example for row in made if (row.document in held) == chosen])
            dice.shuffle(part)
            write(asked.out / f"{language}{name}.jsonl", part)
            _tell(f"{language}{name}", part)


def natural(data: Path, language: str, dice: random.Random) -> Iterator[Sourced]:
    """What people wrote, in one language."""
    yield from readers.reading(data, language, dice)
    yield from readers.claims(data, language, dice)
    yield from readers.ranked(data, language)
    if language == "en":
        yield from document_readers.contracts(data, dice)
        yield from document_readers.reports(data, dice)
        yield from document_readers.science(data, dice)


def _made(rows: Sequence[Sourced], language: str, dice: random.Random) -> Iterator[Sourced]:
    spans = [row for row in rows if row.example.task == "span"]
    passages: dict[str, list[str]] = defaultdict(list)
    for row in spans:
        if row.example.passage not in passages[row.document]:
            passages[row.document].append(row.example.passage)
    everywhere = sorted({row.example.passage for row in spans})
    index = WordIndex(everywhere)
    for row in spans:
        example = row.example
        if example.label == "unanswerable" or example.source == "cuad":
            continue
        if dice.random() < MADE[language]:
            yield from _spoiled(row, passages[row.document], language, dice)
        if dice.random() < RANKED[language]:
            others = _others(row, [everywhere[at] for at in index.ranked(example.question, 6)])
            yield _as(row, "natural", task="relevance", label="relevant")
            if others:
                yield _as(row, "other-passage", passage=others[0], task="relevance", label="irrelevant")
                if dice.random() < 0.5:
                    yield _as(row, "other-passage", passage=others[0], label="unanswerable")


def _spoiled(row: Sourced, siblings: Sequence[str], language: str, dice: random.Random) -> Iterator[Sourced]:
    """The question made unanswerable in one or two ways, and now and then in other words but answerable still."""
    example = row.example
    ways: list[tuple[str, str, str]] = [
        (kind, text, example.passage)
        for kind, text in edits(example.question, example.passage, siblings[:20], language, dice)
    ]
    assert example.start is not None and example.end is not None
    rest = without_answer(example.passage, example.start, example.end)
    if rest:
        ways.append(("sentence-removed", example.question, rest))
    others = _others(row, [text for text in siblings if text != example.passage])
    if others:
        ways.append(("other-passage", example.question, dice.choice(others)))
    for kind, question, passage in dice.sample(ways, min(len(ways), 1 + (dice.random() < 0.4))):
        yield _as(row, kind, question=question, passage=passage, label="unanswerable")
    if dice.random() < 0.25:
        said = kept(example.question, language, dice)
        if said:
            yield Sourced(replace(example, id=f"{example.id}:kept", kind="question-kept", question=said), row.document)


def _as(row: Sourced, kind: str, **changes: str) -> Sourced:
    example = replace(row.example, kind=kind, id=f"{row.example.id}:{kind}", start=None, end=None, **changes)  # type: ignore[arg-type]
    return Sourced(example, row.document)


def _others(row: Sourced, passages: Sequence[str]) -> list[str]:
    """Those of the passages that hold none of the answers."""
    return [
        text
        for text in passages
        if text != row.example.passage and not any(answer.lower() in text.lower() for answer in row.answers)
    ]


def _held(documents: set[str], dice: random.Random) -> set[str]:
    """Documents to hold out, each source's share of them; those of SQuAD 2.0, which are few, two."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for name in sorted(documents):
        by_source[name.partition(":")[0]].append(name)
    return {
        name
        for source, names in by_source.items()
        for name in dice.sample(names, 2 if source == "squad2" else int(len(names) * HELD))
    }


def _distinct(examples: Sequence[Example]) -> list[Example]:
    return list({(one.task, one.question, one.passage): one for one in examples}.values())


def _tell(name: str, examples: Sequence[Example]) -> None:
    print(f"{name}: {len(examples)} examples")
    for (task, kind, label), count in sorted(Counter((e.task, e.kind, e.label) for e in examples).items()):
        print(f"  {count:6} {task} {kind} {label}")


if __name__ == "__main__":
    main()
