"""How well labels are told apart, by scikit-learn: also whether a question was rightly taken to be answerable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.evaluation import extras

ANSWERABILITY = ("answerable", "unanswerable")
"""What a question is, and by answering or refusing it is taken for."""
COST = 5.0
"""What an answer to what the documents do not answer costs, in needless refusals, unless told otherwise."""


def costs(invented: float) -> dict[tuple[str, str], float]:
    """What a mistake costs, by what a question is and what it was taken for: an invented answer `invented`, a needless
    refusal 1."""
    return {("unanswerable", "answerable"): invented, ("answerable", "unanswerable"): 1.0}


@dataclass(frozen=True, slots=True)
class OfLabel:
    """How well one label is found: `count` items have it."""

    precision: float
    recall: float
    f1: float
    count: int


@dataclass(frozen=True, slots=True)
class Classified:
    """The figures of a classification. `confusion[i][j]` items of the i-th label were taken for the j-th."""

    labels: tuple[str, ...]
    accuracy: float
    macro_f1: float
    of_labels: Mapping[str, OfLabel]
    confusion: tuple[tuple[int, ...], ...]

    def cost(self, costs: Mapping[tuple[str, str], float]) -> float:
        """The mean cost of an item, where `costs[true, predicted]` is what a mistake costs; 0 for those not named."""
        pairs = [
            (costs.get((true, predicted), 0.0), self.confusion[i][j])
            for i, true in enumerate(self.labels)
            for j, predicted in enumerate(self.labels)
        ]
        return sum(cost * count for cost, count in pairs) / max(1, sum(count for _, count in pairs))


def classified(true: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> Classified:
    """The figures for items of which each has a true and a predicted label. A share of nothing is 0.

    Raises MissingDependency.
    """
    metrics = extras.load("sklearn.metrics", "scikit-learn")
    precision, recall, f1, count = metrics.precision_recall_fscore_support(
        true, predicted, labels=list(labels), zero_division=0.0
    )
    rows = zip(precision, recall, f1, count, strict=True)
    of_labels = [OfLabel(float(p), float(r), float(f), int(c)) for p, r, f, c in rows]
    return Classified(
        tuple(labels),
        float(metrics.accuracy_score(true, predicted)) if len(true) else 0.0,
        sum(each.f1 for each in of_labels) / len(of_labels),
        dict(zip(labels, of_labels, strict=True)),
        tuple(tuple(map(int, row)) for row in metrics.confusion_matrix(true, predicted, labels=list(labels))),
    )


def areas(positive: Sequence[bool], scores: Sequence[float]) -> tuple[float, float] | None:
    """The areas under the ROC curve and under the curve of precision and recall (as average precision); None where
    all items are of one kind. Raises MissingDependency."""
    if len(set(positive)) < 2:
        return None
    metrics = extras.load("sklearn.metrics", "scikit-learn")
    return float(metrics.roc_auc_score(positive, scores)), float(metrics.average_precision_score(positive, scores))
