from dataclasses import replace

import pytest

from rag.evaluation.figures import judged, summarised
from rag.evaluation.records import Record, Score
from tests.rag.evaluation.runs import made_run, question, record

PAIRS = [
    (question("1"), record("1", 0.9, rightly_cited=1.0, evidence=1.0)),
    (question("2"), record("2", 0.8, rightly_cited=0.0, evidence=0.0)),
    (question("3"), record("3", 0.2, "not_found", rightly_cited=0.0, evidence=1.0)),
    (question("4", answerable=False), record("4", 0.6, wrongly_answered=1.0)),
    (question("5", answerable=False), record("5", 0.1, "not_found", wrongly_answered=0.0)),
    (question("6"), record("6", 0.7, rightly_cited=None, evidence=None)),
]


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run"), *PAIRS).figures


def test_means_leave_out_what_cannot_be_judged(figures):
    held = figures["figures"]["rightly cited"]
    assert (held["value"], held["count"]) == (pytest.approx(1 / 3), 3)
    assert held["low"] <= held["value"] <= held["high"]
    assert figures["figures"]["wrongly answered"]["value"] == 0.5


def test_confidence_stands_for_the_answer_that_would_be_given(figures):
    questions, records = [each for each, _ in PAIRS], {each.id: each for _, each in PAIRS}
    assert judged(questions, records) == ([0.9, 0.8, 0.2, 0.6, 0.1], [False, True, False, True, True])
    points = figures["risk_coverage"]["points"]
    assert [(each["coverage"], each["risk"]) for each in points] == [
        (pytest.approx(at / 5), pytest.approx(wrong / at)) for at, wrong in ((1, 0), (2, 1), (3, 2), (4, 2), (5, 3))
    ]
    assert figures["risk_coverage"]["area"] == pytest.approx((0 + 1 / 2 + 2 / 3 + 2 / 4 + 3 / 5) / 5)


def test_calibration(figures):
    # five bins of one question each: |.9-1| + |.8-0| + |.2-1| + |.6-0| + |.1-0|
    assert figures["calibration"]["error"] == pytest.approx((0.1 + 0.8 + 0.8 + 0.6 + 0.1) / 5)


def test_answering_as_a_classification(figures):
    told = figures["answerability"]
    assert told["confusion"] == ((3, 1), (1, 1))
    assert told["accuracy"] == pytest.approx(4 / 6)
    assert told["cost"] == pytest.approx((5 + 1) / 6)
    assert told["roc_auc"] == pytest.approx(7 / 8)  # of the eight pairs only .2 and .6 are out of order


def test_a_slice_is_as_a_run_of_its_questions_alone():
    values = {"en": (1.0, 0.0, 1.0), "zh": (0.0, 0.5, 0.25)}
    asked = [replace(question(f"{name}{at}"), language=name) for name in values for at in range(3)]
    records = {each.id: record(each.id, evidence=values[each.language][int(each.id[2])]) for each in asked}
    sliced = summarised(asked, records)["slices"]
    assert set(sliced) == {"language"}
    for name, part in sliced["language"].items():
        alone = [each for each in asked if each.language == name]
        assert part == {"questions": 3, "figures": summarised(alone, records)["figures"]}
    chinese = sliced["language"]["zh"]["figures"]["evidence"]
    assert (chinese["value"], chinese["low"], chinese["high"], chinese["count"]) == (0.25, 0.0, 0.5, 3)


def test_seconds():
    asked = [question(str(at)) for at in range(1, 21)]
    records = {each.id: Record(each.id, timings={"answer": int(each.id) / 10}) for each in asked}
    assert summarised(asked, records)["seconds"] == {
        "answer": {"median": pytest.approx(1.05), "p95": pytest.approx(1.9), "count": 20}
    }


def test_a_curve_of_many_points_is_thinned():
    asked = [question(str(at)) for at in range(1001)]
    scores = {"evidence": Score(1.0, "")}
    records = {each.id: Record(each.id, confidence=int(each.id) / 1001, scores=scores) for each in asked}
    points = summarised(asked, records)["risk_coverage"]["points"]
    assert len(points) == 168  # each sixth, and the last
    assert points[-1]["coverage"] == 1.0
