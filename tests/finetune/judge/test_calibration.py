"""Profiles fitted on a few questions, held to what was fitted on many."""

import numpy as np
import pytest

from finetune.judge.calibration import Item, limits, logistic, promises, refitted, sure
from rag.answer.confidence import Features
from rag.judge.profile import Profile, Risk
from rag.judge.reading import Verdict

PROFILE = Profile(
    "en",
    "",
    scale=1.0,
    bias=0.0,
    intercept=-1.0,
    weights={"similarity": 2.0, "overlap": 1.0, "unknown": -10.0, "answerable": 0.5},
    risks=(Risk(0.05, 0.9, 0.3), Risk(0.2, 0.5, 0.1)),
    quote_weight=0.2,
    contradicted_from=0.9,
    entailed_from=None,
)


def item(number: int, answerable: float, right: bool, natural: bool = True, able: bool = True) -> Item:
    return Item(str(number), Features(0.5, 0.5, 0.0, 0.0, answerable), right, able, natural)


def items(count: int, wrong: bool = False) -> list[Item]:
    """The judge is right about each; or, where `wrong`, always mistaken."""
    return [item(n, 0.9 if (n % 2 == 0) != wrong else 0.1, n % 2 == 0, able=n % 2 == 0) for n in range(count)]


def test_a_sure_prior_stays_and_an_unsure_one_gives_way() -> None:
    x, y = np.array([[1.0, 0.0], [1.0, 1.0]] * 50), np.array([0.0, 1.0] * 50)
    before = np.zeros(2)
    stiff = logistic(x, y, np.ones(100), before, np.array([1e-3, 1e-3]))
    assert stiff == pytest.approx([0, 0], abs=1e-3)
    free = logistic(x, y, np.ones(100), before, np.array([2.0, 4.0]))
    assert free[0] < -2 and free.sum() > 2


def test_more_questions_move_the_weights_farther() -> None:
    moved = [refitted(PROFILE, items(count)).weights["answerable"] - 0.5 for count in (10, 100)]
    assert 0 < moved[0] < moved[1]
    assert refitted(PROFILE, items(100, wrong=True)).weights["answerable"] < 0.5
    assert refitted(PROFILE, items(100)).weights["unknown"] == -10.0
    assert refitted(PROFILE, []) == PROFILE


def test_what_was_fitted_is_nearer_to_the_truth() -> None:
    of = items(40)
    before, after = (
        np.mean([(one - each.right) ** 2 for one, each in zip(sure(of, profile), of, strict=True)])
        for profile in (PROFILE, refitted(PROFILE, of))
    )
    assert after < before


def test_a_promise_that_these_questions_do_not_refute_stays() -> None:
    of = items(40)
    confidences = [0.8 if each.right else 0.1 for each in of]
    assert promises(PROFILE, of, confidences) == (Risk(0.05, 0.9, 1.0), Risk(0.2, 0.5, 0.0))


def test_a_promise_that_these_questions_refute_takes_more() -> None:
    of = [item(n, 0.9, n % 2 != 0) for n in range(40)]
    sure_of_right = [0.97 if each.right else 0.95 for each in of]
    assert promises(PROFILE, of, sure_of_right) == (Risk(0.05, 0.97, 0.5), Risk(0.2, 0.97, 0.5))
    sure_of_wrong = [0.92 if each.right else 0.95 for each in of]
    assert promises(PROFILE, of, sure_of_wrong) == (Risk(0.05, 1.0, 1.0), Risk(0.2, 1.0, 1.0))
    made_up = [item(n, 0.5, False, natural=False) for n in range(100)]
    right = [each for each in of if each.right]
    assert promises(PROFILE, [*right, *made_up], [0.97] * 120) == (Risk(0.05, 0.9, 0.0), Risk(0.2, 0.5, 0.0))


def test_limits_only_rise() -> None:
    labels = ["contradiction"] * 20 + ["entailment"] * 30
    clear = [Verdict(0.0, 0.0, 1.0)] * 20 + [Verdict(1.0, 0.0, 0.0)] * 30
    assert limits(PROFILE, clear, labels) == (0.9, None)
    doubtful = [Verdict(0.0, 0.0, 1.0)] * 20 + [Verdict(0.04, 0.0, 0.96)] * 30
    assert limits(PROFILE, doubtful, labels) == (0.97, None)
    mistaken = [Verdict(0.0, 0.0, 1.0)] * 50
    assert limits(PROFILE, mistaken, labels) == (None, None)
    assert limits(PROFILE, mistaken[:30], labels[:30]) == (0.9, None)
