"""Fits the model of rag/answer/confidence.py on training items, and draws refusals against wrong answers.

    python -m benchmarks.fit_confidence --data DATA --work /tmp/answers --language en

Each question is asked three times: as it is; with every passage that holds a gold answer taken out of the hits (the
documents speak of the matter but do not say); and with the gold documents taken out (they speak of something else).
Coefficients come from the even half of the questions, the curve from the odd half.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.answer_sets import Case, load
from benchmarks.answers import library_of, reduced
from core.types import Hit
from ingestion.chinese import fold
from rag.answer.confidence import Features, measured
from rag.answer.evidence import choose
from rag.assistant import Assistant
from rag.embedding.base import Embedder
from rag.embedding.open import open_embedder

TRAINING = {"en": ("squad2", "wiki"), "zh": ("zhsquad", "drcd")}
WEIGHTS = {"answerable": 2.0, "unanswerable": 2.0, "gold passage out": 1.0, "gold document out": 0.5}
"""What each kind counts for in the fit, however many items it has. Unanswerable ones were written to mislead."""
REFUSALS = (0.03, 0.05, 0.08, 0.1, 0.15)
FITTED = 3
"""Similarity, overlap, missing; no set has enough questions with codes to fit `unknown`."""


@dataclass(frozen=True, slots=True)
class Item:
    """A question asked in one of the ways, with its features."""

    kind: str
    features: Features


def main() -> None:
    """Print the coefficients and the curve, in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with DEV_SPLIT.json")
    parser.add_argument("--work", type=Path, required=True, help="where libraries are made and kept")
    parser.add_argument("--language", choices=TRAINING, required=True)
    parser.add_argument("--n", type=int, default=300, help="questions a set")
    asked = parser.parse_args()
    embedder = open_embedder("minilm" if asked.language == "en" else "use")
    asked_of: list[list[Item]] = []
    for name in TRAINING[asked.language]:
        training = reduced(load(asked.data, name, "train"), asked.n, 150)
        with Assistant.open(library_of(asked.work, training, "train")) as assistant:
            asked_of += [_items(assistant, embedder, case) for case in training.cases]
    fitted, judged = ([item for items in half for item in items] for half in (asked_of[::2], asked_of[1::2]))
    intercept, weights = _fit(fitted)
    names = Features.__dataclass_fields__
    print(f"intercept {intercept:.2f}, " + ", ".join(f"{n} {w:.2f}" for n, w in zip(names, weights, strict=False)))
    _print_curve(judged, intercept, weights)


def _items(assistant: Assistant, embedder: Embedder, case: Case) -> list[Item]:
    hits = assistant.search(case.question, 24)
    ways = {"answerable" if case.gold else "unanswerable": hits}
    if case.gold:
        ways["gold passage out"] = [hit for hit in hits if not _holds(hit, case.gold)]
        ways["gold document out"] = [hit for hit in hits if hit.document not in case.documents]
    return [
        Item(kind, measured(case.question, found[:8], choose(case.question, found[:8], embedder)))
        for kind, found in ways.items()
    ]


def _holds(hit: Hit, gold: Sequence[str]) -> bool:
    return any(fold(text) in fold(hit.passage.text) for text in gold)


def _matrix(items: Sequence[Item]) -> NDArray[np.float64]:
    return np.array([(1.0, *astuple(item.features)[:FITTED]) for item in items])


def _fit(items: Sequence[Item]) -> tuple[float, NDArray[np.float64]]:
    """Logistic regression by Newton's method, a little ridge on it."""
    x = _matrix(items)
    y = np.array([item.kind == "answerable" for item in items], dtype=float)
    counts = {kind: sum(item.kind == kind for item in items) for kind in WEIGHTS}
    weight = np.array([WEIGHTS[item.kind] / counts[item.kind] for item in items])
    weight /= weight.sum()
    ridge = np.diag([0.0] + [1e-4] * FITTED)
    b = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ b))
        gradient = x.T @ (weight * (p - y)) + ridge @ b
        hessian = (x.T * (weight * p * (1 - p))) @ x + ridge
        b -= np.linalg.solve(hessian, gradient)
    return float(b[0]), b[1:]


def _print_curve(items: Sequence[Item], intercept: float, weights: NDArray[np.float64]) -> None:
    sure = 1 / (1 + np.exp(-_matrix(items) @ np.array([intercept, *weights])))
    of = {kind: sure[[item.kind == kind for item in items]] for kind in WEIGHTS}
    wrong = [kind for kind in WEIGHTS if kind != "answerable" and len(of[kind])]
    print(f"| wrongly not found | threshold | answered: {' | '.join(wrong)} |\n|--:|--:|{'--:|' * len(wrong)}")
    for share in REFUSALS:
        threshold = float(np.quantile(of["answerable"], share))
        answered = " | ".join(f"{(of[kind] >= threshold).mean():.2f}" for kind in wrong)
        print(f"| {share:.2f} | {threshold:.2f} | {answered} |")


if __name__ == "__main__":
    main()
