"""Fits what belongs to a judge's weights, its profile, on examples kept out of its training; draws the curve.

    python -m benchmarks.fit_confidence --held en-held.jsonl --judge judge-en.onnx --work /tmp/fit --out judge-en.json
    python -m benchmarks.fit_confidence --held en-held.jsonl --judge judge-en.onnx --work /tmp/fit \\
        --data DATA --dev squad2

--held names the examples that `finetune.judge` kept out of its training: their passages are made a library, and the
questions that people wrote are asked of it, as they are, and with every passage that holds the answer taken out of the
hits; the judge puts the hits in order as it will. Fitted are the scale of the judge's probability, what its pointing
counts for when sentences are chosen, and the confidence that an answer is right. The promises (wrong answers at most so
often, at that threshold, so many refusals) count the questions as they are, each judged by coefficients that were
fitted without it; about half of them cannot be answered, and were written to mislead. With --absent, of a set that
holds no unanswerable questions each counts a second time with its passages taken out: answerable ones of one set beside
unanswerable ones of another would make telling the sets apart look like a promise kept. --tokenizer is needed for a
Chinese judge that is not shipped yet. Without --judge the model of rag/answer/confidence.py is fitted that stands in
where no judge can read. --dev judges all that on development questions as well.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.answer_sets import AnswerSet, Case, load
from benchmarks.answers import library_of, reduced
from core.types import Hit
from core.weights import locate, sha256_of
from finetune.judge.examples import Example, read
from ingestion.chinese import fold
from rag.answer.answer import AnswerSettings, Evidence, gather
from rag.answer.confidence import Features, values
from rag.assistant import Assistant
from rag.embedding.base import Embedder
from rag.embedding.open import open_embedder
from rag.evaluation.statistics import conformal_threshold, mean_interval, roc_area
from rag.judge.judge import Judge
from rag.judge.open import Language
from rag.judge.profile import Profile, Risk
from rag.retrieval.reranking import reranked
from rag.retrieval.retriever import RetrievalSettings

Matrix = NDArray[np.float64]
SOURCES = ("squad2", "new_wiki", "chinesesquad2", "DRCD", "written")
"""Parts of the names of the sources whose questions are asked: they can be understood without their passage."""
KINDS = ("natural", "natural-unanswerable", "written", "written-unanswerable")
"""The kinds that people or writers asked for their own sake."""
COUNTS = {"answerable": 2.0, "unanswerable": 2.0, "gold passage out": 1.0}
"""What each kind counts for in the fit, however many items it has. Unanswerable ones were written to mislead."""
REFUSALS = (0.03, 0.05, 0.1, 0.15, 0.25)
QUOTE_WEIGHTS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0)
PROMISES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3)
FOLDS = 5
LIMITS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.99)
FALSE_ALARMS = 0.01
NOTHING_READ = -9.2
"""What a judge's log odds are where there was no passage to read."""
UNKNOWN = -10.0
"""The weight of a code that no passage knows; no set has enough questions with codes to fit it."""


class One:
    """The judge that is being fitted, in the place of a library's judges."""

    def __init__(self, judge: Judge | None) -> None:
        self.judge = judge

    def reading(self, question: str, texts: Sequence[str]) -> Judge | None:
        """It reads everything."""
        return self.judge


@dataclass(frozen=True, slots=True)
class Item:
    """A question asked in one of the ways, with the evidence that was found for it."""

    kind: str
    features: Features
    evidence: Evidence
    gold: tuple[str, ...]
    asked: bool
    """Whether it counts among the questions that a promise is about."""

    def right(self, weight: float, count: int) -> bool:
        """Whether the quotes shown, `count` at most, hold the answer, if the judge's pointing counts for `weight`."""
        scored = [replace(quote, score=quote.score + weight * quote.pointed) for quote in self.evidence.quotes]
        ordered = tuple(sorted(scored, key=lambda quote: -quote.score))
        shown = replace(self.evidence, quotes=ordered, found=bool(ordered)).quoted(count)
        return any(_held(gold, sentence.text) for sentence in shown for gold in self.gold)


