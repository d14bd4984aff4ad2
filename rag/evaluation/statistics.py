"""The statistics behind the figures: intervals, curves of confidence, thresholds that promise something.

Every function takes plain sequences, one value a question, and gives the same result for the same `seed`. Numpy alone:
these are read where answers are given, and SciPy is no part of that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import UsageError

Values: TypeAlias = NDArray[np.float64]
_Bound: TypeAlias = Callable[[int, int], float]
"""From wrong answers and questions to the upper bound on the share of wrong ones."""

RESAMPLES = 10_000
"""Bootstrap samples drawn: the smallest p-value that can be told is one in as many."""
_AT_ONCE = 1_000_000
"""Numbers drawn at once, so that thousands of questions take some megabytes and not gigabytes."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the bounds that hold the true value in `level` of all samples; all three are NaN for no values.

    `count` is the number of values, or of pairs, behind it.
    """

    estimate: float
    low: float
    high: float
    level: float
    count: int

    def excludes(self, value: float) -> bool:
        """Whether `value` lies outside."""
        return value < self.low or value > self.high


@dataclass(frozen=True, slots=True)
class Curve:
    """Risk against coverage: at the threshold `thresholds[i]` the share `coverage[i]` of all questions is answered, and
    `risk[i]` of those answers are wrong. Thresholds fall, coverage grows to 1. `area` is the mean risk over all
    coverages, 0 to 1, smaller is better; NaN for no questions."""

    thresholds: tuple[float, ...]
    coverage: tuple[float, ...]
    risk: tuple[float, ...]
    area: float

    def risk_at(self, coverage: float) -> float:
        """The risk at the smallest coverage on the curve that is at least `coverage`; NaN for no questions."""
        at = next((risk for reached, risk in zip(self.coverage, self.risk, strict=True) if reached >= coverage), None)
        return math.nan if at is None else at


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions whose confidence lies in low..high: how many, their mean confidence, the share that was right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """A confidence from which to answer, and what it promises.

    `value` is None where the questions are too few for the promise, or the wrong answers too sure of themselves:
    then nothing may be answered. `wrong` of `count` questions were answered wrongly at it, `answered` answered at
    all, and `bound` is the upper bound on the share of wrong answers among all questions asked.
    """

    value: float | None
    bound: float
    wrong: int
    answered: int
    count: int


def mean_interval(values: Sequence[float], level: float = 0.95, seed: int = 0) -> Interval:
    """The mean with its bootstrap percentile interval."""
    given = _values(values)
    return _interval(float(given.mean()) if len(given) else math.nan, _means(given, seed), level, len(given))


def paired_difference(before: Sequence[float], after: Sequence[float], level: float = 0.95, seed: int = 0) -> Interval:
    """The mean of `after - before` over the same questions in the same order, with its bootstrap percentile interval:
    questions are drawn, and each brings both of its values. Raises UsageError where the lengths differ."""
    return mean_interval(_differences(before, after).tolist(), level, seed)


def unpaired_difference(one: Sequence[float], other: Sequence[float], level: float = 0.95, seed: int = 0) -> Interval:
    """The mean of `other` minus that of `one`, over different questions, each side drawn by itself."""
    first, second = _values(one), _values(other)
    if not len(first) or not len(second):
        return Interval(math.nan, math.nan, math.nan, level, 0)
    means = _means(second, seed + 1) - _means(first, seed)
    return _interval(float(second.mean() - first.mean()), means, level, len(first) + len(second))


def loss_p(before: Sequence[float], after: Sequence[float], seed: int = 0) -> float:
    """How often resampled questions show no loss: the one-sided bootstrap p-value of "`after` is not worse".

    (1 + samples whose mean difference is 0 or more) / (1 + samples). 1.0 where nothing differs or no values are.
    """
    differences = _differences(before, after)
    if not len(differences) or not differences.any():
        return 1.0
    means = _means(differences, seed)
    return float((1 + np.count_nonzero(means >= -1e-12)) / (1 + len(means)))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Each p-value as Holm corrects it for there being several: reject where it is at most the level, and the chance
    of any false alarm among all of them is at most that level."""
    ordered = sorted(p_values, key=lambda name: p_values[name])
    corrected: dict[str, float] = {}
    reached = 0.0
    for rank, name in enumerate(ordered):
        reached = max(reached, min(1.0, (len(ordered) - rank) * p_values[name]))
        corrected[name] = reached
    return {name: corrected[name] for name in p_values}


