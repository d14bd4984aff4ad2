"""How likely it is that the quotes hold the answer: a logistic model of three figures, fitted on training items.

`benchmarks/fit_confidence.py` fits the coefficients and draws the curve of refusals and wrong answers that the
thresholds were chosen on; docs/LOG.md holds both, and what else was tried.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from core.types import Hit
from ingestion.tokens import Token, query_terms, spans
from rag.answer.evidence import Quote

ENOUGH_TERMS = 6
"""Terms of a usual question. A longer one explains itself, as reviewers of contracts do; no sentence repeats that."""
_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Features:
    """What the confidence is computed from, each 0 to 1.

    `similarity` and `overlap` are those of the quote whose blend of both is best, except that of a question of many
    terms a quote need not hold more than the weight of ENOUGH_TERMS to have it all. `missing` is the share of the
    question's names, numbers, dates and codes that this quote's passage does not hold. `unknown` is 1.0 where the
    question names a code that no passage holds: what is said of the TW-400 does not serve who asks about the TW-900.
    """

    similarity: float
    overlap: float
    missing: float
    unknown: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The model of one language: its intercept, a weight a feature, and the confidence that is enough."""

    intercept: float
    weights: Features
    threshold: float


CALIBRATED = {
    "en": Calibration(-3.93, Features(4.16, 2.78, -0.94, -10.0), 0.28),
    "zh": Calibration(-2.87, Features(2.24, 2.42, -0.54, -10.0), 0.17),
}


def measured(question: str, hits: Sequence[Hit], quotes: Sequence[Quote]) -> Features:
    """The figures for a question, its hits, and its quotes, best first."""
    if not quotes:
        return Features(0.0, 0.0, 1.0, 0.0)
    best = max(quotes, key=lambda quote: quote.similarity + quote.overlap)
    named = [token for token in spans(question) if token.kind in ("name", "number", "date", "code")]
    there = {token.norm for token in spans(_whole(best.hit))}
    missing = sum(token.norm not in there for token in named) / max(1, len(named))
    overlap = min(1.0, best.overlap * max(1.0, len(query_terms(question)) / ENOUGH_TERMS))
    return Features(best.similarity, overlap, missing, float(_names_unknown(named, hits)))


def confidence(features: Features, language: str) -> tuple[float, float]:
    """The probability that the quotes hold the answer, and the one that is enough; `language` is "en" or "zh"."""
    calibration = CALIBRATED[language]
    weighted = zip(astuple(calibration.weights), astuple(features), strict=True)
    logit = calibration.intercept + sum(weight * value for weight, value in weighted)
    return 1 / (1 + math.exp(-logit)), calibration.threshold


def _names_unknown(named: Sequence[Token], hits: Sequence[Hit]) -> bool:
    """Whether a code of the question stands in no hit, however its marks are set: E104 is E-104."""
    codes = [_MARKS.sub("", token.norm) for token in named if token.kind == "code"]
    if not codes:
        return False
    said = _MARKS.sub("", " ".join(_whole(hit) for hit in hits).lower())
    return any(code not in said for code in codes)


def _whole(hit: Hit) -> str:
    return f"{hit.document}\n{hit.passage.indexed_text}"