def main() -> None:
    """Print what was fitted and the curves, in Markdown; write the profile."""
    asked = _arguments()
    rows = [row for path in asked.held for row in read(path)]
    asking = [row for row in rows if row.task == "span" and row.kind in KINDS]
    examples = [row for row in asking if any(name in row.source for name in SOURCES)]
    language: Language = "en" if examples[0].language == "en" else "zh"
    judge = _judge(asked, language, examples) if asked.judge else None
    embedder = open_embedder("minilm" if language == "en" else "use")
    absent = _answerable_alone(examples) if asked.absent else frozenset()
    items = _items(asked.work, _set(examples, language), embedder, judge, asked.n, absent)
    weight = _quote_weight(items) if judge else 0.0
    intercept, weights = _fit(items, bool(judge))
    sure = _crossed(items, bool(judge))
    print(f"\nintercept {intercept:.2f}, " + ", ".join(f"{name} {value:.2f}" for name, value in weights.items()))
    _print_curve("held-out examples", items, sure, weight)
    risks = _promises(items, sure, weight)
    if judge:
        fitted = replace(
            judge.profile,
            intercept=intercept,
            weights=weights,
            quote_weight=weight,
            risks=risks,
            **_limits(judge, rows),
        )
        fitted.write(asked.out or asked.judge.with_suffix(".json"))
    for name in asked.dev:
        dev = _items(asked.work, reduced(load(asked.data, name), asked.n, 150), embedder, judge, asked.n)
        print(
            f"\n{name}, development items: quotes right {_rights(dev, 0.0)} without the judge, {_rights(dev, weight)}"
        )
        reckoned = _sure(dev, intercept, weights)
        _print_curve(name, dev, reckoned, weight)
        _print_kept(dev, reckoned, weight, risks)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held", type=Path, nargs="+", required=True, help="examples kept out of the judge's training")
    parser.add_argument("--work", type=Path, required=True, help="where libraries are made and kept")
    parser.add_argument("--judge", type=Path, help="the judge, an ONNX file")
    parser.add_argument("--tokenizer", type=Path, help="its tokenizer, if it is not the known one of its language")
    parser.add_argument("--out", type=Path, help="where the profile goes; beside the judge unless said")
    parser.add_argument("--absent", action="store_true", help="ask sets without unanswerable questions twice")
    parser.add_argument("--n", type=int, default=2000, help="questions at most")
    parser.add_argument("--data", type=Path, help="the folder with DEV_SPLIT.json, for --dev")
    parser.add_argument("--dev", nargs="*", default=[], help="sets of development items to judge it on")
    return parser.parse_args()


def _judge(asked: argparse.Namespace, language: Language, examples: Sequence[Example]) -> Judge:
    """The judge with the scale and bias of its probability fitted on the examples' own passages."""
    tokenizer = asked.tokenizer or locate("minilm-l6-tokenizer" if language == "en" else "judge-zh-tokenizer")
    plain = Profile(language, sha256_of(asked.judge), 1.0, 0.0, 0.0, {}, (), 0.0)
    judge = Judge(asked.judge, tokenizer, plain)
    said = [judge.read(row.question, [row.passage])[0].answerable for row in examples]
    odds = np.log(np.clip(said, 1e-9, 1 - 1e-9) / (1 - np.clip(said, 1e-9, 1 - 1e-9)))
    there = np.array([row.label == "answerable" for row in examples], dtype=float)
    bias, scale = _newton(np.stack([np.ones(len(odds)), odds], 1), there, np.ones(len(odds)))
    area = roc_area(said, [bool(label) for label in there])
    print(
        f"{len(examples)} questions against their own passage: ROC area {area:.3f}, scale {scale:.3f}, bias {bias:.3f}"
    )
    return Judge(asked.judge, tokenizer, replace(plain, scale=float(scale), bias=float(bias)))


def _limits(judge: Judge, rows: Sequence[Example]) -> dict[str, float | None]:
    """From where on a claim counts as contradicted, and as entailed: the least limit at which so few that are not so
    pass as FALSE_ALARMS says, and one in ten that are; None where there is none."""
    claims = [row for row in rows if row.task == "entailment"]
    verdicts = judge.check([(row.question, row.passage) for row in claims])
    found: dict[str, float | None] = {}
    for part, label in (("contradicted", "contradiction"), ("entailed", "entailment")):
        sure = np.array([getattr(verdict, part) for verdict in verdicts])
        so = np.array([row.label == label for row in claims])
        passing = [limit for limit in LIMITS if so.any() and (sure[~so] >= limit).mean() <= FALSE_ALARMS]
        limit = min(passing, default=None)
        found[f"{part}_from"] = limit if limit is not None and (sure[so] >= limit).mean() >= 0.1 else None
        print(f"{len(claims)} claims: counted as {part} from {found[f'{part}_from']}")
    return found


def _set(examples: Sequence[Example], language: str) -> AnswerSet:
    """The examples' passages as documents, their questions as cases."""
    names = {passage: f"{number}.txt" for number, passage in enumerate(dict.fromkeys(row.passage for row in examples))}
    cases = [
        Case(
            row.id,
            row.question,
            () if row.start is None or row.end is None else (row.passage[row.start : row.end],),
            (names[row.passage],),
        )
        for row in examples
    ]
    return AnswerSet(f"held-{language}", language, {name: text for text, name in names.items()}, cases)