def risk_coverage(confidences: Sequence[float], wrong: Sequence[bool]) -> Curve:
    """The curve that a threshold on the confidence moves along.

    `wrong[i]` says whether the answer to question i, if it were given, would be wrong; that of a question without an
    answer always is. Questions of the same confidence are answered together; for the area they count as if in random
    order. Raises UsageError where the lengths differ.
    """
    sure, failed = _values(confidences), _aligned(confidences, wrong)
    if not len(sure):
        return Curve((), (), (), math.nan)
    thresholds, group, sizes = np.unique(-sure, return_inverse=True, return_counts=True)
    wrong_in = np.bincount(group, weights=failed)
    answered = np.cumsum(sizes)
    risk = np.cumsum(wrong_in) / answered
    expected = np.repeat(wrong_in / sizes, sizes)
    area = float((np.cumsum(expected) / np.arange(1, len(sure) + 1)).mean())
    return Curve(tuple(map(float, -thresholds)), tuple(map(float, answered / len(sure))), tuple(map(float, risk)), area)


def roc_area(scores: Sequence[float], positive: Sequence[bool]) -> float:
    """The chance that a positive one scores above a negative one, ties counting half; NaN where either is missing."""
    given, yes = _values(scores), _aligned(scores, positive).astype(bool)
    above, below = given[yes], np.sort(given[~yes])
    if not len(above) or not len(below):
        return math.nan
    beaten = np.searchsorted(below, above, "left") + np.searchsorted(below, above, "right")
    return float(beaten.mean() / (2 * len(below)))


def reliability(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> list[Bin]:
    """The questions in `bins` equal ranges of confidence from 0 to 1, empty ones left out."""
    sure, held = _values(confidences), _aligned(confidences, right)
    place = np.clip((sure * bins).astype(int), 0, bins - 1)
    return [
        Bin(at / bins, (at + 1) / bins, int(inside.sum()), float(sure[inside].mean()), float(held[inside].mean()))
        for at in range(bins)
        if (inside := place == at).any()
    ]


def calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error: by how much confidence and share of right answers differ, the mean over the
    questions of their bin's difference; NaN for no questions."""
    parts = reliability(confidences, right, bins)
    if not parts:
        return math.nan
    return sum(part.count * abs(part.confidence - part.right) for part in parts) / len(confidences)


def conformal_threshold(confidences: Sequence[float], wrong: Sequence[bool], at_most: float) -> Threshold:
    """The smallest threshold with (wrong answers + 1) / (questions + 1) at most `at_most`.

    Conformal risk control: where these questions and the next one are exchangeable, and were not used to choose what
    the confidence is computed with, the next one is answered wrongly with a probability of at most `at_most`, taken
    over the draw of both. `wrong` as in `risk_coverage`.
    """
    return _smallest(confidences, wrong, at_most, lambda failed, count: (failed + 1) / (count + 1))


def sure_threshold(
    confidences: Sequence[float], wrong: Sequence[bool], at_most: float, level: float = 0.95
) -> Threshold:
    """The smallest threshold whose Clopper-Pearson upper bound on the share of wrong answers is at most `at_most`.

    Learn then test, from the most careful threshold down to the first that fails: in `level` of all draws of these
    questions the true share stays at most `at_most`. Stronger than `conformal_threshold`, and dearer.
    """
    return _smallest(confidences, wrong, at_most, lambda failed, count: upper_bound(failed, count, level))


def questions_needed(at_most: float) -> int:
    """How many questions `conformal_threshold` needs at least, if not one sure answer is wrong."""
    _check_share(at_most)
    return math.ceil(round(1 / at_most, 9)) - 1


def nearest_rank(values: Sequence[float], share: float) -> float:
    """The smallest of the values that `share` of them do not exceed: the slowest of fewer than 20 at .95. Raises
    UsageError for no values."""
    if not len(values):
        raise UsageError(f"Looking up the value that {share} of them do not exceed: there are none. Give one at least.")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def upper_bound(hits: int, count: int, level: float = 0.95) -> float:
    """The Clopper-Pearson upper bound on a share of which `hits` in `count` were seen; 1.0 for no questions."""
    if hits >= count:
        return 1.0
    low, high = hits / count, 1.0
    for _ in range(60):  # halving: 60 times leaves nothing that a float could tell
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most_hits(hits, count, middle) > 1 - level else (low, middle)
    return high


def lower_bound(hits: int, count: int, level: float = 0.95) -> float:
    """The Clopper-Pearson lower bound; 0.0 for no questions."""
    return 1 - upper_bound(count - hits, count, level) if hits else 0.0


def _at_most_hits(hits: int, count: int, share: float) -> float:
    """The binomial probability of at most `hits`."""
    if share >= 1.0:
        return 0.0
    drawn = np.arange(hits + 1)
    ways = np.array([math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1) for k in drawn])
    return float(np.exp(ways + drawn * math.log(share or 1e-300) + (count - drawn) * math.log1p(-share)).sum())


