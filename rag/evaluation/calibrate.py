"""Settings chosen by measurement: the fusion weight, how many sentences are shown, the confidence to answer from.

Weight and sentences are chosen on at most a third of the questions, the threshold on the rest, by split-conformal risk
control: so the next question like these is answered wrongly with at most the probability that was asked for. What that
is worth is seen by cross-validation: all of it is chosen without a fold, and the fold is judged by it. Folds and parts
share no document.

Where the questions hold enough of both languages, each language has a threshold of its own and the promise is kept in
each; otherwise one serves for all.

What is judged are the quotes: a model's draft can bring its own order, and no other places.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import Literal

import numpy as np

from core.errors import UsageError
from rag.evaluation.folds import folds, grouped
from rag.evaluation.questions import Question
from rag.evaluation.settings_file import Value
from rag.evaluation.statistics import (
    Interval,
    Threshold,
    conformal_threshold,
    lower_bound,
    paired_difference,
    questions_needed,
    upper_bound,
)
from rag.evaluation.trials import SENTENCES, Bools, Trials

FOLDS = 5
PARTS = 3
"""One part chooses weight and sentences, the others the threshold."""
PROMISES = (0.01, 0.02, 0.05, 0.1, 0.2)
"""Shares of wrong answers that are worked out beside the one asked for, so that the price of each is seen."""
_LANGUAGE = 5
"""Times the questions that a promise takes at the least, from which a language has a threshold of its own: with fewer,
what it is careful about by chance costs more answers than the other language was holding back."""
_CHANCE = 0.1
"""Of taking any weight that is no better for one that is: shared among all that are tried."""
_ENOUGH = 0.98
"""Share of the right answers of the most sentences that fewer of them must reach."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What was chosen; `threshold.value` None means that no threshold keeps the promise.

    `languages` are the thresholds of each language, where each has one that keeps the promise within it; otherwise it
    is empty, and `threshold` serves for all.
    """

    dense_weight: float
    sentences: int
    threshold: Threshold
    languages: Mapping[str, Threshold] = field(default_factory=dict)

    @property
    def values(self) -> dict[tuple[str, str], Value]:
        """What stands in pincite.toml, by section and name; thresholds are rounded up, to the careful side."""
        values: dict[tuple[str, str], Value] = {
            ("retrieval", "dense_weight"): self.dense_weight,
            ("answer", "sentences"): self.sentences,
        }
        if self.languages:
            values["answer", "threshold"] = {name: _written(each) for name, each in self.languages.items()}
        elif self.threshold.value is not None:
            values["answer", "threshold"] = _written(self.threshold)
        return values

    @property
    def promises(self) -> bool:
        """Whether anything may be answered."""
        return bool(self.languages) or self.threshold.value is not None

    def least(self, language: str) -> float:
        """The confidence from which a question of the language is answered."""
        value = self.languages.get(language, self.threshold).value
        return math.inf if value is None else value


def _written(threshold: Threshold) -> float:
    assert threshold.value is not None
    return math.ceil(threshold.value * 10_000) / 10_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of questions: `asked`, of which `answerable`; `answered`, of which `right` and `wrong`; and `refused`
    of the answerable ones."""

    asked: int = 0
    answerable: int = 0
    answered: int = 0
    right: int = 0
    wrong: int = 0
    refused: int = 0

    def __add__(self, other: Seen) -> Seen:
        return Seen(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    @property
    def risk(self) -> Interval:
        """The share of wrong answers among all questions asked, with its 95 % Clopper-Pearson interval."""
        share = self.wrong / self.asked if self.asked else math.nan
        low, high = (bound(self.wrong, self.asked, 0.975) for bound in (lower_bound, upper_bound))
        return Interval(share, low, high, 0.95, self.asked)

    @property
    def wrongly_refused(self) -> float:
        """The share of the answerable questions that was refused; NaN for none."""
        return self.refused / self.answerable if self.answerable else math.nan


@dataclass(frozen=True, slots=True)
class Promise:
    """A share of wrong answers, the setting that keeps it, and what became of questions that it was not chosen on.

    In `silent` of the FOLDS folds no threshold kept the promise, so that all of their questions were refused: it was
    chosen on fewer questions there than `setting` was.
    """

    at_most: float
    setting: Setting
    held_out: Seen
    silent: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """The promise asked for, and others beside it, the smallest share first.

    `present` is what the present settings make of all questions, `languages` what the promise makes of held-out ones by
    language. `by` says what was kept apart: documents, or questions alone where those are of too few documents.
    `needed` is how many questions the promise takes at the least.
    """

    promise: Promise
    others: tuple[Promise, ...]
    present: Seen
    languages: Mapping[str, Seen]
    by: Literal["document", "question"]
    needed: int

    @property
    def obstacle(self) -> str:
        """Why the promise cannot be made; "" where it is."""
        threshold, share = self.promise.setting.threshold, f"{self.promise.at_most:.3g}"
        if self.promise.setting.promises:
            return ""
        if self.present.asked < self.needed:
            return (
                f"{self.present.asked} questions are too few to promise a share of wrong answers of at most {share}: "
                f"that takes {self.needed} at the least, and more as soon as a sure answer is wrong. Add questions, or "
                "ask for a larger share."
            )
        return (
            f"No threshold keeps the share of wrong answers to {share}: of the {threshold.count} answers that it is "
            "chosen on, too many of the surest are wrong. Add questions, or ask for a larger share."
        )


@dataclass(frozen=True, slots=True)
class _Fit:
    """A weight and a number of sentences, with the questions that are left to choose the threshold on."""

    weight: float
    sentences: int
    rest: list[int]

    def setting(self, trials: Trials, at_most: float) -> Setting:
        """With the thresholds that keep the promise on the questions left."""
        of: dict[str, list[int]] = {}
        for place in self.rest:
            of.setdefault(trials.questions[place].language, []).append(place)
        return Setting(
            self.weight, self.sentences, self._threshold(trials, self.rest, at_most), self._each(trials, of, at_most)
        )

    def _each(self, trials: Trials, of: Mapping[str, list[int]], at_most: float) -> dict[str, Threshold]:
        """The threshold of each language; none where one of them has too few questions, or can keep no promise."""
        least = _LANGUAGE * questions_needed(at_most)
        if len(of) < 2 or min(map(len, of.values())) < least:
            return {}
        found = {name: self._threshold(trials, places, at_most) for name, places in sorted(of.items())}
        return {} if any(each.value is None for each in found.values()) else found

    def _threshold(self, trials: Trials, places: list[int], at_most: float) -> Threshold:
        sure = trials.confidences[self.weight][places]
        wrong = ~trials.right[self.weight][places, self.sentences - 1]
        return conformal_threshold(sure.tolist(), wrong.tolist(), at_most)


def calibrate(trials: Trials, at_most: float) -> Calibration:
    """The setting with which at most the share `at_most` of all questions is answered wrongly, and what it is worth.

    Raises UsageError for a share that is none, and where there are too few questions to be parted.
    """
    least = questions_needed(at_most)
    _check_enough(trials)
    by, questions = _apart(trials.questions)
    whole = _fit(trials, questions)
    needed = math.ceil(least * len(trials.questions) / len(whole.rest))
    fits = _fits(trials, questions)
    chosen = {share: _chosen(trials, fits, share) for share in sorted({*PROMISES, at_most})}
    promises = {share: _promise(trials, whole, each, share) for share, each in chosen.items()}
    languages = sorted({question.language for question in trials.questions})
    return Calibration(
        promises[at_most],
        tuple(promise for share, promise in promises.items() if share != at_most),
        _seen(trials, range(len(trials.questions)), trials.now, trials.weight, trials.sentences),
        {each: _held_out(trials, chosen[at_most], each) for each in languages},
        by,
        needed,
    )


def _check_enough(trials: Trials) -> None:
    if len(trials.questions) < 2 * FOLDS:
        raise UsageError(
            f"Calibrating: {len(trials.questions)} questions can be judged; that is too few to choose on some and to "
            f"check on others. Give {2 * FOLDS} at the very least, and some hundred for a promise worth its price."
        )


def _apart(questions: Sequence[Question]) -> tuple[Literal["document", "question"], list[Question]]:
    """The questions as they are to be parted: by document, unless so few hold answers that there is nothing to part."""
    if len(grouped([question for question in questions if question.answerable])) > FOLDS:
        return "document", list(questions)
    return "question", [replace(question, gold=()) for question in questions]


def _fits(trials: Trials, questions: Sequence[Question]) -> list[tuple[list[int], _Fit]]:
    """The places of each fold, with what was chosen without it."""
    parts = folds(questions, FOLDS)
    return [
        (_places(trials, part), _fit(trials, [each for other in parts if other is not part for each in other]))
        for part in parts
    ]


def _fit(trials: Trials, questions: Sequence[Question]) -> _Fit:
    smallest, *others = sorted(folds(questions, PARTS), key=len)  # a promise needs more questions than a choice
    chosen_on, rest = _places(trials, smallest), [place for part in others for place in _places(trials, part)]
    weight = _weight(trials, chosen_on)
    return _Fit(weight, _sentences(trials.right[weight][chosen_on]), rest)


def _weight(trials: Trials, places: list[int]) -> float:
    """The weight that finds most right answers, or the present one, unless that one is surely worse."""
    values = {weight: right[places, trials.sentences - 1].astype(float) for weight, right in trials.right.items()}
    best = max(values, key=lambda weight: (values[weight].mean(), weight == trials.weight))
    level = 1 - 2 * _CHANCE / max(1, len(values) - 1)
    gained = paired_difference(values[trials.weight].tolist(), values[best].tolist(), level)
    return best if gained.low > 0 else trials.weight


def _sentences(right: Bools) -> int:
    """The fewest sentences that hold nearly as many right answers as the most do."""
    shares = right.mean(axis=0)
    return next(count for count in range(1, SENTENCES + 1) if shares[count - 1] >= _ENOUGH * shares[-1])


def _places(trials: Trials, questions: Sequence[Question]) -> list[int]:
    at = {question.id: place for place, question in enumerate(trials.questions)}
    return [at[question.id] for question in questions]


def _chosen(trials: Trials, fits: Sequence[tuple[list[int], _Fit]], at_most: float) -> list[tuple[list[int], Setting]]:
    """The places of each fold, with the setting that keeps the promise without it."""
    return [(places, fit.setting(trials, at_most)) for places, fit in fits]


def _promise(trials: Trials, whole: _Fit, chosen: Sequence[tuple[list[int], Setting]], at_most: float) -> Promise:
    silent = sum(not setting.promises for _, setting in chosen)
    return Promise(at_most, whole.setting(trials, at_most), _held_out(trials, chosen), silent)


def _held_out(trials: Trials, chosen: Sequence[tuple[list[int], Setting]], language: str = "") -> Seen:
    """What the folds make of questions of a language, or of all, each with what was chosen without it."""
    total = Seen()
    for places, setting in chosen:
        least = np.array([setting.least(question.language) for question in trials.questions])
        of = [place for place in places if not language or trials.questions[place].language == language]
        answered = trials.confidences[setting.dense_weight] >= least
        total += _seen(trials, of, answered, setting.dense_weight, setting.sentences)
    return total


def _seen(trials: Trials, places: Sequence[int], answered: Bools, weight: float, sentences: int) -> Seen:
    of = list(places)
    right = trials.right[weight][of, sentences - 1]
    answerable = np.array([trials.questions[place].answerable for place in of], dtype=bool)
    given = answered[of]
    counts = (answerable, given, given & right, given & ~right, answerable & ~given)
    return Seen(len(of), *(int(each.sum()) for each in counts))