def _answerable_alone(examples: Sequence[Example]) -> frozenset[str]:
    """The questions of sets that hold no unanswerable ones."""
    both = {row.source for row in examples if row.label != "answerable"}
    return frozenset(row.id for row in examples if row.source not in both)


def _items(
    work: Path,
    asked_of: AnswerSet,
    embedder: Embedder,
    judge: Judge | None,
    n: int,
    absent: frozenset[str] = frozenset(),
) -> list[Item]:
    folder = library_of(work, asked_of, "fit")
    (folder / "pincite.toml").write_text("[retrieval]\nrerank = 0\n", encoding="utf-8")  # the one being fitted reranks
    with Assistant.open(folder) as assistant:
        cases = asked_of.sample(n).cases
        return [item for case in cases for item in _ways(assistant, embedder, judge, case, case.id in absent)]


def _ways(assistant: Assistant, embedder: Embedder, judge: Judge | None, case: Case, absent: bool) -> Iterable[Item]:
    hits = assistant.search(case.question, 24)
    ways = {"answerable" if case.gold else "unanswerable": hits}
    if case.gold:
        ways["gold passage out"] = [hit for hit in hits if not any(_held(gold, hit.passage.text) for gold in case.gold)]
    for kind, found in ways.items():
        ordered = reranked(case.question, found, judge, RetrievalSettings().rerank) if judge else found
        yield _item(kind, case, ordered[:8], embedder, judge, absent or kind != "gold passage out")


def _item(kind: str, case: Case, hits: Sequence[Hit], embedder: Embedder, judge: Judge | None, asked: bool) -> Item:
    judges = One(judge)
    evidence = gather(case.question, hits, embedder, AnswerSettings(threshold=0.0), judges)  # type: ignore[arg-type]
    return Item(kind, evidence.features, evidence, case.gold, asked)


def _held(gold: str, text: str) -> bool:
    return _bare(gold) in _bare(text) or (len(_bare(text)) > 20 and _bare(text) in _bare(gold))


def _bare(text: str) -> str:
    return "".join(character for character in fold(text).lower() if character.isalnum())


def _rights(items: Sequence[Item], weight: float) -> str:
    able = [item for item in items if item.kind == "answerable"]
    shares = (sum(item.right(weight, count) for item in able) / max(1, len(able)) for count in (1, 2, 3))
    return ", ".join(f"{share:.3f}" for share in shares) + " (in 1, 2, 3 sentences)"


def _quote_weight(items: Sequence[Item]) -> float:
    """The weight with which the first quote, and the three that may be shown, hold the answer most often."""
    able = [item for item in items if item.kind == "answerable"]
    worth = {}
    for weight in QUOTE_WEIGHTS:
        print(f"judge's pointing counts for {weight}: right {_rights(items, weight)}")
        worth[weight] = sum(item.right(weight, count) for item in able for count in (1, 3))
    return max(worth, key=lambda weight: worth[weight])


def _names(judged: bool) -> list[str]:
    """What the confidence is fitted on. A judge reads the question's names itself: beside it, `missing` came out with
    the wrong sign."""
    return ["similarity", "overlap", "answerable" if judged else "missing"]


def _given(item: Item) -> dict[str, float]:
    """Its figures; where nothing was found there was nothing to read."""
    return {"answerable": NOTHING_READ, **values(item.features)}


def _matrix(items: Sequence[Item], names: Sequence[str]) -> Matrix:
    return np.array([(1.0, *(one[name] for name in names)) for one in map(_given, items)])


def _fit(items: Sequence[Item], judged: bool) -> tuple[float, dict[str, float]]:
    names = _names(judged)
    labels = np.array([item.kind == "answerable" for item in items], dtype=float)
    counts = Counter(item.kind for item in items)
    weight = np.array([COUNTS[item.kind] / counts[item.kind] for item in items])
    found = _newton(_matrix(items, names), labels, weight)
    fitted = {name: round(float(value), 3) for name, value in zip(names, found[1:], strict=True)}
    return round(float(found[0]), 3), {**fitted, "unknown": UNKNOWN}


def _newton(x: Matrix, y: Matrix, weight: Matrix) -> Matrix:
    """Logistic regression by Newton's method, a little ridge on it: the intercept, then a coefficient a column."""
    weight = weight / weight.sum()
    ridge = np.diag([0.0] + [1e-4] * (x.shape[1] - 1))
    b = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        hessian = (x.T * (weight * p * (1 - p))) @ x + ridge
        b -= np.linalg.solve(hessian, x.T @ (weight * (p - y)) + ridge @ b)
    return b