def _smallest(confidences: Sequence[float], wrong: Sequence[bool], at_most: float, bound: _Bound) -> Threshold:
    _check_share(at_most)
    sure, failed = _values(confidences), _aligned(confidences, wrong)
    count = len(sure)
    found = Threshold(None, bound(0, count), 0, 0, count)
    for value in np.unique(sure)[::-1]:
        answered = sure >= value
        wrongly = int(failed[answered].sum())
        limit = bound(wrongly, count)
        if limit > at_most:
            break
        found = Threshold(float(value), limit, wrongly, int(answered.sum()), count)
    return found


def _means(values: Values, seed: int) -> Values:
    """RESAMPLES means of as many values, drawn with replacement; none for no values."""
    if not len(values):
        return np.empty(0)
    if (values == values[0]).all():
        return np.full(RESAMPLES, values[0])
    random = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // len(values))
    parts = [
        values[random.integers(0, len(values), (min(at_once, RESAMPLES - done), len(values)))].mean(axis=1)
        for done in range(0, RESAMPLES, at_once)
    ]
    return np.concatenate(parts)


def _interval(estimate: float, means: Values, level: float, count: int) -> Interval:
    if not 0 < level < 1:
        raise UsageError(f"Computing an interval: the level is {level}; it takes a number between 0 and 1, as in 0.95.")
    if not len(means):
        return Interval(math.nan, math.nan, math.nan, level, 0)
    low, high = np.quantile(means, ((1 - level) / 2, (1 + level) / 2))
    return Interval(estimate, float(low), float(high), level, count)


def _values(values: Sequence[float]) -> Values:
    return np.asarray(values, dtype=np.float64)


def _differences(before: Sequence[float], after: Sequence[float]) -> Values:
    return _aligned(before, after) - _values(before)


def _aligned(one: Sequence[float], other: Sequence[float]) -> Values:
    if len(one) != len(other):
        raise UsageError(
            f"Comparing values question by question: there are {len(one)} and {len(other)} of them. Give one each."
        )
    return np.asarray(other, dtype=np.float64)


def _check_share(at_most: float) -> None:
    if not 0 < at_most < 1:
        raise UsageError(
            f"Promising a share of wrong answers: {at_most} is none; it takes a number between 0 and 1, as in 0.05."
        )
