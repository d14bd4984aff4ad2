"""What models write themselves, on the same evidence: how much of it may be shown, is right, and is refused.

    python -m benchmarks.drafts --data DATA --work /tmp/answers --models smollm2-135m-instruct \\
        smollm2-135m-instruct+RUN/gguf/answers-adapter.gguf --sets squad2 emanual --n 100 --out drafts.jsonl

Each model is asked with the service's own prompt for dev items, whether or not the service would find the evidence
good enough, and nothing of the quotes is added to what it writes. "passed" is the share of its sentences that keep the
check in their own words, a refusal being none; "right" the share of answerable questions where what may be shown of
the draft holds a gold text and cites a right place; "refused" the share where it says that nothing was found. Behind
the first model each has its difference to it, with the 95 % interval of a paired bootstrap over the questions.
--out keeps every draft: what was written already is not asked for again, but judged anew.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.answer_sets import SETS, AnswerSet, Case, load
from benchmarks.answers import library_of, reduced, right
from finetune.pairs.pair import REFUSAL
from finetune.pairs.shelf import Shelf, opened
from ingestion.sentences import sentence_spans
from rag.answer import check
from rag.answer.answer import AnswerSettings, Evidence, checked
from rag.answer.condense import standalone
from rag.answer.prompt import messages
from rag.engines.base import EngineSettings, Generator
from rag.engines.open import open_generator
from rag.evaluation.statistics import paired_difference

COLUMNS = "set | questions | model | sentences | passed | right | wrongly refused | refused of unanswerable | s a draft"


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote to a question of a set."""

    model: str
    set: str
    id: str
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Draft:
    """One model's draft to one question, judged. `passed` of its `sentences` keep the check in their own words; `told`
    says whether what may be shown of it is right, `refused` that it found nothing."""

    set: str
    answerable: bool
    sentences: int
    passed: int
    told: bool
    refused: bool
    seconds: float


def main() -> None:
    """Ask every model, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with DEV_SPLIT.json")
    parser.add_argument("--work", type=Path, required=True, help="where libraries are made and kept")
    parser.add_argument("--out", type=Path, required=True, help="a file of JSON lines, one a draft")
    parser.add_argument("--models", nargs="+", required=True, help="each a model, or MODEL+ADAPTER")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=["squad2", "emanual", "mtrag"])
    parser.add_argument("--n", type=int, default=100, help="questions a set")
    parser.add_argument("--documents", type=int, default=80, help="documents a set")
    asked = parser.parse_args()
    written = {(one.model, one.set, one.id): one for one in _read(asked.out)}
    generators = {name: _generator(name) for name in asked.models}
    drafts: dict[str, list[Draft]] = {model: [] for model in generators}
    for name in asked.sets:
        measured = reduced(load(asked.data, name), asked.n, asked.documents)
        folder = library_of(asked.work, measured)
        with opened(folder, next(iter(generators.values())).count_tokens) as shelf, asked.out.open("a") as file:
            for number, case in enumerate(measured.cases, 1):
                evidence = shelf.evidence(standalone(case.question, case.history), case.within)
                for model, generator in generators.items() if evidence.quotes else ():
                    one = written.get((model, name, case.id))
                    if one is None:
                        one = Written(model, name, case.id, *_written(generator, shelf, evidence))
                        file.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
                        file.flush()
                    drafts[model].append(_judged(one, shelf, evidence, case, measured))
                print(f"{name}: {number}/{len(measured.cases)}", end="\r", file=sys.stderr)
    _table(drafts, asked.sets)


def _read(path: Path) -> list[Written]:
    return [Written(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def _generator(name: str) -> Generator:
    model, _, adapter = name.partition("+")
    return open_generator(EngineSettings(model=model, adapter=adapter or ""))


def _written(generator: Generator, shelf: Shelf, evidence: Evidence) -> tuple[str, float]:
    asked = messages(evidence.question, shelf.read(evidence), evidence.language)
    started = time.perf_counter()
    text = generator.stream(asked, AnswerSettings().answer_tokens).text().strip()
    return text, time.perf_counter() - started


def _judged(one: Written, shelf: Shelf, evidence: Evidence, case: Case, measured: AnswerSet) -> Draft:
    text = one.text
    refused = text.startswith(REFUSAL[evidence.language].rstrip(".。"))
    spans = [] if refused else sentence_spans(text)
    passed = sum(check.supported(text[start:end], evidence.quotes) is not None for start, end in spans)
    kept = [] if refused else list(checked([text], evidence, shelf.embedder))
    told = bool(case.gold) and right(kept, case, measured, evidence.hits)
    return Draft(one.set, bool(case.gold), len(spans), passed, told, refused, one.seconds)


def _table(drafts: Mapping[str, Sequence[Draft]], sets: Sequence[str]) -> None:
    """Each model's drafts, to the same questions in the same order."""
    print(f"| {COLUMNS} |\n|---{'|--:' * COLUMNS.count('|')}|")
    for name in (*sets, "all"):
        of = {model: [one for one in found if name in (one.set, "all")] for model, found in drafts.items()}
        for model, found in of.items():
            print(_row(name, model, next(iter(of.values())), found))


def _row(name: str, model: str, first: Sequence[Draft], drafts: Sequence[Draft]) -> str:
    able = [at for at, draft in enumerate(drafts) if draft.answerable]
    unable = [at for at, draft in enumerate(drafts) if not draft.answerable]
    wrote = [at for at in range(len(drafts)) if drafts[at].sentences and first[at].sentences]
    cells = [
        name,
        f"{len(able)} + {len(unable)}",
        model.rpartition("/")[2],
        str(sum(draft.sentences for draft in drafts)),
        _share(wrote, first, drafts, lambda draft: draft.passed / draft.sentences),
        _share(able, first, drafts, lambda draft: float(draft.told)),
        _share(able, first, drafts, lambda draft: float(draft.refused)),
        _share(unable, first, drafts, lambda draft: float(draft.refused)),
        f"{sum(draft.seconds for draft in drafts) / max(1, len(drafts)):.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _share(at: Sequence[int], first: Sequence[Draft], drafts: Sequence[Draft], value: Any) -> str:
    if not at:
        return ""
    before, after = [value(first[one]) for one in at], [value(drafts[one]) for one in at]
    found = f"{sum(after) / len(after):.3f}"
    if before == after:
        return found
    apart = paired_difference(before, after)
    return f"{found} ({apart.estimate:+.3f}: {apart.low:+.3f} to {apart.high:+.3f})"


if __name__ == "__main__":
    main()