def _sure(items: Sequence[Item], intercept: float, weights: dict[str, float]) -> Matrix:
    logits = [intercept + sum(weight * one[name] for name, weight in weights.items()) for one in map(_given, items)]
    return np.asarray(1 / (1 + np.exp(-np.array(logits))), dtype=np.float64)


def _crossed(items: Sequence[Item], judged: bool) -> Matrix:
    """Each item's confidence by coefficients that were fitted without its question."""
    questions = {text: n for n, text in enumerate(dict.fromkeys(item.evidence.question for item in items))}
    fold_of = np.array([questions[item.evidence.question] % FOLDS for item in items])
    sure = np.zeros(len(items))
    for number in range(FOLDS):
        within = [item for item, of in zip(items, fold_of, strict=True) if of == number]
        without = [item for item, of in zip(items, fold_of, strict=True) if of != number]
        sure[fold_of == number] = _sure(within, *_fit(without, judged))
    return sure


def _promises(items: Sequence[Item], sure: Matrix, weight: float) -> tuple[Risk, ...]:
    """Thresholds for PROMISES, by the questions as they are; an answer without the answer in it is wrong too."""
    counted = [at for at, item in enumerate(items) if item.asked]
    confidences = [float(sure[at]) for at in counted]
    wrong = [not items[at].right(weight, 3) for at in counted]
    able = np.array([float(sure[at]) for at in counted if items[at].kind == "answerable"])
    kept: list[Risk] = []
    print("\n| wrong answers at most | threshold | answerable questions not answered |\n|--:|--:|--:|")
    for promise in PROMISES:
        threshold = conformal_threshold(confidences, wrong, promise).value
        if threshold is None or not np.isfinite(threshold) or threshold > 1:
            continue
        refused = float((able < threshold).mean())
        kept.append(Risk(promise, round(float(threshold), 4), round(refused, 4)))
        print(f"| {promise:.2f} | {threshold:.3f} | {refused:.3f} |")
    return tuple(kept)


def _print_curve(name: str, items: Sequence[Item], sure: Matrix, weight: float) -> None:
    """What is answered of each kind that has no answer where so many answerable questions are refused: by the
    confidence, and by the best similarity alone; and how many of the answerable are answered rightly then."""
    alone = np.array([item.features.similarity for item in items])
    able = np.array([item.kind == "answerable" for item in items])
    right = np.array([item.right(weight, 3) for item in items])
    for kind in COUNTS:
        others = np.array([item.kind == kind for item in items])
        if kind == "answerable" or not others.any():
            continue
        labels = [True] * able.sum() + [False] * others.sum()
        areas = [roc_area([*by[able], *by[others]], labels) for by in (sure, alone)]
        print(f"\n{name}: {able.sum()} answerable against {others.sum()} {kind}")
        print(f"ROC area by confidence {areas[0]:.3f}, by the best similarity alone {areas[1]:.3f}")
        print("| wrongly not found | threshold | answered (95 %) | by similarity alone | answerable rightly cited |")
        print("|--:|--:|--:|--:|--:|")
        for share in REFUSALS:
            least, like = (float(np.quantile(by[able], share)) for by in (sure, alone))
            kept = (right & (sure >= least))[able].mean()
            print(f"| {share:.2f} | {least:.3f} | {_share(sure[others] >= least)} | "
                  f"{_share(alone[others] >= like)} | {kept:.3f} |")  # fmt: skip


def _print_kept(items: Sequence[Item], sure: Matrix, weight: float, risks: Sequence[Risk]) -> None:
    """What came of the promises on questions that they were not fitted on, passages all there."""
    asked = [at for at, item in enumerate(items) if item.kind != "gold passage out"]
    able = np.array([items[at].kind == "answerable" for at in asked])
    wrong = np.array([not items[at].right(weight, 3) for at in asked])
    print(f"| wrong at most | answered wrongly, of {len(asked)} | not answered though answerable, of {able.sum()} |")
    print("|--:|--:|--:|")
    for risk in risks:
        answered = sure[asked] >= risk.threshold
        print(f"| {risk.wrong:.2f} | {_share(answered & wrong)} | {_share(~answered[able])} |")


def _share(so: NDArray[np.bool_]) -> str:
    interval = mean_interval([float(one) for one in so])
    return f"{interval.estimate:.3f} ({interval.low:.3f} to {interval.high:.3f})"


if __name__ == "__main__":
    main()
