"""Fits what a judge's profile says of it, on questions of one library, not far from what was fitted on many.

A few dozen questions say little about five coefficients, so those of the profile that there is are where the fit starts
and what it is held to; and a promise may only become more careful than it was, never less.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.answer.confidence import Features, confidence, values
from rag.evaluation.statistics import conformal_threshold, lower_bound
from rag.judge.profile import Profile, Risk
from rag.judge.reading import Verdict

Matrix = NDArray[np.float64]
LIMITS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.99)
FALSE_ALARMS = 0.01
"""Share of the claims that are not so which may pass a limit."""
ENOUGH_CLAIMS = 40
MADE_UP = 0.5
"""What an item counts that was made by taking the answering passages away."""
SPREAD = 0.5
"""By how much the log odds may well differ from library to library for a USUAL difference in one feature; twice that in
the intercept."""
USUAL = {"similarity": 0.15, "overlap": 0.25, "missing": 0.3, "answerable": 2.5}
"""How far questions usually lie apart in each feature."""


@dataclass(frozen=True, slots=True)
class Item:
    """A question with the evidence found for it: its features, whether the quotes shown hold the answer, whether the
    documents do, and whether the question is as it was asked (`natural`), or with the answering passages taken away."""

    question: str
    features: Features
    right: bool
    answerable: bool
    natural: bool


def sure(items: Sequence[Item], profile: Profile) -> list[float]:
    """The confidence that a profile gives each item."""
    return [confidence(item.features, profile.language, profile) for item in items]


def refitted(profile: Profile, items: Sequence[Item]) -> Profile:
    """The profile with intercept and weights fitted on the items, as near to its own as so few items ask for."""
    names = [name for name in profile.weights if name != "unknown"]  # a code decides by itself, known or not
    asked = [item for item in items if not (item.features.unknown or item.features.defined)]
    used = [item for item in asked if item.features.answerable is not None]
    if not used:
        return profile
    x = np.array([(1.0, *(values(item.features)[name] for name in names)) for item in used])
    before = np.array([profile.intercept, *(profile.weights[name] for name in names)])
    usual = np.array([0.5, *(USUAL[name] for name in names)])
    weight = np.array([1.0 if item.natural else MADE_UP for item in used])
    found = logistic(x, np.array([float(item.right) for item in used]), weight, before, SPREAD / usual)
    fitted = {name: round(float(value), 3) for name, value in zip(names, found[1:], strict=True)}
    return replace(profile, intercept=round(float(found[0]), 3), weights={**profile.weights, **fitted})


def logistic(x: Matrix, y: Matrix, weight: Matrix, before: Matrix, spread: Matrix) -> Matrix:
    """The likeliest coefficients of a logistic regression whose coefficients are `before`, give or take `spread`."""
    b, held = before.copy(), np.diag(spread**-2.0)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        hessian = (x.T * (weight * p * (1 - p))) @ x + held
        step = np.linalg.solve(hessian, x.T @ (weight * (p - y)) + held @ (b - before))
        b = b - np.clip(step, -2 * spread, 2 * spread)
        if np.abs(step).max() < 1e-9:
            break
    return b


def promises(profile: Profile, items: Sequence[Item], confidences: Sequence[float]) -> tuple[Risk, ...]:
    """The profile's promises, with what they cost by the natural ones of the items. `confidences` are those of a
    profile that was fitted without the item.

    A threshold stays as it is, since the confidence keeps its meaning, unless these questions refute the promise: then
    it is the lowest that keeps it on them.
    """
    asked = [(item, one) for item, one in zip(items, confidences, strict=True) if item.natural]
    able = [one for item, one in asked if item.answerable]
    kept = []
    for risk in profile.risks:
        threshold = risk.threshold
        wrong = sum(one >= threshold and not item.right for item, one in asked)
        if lower_bound(wrong, len(asked)) > risk.wrong:
            found = conformal_threshold([one for _, one in asked], [not item.right for item, _ in asked], risk.wrong)
            # what is never reached is never wrong
            threshold = 1.0 if found.value is None else math.ceil(found.value * 10_000) / 10_000
        refused = sum(one < threshold for one in able) / max(1, len(able))
        kept.append(Risk(risk.wrong, threshold, round(refused, 4)))
    return tuple(kept)


def limits(profile: Profile, verdicts: Sequence[Verdict], labels: Sequence[str]) -> tuple[float | None, float | None]:
    """From where on a claim counts as contradicted, and as entailed: the profile's own limits, or higher ones where
    these claims ask for it; None where none would do. Too few claims leave them as they are."""
    if len(verdicts) < ENOUGH_CLAIMS:
        return profile.contradicted_from, profile.entailed_from
    found: list[float | None] = []
    for part, label, before in (
        ("contradicted", "contradiction", profile.contradicted_from),
        ("entailed", "entailment", profile.entailed_from),
    ):
        alarms = np.array([getattr(v, part) for v, of in zip(verdicts, labels, strict=True) if of != label])
        passing = [one for one in LIMITS if (alarms >= one).mean() <= FALSE_ALARMS] if len(alarms) else [*LIMITS]
        least = min(passing, default=None)
        found.append(None if before is None or least is None else max(before, least))
    return found[0], found[1]
