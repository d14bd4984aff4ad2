import pytest

from rag.evaluation.classification import OfLabel, areas, classified

TRUE = ["yes", "yes", "yes", "no", "no"]
TAKEN = ["yes", "yes", "no", "yes", "no"]


def test_known_figures():
    found = classified(TRUE, TAKEN, ("yes", "no"))
    assert found.confusion == ((2, 1), (1, 1))
    assert found.accuracy == pytest.approx(0.6)
    assert found.of_labels["yes"] == OfLabel(pytest.approx(2 / 3), pytest.approx(2 / 3), pytest.approx(2 / 3), 3)
    assert found.of_labels["no"] == OfLabel(0.5, 0.5, 0.5, 2)
    assert found.macro_f1 == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert found.cost({("no", "yes"): 5.0, ("yes", "no"): 1.0}) == pytest.approx(6 / 5)


def test_a_label_that_nobody_has():
    found = classified(["a", "b"], ["a", "a"], ("a", "b", "c"))
    assert found.confusion == ((1, 0, 0), (1, 0, 0), (0, 0, 0))
    assert found.of_labels["c"] == OfLabel(0.0, 0.0, 0.0, 0)


def test_areas():
    # positives .9 and .6, negatives .8 and .3: three of four pairs in order; precision 1/1 and 2/3 at the positives
    assert areas([True, False, True, False], [0.9, 0.8, 0.6, 0.3]) == (pytest.approx(0.75), pytest.approx(5 / 6))
    assert areas([True, True], [0.1, 0.2]) is None
