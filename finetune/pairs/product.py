"""Pairs for Pincite's own task, out of public sets of questions: `python -m finetune.pairs.product --data D --out O`.

The evidence is what the service itself finds and chooses, in a library of the sets' passages. Items that are kept for
measuring are never read.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from core.settings import FILE_NAME
from finetune.judge.document_readers import contracts, reports, rulings
from finetune.judge.readers import Sourced, reading
from finetune.pairs.asked import shelved
from finetune.pairs.memo import Memo
from finetune.pairs.pair import LANGUAGES, Pair
from finetune.pairs.settings import PairSettings
from finetune.pairs.sifting import KeptOut, sifted
from finetune.pairs.stages import Made, Run, mixed, settle, written_out
from ingestion.tables import CELL
from rag.engines.base import EngineSettings
from rag.engines.open import open_generator
from rag.evaluation.public.form import PublicSet, file_name, one_line
from rag.evaluation.questions import Gold, Question

MOST = {"en": 12_000, "zh": 4_000}
"""Questions read of each language, at most."""
WITHIN = frozenset({"cuad", "tatqa", "lawbench-2-5", "qa_squadshifts_reddit", "qa_squadshifts_amazon_reviews"})
"""Sources whose questions make sense only with their own document at hand."""
_BETWEEN = "\n\n"


def rows(data: Path, language: str, most: int, seed: int) -> list[Sourced]:
    """The questions of a language, `most` of them. Raises UsageError for a folder that is not laid out as it should be.

    A question that only the piece beside it does not answer, while its document may, is left out.
    """
    dice = random.Random(seed)
    others = (rulings(data, dice),) if language == "zh" else (contracts(data, dice), reports(data, dice))
    read = chain(reading(data, language, dice), *others)
    asked = [row for row in read if row.example.kind in ("natural", "natural-unanswerable")]
    return asked if len(asked) <= most else dice.sample(asked, most)


def public_set(asked: Sequence[Sourced]) -> PublicSet:
    """The questions with their documents, each made of its passages."""
    held: dict[str, dict[str, int]] = defaultdict(dict)
    for row in asked:
        passage, document = _laid(row.example.passage), held[row.document]
        if passage not in document:
            document[passage] = sum(len(other) + len(_BETWEEN) for other in document)
    names = {document: _named(document) for document in held}
    questions = [_question(row, names[row.document], held[row.document]) for row in asked]
    texts = {names[document]: _BETWEEN.join(document_passages) for document, document_passages in held.items()}
    return PublicSet("product", tuple(questions), texts)


def _laid(passage: str) -> str:
    """A passage as a paragraph in one line; a table keeps its rows."""
    return passage if CELL in passage else one_line(passage)


def _named(document: str) -> str:
    """A file's name for a document; the hash keeps apart what would be named alike."""
    return f"{file_name(document, '')[:60]}-{hashlib.sha256(document.encode()).hexdigest()[:8]}.txt"


def _question(row: Sourced, name: str, places: Mapping[str, int]) -> Question:
    example = row.example
    at = places[_laid(example.passage)]
    within = (name,) if example.source in WITHIN else ()
    if example.start is None or example.end is None:
        return Question(example.id, example.question, example.language, False, gold=(Gold(name),), within=within)
    gold = Gold(name, start=at + example.start, end=at + example.end)
    answers = row.answers or (example.passage[example.start : example.end],)
    return Question(example.id, example.question, example.language, True, answers, (gold,), within=within)


def make(data: Path, out: Path, most: Mapping[str, int], settings: PairSettings) -> Mapping[str, Any]:
    """Makes the pairs of all languages and gives their manifest. A run that was broken off goes on."""
    found = Made([], Counter())
    engine = open_generator(EngineSettings())
    for language, count in most.items():
        public = public_set(rows(data, language, count, settings.seed))
        inputs = hashlib.sha256(repr((public.questions, settings)).encode()).hexdigest()[:12]
        work = out / ".work" / f"{language}-{inputs}"
        _without_judge(work / "library")
        with (
            Memo(work / "settled.jsonl") as memo,
            shelved(public, work / "library", engine.count_tokens, f"product-{language}", _told("documents")) as (
                shelf,
                drafts,
            ),
        ):
            run = Run(settings, out, memo, _told(f"{language} drafts"))
            known = [replace(draft, source=draft.document.partition(":")[2]) for draft in drafts]
            settle(run, shelf, mixed(run, known), found)
    engine.close()
    kept = fewer_refusals(sifted(found.pairs, found.left_out, KeptOut(())), settings, found.left_out)
    described = {"data": str(data), "most": dict(most), "settings": repr(settings)}
    manifest = written_out(run, kept, described, found.left_out)
    shutil.rmtree(out / ".work")
    return manifest


def fewer_refusals(pairs: Sequence[Pair], settings: PairSettings, left_out: Counter[str]) -> list[Pair]:
    """The pairs with no more refusals in each language than their share: people's own are most of some sets."""
    dice = random.Random(settings.seed)
    dropped: set[str] = set()
    for language in LANGUAGES:
        refused = [pair for pair in pairs if pair.language == language and pair.kind == "unanswerable"]
        told = sum(pair.language == language for pair in pairs) - len(refused)
        wanted = round(told * settings.unanswerable / (1 - settings.unanswerable))
        dropped.update(pair.id for pair in dice.sample(refused, max(0, len(refused) - wanted)))
    left_out["more refusals than were asked for"] += len(dropped)
    return [pair for pair in pairs if pair.id not in dropped]


def _without_judge(library: Path) -> None:
    """Evidence by words and similarity alone: a judge would read four passages a question, hours for all of them."""
    library.mkdir(parents=True, exist_ok=True)
    (library / FILE_NAME).write_text("[answer]\njudge = false\n", encoding="utf-8")


def _told(unit: str) -> Any:
    def progress(done: int, total: int) -> None:
        if done % 500 == 0 or done == total:
            print(f"{done}/{total} {unit}", file=sys.stderr, flush=True)  # noqa: T201 - a run of an hour says how far

    return progress


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the pairs and print what they are."""
    parser = argparse.ArgumentParser(prog="finetune.pairs.product", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of public sets, as its README.md says")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, help="questions of each language at most")
    parser.add_argument("--language", choices=("en", "zh"), action="append", help="only this language")
    asked = parser.parse_args(arguments)
    most = {name: asked.most or MOST[name] for name in asked.language or ("en", "zh")}
    settings = PairSettings(unanswerable=0.3, distractors=0.15, held=0.03, seed=asked.seed)
    manifest = make(asked.data, asked.out, most, settings)
    for name, counted in manifest["counts"].items():
        print(name, counted)  # noqa: T201 - what the command is run for
    for reason, count in manifest["left_out"].items():
        print(f"left out: {count}, {reason}")  # noqa: T201 - what the command is run for


if __name__ == "__main__":
    main()
