import math

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from core.errors import UsageError
from rag.evaluation.statistics import (
    Bin,
    Interval,
    Threshold,
    calibration_error,
    conformal_threshold,
    holm,
    loss_p,
    lower_bound,
    mean_interval,
    nearest_rank,
    paired_difference,
    questions_needed,
    reliability,
    risk_coverage,
    roc_area,
    sure_threshold,
    unpaired_difference,
    upper_bound,
)


def test_intervals_of_nothing_and_of_what_never_differs():
    assert math.isnan(mean_interval([]).estimate)
    assert mean_interval([]).count == 0
    assert paired_difference([1.0, 0.0, 1.0], [1.0, 0.0, 1.0]) == Interval(0.0, 0.0, 0.0, 0.95, 3)
    assert paired_difference([1.0, 0.0], [0.5, -0.5]) == Interval(-0.5, -0.5, -0.5, 0.95, 2)
    with pytest.raises(UsageError, match="there are 2 and 1 of them"):
        paired_difference([1.0, 0.0], [1.0])
    with pytest.raises(UsageError, match="the level is 95"):
        mean_interval([1.0, 0.0], level=95)


def test_the_nearest_rank_is_the_slowest_of_few():
    values = list(range(40, 0, -1))
    assert [nearest_rank(values[-count:], 0.95) for count in (1, 4, 19, 20, 40)] == [1, 4, 19, 19, 38]
    with pytest.raises(UsageError, match="there are none"):
        nearest_rank([], 0.95)


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(1).random(30).tolist()
    assert mean_interval(values) == mean_interval(values)
    assert mean_interval(values) != mean_interval(values, seed=1)


def test_an_interval_holds_the_true_difference_as_often_as_it_says():
    random = np.random.default_rng(7)
    held = excluded = 0
    for seed in range(120):
        before = random.random(120)
        after = before + random.normal(0.1, 0.3, 120)
        interval = paired_difference(before.tolist(), after.tolist(), seed=seed)
        held += not interval.excludes(0.1)
        excluded += interval.excludes(0.0)
    assert 0.91 <= held / 120 <= 0.98
    assert excluded / 120 > 0.9


def test_pairing_sees_what_two_samples_do_not():
    random = np.random.default_rng(3)
    before = random.random(100)
    after = before - 0.05 + random.normal(0, 0.02, 100)
    assert paired_difference(before, after).excludes(0.0)
    apart = unpaired_difference(before, after)
    assert not apart.excludes(0.0)
    assert apart.estimate == pytest.approx(-0.05, abs=0.01)
    assert apart.count == 200


def test_the_p_value_of_a_loss():
    before = [1.0] * 49
    assert loss_p(before, before) == 1.0
    assert loss_p([], []) == 1.0
    assert loss_p([0.0] * 49, before) == 1.0
    # No resample of 49 questions holds any of the k that were lost: ((49 - k) / 49) ** 49.
    for lost in (1, 3, 6):
        exact = ((49 - lost) / 49) ** 49
        assert loss_p(before, [0.0] * lost + [1.0] * (49 - lost)) == pytest.approx(exact, abs=0.01)


def test_holm_raises_each_p_value_and_keeps_the_order():
    corrected = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert corrected == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})
    assert list(corrected) == ["a", "b", "c", "d"]
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}


def test_noise_in_eight_figures_seldom_raises_an_alarm():
    random = np.random.default_rng(11)
    alarms = 0
    for seed in range(60):
        p = {}
        for figure in range(8):
            before = random.random(60)
            p[str(figure)] = loss_p(before, before + random.normal(0, 0.2, 60), seed)
        alarms += min(holm(p).values()) <= 0.05
    assert alarms / 60 <= 0.15  # uncorrected it would be a third


def test_risk_grows_with_coverage():
    curve = risk_coverage([0.9, 0.5, 0.8, 0.1], [False, True, False, True])
    assert curve.thresholds == (0.9, 0.8, 0.5, 0.1)
    assert curve.coverage == (0.25, 0.5, 0.75, 1.0)
    assert curve.risk == (0.0, 0.0, pytest.approx(1 / 3), 0.5)
    assert curve.area == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert (curve.risk_at(0.5), curve.risk_at(0.6)) == (0.0, pytest.approx(1 / 3))


def test_equal_confidences_are_answered_together():
    curve = risk_coverage([0.5, 0.5, 0.5, 0.9], [True, False, False, False])
    assert curve.coverage == (0.25, 1.0)
    assert curve.risk == (0.0, 0.25)
    assert curve.area == pytest.approx((0 + (1 / 3) / 2 + (2 / 3) / 3 + 1 / 4) / 4)
    assert math.isnan(risk_coverage([], []).area)


