from dataclasses import replace

import pytest

from core.errors import UsageError
from rag.evaluation.compare import caution, compared
from tests.rag.evaluation.runs import made_run, question, record


def runs(tmp_path, before, after, **manifest):
    asked = [question(str(at)) for at in range(len(before))]
    one, other = (
        [(each, record(each.id, **scores)) for each, scores in zip(asked, values, strict=True)]
        for values in (before, after)
    )
    return made_run(tmp_path / "a", *one), made_run(tmp_path / "b", *other, **manifest)


def test_a_clear_loss_and_a_clear_gain_are_told_from_noise(tmp_path):
    before = [{"rightly_cited": 1.0, "wrongly_refused": 1.0, "mrr": float(at % 2)} for at in range(20)]
    after = [{"rightly_cited": float(at < 8), "wrongly_refused": 0.0, "mrr": float(at % 2 == 0)} for at in range(20)]
    found = compared(*runs(tmp_path, before, after, judge="new"))
    verdicts = {each.figure: each.verdict for each in found.differences}
    assert verdicts == {"mrr": "no clear difference", "rightly cited": "worse", "wrongly refused": "better"}
    cited = found.differences[1]
    assert (cited.before, cited.after, cited.change.estimate, cited.change.count) == (1.0, 0.4, pytest.approx(-0.6), 20)
    assert -0.85 < cited.change.low < -0.6 < cited.change.high < -0.35
    assert found.unlike == ("judge",)


def test_changed_questions_come_losses_first(tmp_path):
    found = compared(
        *runs(
            tmp_path,
            [{"mrr": 1.0, "wrongly_refused": 0.0}, {"mrr": 0.5, "wrongly_refused": 0.0}, {"mrr": 0.2}],
            [{"mrr": 0.9, "wrongly_refused": 1.0}, {"mrr": 1.0, "wrongly_refused": 0.0}, {"mrr": 0.2}],
        )
    )
    assert found.changed("mrr") == [("0", 1.0, 0.9), ("1", 0.5, 1.0)]
    assert found.changed("wrongly refused") == [("0", 0.0, 1.0)]


def test_languages_are_compared_by_themselves_too(tmp_path):
    """English gains what Chinese loses: all together nothing is to be seen."""
    asked = [replace(question(str(at)), language="en" if at < 12 else "zh") for at in range(24)]
    one = made_run(tmp_path / "a", *((each, record(each.id, mrr=float(at >= 12))) for at, each in enumerate(asked)))
    other = made_run(tmp_path / "b", *((each, record(each.id, mrr=float(at < 12))) for at, each in enumerate(asked)))
    found = compared(one, other)
    assert [each.verdict for each in found.differences] == ["no clear difference"]
    english, chinese = found.languages["en"][0], found.languages["zh"][0]
    assert (english.verdict, english.change.estimate, english.change.count) == ("better", 1.0, 12)
    assert (chinese.verdict, chinese.change.estimate, chinese.change.count) == ("worse", -1.0, 12)
    assert compared(*runs(tmp_path, [{"mrr": 1.0}], [{"mrr": 1.0}])).languages == {}, "there is one language alone"


def test_only_questions_of_both_runs_are_compared(tmp_path):
    one = made_run(tmp_path / "a", *((question(key), record(key, mrr=1.0)) for key in "123"))
    other = made_run(tmp_path / "b", *((question(key), record(key, mrr=0.0)) for key in "234"))
    found = compared(one, other)
    assert (found.ids, found.differences[0].change.count) == (("2", "3"), 2)


def test_runs_that_cannot_be_compared(tmp_path):
    one = made_run(tmp_path / "a", (question("1"), record("1", mrr=1.0)))
    with pytest.raises(UsageError, match="they have no question in common"):
        compared(one, made_run(tmp_path / "b", (question("2"), record("2", mrr=1.0))))
    with pytest.raises(UsageError, match="the question '1' is not the same in both"):
        compared(one, made_run(tmp_path / "b", (question("1", "Who?"), record("1", mrr=1.0))))


def test_many_intervals_are_no_single_one():
    assert caution(24) == (
        "24 intervals of 95 % each: were nothing different, 1.2 of them would look better or worse by chance. "
        "`pincite gate` corrects for that."
    )