def test_the_roc_area_is_that_of_scikit_learn():
    random = np.random.default_rng(5)
    scores = random.integers(0, 8, 200) / 8
    positive = random.random(200) < scores
    assert roc_area(scores.tolist(), positive.tolist()) == pytest.approx(metrics.roc_auc_score(positive, scores))
    assert roc_area([0.1, 0.9], [False, True]) == 1.0
    assert roc_area([0.5, 0.5], [False, True]) == 0.5
    assert math.isnan(roc_area([0.5], [True]))


def test_calibration_by_bins():
    sure = [0.05, 0.15, 0.15, 1.0]
    right = [False, True, False, True]
    assert reliability(sure, right) == [
        Bin(0.0, 0.1, 1, 0.05, 0.0),
        Bin(0.1, 0.2, 2, 0.15, 0.5),
        Bin(0.9, 1.0, 1, 1.0, 1.0),
    ]
    assert calibration_error(sure, right) == pytest.approx((0.05 + 2 * 0.35 + 0) / 4)
    assert math.isnan(calibration_error([], []))


@pytest.mark.parametrize(("hits", "count"), [(0, 1), (0, 59), (3, 40), (39, 40), (50, 1000)])
def test_clopper_pearson_bounds_are_those_of_scipy(hits, count):
    exact = stats.binomtest(hits, count).proportion_ci(confidence_level=0.9, method="exact")
    assert upper_bound(hits, count) == pytest.approx(exact.high, abs=1e-9)
    assert lower_bound(hits, count) == pytest.approx(exact.low, abs=1e-9)


def test_bounds_at_the_ends():
    assert (upper_bound(0, 0), lower_bound(0, 0)) == (1.0, 0.0)
    assert (upper_bound(5, 5), lower_bound(0, 5)) == (1.0, 0.0)


def test_the_threshold_is_the_smallest_that_keeps_the_promise():
    sure = [index / 100 for index in range(100)]
    wrong = [value < 0.5 for value in sure]  # half of the questions, the unsure ones
    found = conformal_threshold(sure, wrong, 0.05)
    assert found == Threshold(0.46, 5 / 101, 4, 54, 100)
    careful = sure_threshold(sure, wrong, 0.05)
    assert (careful.value, careful.wrong, careful.answered) == (0.49, 1, 51)
    assert careful.bound == pytest.approx(upper_bound(1, 100))


def test_too_few_questions_promise_nothing():
    assert conformal_threshold([0.9] * 18, [False] * 18, 0.05) == Threshold(None, 1 / 19, 0, 0, 18)
    assert conformal_threshold([0.9] * 19, [False] * 19, 0.05).value == 0.9
    assert conformal_threshold([0.9] * 19, [True] + [False] * 18, 0.05).value is None
    assert conformal_threshold([], [], 0.05).value is None
    assert [questions_needed(share) for share in (0.05, 0.1, 0.01, 0.3)] == [19, 9, 99, 3]
    with pytest.raises(UsageError, match=r"5 is none; it takes a number between 0 and 1"):
        questions_needed(5)


def _asked(random: np.random.Generator, count: int) -> tuple[list[float], list[bool]]:
    """Questions whose answers are wrong the more often the lower the confidence, 30 % in all."""
    sure = random.random(count)
    return sure.tolist(), (random.random(count) < 0.6 * (1 - sure)).tolist()


def _true_risk(threshold: float | None) -> float:
    """Of _asked, the chance that the next question is answered wrongly: 0.6 (1 - s) over s from the threshold to 1."""
    return 0.0 if threshold is None else 0.3 * (1 - threshold) ** 2


def test_the_promises_are_kept_over_many_draws():
    random = np.random.default_rng(13)
    draws = [_asked(random, 150) for _ in range(200)]
    conformal = [_true_risk(conformal_threshold(*draw, 0.1).value) for draw in draws]
    careful = [_true_risk(sure_threshold(*draw, 0.1, 0.9).value) for draw in draws]
    assert 0.09 < np.mean(conformal) <= 0.101  # kept on average, and not by refusing everything
    assert np.mean(np.array(careful) > 0.1) <= 0.12  # kept in nine of ten draws
    assert np.mean(np.array(conformal) > 0.1) > 0.25
    assert 0.05 < np.mean(careful) < np.mean(conformal)
